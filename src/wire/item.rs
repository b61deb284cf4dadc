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
    /// Whether the item asks the client to run something.
    #[must_use]
    pub fn is_call(self) -> bool {
        matches!(self, Self::FunctionCall | Self::CustomToolCall)
    }

    /// Whether the item answers a call.
    #[must_use]
    pub fn is_output(self) -> bool {
        matches!(self, Self::FunctionCallOutput | Self::CustomToolCallOutput)
    }
}

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
            Some("message") => Kind::Message,
            None if self.str("role").is_some() => Kind::Message,
            Some("reasoning") => Kind::Reasoning,
            Some("function_call") => Kind::FunctionCall,
            Some("function_call_output") => Kind::FunctionCallOutput,
            Some("custom_tool_call") => Kind::CustomToolCall,
            Some("custom_tool_call_output") => Kind::CustomToolCallOutput,
            // Codex also reads the older name.
            Some("compaction" | "compaction_summary") => Kind::Compaction,
            Some("compaction_trigger") => Kind::CompactionTrigger,
            _ => Kind::Other,
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

    /// The id that ties a call to its output.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.str("call_id")
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
            .filter_map(|part| part.as_str().or_else(|| part.get("text")?.as_str()))
            .collect(),
        _ => Vec::new(),
    }
}
