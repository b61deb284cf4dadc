//! `patch`: whatever changes files in parts.
//!
//! In this order: a tool that takes the patch as it is; the hosted tool `apply_patch`, one call for
//! each file; Codex models without the tool, whose shell understands a here document for
//! `apply_patch`; a tool that replaces one text by another; a shell.
//!
//! Replacing tools get a patch only if it comes to one call for each file. Agents run the calls of
//! one answer side by side, so two edits of one file could undo each other; and such tools know
//! neither `@@` contexts nor an end of the file. Anything else goes to the shell in one piece, and
//! only an agent without a shell gets several edits of a file, in the order of the patch.

use super::advertised::{Advertised, Tool, ToolKind};
use super::arguments::Arguments;
use super::command::Command;
use super::path_tools::with_write_tool;
use super::quote::{ended, heredoc};
use super::shell::Shell;
use super::{Dialect, NoTool, javascript, portable};
use crate::scenario::Verb;
use crate::scenario::patch::{Chunk, Hunk, Line, Patch};
use crate::server::script::mint::Draft;
use serde_json::{Value, json};

/// How the argument of a function `apply_patch` is called.
const PATCHES: [&str; 6] = ["input", "patch", "patchText", "patch_text", "patchContent", "diff"];

const ABOUT: &str = "Change files";

pub(super) fn patch(dialect: &Dialect<'_>, text: &str) -> Result<Vec<Draft>, NoTool> {
    if let Some(drafts) = with_patch_tool(dialect, text) {
        return Ok(drafts);
    }
    let patch = Patch::parse(text).map_err(|error| {
        dialect.none(Verb::Patch, format!("`apply_patch`, since it is {error}"))
    })?;
    let replacer = Replacer::of(&dialect.advertised);
    if let Some(drafts) = replacer.as_ref().and_then(|tool| tool.edits(dialect, &patch, true)) {
        return Ok(drafts);
    }
    if Shell::of(&dialect.advertised).is_some() {
        let cmd = portable::command(&patch);
        let command = Command { cmd: &cmd, about: ABOUT, ..Command::default() };
        return dialect.shell(Verb::Patch, NEEDED, &command);
    }
    let edits = replacer.and_then(|tool| tool.edits(dialect, &patch, false));
    edits.ok_or_else(|| dialect.none(Verb::Patch, NEEDED))
}

const NEEDED: &str = "`apply_patch`, `edit` or a shell";

/// A patch for the tools that take patches; it need not be well formed for those that get it whole.
pub(super) fn with_patch_tool(dialect: &Dialect<'_>, text: &str) -> Option<Vec<Draft>> {
    let advertised = &dialect.advertised;
    if let Some(tool) = advertised.named(ToolKind::Custom, "apply_patch") {
        let (name, namespace) = (tool.name.clone(), tool.namespace.clone());
        return Some(vec![Draft::Custom { name, namespace, input: text.to_owned() }]);
    }
    if let Some(tool) = advertised.function(&["apply_patch"]) {
        let name = tool.first_of(&PATCHES).unwrap_or("input");
        return Some(vec![Arguments::default().with(name, text).call(tool, ABOUT)]);
    }
    if advertised.of(ToolKind::ApplyPatch).is_some()
        && let Ok(patch) = Patch::parse(text)
        && let Some(drafts) = patch.hunks.iter().map(operation).collect()
    {
        return Some(drafts);
    }
    if let Some(tool) = javascript::tool(advertised, "apply_patch") {
        return Some(vec![javascript::apply_patch(tool, text)]);
    }
    if codex_without_the_tool(advertised) {
        let cmd = heredoc("apply_patch", &ended(text));
        let command = Command { cmd: &cmd, about: ABOUT, ..Command::default() };
        let draft = Shell::of(advertised)?.run(&command).ok()?;
        return Some(vec![draft]);
    }
    None
}

/// Codex tells a model without a patch tool nothing of it, yet its shell carries out a patch in a
/// here document. Recognised by the three tools that every version of the last ones advertises.
fn codex_without_the_tool(advertised: &Advertised) -> bool {
    let has = |name| advertised.named(ToolKind::Function, name).is_some();
    has("exec_command") && has("write_stdin") && has("request_user_input")
}

