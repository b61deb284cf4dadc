//! The rules of the response object, which a stream carries three times: what it says of its state
//! fits the event that carries it, and what it says of the request stays the same.

use super::order_fields;
use serde_json::Value;

/// What the answer to one request says of it, whatever becomes of it.
const FIXED: &[&str] = &[
    "id",
    "created_at",
    "model",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "metadata",
    "temperature",
    "top_p",
];

/// The response objects of one stream.
#[derive(Default)]
pub(super) struct Responses {
    first: Option<Value>,
}

impl Responses {
    /// What is wrong with the object that an event of this kind carries.
    pub(super) fn check(&mut self, kind: &str, response: &Value) -> Vec<String> {
        let mut wrong = order_fields::response(response);
        if response["object"] != "response" {
            wrong.push(format!("the object is {}, not a response", response["object"]));
        }
        let status = match kind.trim_start_matches("response.") {
            "created" if response["status"] == "queued" => "queued",
            "created" => "in_progress",
            status => status,
        };
        if response["status"] != status {
            wrong.push(format!("{kind} with status {}", response["status"]));
        }
        match &self.first {
            None => self.first = Some(response.clone()),
            Some(first) => {
                let changed = FIXED.iter().filter(|name| first[**name] != response[**name]);
                wrong.extend(changed.map(|name| format!("the response's {name} changed")));
            }
        }
        wrong.extend(state(status, response));
        wrong
    }
}

/// Error, details, output and usage are there where the status says so, and nowhere else.
fn state(status: &str, response: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let said = |name: &str| !response[name].is_null();
    let error = response.pointer("/error/code").is_some_and(Value::is_string)
        && response.pointer("/error/message").is_some_and(Value::is_string);
    if said("error") != (status == "failed") || said("error") && !error {
        wrong.push(format!("status {status} with the error {}", response["error"]));
    }
    let details = &response["incomplete_details"];
    if said("incomplete_details") != (status == "incomplete")
        || said("incomplete_details") && !details["reason"].is_string()
    {
        wrong.push(format!("status {status} with the details {details}"));
    }
    let open = matches!(status, "in_progress" | "queued");
    if open && response["output"].as_array().is_some_and(|items| !items.is_empty()) {
        wrong.push(format!("status {status} with output items"));
    }
    match (status, said("usage")) {
        ("in_progress" | "queued", true) => wrong.push(format!("status {status} with usage")),
        ("completed" | "incomplete", false) => wrong.push(format!("status {status} without usage")),
        (_, true) => wrong.extend(order_fields::usage(&response["usage"])),
        (_, false) => {}
    }
    wrong
}
