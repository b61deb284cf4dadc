//! The rules of an event stream, checked on decoded events.
//!
//! No known client checks them all, so a stream that breaks one works with some clients and fails
//! silently with others. This file holds the rules of the stream as a whole, [`super::order_response`]
//! those of the response object, [`super::order_item`] those of a single item, and
//! [`super::order_fields`] the fields that must be there. Nothing here shares code with the writer
//! of streams.

use super::order_item::Window;
use super::order_response::Responses;
use super::{SseEvent, order_fields};
use serde_json::Value;

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
    responses: Responses,
    open: Option<Window>,
    done: Vec<Value>,
    queued: bool,
    terminal: bool,
    ended: bool,
}

impl Lint {
    fn problem(&mut self, what: impl Into<String>) {
        self.problems.push(format!("event {}: {}", self.at, what.into()));
    }

    fn problems(&mut self, all: Vec<String>) {
        all.into_iter().for_each(|what| self.problem(what));
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
        self.problems(order_fields::event(&kind, &data));
        if self.terminal {
            return self.problem(format!("{kind} after the terminal event"));
        }
        self.place(&kind);
        match kind.as_str() {
            "response.created" | "response.in_progress" | "response.queued" => {
                let wrong = self.responses.check(&kind, &data["response"]);
                self.problems(wrong);
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.terminal = true;
                let wrong = self.responses.check(&kind, &data["response"]);
                self.problems(wrong);
                self.terminal(&kind, &data["response"]);
            }
            "error" => self.terminal = true,
            "response.output_item.added" => self.added(&data),
            "response.output_item.done" => self.item_done(&data),
            _ => self.inside(&kind, &data),
        }
    }

    /// The first two events are fixed, and come once each. An `error` may come at any time.
    fn place(&mut self, kind: &str) {
        match (self.at, kind) {
            (_, "error") | (0, "response.created") | (1, "response.in_progress") => {}
            (1, "response.queued") => self.queued = true,
            // A response that was queued is taken up afterwards.
            (2, "response.in_progress") if self.queued => {}
            (0, _) => self.problem(format!("{kind}, expected response.created")),
            (1, _) => self.problem(format!("{kind}, expected response.in_progress")),
            (_, "response.created" | "response.in_progress" | "response.queued") => {
                self.problem(format!("{kind} in the middle of the stream"));
            }
            _ => {}
        }
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
        let (window, wrong) = Window::open(data);
        self.problems(wrong);
        self.open = Some(window);
    }

    fn inside(&mut self, kind: &str, data: &Value) {
        let wrong = match &mut self.open {
            Some(open) if data["output_index"].as_u64() == Some(open.index()) => {
                open.event(kind, data)
            }
            _ => vec![format!("{kind} for item {}, which is not open", data["output_index"])],
        };
        self.problems(wrong);
    }

    fn item_done(&mut self, data: &Value) {
        let item = &data["item"];
        let wrong = match self.open.take() {
            Some(open) if data["output_index"].as_u64() == Some(open.index()) => open.close(item),
            _ => vec![format!("item {} is done without being open", data["output_index"])],
        };
        self.problems(wrong);
        for name in ["id", "call_id"] {
            // An output that the provider made names its call.
            let is_output = item["type"].as_str().is_some_and(|kind| kind.ends_with("_output"));
            let twice = self.done.iter().any(|earlier| earlier.get(name) == item.get(name));
            if twice && item[name].is_string() && !(is_output && name == "call_id") {
                self.problem(format!("{name} {} a second time", item[name]));
            }
        }
        self.done.push(item.clone());
    }

    /// The terminal response against the items that were done.
    fn terminal(&mut self, kind: &str, response: &Value) {
        if let Some(open) = self.open.take() {
            self.problem(format!("{kind} while item {} is open", open.index()));
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
            let last = index + 1 == output.len();
            let broken_off = done["status"] == "incomplete";
            if broken_off && !(last && kind == "response.incomplete") {
                self.problem(format!(
                    "item {index} is incomplete, which only the last one of an incomplete response \
                     may be"
                ));
            }
            if last && kind == "response.incomplete" && done["status"] == "completed" {
                self.problem(format!("item {index} ends an incomplete response, yet is completed"));
            }
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
