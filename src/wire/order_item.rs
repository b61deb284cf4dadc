//! The rules between `output_item.added` and `output_item.done` of one item.
//!
//! Texts stream as `X.delta` .. `X.done`, inside a part where the item has parts. Whatever streamed
//! must come out equal in the finished item, and whatever the finished item has must have streamed.

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
const PARTS: &[(&str, &str, &str)] = &[
    ("response.content_part", "content_index", "content"),
    ("response.reasoning_summary_part", "summary_index", "summary"),
];

/// One item between added and done.
pub(super) struct Window {
    index: u64,
    added: Value,
    /// The open part: list of the finished item, and number.
    part: Option<(&'static str, u64)>,
    /// Finished parts by list.
    parts: BTreeMap<&'static str, Vec<Value>>,
    /// Streamed texts by prefix and number: what came so far, and whether it is done.
    texts: BTreeMap<(&'static str, u64), (String, bool)>,
    /// Commands announced by `shell_call_command.added`.
    commands: u64,
    simple: Vec<String>,
}

impl Window {
    pub(super) fn open(data: &Value) -> Self {
        Self {
            index: data["output_index"].as_u64().unwrap_or(u64::MAX),
            added: data["item"].clone(),
            part: None,
            parts: BTreeMap::new(),
            texts: BTreeMap::new(),
            commands: 0,
            simple: Vec::new(),
        }
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
        let Some((prefix, step)) = kind.rsplit_once('.') else { return wrong };
        if let Some(rule) = PARTS.iter().find(|rule| rule.0 == prefix) {
            wrong.extend(self.part_event(rule, step, data));
        } else if kind == "response.shell_call_command.added" {
            if data["command_index"].as_u64() != Some(self.commands) {
                wrong.push(format!("command_index {} is out of order", data["command_index"]));
            }
            let open = |((prefix, _), (_, done)): (&(&str, u64), &(String, bool))| {
                *prefix == "response.shell_call_command" && !done
            };
            if self.texts.iter().any(open) {
                wrong.push("a command was added before the last one was done".into());
            }
            self.commands += 1;
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
    ) -> Option<String> {
        let at = data[*number].as_u64().unwrap_or(u64::MAX);
        let finished = self.parts.entry(*list).or_default();
        match step {
            "added" if self.part.is_some() => Some(format!("{prefix}.added inside another part")),
            "added" => {
                self.part = Some((*list, at));
                (at != finished.len() as u64).then(|| format!("{number} {at} is out of order"))
            }
            _ if self.part.take() == Some((*list, at)) => {
                finished.push(data["part"].clone());
                None
            }
            _ => Some(format!("{prefix}.{step} for a part that is not open")),
        }
    }

    fn text_event(&mut self, rule: &TextRule, step: &str, data: &Value) -> Option<String> {
        let TextRule { prefix, field, number } = rule;
        let at = number.map_or(0, |number| data[number].as_u64().unwrap_or(u64::MAX));
        let parted = PARTS.iter().find(|part| Some(part.1) == *number);
        if parted.is_some_and(|part| self.part != Some((part.2, at))) {
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
            }
        }
        None
    }

    /// The finished item against what streamed.
    pub(super) fn close(self, item: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        for field in ["id", "type", "call_id", "name", "role"] {
            if self.added.get(field) != item.get(field) {
                let (was, is) = (&self.added[field], &item[field]);
                wrong.push(format!("{field} changed from {was} to {is}"));
            }
        }
        if self.part.is_some() {
            wrong.push("the item is done while a part is open".into());
        }
        for ((prefix, at), (text, done)) in &self.texts {
            if !done {
                wrong.push(format!("{prefix}.done is missing"));
            }
            if self.finished_text(prefix, *at, item).as_deref() != Some(text) {
                wrong.push(format!("{prefix} {at} differs from the finished item"));
            }
        }
        for (_, _, list) in PARTS {
            let streamed = self.parts.get(list).map_or(&[][..], Vec::as_slice);
            let has = item[*list].as_array().map_or(&[][..], Vec::as_slice);
            if streamed != has {
                wrong.push(format!("the parts of {list:?} differ from the finished item"));
            }
        }
        wrong.extend(self.missing(item));
        wrong
    }

    /// A text of the finished item, where a stream of this kind belongs.
    fn finished_text(&self, prefix: &str, at: u64, item: &Value) -> Option<String> {
        let at = usize::try_from(at).ok()?;
        let text = match prefix {
            "response.output_text" | "response.reasoning_text" => &item["content"][at]["text"],
            "response.refusal" => &item["content"][at]["refusal"],
            "response.reasoning_summary_text" => &item["summary"][at]["text"],
            "response.shell_call_command" => &item["action"]["commands"][at],
            "response.function_call_arguments" => &item["arguments"],
            _ => &item["input"],
        };
        text.as_str().map(str::to_owned)
    }

    /// What a finished item of this kind must have streamed and did not.
    fn missing(&self, item: &Value) -> Vec<String> {
        let mut wanted: Vec<(&'static str, u64)> = Vec::new();
        let count = |list: &Value| list.as_array().map_or(0, Vec::len) as u64;
        let simple: &[&str] = match item["type"].as_str() {
            Some("message" | "reasoning") => {
                let parts = item["content"].as_array().map_or(&[][..], Vec::as_slice);
                for (at, part) in (0..).zip(parts) {
                    match part["type"].as_str() {
                        Some("output_text") => wanted.push(("response.output_text", at)),
                        Some("refusal") => wanted.push(("response.refusal", at)),
                        Some("reasoning_text") => wanted.push(("response.reasoning_text", at)),
                        _ => {}
                    }
                }
                let summaries = 0..count(&item["summary"]);
                wanted.extend(summaries.map(|at| ("response.reasoning_summary_text", at)));
                &[]
            }
            Some("function_call") => {
                wanted.push(("response.function_call_arguments", 0));
                &[]
            }
            Some("custom_tool_call") => {
                wanted.push(("response.custom_tool_call_input", 0));
                &[]
            }
            Some("shell_call") => {
                let commands = 0..count(&item["action"]["commands"]);
                wanted.extend(commands.map(|at| ("response.shell_call_command", at)));
                &[]
            }
            Some("web_search_call") => &[
                "response.web_search_call.in_progress",
                "response.web_search_call.searching",
                "response.web_search_call.completed",
            ],
            Some("compaction") => &["response.compaction.compacting"],
            _ => return Vec::new(),
        };
        let mut wrong: Vec<String> = wanted
            .into_iter()
            .filter(|key| !self.texts.contains_key(key))
            .map(|(prefix, at)| format!("{prefix} {at} never streamed"))
            .collect();
        let seen: Vec<&str> = self
            .simple
            .iter()
            .map(String::as_str)
            .filter(|kind| *kind != "response.output_text.annotation.added")
            .collect();
        if seen != simple {
            wrong.push(format!("events {seen:?}, expected {simple:?}"));
        }
        wrong
    }
}
