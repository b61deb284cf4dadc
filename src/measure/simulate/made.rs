//! Parts that no log holds: what a layout puts into a prompt. Those of a declared size have no text
//! and nothing in common with others, as items of a recording without texts; the rest are written
//! out.

use super::part::{PartId, Parts, Place};
use crate::cache::count;
use crate::recording::{Layer, Structure, structure};
use crate::wire::{Digest, Raw, escape};
use serde_json::{Value, json};

/// Bytes of a token where only tokens are declared.
const BYTES: u64 = 4;

/// What the built-in loop puts in the place of a cleared output.
pub(super) const STUB: &str = "[tool output cleared]";

/// An item of so many tokens, all its own.
pub(super) fn sized(name: &str, tokens: u64, layer: Layer, members: &[(&str, String)]) -> Raw {
    let digest = Digest::of(name);
    let bytes = (tokens * BYTES).max(1);
    let structure = Structure {
        length: bytes - 1,
        value: digest,
        rendered: digest,
        bytes,
        tokens,
        layer,
        asks_for_summary: false,
        thought: None,
        printed: None,
        image: false,
        marks: Vec::new(),
        common: Vec::new(),
    };
    structure.to_raw(members)
}

/// A message of so many tokens.
pub(super) fn sized_message(name: &str, tokens: u64, layer: Layer, role: &str) -> Raw {
    sized(name, tokens, layer, &[("type", "message".into()), ("role", role.into())])
}

/// A message with a text.
pub(super) fn message(role: &str, text: &str) -> Raw {
    Raw::from_value(&json!({"type": "message", "role": role, "content": text}))
}

/// A message without its text, written with a line more: as long as it would be. Whatever it began
/// with, nothing is noted of that, so it has nothing in common with the one before.
pub(super) fn longer(message: &Raw, line: &str) -> Option<Raw> {
    let noted = structure(message)?;
    let more = escape(line).len() as u64 - 2;
    let digest = |was: Digest| Digest::of_parts(&[was.as_bytes(), line.as_bytes()]);
    let longer = Structure {
        length: noted.length + more,
        value: digest(noted.value),
        rendered: digest(noted.rendered),
        bytes: noted.bytes + more,
        tokens: noted.tokens + count(line),
        marks: Vec::new(),
        common: Vec::new(),
        ..noted
    };
    Some(longer.to_raw(&[("type", "message".into()), ("role", "user".into())]))
}

/// An output that was cleared.
pub(super) fn stub(parts: &mut Parts, output: PartId, tokens: Option<u64>) -> PartId {
    let part = parts.get(output);
    let call = part.call.as_deref().unwrap_or_default().to_owned();
    let kind = match part.raw.item().str("type") {
        Some(kind) => kind.to_owned(),
        None => "function_call_output".to_owned(),
    };
    let raw = match tokens {
        None => Raw::from_value(&json!({"type": kind, "call_id": call, "output": STUB})),
        Some(tokens) => {
            let members = [("type", kind), ("call_id", call)];
            sized(&format!("stub {output}"), tokens, Layer::ToolOutput, &members)
        }
    };
    parts.add(Place::Item, &raw)
}

/// A tool whose definition was changed at its end.
pub(super) fn changed_tool(parts: &mut Parts, tool: PartId) -> PartId {
    let part = parts.get(tool);
    let raw = match part.segment.stands_in() {
        true => sized(&format!("changed tool {tool}"), part.segment.tokens, Layer::Tools, &[]),
        false => {
            let mut value = part.raw.value();
            let text = match value.get("description").and_then(Value::as_str) {
                Some(text) => format!("{text} Changed."),
                None => "Changed.".to_owned(),
            };
            value["description"] = text.into();
            Raw::from_value(&value)
        }
    };
    parts.add(Place::Tool, &raw)
}

/// A tool that a server announced in the middle of the session.
pub(super) fn added_tool(parts: &mut Parts) -> PartId {
    let raw = Raw::from_value(&json!({
        "type": "function", "name": "announced_tool",
        "description": "A tool that its server announced while the session went on.",
        "parameters": {"type": "object", "properties": {"what": {"type": "string"}}}
    }));
    parts.add(Place::Tool, &raw)
}

/// The moment of a request on a virtual day.
pub(super) fn clock(at_ms: u64) -> String {
    let (seconds, day) = (at_ms / 1_000, at_ms / 86_400_000);
    let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
    format!("day {day}, {hours:02}:{minutes:02}:{:02}.{:03}", seconds % 60, at_ms % 1_000)
}
