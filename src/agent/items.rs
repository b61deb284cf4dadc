//! The items that the client makes itself. They carry no id: the server keeps none for us.

use crate::wire::{Kind, Raw};
use serde_json::{Value, json};

/// A message with one text part for each of `texts`.
pub(super) fn message(role: &str, texts: &[&str]) -> Raw {
    let parts: Vec<Value> =
        texts.iter().map(|text| json!({"type": "input_text", "text": text})).collect();
    Raw::from_value(&json!({"type": "message", "role": role, "content": parts}))
}

/// The answer to a call: `output` is a string or a list of content parts.
pub(super) fn output(call: Kind, call_id: &str, output: &Value) -> Raw {
    let kind = match call {
        Kind::CustomToolCall => "custom_tool_call_output",
        _ => "function_call_output",
    };
    Raw::from_value(&json!({"type": kind, "call_id": call_id, "output": output}))
}
