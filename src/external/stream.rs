//! What an agent prints: lines of JSON events among anything else.

use super::file::{AgentFile, EventField};
use serde_json::Value;

/// What was understood of an agent's output.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Printed {
    /// The session to resume.
    pub(super) session: Option<String>,
    /// Why the turn failed, in the agent's words.
    pub(super) failure: Option<String>,
    /// The last line that is no JSON event, for agents that print plain text.
    pub(super) last_line: String,
}

/// Reads an output.
pub(super) fn read(file: &AgentFile, output: &str) -> Printed {
    let mut printed = Printed::default();
    for line in output.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let event = serde_json::from_str::<Value>(line).ok().filter(Value::is_object);
        let Some(event) = event else {
            line.clone_into(&mut printed.last_line);
            continue;
        };
        if let Some(session) = file.session.as_ref().and_then(|field| text(field, &event)) {
            printed.session = Some(session);
        }
        if let Some(failure) = file.failures.iter().find_map(|field| text(field, &event)) {
            printed.failure = Some(failure);
        }
    }
    printed
}

fn text(field: &EventField, event: &Value) -> Option<String> {
    let kind = event.get("type").and_then(Value::as_str);
    if field.event.is_some() && field.event.as_deref() != kind {
        return None;
    }
    event.pointer(&field.at)?.as_str().map(str::to_owned)
}
