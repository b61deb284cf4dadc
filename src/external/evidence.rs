//! What an agent did, read from the calls that it was told to make: for checks that forbid
//! commands or paths. The program itself is not asked.

use crate::wire::{Item, Kind, Raw};
use serde_json::Value;

/// Names under which tools take a command line.
const COMMAND_KEYS: [&str; 4] = ["cmd", "command", "script", "commands"];
/// Names under which tools that write take a path.
const PATH_KEYS: [&str; 4] = ["filePath", "file_path", "path", "file"];
/// How the files of a patch are named in it.
const PATCHED: [&str; 4] =
    ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];

/// The command lines among the calls of an answer.
pub fn commands(output: &[Raw]) -> Vec<String> {
    let mut found = Vec::new();
    for item in output.iter().map(Raw::item) {
        match item.kind() {
            Kind::FunctionCall => found.extend(in_arguments(&arguments(&item))),
            // Code that calls tools: whatever it runs stands in it.
            Kind::CustomToolCall if patch_paths(&text(&item)).is_empty() => found.push(text(&item)),
            _ => found.extend(item.value().get("action").into_iter().flat_map(in_arguments)),
        }
    }
    found
}

/// The paths that calls of an answer write by patches and file tools, relative to the workspace
/// where they lie in it.
pub fn patched(output: &[Raw]) -> Vec<String> {
    let mut found = Vec::new();
    for item in output.iter().map(Raw::item) {
        let arguments = arguments(&item);
        let mut texts = vec![text(&item)];
        texts.extend(strings(&arguments).into_iter().map(str::to_owned));
        let patches: Vec<String> = texts.iter().flat_map(|text| patch_paths(text)).collect();
        let name = item.str("name").unwrap_or_default();
        if patches.is_empty() && (name.contains("edit") || name.contains("write")) {
            let path = PATH_KEYS.iter().find_map(|key| arguments.get(*key)?.as_str());
            found.extend(path.map(relative));
        }
        let operation = item.value().pointer("/operation/path").and_then(Value::as_str);
        found.extend(operation.map(relative));
        found.extend(patches);
    }
    found.dedup();
    found
}

fn arguments(item: &Item) -> Value {
    let text = if item.kind() == Kind::FunctionCall { item.arguments() } else { None };
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

fn text(item: &Item) -> String {
    item.str("input").unwrap_or_default().to_owned()
}

fn in_arguments(arguments: &Value) -> Vec<String> {
    let value = COMMAND_KEYS.iter().find_map(|key| arguments.get(*key));
    match value {
        Some(Value::String(line)) => vec![line.clone()],
        // `["sh", "-c", "line"]`, or several lines.
        Some(Value::Array(words)) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                [_, flag, line] if flag.starts_with('-') => vec![(*line).to_owned()],
                _ => vec![words.join(" ")],
            }
        }
        _ => Vec::new(),
    }
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

fn patch_paths(text: &str) -> Vec<String> {
    if !text.contains("*** Begin Patch") {
        return Vec::new();
    }
    let path = |line: &str| PATCHED.iter().find_map(|head| line.strip_prefix(head)).map(relative);
    text.lines().filter_map(path).collect()
}

fn relative(path: &str) -> String {
    path.trim().trim_start_matches("/workspace/").trim_start_matches("./").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{commands, patched};
    use crate::wire::Raw;
    use serde_json::{Value, json};

    fn raws(items: &[Value]) -> Vec<Raw> {
        items.iter().map(Raw::from_value).collect()
    }

    fn call(name: &str, arguments: &Value) -> Value {
        json!({"type": "function_call", "name": name, "arguments": arguments.to_string()})
    }

    #[test]
    fn commands_of_every_dialect() {
        let items = raws(&[
            call("exec_command", &json!({"cmd": "ls"})),
            call("bash", &json!({"command": "pwd", "description": "where"})),
            call("shell", &json!({"command": ["bash", "-lc", "make test"]})),
            json!({"type": "local_shell_call", "action": {"command": ["sh", "-c", "id"]}}),
            json!({"type": "shell_call", "action": {"commands": ["true"]}}),
            call("read", &json!({"filePath": "a"})),
        ]);
        assert_eq!(commands(&items), ["ls", "pwd", "make test", "id", "true"]);
    }

    #[test]
    fn paths_of_patches_and_file_tools() {
        let patch = "*** Begin Patch\n*** Update File: a/b\n*** Move to: ./c\n*** End Patch\n";
        let items = raws(&[
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": patch}),
            call("exec_command", &json!({"cmd": format!("apply_patch <<'E'\n{patch}E")})),
            call("write", &json!({"filePath": "/workspace/w", "content": "x"})),
            json!({"type": "apply_patch_call", "operation": {"type": "delete_file", "path": "d"}}),
            call("read", &json!({"filePath": "r"})),
        ]);
        assert_eq!(patched(&items), ["a/b", "c", "a/b", "c", "w", "d"]);
    }
}
