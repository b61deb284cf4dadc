//! A model for tools that clients define: it answers by the words of the last user message, and
//! what it says depends on what the client sent back.

use serde_json::{Value, json};
use unreel::cache::{Accounted, Call};
use unreel::recording::matching::Fit;
use unreel::recording::seal;
use unreel::server::{Accountant, Answer, Ask, Declined, Model};
use unreel::wire::{ApiError, Ending, Kind, Raw, Request, Usage};

/// What it says to a greeting: long enough for several deltas, with characters of two to four
/// bytes in them.
pub(crate) fn greeting() -> String {
    format!("Hello. {}", "Nothing else é😀. ".repeat(20).trim_end())
}

/// The summary of its reasoning, in two parts.
pub(crate) const SUMMARY: [&str; 2] = ["I want to be careful.", "There may be more é."];

/// What it thinks and seals; it knows it later only if the blob comes back.
pub(crate) const SECRET: &str = "the number is 41";

/// | the user says | the model |
/// |---|---|
/// | `Look into A and B.` | thinks, and calls the first function tool for each |
/// | `Run: COMMANDS` | thinks, and calls the first tool that takes a `command` or `cmd`, once a line |
/// | `Think ..` | thinks, and says that it has |
/// | `Which ..` | says what it thought |
/// | `refuse me` | refuses, as a replay does |
/// | anything else | greets |
///
/// To outputs it says what it read, in order.
#[derive(Debug)]
pub(crate) struct Toy;

impl Model for Toy {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        let input = &ask.request.input;
        // Every id is new: a later request holds the items of all answers before.
        let number = input.len();
        let outputs: Vec<String> = input.iter().rev().map_while(output).collect();
        let said = input.iter().rev().find(|raw| is_user(raw)).map(|raw| raw.item().text());
        let said = said.unwrap_or_default();
        let items = if !outputs.is_empty() {
            let read: Vec<&str> = outputs.iter().rev().map(String::as_str).collect();
            vec![message(number, &format!("I read: {}.", read.join("; ")))]
        } else if said == "refuse me" {
            let error = ApiError::invalid("replay_mismatch", "no exchange follows this history");
            return Err(error.with_param("input").into());
        } else if let Some(paths) = said.strip_prefix("Look into ") {
            let paths = paths.trim_end_matches('.').split(" and ").enumerate();
            let tool = tool(ask.request, "path")?;
            let calls = paths.map(|(at, path)| call(number, at, &tool, &json!({ "path": path })));
            [reasoning(number)].into_iter().chain(calls).collect()
        } else if let Some(commands) = said.strip_prefix("Run: ") {
            let (tool, name) = match tool(ask.request, "command") {
                Ok(tool) => (tool, "command"),
                Err(_) => (tool(ask.request, "cmd")?, "cmd"),
            };
            let call = |(at, line)| call(number, at, &tool, &json!({ name: line }));
            [reasoning(number)].into_iter().chain(commands.lines().enumerate().map(call)).collect()
        } else if said.starts_with("Think") {
            vec![reasoning(number), message(number, "I have one.")]
        } else if said.starts_with("Which") {
            vec![message(number, &remembered(input)?)]
        } else {
            vec![message(number, &greeting())]
        };
        Ok(Answer {
            thread: 0,
            response_id: format!("resp_{number}"),
            items: items.iter().map(Raw::from_value).collect(),
            echoed: 0,
            ending: Ending::Completed,
            answered_by: "toy".into(),
            again: None,
            fit: Fit::default(),
        })
    }
}

fn is_user(raw: &Raw) -> bool {
    raw.value()["role"] == "user"
}

fn output(raw: &Raw) -> Option<String> {
    (raw.item().kind() == Kind::FunctionCallOutput).then(|| raw.item().text())
}

/// What the newest sealed reasoning says.
fn remembered(input: &[Raw]) -> Result<String, ApiError> {
    let blob = |raw: &Raw| raw.value()["encrypted_content"].as_str().map(str::to_owned);
    let blob = input.iter().rev().find_map(blob);
    blob.and_then(|blob| seal::open(&blob).ok())
        .ok_or_else(|| ApiError::invalid("forgotten", "no sealed reasoning came back"))
}

/// The first advertised function tool with this parameter.
fn tool(request: &Request, parameter: &str) -> Result<String, ApiError> {
    let tools = request.field("tools").map(Raw::value).unwrap_or_default();
    let takes = |tool: &&Value| !tool["parameters"]["properties"][parameter].is_null();
    let found = tools.as_array().and_then(|tools| tools.iter().find(takes));
    let name = found.and_then(|tool| tool["name"].as_str().map(str::to_owned));
    let missing = || ApiError::invalid("no_tool", format!("no tool takes {parameter:?}: {tools}"));
    name.ok_or_else(missing)
}

/// A message of the model.
pub(crate) fn message(number: usize, text: &str) -> Value {
    json!({"id": format!("msg_{number}"), "type": "message", "role": "assistant",
        "status": "completed", "content": [
            {"type": "output_text", "text": text, "annotations": [], "logprobs": []}]})
}

/// A reasoning item with summary and sealed text.
pub(crate) fn reasoning(number: usize) -> Value {
    let summary = SUMMARY.map(|text| json!({"type": "summary_text", "text": text}));
    json!({"id": format!("rs_{number}"), "type": "reasoning", "status": "completed",
        "summary": summary, "encrypted_content": seal::seal(SECRET)})
}

fn call(number: usize, at: usize, tool: &str, arguments: &Value) -> Value {
    json!({"id": format!("fc_{number}_{at}"), "type": "function_call", "status": "completed",
        "call_id": format!("call_{number}_{at}"), "name": tool,
        "arguments": arguments.to_string()})
}

/// Counts that depend on the number of input items alone, so that a test can foretell them.
#[derive(Debug)]
pub(crate) struct Counts;

impl Accountant for Counts {
    fn account(&mut self, call: &Call<'_>) -> Accounted {
        Usage::new(self.count(call.request), 64, 36, 20, 5).into()
    }

    fn count(&self, request: &Request) -> u64 {
        100 * request.input.len() as u64
    }
}
