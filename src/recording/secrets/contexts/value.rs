//! The value behind a name, in whatever language the text is.

use std::ops::Range;

/// A value.
#[derive(Debug)]
pub(super) struct Value<'a> {
    pub(super) text: &'a str,
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
    /// Whether code follows: a call, a field, an index.
    pub(super) goes_on: bool,
}

/// What ends a value that is not quoted.
const ENDS: &[u8] = b"\"'`\\,;<>()[]{}&|";

impl<'a> Value<'a> {
    /// The value that begins at `at`; `None` for texts with spaces, which are none.
    pub(super) fn at(text: &'a str, at: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let slashes = bytes[at..].iter().take(4).take_while(|byte| **byte == b'\\').count();
        let quote = bytes.get(at + slashes).copied().filter(|byte| b"\"'`".contains(byte));
        match quote {
            Some(quote) => {
                let start = at + slashes + 1;
                let rest = &bytes[start..];
                let length = rest.iter().take_while(|byte| inside(**byte, quote)).count();
                let end = bytes.get(start + length);
                // A value that was cut is one all the same; a double quote may end the JSON string
                // in which all this stands.
                let closed = end.is_none_or(|byte| !byte.is_ascii_whitespace());
                closed.then(|| Self::new(text, start..start + length, true))
            }
            None if slashes > 0 => None,
            None => {
                let rest = &bytes[at..];
                let ends = |byte: &u8| ENDS.contains(byte) || byte.is_ascii_whitespace();
                let length = rest.iter().take_while(|byte| !ends(byte)).count();
                let value = text[at..at + length].trim_end_matches(['.', ':']);
                Some(Self::new(text, at..at + value.len(), false))
            }
        }
    }

    fn new(text: &'a str, range: Range<usize>, quoted: bool) -> Self {
        let next = text.as_bytes().get(range.end);
        let inner = &text[range.clone()];
        let field = inner.split('.').count() > 1
            && inner.split('.').all(|part| {
                part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                    && part.bytes().next().is_some_and(|b| !b.is_ascii_digit())
                    && part.len() < 24
            });
        let goes_on = matches!(next, Some(b'(' | b'[' | b'{' | b'<' | b'|')) || field;
        Self { text: inner, range, quoted, goes_on }
    }
}

fn inside(byte: u8, quote: u8) -> bool {
    byte != quote && !matches!(byte, b'\\' | b'"') && !byte.is_ascii_whitespace()
}
