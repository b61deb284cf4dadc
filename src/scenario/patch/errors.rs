//! What a model reads when its patch is refused.
//!
//! The texts name the line of the patch or the file, quote what was not understood or not found, and
//! say what would be right: the model has no other channel to find out.

/// Why a patch does not parse or apply; the text is what the model reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatchError(pub String);

/// Longest quotation of a line of the patch, in characters.
const QUOTED: usize = 160;

impl PatchError {
    /// The patch as a whole is not one.
    pub(super) fn patch(why: &str) -> Self {
        Self(format!("invalid patch: {why}"))
    }

    /// A line (counted from 1) does not fit the grammar.
    pub(super) fn hunk(line: usize, why: &str) -> Self {
        Self(format!("invalid hunk at line {line}, {why}"))
    }

    /// A file to update is not there.
    pub(super) fn update_missing(path: &str) -> Self {
        Self(format!("failed to read file to update {path}: no such file"))
    }

    /// A file to delete is not there.
    pub(super) fn delete_missing(path: &str) -> Self {
        Self(format!("failed to delete file {path}: no such file"))
    }

    /// Source and target of a move are one file.
    pub(super) fn move_onto_itself(path: &str) -> Self {
        Self(format!(
            "failed to move {path}: the target is the file itself; leave out the `*** Move to:` line"
        ))
    }

    /// An `@@` header names a line that does not follow.
    pub(super) fn context_missing(path: &str, context: &str, hint: &str) -> Self {
        Self(format!("failed to find context '{}' in {path}{hint}", quoted(context)))
    }

    /// The old lines of a chunk do not follow. They are given whole: the model compares them.
    pub(super) fn lines_missing(path: &str, lines: &[&str], hint: &str) -> Self {
        Self(format!("failed to find expected lines in {path}:\n{}{hint}", lines.join("\n")))
    }
}

/// A line for an error text, cut after [`QUOTED`] characters.
pub(super) fn quoted(line: &str) -> String {
    match line.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_at_a_character() {
        assert_eq!(quoted("short"), "short");
        let cut = quoted(&"é".repeat(500));
        assert_eq!(cut.chars().count(), QUOTED + 1);
        assert!(cut.ends_with('…'));
    }
}
