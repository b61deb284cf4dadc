//! The changed lines of two texts, with a line around them.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// A line of a text diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// `-` in A only, `+` in B only, a blank in both, `~` for lines that are not shown.
    pub sign: char,
    /// The line, without its end.
    pub text: String,
}

impl Edit {
    pub(super) fn new(sign: char, text: impl Into<String>) -> Self {
        Self { sign, text: text.into() }
    }
}

/// Lines of context on either side.
const CONTEXT: usize = 1;

/// What differs between two texts, line by line; none if they are equal.
#[must_use]
pub fn changed_lines(a: &str, b: &str) -> Vec<Edit> {
    let diff = TextDiff::from_lines(a, b);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(CONTEXT) {
        if !lines.is_empty() {
            lines.push(Edit::new('~', ""));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(Edit::new(sign, change.value().trim_end_matches(['\n', '\r'])));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::changed_lines;

    #[test]
    fn changed_lines_stand_in_their_context() {
        let shown = |a: &str, b: &str| -> Vec<String> {
            changed_lines(a, b).iter().map(|edit| format!("{}{}", edit.sign, edit.text)).collect()
        };
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\nthree\n4\n5\n6\n7\n8\n9\nten\n";
        assert_eq!(shown(old, new), [" 2", "-3", "+three", " 4", "~", " 9", "+ten"]);
        assert!(shown(old, old).is_empty());
    }
}
