//! Which layer of the prompt a segment belongs to.

use super::structure::noted;
use super::summary::{asks_for_summary, is_summary};
use crate::wire::{Item, Kind, Request};
use serde::{Deserialize, Serialize};

/// A prompt layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Tool definitions.
    Tools,
    /// Model-specific instructions.
    Instructions,
    /// Permissions (developer).
    Permissions,
    /// Developer instructions of the configuration.
    Developer,
    /// AGENTS.md and skills.
    AgentsMd,
    /// Environment context.
    Environment,
    /// What the user said.
    User,
    /// What the model said, called and thought.
    Model,
    /// What tools gave.
    ToolOutput,
    /// Sealed compaction or a summary.
    Compaction,
    /// Anything else.
    Other,
}

impl Layer {
    /// All layers in prompt order.
    pub const ALL: [Self; 11] = [
        Self::Tools,
        Self::Instructions,
        Self::Permissions,
        Self::Developer,
        Self::AgentsMd,
        Self::Environment,
        Self::User,
        Self::Model,
        Self::ToolOutput,
        Self::Compaction,
        Self::Other,
    ];

    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Instructions => "instructions",
            Self::Permissions => "permissions",
            Self::Developer => "developer",
            Self::AgentsMd => "agents_md",
            Self::Environment => "environment",
            Self::User => "user",
            Self::Model => "model",
            Self::ToolOutput => "tool_output",
            Self::Compaction => "compaction",
            Self::Other => "other",
        }
    }
}

/// How texts begin that carry AGENTS.md or skills: the wrapper, and what replaces it after a change
/// of folder.
const AGENTS_MD: [&str; 4] = [
    "# AGENTS.md instructions",
    "<skills_instructions>",
    "These AGENTS.md instructions replace",
    "The previously provided AGENTS.md instructions",
];

/// The layer of an input item.
#[must_use]
pub fn layer_of_item(item: &Item) -> Layer {
    if let Some(noted) = noted(item) {
        return noted.layer;
    }
    match item.kind() {
        Kind::Message | Kind::Text => layer_of_message(item),
        Kind::Compaction | Kind::CompactionTrigger => Layer::Compaction,
        Kind::Reasoning | Kind::WebSearchCall => Layer::Model,
        kind if kind.is_call() => Layer::Model,
        kind if kind.is_output() => Layer::ToolOutput,
        _ => match item.str("type") {
            Some(name) if name.ends_with("_output") => Layer::ToolOutput,
            Some(name) if name.ends_with("_call") => Layer::Model,
            _ => Layer::Other,
        },
    }
}

fn layer_of_message(item: &Item) -> Layer {
    let texts = item.texts();
    let first = texts.first().map_or("", |text| text.trim_start());
    let begins = |heads: &[&str]| heads.iter().any(|head| first.starts_with(head));
    match item.role() {
        Some("user" | "developer" | "system") if begins(&AGENTS_MD) => Layer::AgentsMd,
        Some("user") if begins(&["<environment_context>"]) => Layer::Environment,
        Some("user") if is_summary(item) || asks_for_summary(item) => Layer::Compaction,
        Some("user") => Layer::User,
        Some("developer" | "system") if begins(&["<permissions instructions>"]) => {
            Layer::Permissions
        }
        Some("developer" | "system") if begins(&["<model_switch>"]) => Layer::Instructions,
        Some("developer" | "system") => Layer::Developer,
        Some("assistant") => Layer::Model,
        _ => Layer::Other,
    }
}

/// The layer of the segment at a JSON pointer (`/tools/3`, `/instructions`, `/input/7/..`).
#[must_use]
pub fn layer_of(pointer: &str, request: &Request) -> Layer {
    let mut keys = pointer.split('/').skip(1);
    match (keys.next(), keys.next()) {
        (Some("tools"), _) => Layer::Tools,
        (Some("instructions"), _) => Layer::Instructions,
        (Some("input"), index) => {
            let at = index.and_then(|index| index.parse().ok()).unwrap_or(0);
            request.input.get::<usize>(at).map_or(Layer::Other, |raw| layer_of_item(&raw.item()))
        }
        _ => Layer::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{layer_of, layer_of_item};
    use crate::recording::{Layer, SUMMARY_HEAD};
    use crate::wire::{Raw, Request};
    use serde_json::json;

    #[test]
    fn messages_by_role_and_beginning() {
        let layer = |role: &str, text: &str| {
            let value = json!({"role": role, "content": [{"type": "input_text", "text": text}]});
            layer_of_item(&Raw::from_value(&value).item())
        };
        assert_eq!(layer("developer", "<permissions instructions>\nx"), Layer::Permissions);
        assert_eq!(layer("developer", "<model_switch>\nx"), Layer::Instructions);
        assert_eq!(layer("developer", "be kind"), Layer::Developer);
        assert_eq!(layer("developer", "<skills_instructions>\nx"), Layer::AgentsMd);
        assert_eq!(layer("user", "# AGENTS.md instructions for /workspace\nx"), Layer::AgentsMd);
        assert_eq!(
            layer("user", "The previously provided AGENTS.md instructions no longer apply."),
            Layer::AgentsMd
        );
        assert_eq!(layer("user", "<environment_context>\nx"), Layer::Environment);
        assert_eq!(layer("user", &format!("{SUMMARY_HEAD}\nx")), Layer::Compaction);
        assert_eq!(layer("user", "fix it"), Layer::User);
        assert_eq!(layer("assistant", "<environment_context>"), Layer::Model);
    }

    #[test]
    fn other_items_by_type() {
        let layer = |kind: &str| layer_of_item(&Raw::from_value(&json!({ "type": kind })).item());
        assert_eq!(layer("reasoning"), Layer::Model);
        assert_eq!(layer("custom_tool_call"), Layer::Model);
        assert_eq!(layer("function_call_output"), Layer::ToolOutput);
        assert_eq!(layer("compaction"), Layer::Compaction);
        assert_eq!(layer("web_search_call"), Layer::Model);
        assert_eq!(layer("shell_call"), Layer::Model);
        assert_eq!(layer("apply_patch_call_output"), Layer::ToolOutput);
        assert_eq!(layer("mcp_call"), Layer::Model);
        assert_eq!(layer("configuration_update"), Layer::Other);
    }

    #[test]
    fn segments_by_pointer() {
        let request = Request::parse(br#"{"input":[{"role":"user","content":"a"}]}"#).unwrap();
        assert_eq!(layer_of("/tools/3/name", &request), Layer::Tools);
        assert_eq!(layer_of("/instructions", &request), Layer::Instructions);
        assert_eq!(layer_of("/input/0/content", &request), Layer::User);
        assert_eq!(layer_of("/input/9", &request), Layer::Other);
        let text = Request::parse(br#"{"input":"a"}"#).unwrap();
        assert_eq!(layer_of("/input", &text), Layer::User);
    }
}
