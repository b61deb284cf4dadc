//! Output items with their ids.

use super::position::Carrier;
use super::sealed;
use crate::wire::Raw;
use serde_json::{Value, json};

/// An output item before it has ids.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Draft {
    Message(String),
    Reasoning(String),
    Function {
        name: String,
        namespace: Option<String>,
        arguments: String,
    },
    Custom {
        name: String,
        namespace: Option<String>,
        input: String,
    },
    /// A call of the hosted tool `local_shell`.
    LocalShell {
        command: Vec<String>,
        folder: Option<String>,
    },
    /// A call of the hosted tool `shell`.
    Shell {
        command: String,
    },
    /// A call of the hosted tool `apply_patch`.
    ApplyPatch {
        operation: Value,
    },
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
            Self::Function { name, namespace, arguments } => {
                let mut item = json!({
                    "type": "function_call", "id": format!("fc_{carrier}"), "status": "completed",
                    "name": name, "arguments": arguments, "call_id": format!("call_{carrier}"),
                });
                in_namespace(&mut item, namespace);
                item
            }
            Self::Custom { name, namespace, input } => {
                let mut item = json!({
                    "type": "custom_tool_call", "id": format!("ctc_{carrier}"),
                    "status": "completed", "call_id": format!("call_{carrier}"), "name": name,
                    "input": input,
                });
                in_namespace(&mut item, namespace);
                item
            }
            // Its output has no `call_id`: it comes back under the item's own id.
            Self::LocalShell { command, folder } => json!({
                "type": "local_shell_call", "id": format!("lsh_{carrier}"), "status": "completed",
                "call_id": format!("call_{carrier}"), "action": {
                    "type": "exec", "command": command, "env": {}, "timeout_ms": null,
                    "user": null, "working_directory": folder,
                },
            }),
            Self::Shell { command } => json!({
                "type": "shell_call", "id": format!("sh_{carrier}"), "status": "completed",
                "call_id": format!("call_{carrier}"), "environment": null, "action": {
                    "commands": [command], "timeout_ms": null, "max_output_length": null,
                },
            }),
            Self::ApplyPatch { operation } => json!({
                "type": "apply_patch_call", "id": format!("apc_{carrier}"), "status": "completed",
                "call_id": format!("call_{carrier}"), "operation": operation,
            }),
            Self::Compaction(text) => json!({
                "type": "compaction", "id": format!("cmp_{carrier}"),
                "encrypted_content": sealed(carrier, &text),
            }),
        })
    }
}

/// A tool inside of a namespace is called by both names.
fn in_namespace(item: &mut Value, namespace: Option<String>) {
    if let Some(namespace) = namespace {
        item["namespace"] = namespace.into();
    }
}
