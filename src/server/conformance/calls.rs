//! Output items that ask the client to run something harmless.

use super::arguments::arguments;
use super::items::Mint;
use super::tools::Tools;
use crate::wire::Raw;
use serde_json::{Value, json};

/// A call of a function tool, with arguments that its schema allows; of a tool of our own where
/// none is advertised.
pub(super) fn function(mint: &Mint, number: usize, tool: Option<&Value>) -> Raw {
    let (name, arguments) = match tool {
        Some(tool) => {
            (tool["name"].as_str().unwrap_or_default(), arguments(&tool["parameters"]).to_string())
        }
        None => ("lookup", json!({"query": "conformance"}).to_string()),
    };
    Raw::from_value(&json!({
        "id": mint.id("fc", Some(number)), "type": "function_call", "status": "completed",
        "arguments": arguments, "call_id": mint.id("call", Some(number)), "name": name,
    }))
}

/// A call of a custom tool. What a grammar allows is not worked out, but the known one of
/// `apply_patch` is met.
pub(super) fn custom(mint: &Mint, number: usize, tool: Option<&Value>) -> Raw {
    let name = tool.and_then(|tool| tool["name"].as_str()).unwrap_or("notes");
    let input = match name {
        "apply_patch" => {
            "*** Begin Patch\n*** Add File: conformance.txt\n+conformance\n*** End Patch\n"
        }
        _ => "conformance",
    };
    Raw::from_value(&json!({
        "id": mint.id("ctc", Some(number)), "type": "custom_tool_call", "status": "completed",
        "call_id": mint.id("call", Some(number)), "name": name, "input": input,
    }))
}

/// A command for the client's own shell.
pub(super) fn local_shell(mint: &Mint, number: usize) -> Raw {
    Raw::from_value(&json!({
        "id": mint.id("lsh", Some(number)), "type": "local_shell_call", "status": "completed",
        "call_id": mint.id("call", Some(number)),
        "action": {
            "type": "exec", "command": ["echo", "conformance"], "env": {}, "timeout_ms": 10_000,
            "working_directory": null, "user": null,
        },
    }))
}

/// Two commands for a shell, in the environment that the tool names.
pub(super) fn shell(mint: &Mint, number: usize, tools: &Tools) -> Raw {
    let tool = tools.of_type("shell").first().copied();
    let local = tool.is_none_or(|tool| tool["environment"]["type"] == "local");
    Raw::from_value(&json!({
        "id": mint.id("sh", Some(number)), "type": "shell_call", "status": "completed",
        "call_id": mint.id("call", Some(number)),
        "action": {
            "commands": ["echo conformance", "pwd"], "timeout_ms": 10_000,
            "max_output_length": 4096,
        },
        "environment": if local { json!({"type": "local"}) } else { Value::Null },
    }))
}

/// A new file.
pub(super) fn patch(mint: &Mint, number: usize) -> Raw {
    Raw::from_value(&json!({
        "id": mint.id("apc", Some(number)), "type": "apply_patch_call", "status": "completed",
        "call_id": mint.id("call", Some(number)),
        "operation": {
            "type": "create_file", "path": "conformance.txt", "diff": "+conformance\n",
        },
    }))
}
