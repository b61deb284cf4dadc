//! Cutting of tool outputs, as the Codex loop does it: an estimate of four bytes per token, the cut in
//! the middle, since commands say at the start what they do and at the end how it went.

/// Bytes that count as one token.
const BYTES_PER_TOKEN: u64 = 4;

/// A text within its budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncated {
    /// The text; longer than the budget by the marker if it was cut.
    pub text: String,
    /// Estimated tokens that were left out, as the marker says.
    pub omitted_tokens: u64,
    /// Whether it was cut.
    pub truncated: bool,
}

/// Tokens of a text of so many bytes: a quarter, rounded up. An estimate for limits; figures in
/// reports come from a tokenizer.
#[must_use]
pub fn estimate_tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

/// Cuts `text` to about `max_tokens` estimated tokens: half of the budget from the start, half from the
/// end, `…N tokens truncated…` between them without line feeds. Cuts fall between characters; a
/// character that does not fit into its half is left out.
#[must_use]
pub fn truncate_middle(text: &str, max_tokens: u64) -> Truncated {
    if estimate_tokens(text.len()) <= max_tokens {
        return Truncated { text: text.to_owned(), omitted_tokens: 0, truncated: false };
    }
    // Less than half of the text, so neither product nor difference leaves its range.
    let half = (max_tokens * BYTES_PER_TOKEN / 2) as usize;
    let boundary = |at: &usize| text.is_char_boundary(*at);
    let head = (0..=half).rev().find(boundary).unwrap_or(0);
    let tail = (text.len() - half..text.len()).find(boundary).unwrap_or(text.len());
    let omitted_tokens = estimate_tokens(tail - head);
    let text = format!("{}…{omitted_tokens} tokens truncated…{}", &text[..head], &text[tail..]);
    Truncated { text, omitted_tokens, truncated: true }
}

/// The output of a command as text. Bytes that are not UTF-8 become U+FFFD; NUL and other control
/// characters stay, since JSON can carry them and the model may need to see that they are there.
#[must_use]
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_are_rounded_up() {
        assert_eq!([0, 1, 4, 5, 8].map(estimate_tokens), [0, 1, 1, 2, 2]);
    }

    #[test]
    fn what_fits_is_untouched() {
        let kept = truncate_middle("12345678", 2);
        assert_eq!(
            (kept.text.as_str(), kept.omitted_tokens, kept.truncated),
            ("12345678", 0, false)
        );
        assert!(!truncate_middle("", 0).truncated);
        assert!(!truncate_middle("x", u64::MAX).truncated);
    }

    #[test]
    fn head_and_tail_stay() {
        let cut = truncate_middle("aaaabbbbccccdddd", 2);
        assert_eq!(cut.text, "aaaa…2 tokens truncated…dddd");
        assert_eq!((cut.omitted_tokens, cut.truncated), (2, true));
    }

    #[test]
    fn without_a_budget_only_the_marker_stays() {
        assert_eq!(truncate_middle("abcde", 0).text, "…2 tokens truncated…");
    }

    #[test]
    fn characters_are_never_split() {
        // Budget 4: two bytes each side, but each character has three.
        assert_eq!(truncate_middle("€€€", 1).text, "…3 tokens truncated…");
    }

    #[test]
    fn control_characters_stay_and_bad_bytes_are_replaced() {
        assert_eq!(lossy(b"a\0\x1b[0m\xff\r\n"), "a\0\x1b[0m\u{fffd}\r\n");
    }

    proptest! {
        #[test]
        fn the_cut_keeps_a_beginning_and_an_end(text in "\\PC{0,200}", max in 0u64..60) {
            let cut = truncate_middle(&text, max);
            prop_assert_eq!(cut.truncated, estimate_tokens(text.len()) > max);
            if cut.truncated {
                let marker = format!("…{} tokens truncated…", cut.omitted_tokens);
                let whole = (0..cut.text.len()).filter(|at| cut.text.is_char_boundary(*at)).any(|at| {
                    cut.text[at..].strip_prefix(&marker).is_some_and(|tail| {
                        text.starts_with(&cut.text[..at])
                            && text.ends_with(tail)
                            && at as u64 <= max * 2
                            && tail.len() as u64 <= max * 2
                            && estimate_tokens(text.len() - at - tail.len()) == cut.omitted_tokens
                    })
                });
                prop_assert!(whole, "{}", cut.text);
            }
        }
    }
}
