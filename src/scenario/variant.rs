//! A variant: a named setting of the agent or of the world, one small YAML file.

use super::cache_spec::CacheSpec;
use super::{Effort, Prompt, TimelineEntry};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The file `variants/NAME.yaml` of a scenario, or of the folder that holds the scenarios. What it
/// leaves out stays as the scenario says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// One line for people.
    #[serde(default)]
    pub summary: Option<String>,
    /// Replaces the model-specific instructions.
    #[serde(default)]
    pub instructions: Option<String>,
    /// Replaces the developer instructions of the configuration; an empty text removes them.
    #[serde(default)]
    pub developer: Option<String>,
    /// Replaces files of the seed repository before its first commit.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// Names of the tools to advertise, in this order. Default: all, in their own order.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// How the agent lays out its prompt.
    #[serde(default)]
    pub prompt: Option<Prompt>,
    /// `reasoning.effort` at the start.
    #[serde(default)]
    pub effort: Option<Effort>,
    /// Replaces what happens before certain turns.
    #[serde(default)]
    pub timeline: Option<Vec<TimelineEntry>>,
    /// How the agent compacts.
    #[serde(default)]
    pub compaction: Option<Compaction>,
    /// What the server keeps at a compaction.
    #[serde(default)]
    pub retention: Option<Retention>,
    /// The cache policy in force.
    #[serde(default)]
    pub cache: Option<CacheSpec>,
    /// How the agent's requests reach the server.
    #[serde(default)]
    pub transport: Option<Transport>,
    /// What goes wrong on the way.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// The order in which parallel calls are made to finish, by call index; for tests of
    /// determinism. Calls beyond the list finish after it.
    #[serde(default)]
    pub completion_order: Vec<u32>,
}

/// The tools of the built-in agent, which `tools` and `set_tools` choose from, in their own order.
pub const TOOLS: [&str; 5] =
    ["exec_command", "write_stdin", "apply_patch", "update_plan", "view_image"];

/// How the built-in agent's requests reach the server. What the model sees is always the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A POST with the whole history.
    #[default]
    Http,
    /// A POST with the new items, where they continue a response that the server stored.
    PreviousResponse,
    /// One WebSocket for the session, and on it the new items only.
    Websocket,
}

impl Transport {
    /// Whether it is the default.
    #[must_use]
    pub fn is_http(&self) -> bool {
        *self == Self::Http
    }
}

/// When and how the agent compacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compaction {
    /// Which strategy.
    pub strategy: CompactionStrategy,
    /// Compact when the context holds this many tokens.
    #[serde(default = "default_threshold")]
    pub threshold: u64,
    /// `remote`, `endpoint`, `summary`: tokens of user messages kept verbatim, newest first.
    #[serde(default = "default_keep_user_tokens")]
    pub keep_user_tokens: u64,
    /// `clear-tool-results`: newest outputs kept; `sliding-window`: newest items kept.
    #[serde(default = "default_keep_items")]
    pub keep_items: u32,
}

impl Default for Compaction {
    fn default() -> Self {
        Self {
            strategy: CompactionStrategy::None,
            threshold: default_threshold(),
            keep_user_tokens: default_keep_user_tokens(),
            keep_items: default_keep_items(),
        }
    }
}

fn default_threshold() -> u64 {
    200_000
}

fn default_keep_user_tokens() -> u64 {
    20_000
}

fn default_keep_items() -> u32 {
    3
}

/// The compaction strategies of the built-in agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompactionStrategy {
    /// Never.
    #[default]
    None,
    /// A normal request that ends in `compaction_trigger`; same tools, so the prefix stays cached.
    Remote,
    /// `POST /responses/compact`.
    Endpoint,
    /// A normal request that asks for a summary in text.
    Summary,
    /// Old tool outputs become a placeholder; no request.
    ClearToolResults,
    /// Only the first context, the first user message and the newest items stay; no request.
    SlidingWindow,
}

impl CompactionStrategy {
    /// Whether the client compacts by itself, without a request.
    #[must_use]
    pub fn is_local(self) -> bool {
        matches!(self, Self::ClearToolResults | Self::SlidingWindow)
    }

    /// The name in files and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Remote => "remote",
            Self::Endpoint => "endpoint",
            Self::Summary => "summary",
            Self::ClearToolResults => "clear-tool-results",
            Self::SlidingWindow => "sliding-window",
        }
    }
}

/// What the server's compaction keeps of the visible facts. Chosen by the harness, never by a
/// model: the measured loss describes the agent together with this function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// All visible text, verbatim.
    #[default]
    All,
    /// The planted facts by class (constraint, decision, needle, error, path, todo, then the rest),
    /// in order of first appearance, at most so many.
    Structured {
        /// How many facts.
        facts: u32,
    },
    /// The facts seen last, at most so many.
    Recency {
        /// How many facts.
        facts: u32,
    },
    /// Exactly these facts, in the smallest text.
    Oracle {
        /// Their ids.
        facts: Vec<String>,
    },
    /// Nothing: only what the client itself keeps survives.
    Empty,
}

/// Something that goes wrong, at a fixed place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// At which request of the run (from 0, counting answered exchanges, not retries).
    pub request: u32,
    /// What happens.
    pub kind: FaultKind,
    /// For how many attempts.
    #[serde(default = "one")]
    pub times: u32,
}

fn one() -> u32 {
    1
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The stream ends after so many whole items, before `response.completed`.
    CutAfterItems(u32),
    /// An HTTP error of this status instead of an answer.
    Status(u16),
    /// HTTP 429 as it comes when the account is used up: asking again is of no use.
    Quota,
}
