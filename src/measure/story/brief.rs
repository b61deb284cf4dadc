//! A call or a text in one line.

use serde_json::Value;

/// Arguments that say by themselves what is done, first come, first taken.
const TELLING: [&str; 12] = [
    "cmd",
    "command",
    "code",
    "path",
    "file_path",
    "filePath",
    "pattern",
    "query",
    "url",
    "patch",
    "input",
    "chars",
];

/// Arguments that say where it is done.
const PLACES: [&str; 2] = ["workdir", "cwd"];

/// Begins a patch.
const PATCH: &str = "*** Begin Patch";

/// First lines of scripts that set the shell up and say nothing of what is done.
const SETTINGS: [&str; 5] = ["exec 2>&1", "set -e", "set -eu", "set -ex", "set -euo pipefail"];

/// What a call is told, in one line: the command of a shell, the files of a patch, the path of a
/// file; whatever else, its arguments as they are.
#[must_use]
pub fn brief_call(arguments: &str) -> String {
    let value: Value = match serde_json::from_str(arguments) {
        Ok(value @ Value::Object(_)) => value,
        _ => return brief_text(arguments),
    };
    let mut texts = value.as_object().into_iter().flatten().filter_map(|(_, text)| text.as_str());
    if let Some(patch) = texts.find(|text| text.contains(PATCH)) {
        return patched(patch);
    }
    let telling =
        TELLING.iter().find_map(|key| words(value.get(*key)?).filter(|words| !words.is_empty()));
    let Some(telling) = telling else { return one_line(arguments) };
    let place = PLACES.iter().find_map(|key| value.get(*key)?.as_str().filter(|at| *at != "."));
    match place {
        Some(place) => format!("{}  (in {place})", brief_text(&telling)),
        None => brief_text(&telling),
    }
}

/// A string, or the words of a command line; of `bash -lc TEXT` the text.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                [shell, flag, text] if shell.ends_with("sh") && flag.starts_with('-') => {
                    Some((*text).to_owned())
                }
                _ => Some(words.join(" ")),
            }
        }
        _ => None,
    }
}

fn brief_text(text: &str) -> String {
    if text.contains(PATCH) {
        return patched(text);
    }
    let mut rest = text.trim_start();
    while let Some((line, below)) = rest.split_once('\n') {
        if !SETTINGS.contains(&line.trim()) {
            break;
        }
        rest = below.trim_start();
    }
    one_line(rest)
}

/// The files of a patch, each with its lines: `M a.rs +2 -1, A b.rs +9`.
fn patched(text: &str) -> String {
    let mut files: Vec<(String, u32, u32)> = Vec::new();
    for line in text.lines() {
        let kinds = [("Add", 'A'), ("Update", 'M'), ("Delete", 'D')];
        let head = kinds.iter().find_map(|(word, letter)| {
            let path = line.strip_prefix(&format!("*** {word} File: "))?;
            Some(format!("{letter} {path}"))
        });
        match (head, files.last_mut()) {
            (Some(head), _) => files.push((head, 0, 0)),
            (None, Some(file)) if line.starts_with("*** Move to: ") => {
                file.0.push_str(&format!(" -> {}", &line["*** Move to: ".len()..]));
            }
            (None, Some(file)) if line.starts_with('+') => file.1 += 1,
            (None, Some(file)) if line.starts_with('-') => file.2 += 1,
            _ => {}
        }
    }
    if files.is_empty() {
        // It only speaks of patches.
        return one_line(text);
    }
    let lines = |sign: char, count: u32| match count {
        0 => String::new(),
        _ => format!(" {sign}{count}"),
    };
    let file = |(head, added, gone): &(String, u32, u32)| {
        format!("{head}{}{}", lines('+', *added), lines('-', *gone))
    };
    files.iter().map(file).collect::<Vec<_>>().join(", ")
}

/// The first line that is not empty, with the number of those that follow; control characters go.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first: String = lines
        .next()
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match lines.count() {
        0 => first,
        1 => format!("{first} (+1 line)"),
        more => format!("{first} (+{more} lines)"),
    }
}

#[cfg(test)]
mod tests {
    use super::{brief_call, one_line};

    #[test]
    fn a_call_says_what_is_done() {
        let brief = |value: serde_json::Value| brief_call(&value.to_string());
        assert_eq!(brief(serde_json::json!({"cmd": "ls -la", "workdir": "a"})), "ls -la  (in a)");
        let command = serde_json::json!({"command": ["bash", "-lc", "cat x\ncat y"]});
        assert_eq!(brief(command), "cat x (+1 line)");
        assert_eq!(brief(serde_json::json!({"command": ["cat", "x"], "timeout": 3})), "cat x");
        assert_eq!(brief(serde_json::json!({"filePath": "/w/a", "limit": 2})), "/w/a");
        let set_up = serde_json::json!({"cmd": "exec 2>&1\nset -e\nls\npwd"});
        assert_eq!(brief(set_up), "ls (+1 line)");
        assert_eq!(brief(serde_json::json!({"plan": [1]})), r#"{"plan":[1]}"#);
        let poll = serde_json::json!({"session_id": 7, "chars": ""});
        assert_eq!(brief(poll), r#"{"session_id":7,"chars":""}"#);
        assert_eq!(brief_call(""), "");
    }

    #[test]
    fn a_patch_is_its_files() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: c.rs\n@@\n-x\n+y\n+z\n\
                     *** Add File: b.rs\n+n\n*** Delete File: d.rs\n*** End Patch\n";
        assert_eq!(brief_call(patch), "M a.rs -> c.rs +2 -1, A b.rs +1, D d.rs");
        let in_json = serde_json::json!({ "patchText": patch }).to_string();
        assert_eq!(brief_call(&in_json), brief_call(patch));
    }

    #[test]
    fn a_text_is_its_first_line() {
        assert_eq!(one_line("\n a\tb\n\nc\n d"), "a b (+2 lines)");
        assert_eq!(one_line(""), "");
    }
}
