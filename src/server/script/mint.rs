//! Output items with their ids.

use super::position::Carrier;
use super::sealed;
use crate::wire::Raw;
use serde_json::json;

/// An output item before it has ids.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Draft {
    Message(String),
    Reasoning(String),
    Function { name: String, arguments: String },
    Custom { name: String, input: String },
    Compaction(String),
    Summary(String),
}

impl Draft {
    /// The complete item.
    pub(super) fn mint(self, carrier: &Carrier) -> Raw {
        let message = |text: String| {
            json!({
                "type": "message", "id": format!("msg_{carrier}"), "status": "completed",
                "role": "assistant",
                "content": [
                    {"type": "output_text", "annotations": [], "logprobs": [], "text": text},
                ],
            })
        };
        Raw::from_value(&match self {
            Self::Message(text) => message(text),
            Self::Summary(text) => message(format!("{text}\n{}", carrier.line())),
            Self::Reasoning(text) => json!({
                "type": "reasoning", "id": format!("rs_{carrier}"), "summary": [],
                "encrypted_content": sealed(carrier, &text),
            }),
            Self::Function { name, arguments } => json!({
                "type": "function_call", "id": format!("fc_{carrier}"), "status": "completed",
                "name": name, "arguments": arguments, "call_id": format!("call_{carrier}"),
            }),
            Self::Custom { name, input } => json!({
                "type": "custom_tool_call", "id": format!("ctc_{carrier}"), "status": "completed",
                "call_id": format!("call_{carrier}"), "name": name, "input": input,
            }),
            Self::Compaction(text) => json!({
                "type": "compaction", "id": format!("cmp_{carrier}"),
                "encrypted_content": sealed(carrier, &text),
            }),
        })
    }
}
