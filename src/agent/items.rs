//! The items that the client makes itself. They carry no id: the server keeps none for us.

use crate::wire::{Kind, Raw};
use serde_json::{Value, json};

/// A message with one text part for each of `texts`.
pub(super) fn message(role: &str, texts: &[&str]) -> Raw {
    let parts: Vec<Value> =
        texts.iter().map(|text| json!({"type": "input_text", "text": text})).collect();
    Raw::from_value(&json!({"type": "message", "role": role, "content": parts}))
}

/// The answer to a call: `output` is a string or a list of content parts. The hosted tools, which
/// the built-in agent does not advertise, have forms of their own; what it says to them is that it
/// did not run them.
pub(super) fn output(call: Kind, call_id: &str, output: &Value) -> Raw {
    Raw::from_value(&match call {
        Kind::LocalShellCall => {
            json!({"type": "local_shell_call_output", "id": call_id, "output": output})
        }
        Kind::ShellCall => json!({
            "type": "shell_call_output", "call_id": call_id, "max_output_length": null,
            "output": [
                {"stdout": "", "stderr": output, "outcome": {"type": "exit", "exit_code": 1}},
            ],
        }),
        Kind::ApplyPatchCall => json!({
            "type": "apply_patch_call_output", "call_id": call_id, "status": "failed",
            "output": output,
        }),
        Kind::CustomToolCall => {
            json!({"type": "custom_tool_call_output", "call_id": call_id, "output": output})
        }
        _ => json!({"type": "function_call_output", "call_id": call_id, "output": output}),
    })
}
