//! The finished item against what streamed.
//!
//! Whatever streamed must come out equal in the finished item, whatever the finished item has must
//! have streamed, and what cannot stream is the same from the beginning.

use super::order_fields;
use super::order_item::{PARTS, Window};
use serde_json::Value;

/// Fields of an item that may come or change between added and done.
const LATE: &[&str] = &[
    "status",
    "content",
    "summary",
    "arguments",
    "input",
    "action",
    "operation",
    "output",
    "encrypted_content",
];

impl Window {
    /// What is wrong with the finished item, given all that came before it.
    pub(super) fn close(self, item: &Value) -> Vec<String> {
        let mut wrong = order_fields::item(item, false);
        let keys = |value: &Value| -> Vec<String> {
            value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let mut names = keys(&self.added);
        names.extend(keys(item).into_iter().filter(|name| self.added.get(name).is_none()));
        for name in names.iter().filter(|name| !LATE.contains(&name.as_str())) {
            if self.added.get(name) != item.get(name) {
                let (was, is) = (&self.added[name], &item[name]);
                wrong.push(format!("{name} changed from {was} to {is}"));
            }
        }
        let status = item.get("status");
        if status.is_some_and(|status| {
            !matches!(status.as_str(), Some("completed" | "incomplete" | "failed"))
        }) {
            wrong.push(format!("an item is done with status {}", item["status"]));
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
            // Told where a trigger asked for it, and not where the server compacts by itself.
            Some("compaction") if self.simple.is_empty() => &[],
            Some("compaction") => &["response.compaction.compacting"],
            _ => return Vec::new(),
        };
        let mut wrong: Vec<String> = wanted
            .into_iter()
            .filter(|key| !self.texts.contains_key(key))
            .map(|(prefix, at)| format!("{prefix} {at} never streamed"))
            .collect();
        let seen: Vec<&str> = self.simple.iter().map(String::as_str).collect();
        // A call that failed or was broken off says how far it came.
        let came_through = item["status"] == "completed" || item.get("status").is_none();
        let expected = if came_through { simple } else { &simple[..seen.len().min(simple.len())] };
        if seen != expected {
            wrong.push(format!("events {seen:?}, expected {expected:?}"));
        }
        wrong
    }
}
