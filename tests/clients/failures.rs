//! Everything that can go wrong with an answer, by name.

use super::canned::Reply;
use std::io::Write;
use unreel::wire::Ending;

/// One thing that goes wrong.
pub(crate) struct Failure {
    pub(crate) name: &'static str,
    wrong: Wrong,
    /// Whether the next answer is good; otherwise it goes wrong again and again.
    once: bool,
}

#[derive(Clone, Copy)]
enum Wrong {
    Status(u16, &'static str),
    Cut(usize),
    Torn,
    Silent,
    Failed(&'static str),
    Incomplete,
    ErrorEvent,
}

use Wrong::{Cut, ErrorEvent, Failed, Incomplete, Silent, Status, Torn};

const fn always(name: &'static str, wrong: Wrong) -> Failure {
    Failure { name, wrong, once: false }
}

const fn once(name: &'static str, wrong: Wrong) -> Failure {
    Failure { name, wrong, once: true }
}

/// All of them.
pub(crate) const FAILURES: &[Failure] = &[
    always("HTTP 400", Status(400, "replay_mismatch")),
    always("HTTP 400 context_length_exceeded", Status(400, "context_length_exceeded")),
    always("HTTP 401", Status(401, "invalid_api_key")),
    always("HTTP 403", Status(403, "forbidden")),
    always("HTTP 404", Status(404, "model_not_found")),
    always("HTTP 409", Status(409, "conflict")),
    always("HTTP 422", Status(422, "unprocessable")),
    always("HTTP 429", Status(429, "rate_limit_exceeded")),
    once("HTTP 429, once", Status(429, "rate_limit_exceeded")),
    always("HTTP 429 insufficient_quota", Status(429, "insufficient_quota")),
    always("HTTP 500", Status(500, "server_error")),
    once("HTTP 500, once", Status(500, "server_error")),
    always("HTTP 503 server_is_overloaded", Status(503, "server_is_overloaded")),
    always("stream cut before any item", Cut(0)),
    once("stream cut after one of two items, once", Cut(1)),
    always("stream cut after all items", Cut(2)),
    once("stream torn within an event, once", Torn),
    once("stream silent after one of two items, once", Silent),
    always("failed: server_error", Failed("server_error")),
    once("failed: server_error, once", Failed("server_error")),
    always("failed: rate_limit_exceeded", Failed("rate_limit_exceeded")),
    always("failed: context_length_exceeded", Failed("context_length_exceeded")),
    always("failed: insufficient_quota", Failed("insufficient_quota")),
    always("failed: invalid_prompt", Failed("invalid_prompt")),
    always("failed: server_is_overloaded", Failed("server_is_overloaded")),
    always("incomplete: max_output_tokens", Incomplete),
    always("error event", ErrorEvent),
];

impl Failure {
    /// The answers of a server where this goes wrong.
    pub(crate) fn replies(&self) -> Vec<Reply> {
        let wrong = match self.wrong {
            Status(status, code) => Reply::Status(status, code),
            Cut(items) => Reply::Ends(items, Ending::Cut),
            Torn => Reply::Torn,
            Silent => Reply::Silent,
            Failed(code) => Reply::failed(code),
            Incomplete => Reply::Ends(2, Ending::Incomplete("max_output_tokens".into())),
            ErrorEvent => Reply::ErrorEvent("server_error"),
        };
        if self.once { vec![wrong, Reply::good()] } else { vec![wrong] }
    }
}

/// A line of a table, on the terminal.
pub(crate) fn figure(cells: &[&str]) {
    let _ = writeln!(std::io::stderr(), "| {} |", cells.join(" | "));
}
