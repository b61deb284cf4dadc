//! Calls of various agents' tools as what they do.

use crate::wire::Item;
use serde_json::Value;

/// What a call does, as far as it can be said again in a script. Paths are as the session has them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// A command line, and the folder that it names.
    Run { cmd: String, workdir: Option<String> },
    /// A patch in the `*** Begin Patch` grammar, and the folder that its paths start at.
    Patch { text: String, workdir: Option<String> },
    /// A whole file.
    Write { path: String, text: String },
    /// Texts of a file replaced.
    Edit { path: String, edits: Vec<Edit> },
    /// A file that was read.
    Read { path: String, lines: Option<(u32, u32)> },
    /// The plan.
    Plan(Vec<String>),
    /// An image that was looked at.
    View(String),
    /// A look after a command that was left running.
    Poll { session: u64 },
    /// Something that scripts have no word for.
    Foreign,
}

/// One replacement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) all: bool,
}

/// What the call does.
pub(super) fn deed(item: &Item) -> Deed {
    read(item).unwrap_or(Deed::Foreign)
}

fn read(item: &Item) -> Option<Deed> {
    if item.str("type") == Some("local_shell_call") {
        let action = item.value().get("action")?;
        let cmd = line(action.get("command")?)?;
        let workdir = action.get("working_directory").and_then(Value::as_str).map(str::to_owned);
        return Some(run(cmd, workdir));
    }
    let name = item.str("name")?;
    if name == "apply_patch"
        && let Some(text) = item.str("input")
    {
        return Some(Deed::Patch { text: text.to_owned(), workdir: None });
    }
    let arguments: Value = serde_json::from_str(item.str("arguments")?).ok()?;
    let get = |names: &[&str]| names.iter().find_map(|name| arguments.get(*name));
    let text = |names: &[&str]| get(names)?.as_str().map(str::to_owned);
    let path = || text(&["file_path", "filePath", "path", "target_file"]);
    match name {
        "exec_command" | "shell_command" | "shell" | "bash" | "Bash" | "local_shell"
        | "container.exec" | "run_shell_command" => {
            let cmd = line(get(&["cmd", "command"])?)?;
            if get(&["run_in_background"]).and_then(Value::as_bool) == Some(true) {
                return None;
            }
            Some(run(cmd, text(&["workdir", "working_directory", "cwd"])))
        }
        "write_stdin" if text(&["chars"]).unwrap_or_default().is_empty() => {
            Some(Deed::Poll { session: get(&["session_id"])?.as_u64()? })
        }
        "apply_patch" => {
            Some(Deed::Patch { text: text(&["input", "patch", "patchText"])?, workdir: None })
        }
        "Write" | "write" | "write_file" | "create_file" => {
            Some(Deed::Write { path: path()?, text: text(&["content", "contents", "text"])? })
        }
        "Edit" | "edit" => Some(Deed::Edit { path: path()?, edits: vec![edit(&arguments)?] }),
        "MultiEdit" => {
            let edits = get(&["edits"])?.as_array()?.iter().map(edit);
            Some(Deed::Edit { path: path()?, edits: edits.collect::<Option<_>>()? })
        }
        "Read" | "read" | "read_file" => {
            let number =
                |name: &str| u32::try_from(arguments.get(name)?.as_u64()?).ok().filter(|n| *n > 0);
            let lines = number("limit").map(|count| {
                let first = number("offset").unwrap_or(1);
                (first, first.saturating_add(count - 1))
            });
            Some(Deed::Read { path: path()?, lines })
        }
        "update_plan" => plan(get(&["plan"])?, "step"),
        "TodoWrite" | "todowrite" => plan(get(&["todos"])?, "content"),
        "view_image" => Some(Deed::View(path()?)),
        _ => None,
    }
}

/// A command line; of a list the script behind `bash -lc`, or else its words.
fn line(command: &Value) -> Option<String> {
    if let Some(text) = command.as_str() {
        return Some(text.to_owned());
    }
    let words: Vec<&str> =
        command.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    match words.as_slice() {
        [shell, "-c" | "-lc", script] if shell.ends_with("sh") => Some((*script).to_owned()),
        words => Some(words.iter().map(|one| word(one)).collect::<Vec<_>>().join(" ")),
    }
}

/// A word of a command line, in quotes where it needs them.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => crate::scenario::quote(text),
    }
}

/// A command, or the patch that it hands to `apply_patch`.
fn run(cmd: String, workdir: Option<String>) -> Deed {
    const BEGIN: &str = "*** Begin Patch";
    const END: &str = "*** End Patch";
    let head = cmd.find(BEGIN).map(|at| &cmd[..at]);
    match (head, cmd.rfind(END)) {
        (Some(head), Some(end)) if head.contains("apply_patch") && end > head.len() => {
            let text = format!("{}\n", &cmd[head.len()..end + END.len()]);
            let folder = head.trim_start().strip_prefix("cd ").and_then(|rest| {
                let (folder, _) = rest.split_once("&&")?;
                Some(folder.trim().trim_matches(['"', '\'']).to_owned())
            });
            Deed::Patch { text, workdir: folder.or(workdir) }
        }
        _ => Deed::Run { cmd, workdir },
    }
}

