//! What the model reads when its patch was applied.

use super::apply::Change;
use super::paths::PathKind;

/// `Success. Updated the following files:` and one line per change: additions, modifications,
/// deletions, each in the order of the patch; a moved file by its new name. Ends with a line feed.
#[must_use]
pub fn success_text(changes: &[Change]) -> String {
    let mut lines: Vec<(PathKind, &str)> = changes
        .iter()
        .map(|change| match change {
            Change::Add { path, .. } => (PathKind::Add, path.as_str()),
            Change::Update { path, move_to, .. } => {
                (PathKind::Modify, move_to.as_deref().unwrap_or(path))
            }
            Change::Delete { path } => (PathKind::Delete, path.as_str()),
        })
        .collect();
    lines.sort_by_key(|(kind, _)| *kind);
    let mut text = String::from("Success. Updated the following files:\n");
    for (kind, path) in lines {
        text.push(kind.letter());
        text.push(' ');
        text.push_str(path);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_then_modifications_then_deletions() {
        let content = String::new();
        let changes = [
            Change::Delete { path: "z".into() },
            Change::Update { path: "m".into(), move_to: None, content: content.clone() },
            Change::Add { path: "b".into(), content: content.clone() },
            Change::Update { path: "old".into(), move_to: Some("new".into()), content },
            Change::Add { path: "a".into(), content: String::new() },
        ];
        assert_eq!(
            success_text(&changes),
            "Success. Updated the following files:\nA b\nA a\nM m\nM new\nD z\n"
        );
    }
}
