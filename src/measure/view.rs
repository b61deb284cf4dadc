//! The decoded view of a request: every text that the model could read, by channel.
//!
//! Facts are looked for here and never in raw bytes: an escaped tab before a word, or a fact inside
//! a sealed blob, would otherwise look like a loss. Strings that hold JSON (tool arguments) are
//! decoded too; envelopes of tool outputs, line numbers and protocol state are removed.

use super::envelope::tool_text;
use super::leaf::{Channel, Leaf};
use crate::cache::strip_state;
use crate::recording::{is_summary, seal};
use crate::wire::{Item, Kind, Raw, Request};
use serde_json::Value;

/// What the model could read in one request. Build it once per request.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// All texts, in prompt order: tools, instructions, items.
    pub leaves: Vec<Leaf>,
}

impl View {
    /// Decodes a request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let mut view = Self::default();
        for (at, tool) in request.tools().iter().enumerate() {
            view.walk(Channel::Tools, 1, &tool.value(), &format!("/tools/{at}"));
        }
        if let Some(text) = request.text_field("instructions") {
            view.push(Channel::Instructions, 3, &text, "/instructions".into());
        }
        for (at, raw) in request.input.iter().enumerate() {
            let pointer =
                if request.input_is_text { "/input".into() } else { format!("/input/{at}") };
            view.add_item(&pointer, raw);
        }
        view
    }

    /// The texts of one channel, in order.
    pub fn channel(&self, channel: Channel) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| leaf.channel == channel)
    }

    /// Adds the texts of one input item.
    pub fn add_item(&mut self, pointer: &str, raw: &Raw) {
        let item = raw.item();
        match item.kind() {
            Kind::Message | Kind::Text => self.message(pointer, &item),
            Kind::Reasoning => {
                self.texts(Channel::Reasoning, 1, pointer, &item);
                self.sealed(Channel::Reasoning, pointer, &item);
            }
            Kind::Compaction => self.sealed(Channel::Blob, pointer, &item),
            Kind::FunctionCall | Kind::CustomToolCall => self.call(pointer, &item),
            Kind::FunctionCallOutput
            | Kind::CustomToolCallOutput
            | Kind::LocalShellCallOutput
            | Kind::ApplyPatchCallOutput => self.output(pointer, &item),
            Kind::CompactionTrigger => {}
            // Structured calls and outputs: actions, operations, a list of streams.
            Kind::LocalShellCall
            | Kind::ShellCall
            | Kind::ShellCallOutput
            | Kind::ApplyPatchCall
            | Kind::WebSearchCall
            | Kind::Other => self.other(pointer, &item),
        }
    }

    fn message(&mut self, pointer: &str, item: &Item) {
        let (channel, rank) = match item.role() {
            Some("system") => (Channel::Developer, 4),
            Some("developer") => (Channel::Developer, 3),
            Some("user") if is_summary(item) => (Channel::Summary, 2),
            Some("user") => (Channel::User, 2),
            _ => (Channel::Assistant, 1),
        };
        self.texts(channel, rank, pointer, item);
    }

    fn call(&mut self, pointer: &str, item: &Item) {
        let Some(arguments) = item.arguments() else { return };
        if item.kind() == Kind::CustomToolCall {
            self.push(Channel::ToolCall, 1, arguments, format!("{pointer}/input"));
            return;
        }
        let pointer = format!("{pointer}/arguments");
        match serde_json::from_str::<Value>(arguments) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => {
                self.walk(Channel::ToolCall, 1, &value, &pointer);
            }
            _ => self.push(Channel::ToolCall, 1, arguments, pointer),
        }
    }

    fn output(&mut self, pointer: &str, item: &Item) {
        each_text(item, |field, text| {
            let text = tool_text(text);
            self.leaf(Channel::ToolOutput, 1, text, format!("{pointer}{field}"));
        });
    }

    /// An item without a text of its own: all its strings, as a call or an output if its name says
    /// so.
    fn other(&mut self, pointer: &str, item: &Item) {
        let channel = match item.str("type") {
            Some(name) if name.ends_with("_output") => Channel::ToolOutput,
            Some(name) if name.ends_with("_call") => Channel::ToolCall,
            Some("additional_tools") => Channel::Tools,
            _ => Channel::Assistant,
        };
        let start = self.leaves.len();
        self.walk(channel, 1, item.value(), pointer);
        if channel == Channel::ToolOutput {
            let leaves = self.leaves.split_off(start);
            for leaf in leaves {
                self.leaf(channel, 1, tool_text(&leaf.text), leaf.pointer);
            }
        }
    }

    fn sealed(&mut self, channel: Channel, pointer: &str, item: &Item) {
        if let Some(plain) = item.encrypted_content().and_then(|blob| seal::open(blob).ok()) {
            self.push(channel, 1, &plain, format!("{pointer}/encrypted_content"));
        }
    }

    fn texts(&mut self, channel: Channel, rank: u8, pointer: &str, item: &Item) {
        each_text(item, |field, text| {
            self.push(channel, rank, text, format!("{pointer}{field}"));
        });
    }

    /// All string leaves of a value, but names of types, ids and image data.
    fn walk(&mut self, channel: Channel, rank: u8, value: &Value, pointer: &str) {
        match value {
            Value::String(text) if !text.starts_with("data:") => {
                self.push(channel, rank, text, pointer.to_owned());
            }
            Value::Array(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    self.walk(channel, rank, part, &format!("{pointer}/{at}"));
                }
            }
            Value::Object(fields) => {
                for (key, part) in fields {
                    let is_text = !matches!(
                        key.as_str(),
                        "type" | "id" | "call_id" | "status" | "encrypted_content"
                    ) || !part.is_string();
                    if is_text {
                        self.walk(channel, rank, part, &child(pointer, key));
                    }
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, channel: Channel, rank: u8, text: &str, pointer: String) {
        self.leaf(channel, rank, strip_state(text).into_owned(), pointer);
    }

    fn leaf(&mut self, channel: Channel, rank: u8, text: String, pointer: String) {
        if !text.is_empty() {
            self.leaves.push(Leaf::new(channel, text, pointer, rank));
        }
    }
}

/// A pointer one key deeper (RFC 6901).
pub(super) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The texts of a message, an output or a reasoning summary, each with the pointer from its item on.
fn each_text(item: &Item, mut give: impl FnMut(&str, &str)) {
    if let Some(text) = item.value().as_str() {
        return give("", text);
    }
    for field in ["content", "output", "summary"] {
        match item.value().get(field) {
            Some(Value::String(text)) => give(&format!("/{field}"), text),
            Some(Value::Array(parts)) => {
                for (at, part) in parts.iter().enumerate() {
                    if let Some(text) = part.as_str() {
                        give(&format!("/{field}/{at}"), text);
                    } else if let Some(text) = part.get("text").and_then(Value::as_str) {
                        give(&format!("/{field}/{at}/text"), text);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::View;
    use crate::measure::SUMMARY_HEAD;
    use crate::recording::seal::seal;
    use crate::wire::Request;
    use serde_json::{Value, json};

    fn leaves(body: &Value) -> Vec<(String, String, String, u8)> {
        let request = Request::parse(body.to_string().as_bytes()).unwrap();
        View::of(&request)
            .leaves
            .into_iter()
            .map(|leaf| (leaf.channel.as_str().into(), leaf.pointer, leaf.text, leaf.role_rank))
            .collect()
    }

    fn expect(body: &Value, expected: &[(&str, &str, &str, u8)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(channel, pointer, text, rank)| {
                ((*channel).to_owned(), (*pointer).to_owned(), (*text).to_owned(), *rank)
            })
            .collect();
        assert_eq!(leaves(body), expected);
    }

    #[test]
    fn every_channel_with_its_pointer_and_rank() {
        let body = json!({
            "instructions": "base",
            "tools": [{"type": "function", "name": "run", "parameters": {"properties": {"a/b": {"type": "string", "description": "d"}}}}],
            "input": [
                {"role": "system", "content": "s"},
                {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "dev"}]},
                {"role": "user", "content": [{"type": "input_text", "text": "u"}, {"type": "input_image", "image_url": "data:x"}]},
                {"role": "assistant", "content": [{"type": "output_text", "text": "said"}]},
                {"type": "function_call", "name": "run", "call_id": "c", "arguments": "{\"cmd\":\"cat\\tx\",\"n\":3,\"l\":[\"y\"]}"},
                {"type": "function_call", "name": "run", "call_id": "c", "arguments": "{broken"},
                {"type": "custom_tool_call", "name": "p", "call_id": "c", "input": "*** Begin"},
                {"type": "function_call_output", "call_id": "c", "output": "Wall time: 0.1 seconds\nOutput:\n     1\tcap\n"},
                {"type": "custom_tool_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "ok"}]},
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "short"}], "encrypted_content": seal("long")},
                {"type": "compaction", "encrypted_content": seal("[unreel:pc=1]\nfacts")},
                {"role": "user", "content": format!("{SUMMARY_HEAD}\nsum\n[unreel:pc=1]")},
                {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
                {"type": "compaction_trigger"},
                {"type": "shell_call_output", "call_id": "c", "status": "completed", "output": [{
                    "stdout": "Wall time: 1\nOutput:\n1\tsix\n", "stderr": "oh",
                    "outcome": {"type": "exit", "exit_code": 0},
                }]},
                {"type": "local_shell_call_output", "id": "c", "output": "{\"output\":\"seven\",\"metadata\":{}}"},
                {"type": "additional_tools", "role": "developer", "tools": [{"type": "custom", "name": "exec"}]},
            ],
        });
        expect(
            &body,
            &[
                ("tools", "/tools/0/name", "run", 1),
                ("tools", "/tools/0/parameters/properties/a~1b/description", "d", 1),
                ("instructions", "/instructions", "base", 3),
                ("developer", "/input/0/content", "s", 4),
                ("developer", "/input/1/content/0/text", "dev", 3),
                ("user", "/input/2/content/0/text", "u", 2),
                ("assistant", "/input/3/content/0/text", "said", 1),
                ("tool_call", "/input/4/arguments/cmd", "cat\tx", 1),
                ("tool_call", "/input/4/arguments/l/0", "y", 1),
                ("tool_call", "/input/5/arguments", "{broken", 1),
                ("tool_call", "/input/6/input", "*** Begin", 1),
                ("tool_output", "/input/7/output", "cap\n", 1),
                ("tool_output", "/input/8/output/0/text", "ok", 1),
                ("reasoning", "/input/9/summary/0/text", "short", 1),
                ("reasoning", "/input/9/encrypted_content", "long", 1),
                ("blob", "/input/10/encrypted_content", "facts", 1),
                ("summary", "/input/11/content", &format!("{SUMMARY_HEAD}\nsum"), 2),
                ("tool_call", "/input/12/action/query", "q", 1),
                ("tool_output", "/input/14/output/0/stdout", "six\n", 1),
                ("tool_output", "/input/14/output/0/stderr", "oh", 1),
                ("tool_output", "/input/15/output", "seven", 1),
                ("tools", "/input/16/role", "developer", 1),
                ("tools", "/input/16/tools/0/name", "exec", 1),
            ],
        );
    }

    #[test]
    fn a_plain_string_is_a_user_message() {
        expect(&json!({"input": "go"}), &[("user", "/input", "go", 2)]);
    }

    #[test]
    fn a_foreign_blob_shows_nothing() {
        expect(&json!({"input": [{"type": "compaction", "encrypted_content": "gAAAAx"}]}), &[]);
    }

    #[test]
    fn hosted_tools_are_read_string_by_string() {
        let body = json!({"input": [
            {"type": "local_shell_call", "id": "l", "call_id": "a",
                "action": {"type": "exec", "command": ["cat", "x"], "env": {"K": "v"}}},
            {"type": "local_shell_call_output", "id": "a", "output": "cap"},
            {"type": "shell_call_output", "call_id": "b", "output": [
                {"stdout": "out", "stderr": "err", "outcome": {"type": "exit", "exit_code": 0}}]},
            {"type": "apply_patch_call_output", "call_id": "c", "status": "completed",
                "output": "done"},
        ]});
        expect(
            &body,
            &[
                ("tool_call", "/input/0/action/command/0", "cat", 1),
                ("tool_call", "/input/0/action/command/1", "x", 1),
                ("tool_call", "/input/0/action/env/K", "v", 1),
                ("tool_output", "/input/1/output", "cap", 1),
                ("tool_output", "/input/2/output/0/stdout", "out", 1),
                ("tool_output", "/input/2/output/0/stderr", "err", 1),
                ("tool_output", "/input/3/output", "done", 1),
            ],
        );
    }
}
