//! What the loop is made of, and how its turns end.

use crate::scenario::{
    Budgets, Compaction, Effort, Permissions, Prompt, Skill, Transport, Volatile,
};

/// Settings of the built-in loop. All of it is handed in: the loop reads no environment and no
/// clock (but for the budget in seconds).
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Root of the API, `http://127.0.0.1:PORT/v1`.
    pub base_url: String,
    /// Model name in requests.
    pub model: String,
    /// Model-specific instructions.
    pub instructions: String,
    /// Developer instructions of the configuration; an empty text counts as none.
    pub developer: Option<String>,
    /// What commands and patches may do.
    pub permissions: Permissions,
    /// Skills listed to the model.
    pub skills: Vec<Skill>,
    /// The date in the environment context, `YYYY-MM-DD`.
    pub date: String,
    /// Working folder, relative to `/workspace` or absolute inside the sandbox.
    pub folder: String,
    /// Names of the tools to advertise, in this order; `None`: all, in their own order.
    pub tools: Option<Vec<String>>,
    /// How the prompt is laid out.
    pub prompt: Prompt,
    /// `reasoning.effort`; `None` leaves it to the server.
    pub effort: Option<Effort>,
    /// The run's seed: what is drawn comes from it.
    pub seed: u64,
    /// How requests reach the server.
    pub transport: Transport,
    /// When and how to compact.
    pub compaction: Compaction,
    /// The order in which parallel calls are seen to finish, by call index.
    pub completion_order: Vec<u32>,
    /// Patterns replaced in command output before it enters the history.
    pub volatile: Vec<Volatile>,
    /// Limits of the whole run.
    pub budgets: Budgets,
    /// Whether the loop really waits before it asks again. Our own server has no need of it, and so
    /// these waits are journaled only; a live one has.
    pub waits: bool,
    /// `prompt_cache_key`: a hash chosen by the caller, constant for the session.
    pub thread: String,
}

/// A budget of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetKind {
    /// HTTP requests.
    Requests,
    /// Bytes of request bodies.
    Bytes,
    /// Wall-clock seconds.
    Seconds,
}

impl BudgetKind {
    /// The name in the scenario file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
        }
    }
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// The model was done.
    Done {
        /// The last text it said, whole; empty if it said nothing.
        said: String,
    },
    /// An error that no retry can help. The session can go on with another turn.
    Failed {
        /// What happened, for people; no port, path or time of this machine.
        error: String,
    },
    /// A budget was used up; nothing further is sent.
    Budget {
        /// Which one.
        which: BudgetKind,
    },
}

/// Settings that do not make a loop.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct AgentError {
    kind: AgentErrorKind,
}

/// The kinds of [`AgentError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentErrorKind {
    /// A tool name that the loop does not have.
    #[error("unknown tool {name:?} in `tools`; known: {known}")]
    UnknownTool {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A `volatile` pattern that is no regular expression.
    #[error("volatile pattern {pattern:?} is no regular expression: {cause}")]
    Volatile {
        /// The pattern.
        pattern: String,
        /// What the parser said.
        cause: String,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Client(String),
}

impl AgentError {
    pub(super) fn new(kind: AgentErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &AgentErrorKind {
        &self.kind
    }
}

/// Why the loop leaves a turn early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// An error that no retry can help.
    Failed(String),
    /// A budget was used up.
    Budget(BudgetKind),
}

impl Stop {
    /// Says what the loop was doing.
    pub(super) fn within(self, what: &str) -> Self {
        match self {
            Self::Failed(error) => Self::Failed(format!("{what} failed: {error}")),
            budget => budget,
        }
    }
}
