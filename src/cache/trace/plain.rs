//! The plain format: one request a line, ids of blocks as whole numbers with blanks between them,
//! `#` begins a comment. A trace of single objects, one id a line, is a case of it.

use super::error::TraceErrorKind as Kind;
use super::intern::Id;

/// Most characters of a word that an error shows.
const SHOWN: usize = 40;

/// Adds the ids of a line to `ids`; false if it holds none.
pub(super) fn parse(line: &[u8], ids: &mut Vec<Id>) -> Result<bool, Kind> {
    let before = ids.len();
    let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
    for word in line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        let id = number(word).ok_or_else(|| Kind::Word {
            // Both are parts of one line.
            column: word.as_ptr().addr() - line.as_ptr().addr() + 1,
            word: shown(word),
        })?;
        ids.push(id);
    }
    Ok(ids.len() > before)
}

/// A word for a terminal, which must not take it for commands.
fn shown(word: &[u8]) -> String {
    let word = String::from_utf8_lossy(word);
    let plain = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    word.chars().take(SHOWN).map(plain).collect()
}

/// A whole number of 64 bits, with or without a sign.
fn number(word: &[u8]) -> Option<Id> {
    let text = std::str::from_utf8(word).ok()?;
    match text.parse::<u64>() {
        Ok(id) => Some(id.into()),
        Err(_) => text.parse::<i64>().ok().map(Id::from),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use proptest::prelude::*;

    #[test]
    fn words_are_ids() {
        let mut ids = Vec::new();
        assert!(parse(b" 1\t-2  18446744073709551615 # 4", &mut ids).unwrap());
        assert_eq!(ids, [1, -2, u64::MAX.into()]);
        ids.clear();
        assert!(!parse(b"# nothing", &mut ids).unwrap() && !parse(b"", &mut ids).unwrap());
        let wrong = parse("1 2,3".as_bytes(), &mut ids).unwrap_err();
        assert_eq!(wrong.to_string(), "column 3: `2,3` is no block id");
        let wrong = parse(b"1 \x1b[31m", &mut ids).unwrap_err();
        assert_eq!(wrong.to_string(), r"column 3: `\u{1b}[31m` is no block id");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(line in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&line, &mut Vec::new());
        }

        #[test]
        fn what_is_written_is_read(ids in prop::collection::vec(any::<u64>(), 0..9)) {
            let words: Vec<String> = ids.iter().map(u64::to_string).collect();
            let mut read = Vec::new();
            prop_assert_eq!(parse(words.join(" ").as_bytes(), &mut read).unwrap(), !ids.is_empty());
            prop_assert_eq!(read, ids.into_iter().map(i128::from).collect::<Vec<_>>());
        }
    }
}
