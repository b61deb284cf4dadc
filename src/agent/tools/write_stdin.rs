//! `write_stdin`: input for a session, and the output since the last look.

use super::process::{Patience, wait};
use super::{Outcome, Room, arguments, function};
use crate::agent::host::Host;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Args {
    session_id: u32,
    #[serde(default)]
    chars: String,
    #[serde(default)]
    close: bool,
    wait_for: Option<String>,
    yield_time_ms: Option<u64>,
    max_output_tokens: Option<u64>,
}

pub(super) fn definition() -> Value {
    function(
        "write_stdin",
        "Writes to the standard input of a running session and returns its new output when it \
         ends, when wait_for appears or when yield_time_ms is over.",
        &["session_id"],
        json!({
            "chars": {"type": "string", "description": "What to write; empty to only look."},
            "close": {"type": "boolean", "description": "Close the input after writing."},
            "max_output_tokens": {
                "type": "number",
                "description": "Longer output is cut in the middle. At most and by default 10000.",
            },
            "session_id": {"type": "number", "description": "The session."},
            "wait_for": {
                "type": "string",
                "description": "Return as soon as this text is in the new output.",
            },
            "yield_time_ms": {
                "type": "number",
                "description": "Return after so many milliseconds.",
            },
        }),
    )
}

pub(super) async fn run<H: Host>(room: &Room<'_, H>, text: &str) -> Outcome {
    let args: Args = match arguments(text) {
        Ok(args) => args,
        Err(outcome) => return *outcome,
    };
    let Some(process) = room.sessions.process(args.session_id) else {
        return Outcome::text(format!("write_stdin: unknown session id {}", args.session_id));
    };
    if (!args.chars.is_empty() || args.close)
        && let Err(error) = room.host.feed(process, args.chars.as_bytes(), args.close).await
    {
        return Outcome::sandbox("write_stdin", &error);
    }
    let patience = Patience {
        wait_for: args.wait_for,
        yield_time_ms: args.yield_time_ms,
        max_output_tokens: args.max_output_tokens,
    };
    wait(room, "write_stdin", process, Some(args.session_id), patience).await
}
