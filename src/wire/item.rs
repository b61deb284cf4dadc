//! A read-only view of an input or output item.

use serde_json::Value;

/// What an item is. Unknown types are carried, never dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message of any role (an item without `type` but with `role` counts).
    Message,
    /// Reasoning, with or without `encrypted_content`.
    Reasoning,
    /// A call of a function tool.
    FunctionCall,
    /// What a function call gave.
    FunctionCallOutput,
    /// A call of a custom (freeform) tool.
    CustomToolCall,
    /// What a custom call gave.
    CustomToolCallOutput,
    /// A command for the client's own shell, as one argument list.
    LocalShellCall,
    /// What a local shell call gave.
    LocalShellCallOutput,
    /// Commands for a shell of the client or of the provider.
    ShellCall,
    /// What a shell call gave.
    ShellCallOutput,
    /// A file operation of the hosted patch tool.
    ApplyPatchCall,
    /// Whether a file operation went well.
    ApplyPatchCallOutput,
    /// A search that the provider runs by itself.
    WebSearchCall,
    /// A sealed compaction of earlier history.
    Compaction,
    /// The request to compact what stands before it.
    CompactionTrigger,
    /// A plain string input.
    Text,
    /// Anything else.
    Other,
}

impl Kind {
    /// The kind of an item whose `type` is this.
    #[must_use]
    pub fn of_type(name: &str) -> Self {
        match name {
            "message" => Self::Message,
            "reasoning" => Self::Reasoning,
            "function_call" => Self::FunctionCall,
            "function_call_output" => Self::FunctionCallOutput,
            "custom_tool_call" => Self::CustomToolCall,
            "custom_tool_call_output" => Self::CustomToolCallOutput,
            "local_shell_call" => Self::LocalShellCall,
            "local_shell_call_output" => Self::LocalShellCallOutput,
            "shell_call" => Self::ShellCall,
            "shell_call_output" => Self::ShellCallOutput,
            "apply_patch_call" => Self::ApplyPatchCall,
            "apply_patch_call_output" => Self::ApplyPatchCallOutput,
            "web_search_call" => Self::WebSearchCall,
            // Codex also reads the older name.
            "compaction" | "compaction_summary" => Self::Compaction,
            "compaction_trigger" => Self::CompactionTrigger,
            _ => Self::Other,
        }
    }

    /// Whether the item asks the client to run something. A web search does not: the provider has
    /// run it when the item arrives.
    #[must_use]
    pub fn is_call(self) -> bool {
        self.output().is_some()
    }

    /// Whether the item answers a call.
    #[must_use]
    pub fn is_output(self) -> bool {
        self.call().is_some()
    }

    /// What answers a call of this kind; `None` if this is no call.
    #[must_use]
    pub fn output(self) -> Option<Self> {
        CALLS.iter().find(|(call, _)| *call == self).map(|(_, output)| *output)
    }

    /// What an output of this kind answers; `None` if this is no output.
    #[must_use]
    pub fn call(self) -> Option<Self> {
        CALLS.iter().find(|(_, output)| *output == self).map(|(call, _)| *call)
    }
}

/// The kinds of calls that the client runs, each with the kind of its output.
const CALLS: [(Kind, Kind); 5] = [
    (Kind::FunctionCall, Kind::FunctionCallOutput),
    (Kind::CustomToolCall, Kind::CustomToolCallOutput),
    (Kind::LocalShellCall, Kind::LocalShellCallOutput),
    (Kind::ShellCall, Kind::ShellCallOutput),
    (Kind::ApplyPatchCall, Kind::ApplyPatchCallOutput),
];

/// A parsed item to look into.
#[derive(Clone, Debug)]
pub struct Item {
    value: Value,
}

impl Item {
    pub(super) fn new(value: Value) -> Self {
        Self { value }
    }

    /// The parsed JSON.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What the item is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        if self.value.is_string() {
            return Kind::Text;
        }
        match self.str("type") {
            Some(name) => Kind::of_type(name),
            None if self.str("role").is_some() => Kind::Message,
            None => Kind::Other,
        }
    }

    /// A string field of the item.
    #[must_use]
    pub fn str(&self, field: &str) -> Option<&str> {
        self.value.get(field)?.as_str()
    }

    /// The item's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.str("id")
    }

    /// The id that ties a call to its output. The output of a local shell call has no `call_id` of
    /// its own: there, `id` is the id of the call.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        let own = self.str("call_id");
        match self.kind() {
            Kind::LocalShellCallOutput => own.or_else(|| self.id()),
            _ => own,
        }
    }

    /// The role of a message; a plain string input counts as `user`.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        if self.value.is_string() { Some("user") } else { self.str("role") }
    }

    /// The texts of a message's content or of a tool output, in order, JSON decoded.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        if let Some(text) = self.value.as_str() {
            return vec![text];
        }
        ["content", "output", "summary"]
            .iter()
            .filter_map(|field| self.value.get(*field))
            .flat_map(texts_of)
            .collect()
    }

    /// All texts of the item joined by line feeds.
    #[must_use]
    pub fn text(&self) -> String {
        self.texts().join("\n")
    }

    /// The arguments of a function call, or the input of a custom call, as the model wrote them.
    #[must_use]
    pub fn arguments(&self) -> Option<&str> {
        self.str("arguments").or_else(|| self.str("input"))
    }

    /// The sealed content of a reasoning or compaction item.
    #[must_use]
    pub fn encrypted_content(&self) -> Option<&str> {
        self.str("encrypted_content")
    }
}

fn texts_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(parts) => parts
            .iter()
            .flat_map(|part| {
                // The streams of a shell call stand where others have one text.
                let named = ["text", "stdout", "stderr"].map(|name| part.get(name)?.as_str());
                [part.as_str()].into_iter().chain(named).flatten()
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::wire::Raw;
    use serde_json::json;

    #[test]
    fn every_call_of_the_client_has_its_output() {
        for name in ["function", "custom_tool", "local_shell", "shell", "apply_patch"] {
            let kind = |end: &str| {
                Raw::from_value(&json!({"type": format!("{name}_call{end}")})).item().kind()
            };
            let (call, output) = (kind(""), kind("_output"));
            assert!(call.is_call() && !call.is_output(), "{name}");
            assert!(output.is_output() && !output.is_call(), "{name}");
            assert_eq!((call.output(), output.call()), (Some(output), Some(call)), "{name}");
        }
        for kind in [Kind::WebSearchCall, Kind::Message, Kind::Compaction, Kind::Other] {
            assert!(!kind.is_call() && !kind.is_output(), "{kind:?}");
        }
    }

    #[test]
    fn the_output_of_a_local_shell_call_names_it_in_its_id() {
        let call_id = |value| Raw::from_value(&value).item().call_id().map(str::to_owned);
        let output = json!({"type": "local_shell_call_output", "id": "call_1", "output": ""});
        assert_eq!(call_id(output).as_deref(), Some("call_1"));
        let named = json!({"type": "local_shell_call_output", "id": "x", "call_id": "call_1"});
        assert_eq!(call_id(named).as_deref(), Some("call_1"));
        assert_eq!(call_id(json!({"type": "local_shell_call", "id": "lsh_1"})), None);
    }
}
