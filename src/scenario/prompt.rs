//! How the built-in agent lays out its prompt, where one can do it well or badly.
//!
//! The defaults never change what was sent: a prefix cache reads all of it again. Every other value
//! is a mistake that real agents made, kept here as a setting so that its price can be measured.

use serde::{Deserialize, Serialize};

/// The key `prompt` of scenarios and variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// In which order tools are listed.
    #[serde(default)]
    pub tools_order: ToolsOrder,
    /// What a change of the working folder does to the environment context.
    #[serde(default)]
    pub environment: EnvironmentChange,
    /// Whether the model is told the time, and where.
    #[serde(default)]
    pub clock: Clock,
}

impl Prompt {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The order of tools within one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolsOrder {
    /// Always the same.
    #[default]
    Stable,
    /// Another one in each request, as if they came out of a hash map each time.
    Shuffled,
}

/// How a change of the environment is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnvironmentChange {
    /// A new item at the end.
    #[default]
    Appended,
    /// The item that told it before is written anew, where it stands.
    Rewritten,
}

/// Where the time of the virtual clock stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Nowhere.
    #[default]
    None,
    /// At the very beginning of the instructions, rewritten in every request.
    First,
    /// In the last item of every request; the next one has another instead.
    Last,
    /// In an item that each request adds, and that stays.
    Appended,
}

/// How long the model is to think: `reasoning.effort` of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// Normally.
    Medium,
    /// Long.
    High,
    /// Very long.
    Xhigh,
}

impl Effort {
    /// The name in requests and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
        }
    }
}
