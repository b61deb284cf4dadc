//! Each output of a tool has its call in the history.
//!
//! The API refuses an output that answers nothing, whatever the model, so this holds for every model
//! here: an agent that loses a call but keeps its output would fail in earnest, and a replay that
//! let it pass would say nothing of it. Where the history holds references to items (`item_reference`)
//! that nobody resolved, the call may be among them, and nothing is said.

use crate::wire::{ApiError, Kind, Raw};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What of an item is needed here. Histories are long: nothing else is read.
#[derive(Default, Deserialize)]
struct Head {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    call_id: Option<String>,
}

/// The error for the first output without a call before it.
pub(super) fn check(input: &[Raw]) -> Result<(), ApiError> {
    let mut calls: BTreeSet<String> = BTreeSet::new();
    let mut orphan = None;
    for (at, raw) in input.iter().enumerate() {
        let text = raw.as_str();
        if !text.contains("_call") && !text.contains("item_reference") {
            continue;
        }
        let head: Head = serde_json::from_str(text).unwrap_or_default();
        let name = head.kind.unwrap_or_default();
        if name == "item_reference" {
            return Ok(());
        }
        let kind = Kind::of_type(&name);
        if kind.is_call() {
            // The output of a local shell call may name either.
            calls.extend([head.call_id, head.id].into_iter().flatten());
        } else if kind.is_output() && orphan.is_none() {
            let id = match kind {
                Kind::LocalShellCallOutput => head.call_id.or(head.id),
                _ => head.call_id,
            };
            if !id.as_ref().is_some_and(|id| calls.contains(id)) {
                orphan = Some((at, name, id));
            }
        }
    }
    match orphan {
        None => Ok(()),
        Some((at, name, None)) => Err(ApiError::invalid(
            "missing_required_parameter",
            format!("the {name} at /input/{at} has no call_id; name the call that it answers"),
        )
        .with_param(&format!("input[{at}].call_id"))),
        Some((_, name, Some(id))) => {
            let what = name.trim_end_matches("_output").replace('_', " ");
            let message = format!("No tool call found for {what} output with call_id {id}.");
            Err(ApiError { code: None, ..ApiError::invalid("", message).with_param("input") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::wire::Raw;
    use serde_json::{Value, json};

    fn checked(items: &[Value]) -> Result<(), (String, Option<String>)> {
        let raws: Vec<Raw> = items.iter().map(Raw::from_value).collect();
        check(&raws).map_err(|error| (error.message, error.code))
    }

    fn pair(name: &str) -> [Value; 2] {
        [
            json!({"type": format!("{name}_call"), "id": "x_1", "call_id": "call_1"}),
            json!({"type": format!("{name}_call_output"), "call_id": "call_1", "output": "_call"}),
        ]
    }

    #[test]
    fn an_output_needs_its_call_before_it() {
        for name in ["function", "custom_tool", "shell", "local_shell", "apply_patch"] {
            let [call, output] = pair(name);
            assert_eq!(checked(&[call.clone(), output.clone()]), Ok(()), "{name}");
            for wrong in [vec![output.clone()], vec![output.clone(), call.clone()]] {
                let (told, code) = checked(&wrong).unwrap_err();
                let what = name.replace('_', " ");
                let expected =
                    format!("No tool call found for {what} call output with call_id call_1.");
                assert_eq!((told, code), (expected, None));
            }
        }
    }

    #[test]
    fn a_local_shell_output_names_its_call_by_either_id() {
        let [call, _] = pair("local_shell");
        for id in ["x_1", "call_1"] {
            let output = json!({"type": "local_shell_call_output", "id": id, "output": ""});
            assert_eq!(checked(&[call.clone(), output]), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_known_is_let_pass_and_what_is_missing_is_named() {
        let [_, output] = pair("function");
        let reference = json!({"type": "item_reference", "id": "fc_1"});
        assert_eq!(checked(&[reference, output]), Ok(()));
        assert_eq!(checked(&[json!({"type": "mcp_call_output"}), json!("a _call")]), Ok(()));
        let (told, code) =
            checked(&[json!({"type": "function_call_output", "output": ""})]).unwrap_err();
        assert!(told.contains("/input/0"), "{told}");
        assert_eq!(code.as_deref(), Some("missing_required_parameter"));
    }
}
