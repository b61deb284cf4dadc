//! Edits as scripts say them: a patch in the `*** Begin Patch` grammar, or the whole file.

use crate::scenario::patch::{Change, Hunk, Line, Patch};
use crate::scenario::{Action, WriteAction};
use similar::{ChangeTag, TextDiff};

/// Lines kept around a change.
const CONTEXT: usize = 3;

/// From one content of a file to the next: a patch, if applying it gives the very bytes, else the
/// whole file.
pub(super) fn as_action(path: &str, before: &str, after: &str) -> Action {
    let patch = diff(path, before, after);
    let gives_it = Patch::parse(&patch).and_then(|patch| patch.apply(|_| Some(before.to_owned())));
    let gives_it = gives_it.is_ok_and(|changes| {
        matches!(changes.as_slice(), [Change::Update { content, .. }] if content == after)
    });
    match gives_it {
        true => Action::Patch(patch),
        false => Action::Write(WriteAction { path: path.to_owned(), text: after.to_owned() }),
    }
}

fn diff(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = format!("*** Begin Patch\n*** Update File: {path}\n");
    for group in diff.grouped_ops(CONTEXT) {
        out += "@@\n";
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            out += change.value().trim_end_matches('\n');
            out.push('\n');
        }
    }
    out + "*** End Patch\n"
}

/// A parsed patch as text.
pub(super) fn patch_text(patch: &Patch) -> String {
    let mut out = String::from("*** Begin Patch\n");
    for hunk in &patch.hunks {
        match hunk {
            Hunk::Add { path, lines } => {
                out += &format!("*** Add File: {path}\n");
                out.extend(lines.iter().map(|line| format!("+{line}\n")));
            }
            Hunk::Delete { path } => out += &format!("*** Delete File: {path}\n"),
            Hunk::Update { path, move_to, chunks } => {
                out += &format!("*** Update File: {path}\n");
                out.extend(move_to.iter().map(|to| format!("*** Move to: {to}\n")));
                for chunk in chunks {
                    if chunk.contexts.is_empty() {
                        out += "@@\n";
                    }
                    out.extend(chunk.contexts.iter().map(|text| format!("@@ {text}\n")));
                    out.extend(chunk.lines.iter().map(|line| match line {
                        Line::Context(text) => format!(" {text}\n"),
                        Line::Remove(text) => format!("-{text}\n"),
                        Line::Add(text) => format!("+{text}\n"),
                    }));
                    if chunk.end_of_file {
                        out += "*** End of File\n";
                    }
                }
            }
        }
    }
    out + "*** End Patch\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_a_patch_that_gives_the_same_bytes() {
        let before: String = (1..40).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 7\n", "line seven\n").replace("line 30\n", "");
        let Action::Patch(text) = as_action("a/b", &before, &after) else { panic!("no patch") };
        assert!(text.contains("@@\n line 4\n line 5\n line 6\n-line 7\n+line seven\n"), "{text}");
    }

    #[test]
    fn what_a_patch_cannot_say_is_written_whole() {
        // Patched files end with a line feed.
        let write = |before: &str, after: &str| matches!(as_action("a", before, after), Action::Write(write) if write.text == after);
        assert!(write("a\nb\n", "a\nc"));
        assert!(!write("a\nb\n", "a\nc\n"));
    }

    #[test]
    fn a_parsed_patch_is_written_as_it_was_meant() {
        let text = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** Update File: c\n\
                    *** Move to: d\n@@ fn main\n keep\n-old\n+new\n*** End of File\n*** End Patch\n";
        let patch = Patch::parse(text).expect("parses");
        assert_eq!(patch_text(&patch), text);
    }
}