/// The `apply_patch_call` for one file; it cannot move files.
fn operation(hunk: &Hunk) -> Option<Draft> {
    let operation = match hunk {
        Hunk::Add { path, lines } => {
            let diff: String = lines.iter().map(|line| format!("+{line}\n")).collect();
            json!({"type": "create_file", "path": path, "diff": diff})
        }
        Hunk::Delete { path } => json!({"type": "delete_file", "path": path}),
        Hunk::Update { path, move_to: None, chunks } => {
            let diff: String = chunks.iter().map(diff).collect();
            json!({"type": "update_file", "path": path, "diff": diff})
        }
        Hunk::Update { .. } => return None,
    };
    Some(Draft::ApplyPatch { operation })
}

/// A chunk in the grammar it came in.
fn diff(chunk: &Chunk) -> String {
    let mut text: String = match chunk.contexts.is_empty() {
        true => "@@\n".to_owned(),
        false => chunk.contexts.iter().map(|context| format!("@@ {context}\n")).collect(),
    };
    for line in &chunk.lines {
        let (sign, line) = match line {
            Line::Context(line) => (' ', line),
            Line::Remove(line) => ('-', line),
            Line::Add(line) => ('+', line),
        };
        text.push_str(&format!("{sign}{line}\n"));
    }
    if chunk.end_of_file {
        text.push_str("*** End of File\n");
    }
    text
}

/// A tool that replaces a text of a file by another.
struct Replacer<'a> {
    tool: &'a Tool,
    path: &'static str,
    old: &'static str,
    new: &'static str,
}

impl<'a> Replacer<'a> {
    fn of(advertised: &'a Advertised) -> Option<Self> {
        let as_replacer = |tool: &'a Tool| {
            Some(Self {
                tool,
                path: tool.first_of(&["filePath", "file_path", "path"])?,
                old: tool.first_of(&[
                    "oldString",
                    "old_string",
                    "old_str",
                    "old_text",
                    "oldText",
                ])?,
                new: tool.first_of(&[
                    "newString",
                    "new_string",
                    "new_str",
                    "new_text",
                    "newText",
                ])?,
            })
        };
        advertised.all().filter(|tool| tool.kind == ToolKind::Function).find_map(as_replacer)
    }

    /// The patch as calls; with `apart` only if each file has one.
    fn edits(&self, dialect: &Dialect<'_>, patch: &Patch, apart: bool) -> Option<Vec<Draft>> {
        let mut drafts = Vec::new();
        let mut paths: Vec<&str> = Vec::new();
        for hunk in &patch.hunks {
            let path = match hunk {
                Hunk::Add { path, lines } => {
                    let content: String = lines.iter().map(|line| format!("{line}\n")).collect();
                    drafts.push(with_write_tool(&dialect.advertised, path, &content)?);
                    path
                }
                Hunk::Update { path, move_to: None, chunks } => {
                    if apart && chunks.len() != 1 {
                        return None;
                    }
                    for chunk in chunks {
                        drafts.push(self.edit(path, chunk)?);
                    }
                    path
                }
                Hunk::Delete { .. } | Hunk::Update { .. } => return None,
            };
            if apart && paths.contains(&path.as_str()) {
                return None;
            }
            paths.push(path);
        }
        Some(drafts)
    }

    fn edit(&self, path: &str, chunk: &Chunk) -> Option<Draft> {
        let text = |side: fn(&Line) -> Option<&str>| -> String {
            chunk.lines.iter().filter_map(side).map(|line| format!("{line}\n")).collect()
        };
        let (old, new) = (text(Line::before), text(Line::after));
        // A blank last line may be no line of the file at all, and an empty text is found nowhere.
        let unclear = old.trim().is_empty() || old.ends_with("\n\n") || old == new;
        if unclear || !chunk.contexts.is_empty() || chunk.end_of_file {
            return None;
        }
        let arguments: [(&str, Value); 3] =
            [(self.path, path.into()), (self.old, old.into()), (self.new, new.into())];
        let arguments = arguments
            .into_iter()
            .fold(Arguments::default(), |arguments, (name, value)| arguments.with(name, value));
        Some(arguments.call(self.tool, ABOUT))
    }
}
