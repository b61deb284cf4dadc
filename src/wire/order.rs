//! The rules of an event stream, checked on decoded events.
//!
//! No known client checks them all, so a stream that breaks one works with some clients and fails
//! silently with others. This file holds the rules of the stream as a whole; those of a single item
//! are in [`super::order_item`]. Nothing here shares code with the writer of streams.

use super::SseEvent;
use super::order_item::Window;
use serde_json::Value;

/// Fields that every response object must have.
const REQUIRED: &[&str] = &[
    "id",
    "object",
    "created_at",
    "status",
    "error",
    "incomplete_details",
    "instructions",
    "model",
    "tools",
    "output",
    "parallel_tool_calls",
    "metadata",
    "tool_choice",
    "temperature",
    "top_p",
];

/// Counts that `usage` must have.
const COUNTS: &[&str] = &[
    "/input_tokens",
    "/input_tokens_details/cached_tokens",
    "/output_tokens",
    "/output_tokens_details/reasoning_tokens",
    "/total_tokens",
];

/// What a stream does that the protocol does not allow, each named with the event's position;
/// empty for a legal stream.
#[must_use]
pub fn lint_events(events: &[SseEvent]) -> Vec<String> {
    let mut lint = Lint::default();
    for (at, event) in events.iter().enumerate() {
        lint.at = at;
        lint.event(event);
    }
    lint.finish();
    lint.problems
}

#[derive(Default)]
struct Lint {
    problems: Vec<String>,
    at: usize,
    response_id: Option<String>,
    open: Option<Window>,
    done: Vec<Value>,
    terminal: bool,
    ended: bool,
}

impl Lint {
    fn problem(&mut self, what: impl Into<String>) {
        self.problems.push(format!("event {}: {}", self.at, what.into()));
    }

    fn event(&mut self, event: &SseEvent) {
        if event.data == "[DONE]" {
            if !self.terminal || std::mem::replace(&mut self.ended, true) {
                self.problem("[DONE] must come once, after the terminal event");
            }
            return;
        }
        let data = match serde_json::from_str::<Value>(&event.data) {
            Ok(data) => data,
            Err(error) => return self.problem(format!("data is not JSON: {error}")),
        };
        let kind = data["type"].as_str().unwrap_or_default().to_owned();
        if event.event.as_deref().is_some_and(|name| name != kind) {
            self.problem(format!("event name {:?} is not the type {kind:?}", event.event));
        }
        if data["sequence_number"].as_u64() != Some(self.at as u64) {
            let found = &data["sequence_number"];
            self.problem(format!("sequence_number {found}, expected {}", self.at));
        }
        if self.terminal {
            return self.problem(format!("{kind} after the terminal event"));
        }
        match (self.at, kind.as_str()) {
            (0, "response.created") | (1, "response.in_progress" | "response.queued") => {}
            (0, "error") => {}
            (0, _) => self.problem(format!("{kind}, expected response.created")),
            (1, _) => self.problem(format!("{kind}, expected response.in_progress")),
            (_, "response.created") => self.problem("a second response.created"),
            _ => {}
        }
        match kind.as_str() {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.response(&data["response"]);
            }
            "response.completed" | "response.incomplete" | "response.failed" | "error" => {
                self.terminal = true;
                if kind != "error" {
                    self.response(&data["response"]);
                    self.terminal(&kind, &data["response"]);
                }
            }
            "response.output_item.added" => self.added(&data),
            "response.output_item.done" => self.item_done(&data),
            _ if data.get("output_index").is_some() => self.inside(&kind, &data),
            _ => {}
        }
    }

    fn response(&mut self, response: &Value) {
        for field in REQUIRED {
            if response.get(field).is_none() {
                self.problem(format!("the response lacks {field:?}"));
            }
        }
        let id = response["id"].as_str().map(str::to_owned);
        if self.response_id.is_some() && self.response_id != id {
            self.problem(format!("the response id changed to {:?}", response["id"]));
        }
        self.response_id = id;
    }

    fn added(&mut self, data: &Value) {
        if let Some(open) = &self.open {
            let open = open.index();
            self.problem(format!("an item was added while item {open} is open"));
        }
        let expected = self.done.len() as u64;
        if data["output_index"].as_u64() != Some(expected) {
            let found = &data["output_index"];
            self.problem(format!("output_index {found}, expected {expected}"));
        }
        self.open = Some(Window::open(data));
    }

    fn inside(&mut self, kind: &str, data: &Value) {
        let problems = match &mut self.open {
            Some(open) if data["output_index"].as_u64() == Some(open.index()) => {
                open.event(kind, data)
            }
            _ => vec![format!("{kind} for item {}, which is not open", data["output_index"])],
        };
        problems.into_iter().for_each(|what| self.problem(what));
    }

    fn item_done(&mut self, data: &Value) {
        let problems = match self.open.take() {
            Some(open) if data["output_index"].as_u64() == Some(open.index()) => {
                open.close(&data["item"])
            }
            _ => vec![format!("item {} is done without being open", data["output_index"])],
        };
        problems.into_iter().for_each(|what| self.problem(what));
        self.done.push(data["item"].clone());
    }

    fn terminal(&mut self, kind: &str, response: &Value) {
        if let Some(open) = self.open.take() {
            self.problem(format!("{kind} while item {} is open", open.index()));
        }
        let status = kind.trim_start_matches("response.");
        if response["status"] != status {
            self.problem(format!("{kind} with status {}", response["status"]));
        }
        let output: Vec<Value> = response["output"].as_array().cloned().unwrap_or_default();
        if output.len() != self.done.len() {
            let done = self.done.len();
            self.problem(format!("{} items in the output, {done} were done", output.len()));
        }
        let done = std::mem::take(&mut self.done);
        for (index, (said, done)) in output.iter().zip(&done).enumerate() {
            if unsealed(said) != unsealed(done) {
                self.problem(format!("output item {index} differs from the one that was done"));
            }
            if done["status"] == "incomplete" && index + 1 < output.len() {
                self.problem(format!("item {index} is incomplete and not the last"));
            }
        }
        if kind == "response.completed" {
            self.usage(&response["usage"]);
        }
    }

    fn usage(&mut self, usage: &Value) {
        let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
        for pointer in COUNTS {
            if count(pointer).is_none() {
                self.problem(format!("usage lacks {pointer}"));
            }
        }
        let sum = count("/input_tokens").zip(count("/output_tokens")).map(|(a, b)| a + b);
        if sum != count("/total_tokens") {
            self.problem("total_tokens is not the sum of input and output");
        }
        if count("/input_tokens_details/cached_tokens") > count("/input_tokens") {
            self.problem("more tokens cached than sent");
        }
    }

    fn finish(&mut self) {
        if !self.terminal {
            self.problems.push("the stream ends without a terminal event".into());
        }
    }
}

/// Real servers seal reasoning anew in each copy, so copies are compared without it.
fn unsealed(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(fields) = item.as_object_mut() {
        fields.shift_remove("encrypted_content");
    }
    item
}
