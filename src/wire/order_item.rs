//! The rules between `output_item.added` and `output_item.done` of one item.
//!
//! Texts stream as `X.delta` .. `X.done`, inside a part where the item has parts. What streamed is
//! kept here; [`super::order_done`] holds it against the finished item.

use super::order_fields;
use serde_json::Value;
use std::collections::BTreeMap;

/// A text that streams: prefix of its events, field of the done event, and the event that numbers
/// it, if an item may have several.
struct TextRule {
    prefix: &'static str,
    field: &'static str,
    number: Option<&'static str>,
}

const TEXTS: &[TextRule] = &[
    TextRule { prefix: "response.output_text", field: "text", number: Some("content_index") },
    TextRule { prefix: "response.refusal", field: "refusal", number: Some("content_index") },
    TextRule { prefix: "response.reasoning_text", field: "text", number: Some("content_index") },
    TextRule {
        prefix: "response.reasoning_summary_text",
        field: "text",
        number: Some("summary_index"),
    },
    TextRule {
        prefix: "response.shell_call_command",
        field: "command",
        number: Some("command_index"),
    },
    TextRule { prefix: "response.function_call_arguments", field: "arguments", number: None },
    TextRule { prefix: "response.custom_tool_call_input", field: "input", number: None },
];

/// Containers of texts: prefix of their events, the number field, the list in the finished item.
pub(super) const PARTS: &[(&str, &str, &str)] = &[
    ("response.content_part", "content_index", "content"),
    ("response.reasoning_summary_part", "summary_index", "summary"),
];

/// To which items events belong, by their beginning.
const OWNERS: &[(&str, &[&str])] = &[
    ("response.content_part.", &["message", "reasoning"]),
    ("response.output_text.", &["message"]),
    ("response.refusal.", &["message"]),
    ("response.reasoning_text.", &["reasoning"]),
    ("response.reasoning_summary_", &["reasoning"]),
    ("response.function_call_arguments.", &["function_call"]),
    ("response.custom_tool_call_input.", &["custom_tool_call"]),
    ("response.web_search_call.", &["web_search_call"]),
    ("response.shell_call_command.", &["shell_call"]),
    ("response.shell_call_output_content.", &["shell_call_output"]),
    ("response.compaction.", &["compaction"]),
];

/// Where an item that was only added must still be empty.
const EMPTY: &[&str] = &["/content", "/summary", "/arguments", "/input", "/action/commands"];

