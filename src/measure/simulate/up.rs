//! Bytes of a body, from the lengths of its parts: the rule of `measure::transports`, for requests
//! that nobody sent.

use super::part::{PartId, Parts};
use super::session::{Fields, InputShape};
use crate::recording::{Transport, length};

/// Length of a response id of ours.
const RESPONSE_ID: u64 = "resp_0123456789ab".len() as u64;

/// Items that a body has to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) items: u64,
    /// Their bytes.
    pub(super) length: u64,
    /// Whether it names a response to go on from.
    pub(super) goes_on: bool,
}

/// The bytes of all fields over a transport, with the number of members. Tools and instructions may be
/// others than the request's own.
pub(super) fn fields(
    all: &Fields,
    tools: Option<u64>,
    instructions: Option<u64>,
    transport: Transport,
) -> (u64, u64) {
    let socket = transport == Transport::Websocket;
    let (mut members, mut bytes) = (0, 0);
    let mut add = |key: &str, value: u64| {
        members += 1;
        bytes += key.len() as u64 + 3 + value;
    };
    for (key, value) in &all.all {
        match key.as_str() {
            "previous_response_id" | "conversation" | "type" => {}
            "stream" | "stream_id" | "generate" if socket => {}
            "stream_id" | "generate" => {}
            "store" if transport == Transport::HttpPrevious && value.as_str() == "false" => {
                add(key, "true".len() as u64);
            }
            "tools" => add(key, tools.unwrap_or_else(|| length(value))),
            "instructions" => add(key, instructions.unwrap_or_else(|| length(value))),
            _ => add(key, length(value)),
        }
    }
    if socket {
        add("type", "\"response.create\"".len() as u64);
    }
    (members, bytes)
}

/// The bytes of a body.
pub(super) fn body((members, bytes): (u64, u64), input: InputShape, said: Said) -> u64 {
    let (mut members, mut bytes) = (members, bytes);
    if said.goes_on {
        members += 1;
        bytes += "previous_response_id".len() as u64 + 3 + RESPONSE_ID + 2;
    }
    if input != InputShape::None {
        let brackets = if input == InputShape::Text { 0 } else { 2 };
        members += 1;
        bytes += "input".len() as u64 + 3 + brackets + said.items.saturating_sub(1) + said.length;
    }
    bytes + members.saturating_sub(1) + 2
}

/// The length of a list of tools.
pub(super) fn tools(parts: &Parts, tools: &[PartId]) -> u64 {
    let sum: u64 = tools.iter().map(|tool| parts.get(*tool).length).sum();
    sum + (tools.len() as u64).saturating_sub(1) + 2
}