fn edit(value: &Value) -> Option<Edit> {
    let text = |names: [&str; 3]| {
        names.iter().find_map(|name| value.get(*name)).and_then(Value::as_str).map(str::to_owned)
    };
    let all = ["replace_all", "replaceAll"].iter().find_map(|name| value.get(*name));
    Some(Edit {
        old: text(["old_string", "oldString", "oldText"])?,
        new: text(["new_string", "newString", "newText"])?,
        all: all.and_then(Value::as_bool).unwrap_or_default(),
    })
}

fn plan(steps: &Value, text: &str) -> Option<Deed> {
    let steps = steps.as_array()?.iter().map(|step| {
        let status = match step.get("status")?.as_str()? {
            status @ ("in_progress" | "completed") => status,
            _ => "pending",
        };
        Some(format!("{status}: {}", step.get(text)?.as_str()?))
    });
    Some(Deed::Plan(steps.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Raw;
    use serde_json::json;

    fn function(name: &str, arguments: &Value) -> Deed {
        let arguments = arguments.to_string();
        let call =
            json!({"type": "function_call", "call_id": "c", "name": name, "arguments": arguments});
        deed(&Raw::from_value(&call).item())
    }

    fn ran(cmd: &str, workdir: Option<&str>) -> Deed {
        Deed::Run { cmd: cmd.into(), workdir: workdir.map(str::to_owned) }
    }

    #[test]
    fn commands_come_as_texts_and_as_lists() {
        let args = json!({"cmd": "ls -l", "workdir": "/r/a", "yield_time_ms": 1000});
        assert_eq!(function("exec_command", &args), ran("ls -l", Some("/r/a")));
        let args = json!({"command": ["bash", "-lc", "ls | wc"]});
        assert_eq!(function("shell", &args), ran("ls | wc", None));
        let args = json!({"command": ["grep", "a b", "x.txt"]});
        assert_eq!(function("shell", &args), ran("grep 'a b' x.txt", None));
        let args = json!({"command": "npm test", "description": "tests"});
        assert_eq!(function("Bash", &args), ran("npm test", None));
        let call = json!({"type": "local_shell_call", "action": {"command": ["pwd"]}});
        assert_eq!(deed(&Raw::from_value(&call).item()), ran("pwd", None));
    }

    #[test]
    fn a_patch_is_a_patch_wherever_it_stands() {
        let patch = "*** Begin Patch\n*** Delete File: a\n*** End Patch";
        let text = |workdir: Option<&str>| Deed::Patch {
            text: format!("{patch}\n"),
            workdir: workdir.map(str::to_owned),
        };
        let heredoc = json!({"cmd": format!("apply_patch <<'EOF'\n{patch}\nEOF")});
        assert_eq!(function("exec_command", &heredoc), text(None));
        let inside = json!({"cmd": format!("cd lib && apply_patch <<'EOF'\n{patch}\nEOF\n")});
        assert_eq!(function("exec_command", &inside), text(Some("lib")));
        let call = json!({"type": "custom_tool_call", "name": "apply_patch", "input": "*** x"});
        let custom = Deed::Patch { text: "*** x".into(), workdir: None };
        assert_eq!(deed(&Raw::from_value(&call).item()), custom);
        let shown = json!({"cmd": format!("echo '{patch}'")});
        assert!(matches!(function("exec_command", &shown), Deed::Run { .. }));
    }

    #[test]
    fn files_plans_and_what_has_no_word() {
        let args = json!({"file_path": "/r/a", "offset": 5, "limit": 10});
        let read = Deed::Read { path: "/r/a".into(), lines: Some((5, 14)) };
        assert_eq!(function("Read", &args), read);
        let args = json!({"file_path": "/r/a", "old_string": "x", "new_string": "y"});
        let edit = Edit { old: "x".into(), new: "y".into(), all: false };
        assert_eq!(function("Edit", &args), Deed::Edit { path: "/r/a".into(), edits: vec![edit] });
        let args = json!({"todos": [{"content": "look", "status": "completed"}]});
        assert_eq!(function("TodoWrite", &args), Deed::Plan(vec!["completed: look".into()]));
        assert_eq!(
            function("write_stdin", &json!({"session_id": 3, "chars": ""})),
            Deed::Poll { session: 3 }
        );
        assert_eq!(
            function("write_stdin", &json!({"session_id": 3, "chars": "y\n"})),
            Deed::Foreign
        );
        let later = json!({"command": "npm start", "run_in_background": true});
        assert_eq!(function("Bash", &later), Deed::Foreign, "it does not end");
        assert_eq!(function("Grep", &json!({"pattern": "x"})), Deed::Foreign);
        assert_eq!(function("Edit", &json!({"file_path": 3})), Deed::Foreign);
    }
}