/// One item between added and done.
pub(super) struct Window {
    index: u64,
    pub(super) added: Value,
    /// The open part: list of the finished item, number, and type.
    pub(super) part: Option<(&'static str, u64, Value)>,
    /// Annotations announced in the open part.
    annotations: Vec<Value>,
    /// Finished parts by list.
    pub(super) parts: BTreeMap<&'static str, Vec<Value>>,
    /// Streamed texts by prefix and number: what came so far, and whether it is done.
    pub(super) texts: BTreeMap<(&'static str, u64), (String, bool)>,
    /// Commands announced by `shell_call_command.added`.
    commands: u64,
    pub(super) simple: Vec<String>,
}

impl Window {
    /// The item that was added, and what is wrong with it.
    pub(super) fn open(data: &Value) -> (Self, Vec<String>) {
        let item = &data["item"];
        let mut wrong = order_fields::item(item, true);
        let status = item.get("status");
        if status.is_some_and(|status| status != "in_progress") {
            wrong.push(format!("an item is added with status {}", item["status"]));
        }
        for pointer in EMPTY {
            let filled = match item.pointer(pointer) {
                Some(Value::Array(list)) => !list.is_empty(),
                Some(Value::String(text)) => !text.is_empty(),
                _ => false,
            };
            if filled {
                wrong.push(format!("an item is added with {pointer} already filled"));
            }
        }
        let window = Self {
            index: data["output_index"].as_u64().unwrap_or(u64::MAX),
            added: item.clone(),
            part: None,
            annotations: Vec::new(),
            parts: BTreeMap::new(),
            texts: BTreeMap::new(),
            commands: 0,
            simple: Vec::new(),
        };
        (window, wrong)
    }

    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// One event inside the window; gives what is wrong with it.
    pub(super) fn event(&mut self, kind: &str, data: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let nameless = kind.starts_with("response.shell_call_command.");
        if !nameless && data.get("item_id") != self.added.get("id") {
            wrong.push(format!("{kind} names item_id {}", data["item_id"]));
        }
        let owners = OWNERS.iter().find(|(begin, _)| kind.starts_with(begin));
        let own = self.added["type"].as_str().unwrap_or_default();
        if owners.is_some_and(|(_, owners)| !owners.contains(&own)) {
            wrong.push(format!("{kind} inside a {own}"));
        }
        let Some((prefix, step)) = kind.rsplit_once('.') else { return wrong };
        if let Some(rule) = PARTS.iter().find(|rule| rule.0 == prefix) {
            wrong.extend(self.part_event(rule, step, data));
        } else if kind == "response.output_text.annotation.added" {
            wrong.extend(self.annotation(data));
        } else if kind == "response.shell_call_command.added" {
            wrong.extend(self.command(data));
        } else if let Some(rule) = TEXTS.iter().find(|rule| rule.prefix == prefix) {
            wrong.extend(self.text_event(rule, step, data));
        } else {
            self.simple.push(kind.to_owned());
        }
        wrong
    }

    fn part_event(
        &mut self,
        (prefix, number, list): &(&'static str, &'static str, &'static str),
        step: &str,
        data: &Value,
    ) -> Vec<String> {
        let at = data[*number].as_u64().unwrap_or(u64::MAX);
        let part = &data["part"];
        let mut wrong = order_fields::part(part);
        let finished = self.parts.entry(*list).or_default();
        if step == "added" {
            if self.part.is_some() {
                wrong.push(format!("{prefix}.added inside another part"));
            }
            if at != finished.len() as u64 {
                wrong.push(format!("{number} {at} is out of order"));
            }
            let filled = |name: &str| part[name].as_str().is_some_and(|text| !text.is_empty());
            let annotated = part["annotations"].as_array().is_some_and(|list| !list.is_empty());
            if filled("text") || filled("refusal") || annotated {
                wrong.push("a part is added that is already filled".into());
            }
            self.part = Some((*list, at, part["type"].clone()));
            self.annotations.clear();
        } else {
            match self.part.take() {
                Some((open, number, kind)) if (open, number) == (*list, at) => {
                    if kind != part["type"] {
                        wrong.push(format!("the part was a {kind} and is a {}", part["type"]));
                    }
                    let annotated = part["annotations"].as_array();
                    if annotated.is_some_and(|list| *list != self.annotations) {
                        wrong.push("the annotations of the part differ from those added".into());
                    }
                }
                _ => wrong.push(format!("{prefix}.{step} for a part that is not open")),
            }
            finished.push(part.clone());
        }
        wrong
    }

    fn annotation(&mut self, data: &Value) -> Option<String> {
        let at = data["content_index"].as_u64().unwrap_or(u64::MAX);
        if !self.is_open("content", at) {
            return Some("an annotation outside its part".into());
        }
        let expected = self.annotations.len() as u64;
        self.annotations.push(data["annotation"].clone());
        let found = &data["annotation_index"];
        (found.as_u64() != Some(expected))
            .then(|| format!("annotation_index {found}, expected {expected}"))
    }

    fn command(&mut self, data: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        if data["command_index"].as_u64() != Some(self.commands) {
            wrong.push(format!("command_index {} is out of order", data["command_index"]));
        }
        if data["command"] != "" {
            wrong.push("a command is added that is already filled".into());
        }
        let open = |((prefix, _), (_, done)): (&(&str, u64), &(String, bool))| {
            *prefix == "response.shell_call_command" && !done
        };
        if self.texts.iter().any(open) {
            wrong.push("a command was added before the last one was done".into());
        }
        self.commands += 1;
        wrong
    }

    fn is_open(&self, list: &str, at: u64) -> bool {
        self.part.as_ref().is_some_and(|(open, number, _)| (*open, *number) == (list, at))
    }

    fn text_event(&mut self, rule: &TextRule, step: &str, data: &Value) -> Option<String> {
        let TextRule { prefix, field, number } = rule;
        let at = number.map_or(0, |number| data[number].as_u64().unwrap_or(u64::MAX));
        let parted = PARTS.iter().find(|part| Some(part.1) == *number);
        if parted.is_some_and(|part| !self.is_open(part.2, at)) {
            return Some(format!("{prefix}.{step} outside its part"));
        }
        if *number == Some("command_index") && at >= self.commands {
            return Some(format!("{prefix}.{step} before its command was added"));
        }
        let (text, done) = self.texts.entry((*prefix, at)).or_default();
        if *done {
            return Some(format!("{prefix}.{step} after {prefix}.done"));
        }
        match step {
            "delta" => match data["delta"].as_str() {
                Some(delta) => text.push_str(delta),
                None => return Some(format!("{prefix}.delta without text")),
            },
            _ => {
                *done = true;
                if data[*field].as_str() != Some(text.as_str()) {
                    return Some(format!("{prefix}.done differs from its deltas"));
                }
                if data.get("name").is_some_and(|name| *name != self.added["name"]) {
                    return Some(format!("{prefix}.done names {}", data["name"]));
                }
            }
        }
        None
    }
}
