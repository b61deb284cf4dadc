//! The authored model. A script knows nothing but what is visible in the request it answers:
//! `requires` looks there, `bind` copies from there.
//!
//! ```yaml
//! steps:
//!   - id: look
//!     do:
//!       - say: I will run the tests first.
//!       - run: {cmd: sh tests/run.sh}
//!   - id: fix
//!     requires: [limit]
//!     bind: {limit: {fact: limit, pattern: 'at most (\d+)'}}
//!     on_missing: [{reacquire: {run: {cmd: cat docs/limits.md}}}, stop]
//!     do:
//!       - patch: |
//!           *** Begin Patch
//!           *** Update File: src/limit.sh
//!           @@
//!           -LIMIT=0
//!           +LIMIT={limit}
//!           *** End Patch
//!   - id: done
//!     do:
//!       - say: Done.
//! ```

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A whole script, `script.yaml` of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Steps in order. A step whose actions are only `say` and `reason` ends the turn; the next
    /// user message goes on with the step after it.
    pub steps: Vec<Step>,
    /// What is said when the client asks for a summary in plain text is the retention function's
    /// text; this stands before it.
    #[serde(default)]
    pub summary_preface: Option<String>,
}

/// One answer of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique name.
    pub id: String,
    /// Ids of facts that must be visible in this very request.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Values copied from the visible text into `{name}` of the actions.
    #[serde(default)]
    pub bind: IndexMap<String, Bind>,
    /// What to do, in this order, when a required fact or a bind is missing. Default: stop.
    #[serde(default)]
    pub on_missing: Vec<Fallback>,
    /// Write the step this many times (default 1), with `{i}` = 1, 2, .. in its actions. For long
    /// sessions.
    #[serde(default)]
    pub repeat: Option<u32>,
    /// Whether the step changes the repository, for `verify --mutate`. Default: patches and writes
    /// do, a command when it looks like it.
    #[serde(default)]
    pub effect: Option<bool>,
    /// The output items of the answer, in order; several calls run in parallel.
    #[serde(rename = "do")]
    pub actions: Vec<Action>,
}

/// Where a bound value comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// Only in texts in which this fact is visible; without it, in all visible text.
    #[serde(default)]
    pub fact: Option<String>,
    /// A regular expression; group 1, or the whole match, is the value.
    pub pattern: String,
    /// Which of several matches counts.
    #[serde(default)]
    pub by: BindBy,
}

/// Which of several matches is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindBy {
    /// The last one in item order: stale values and conflicts have an effect.
    #[default]
    Last,
    /// The one of the highest role (system > developer > user > assistant and tools); ties: the last.
    Rank,
}

/// What the model does when it misses something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// Make this call, then try the step again. At most twice for each step.
    Reacquire(Action),
    /// End the turn with this question; the scenario's user answers once, then the step is tried
    /// again.
    Ask(String),
    /// Go on with these values for the binds.
    Guess(IndexMap<String, String>),
    /// End the turn, saying what is missing.
    Stop,
}

/// One output item of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// An assistant message.
    Say(String),
    /// A reasoning item; its text is sealed into `encrypted_content`.
    Reason(String),
    /// A shell command.
    Run(RunAction),
    /// A patch in the `*** Begin Patch` grammar.
    Patch(String),
    /// Read a file.
    Read(ReadAction),
    /// Write a whole file.
    Write(WriteAction),
    /// Update the plan: steps as `"status: text"` with status pending, in_progress or completed.
    Plan(Vec<String>),
    /// Look at an image file.
    View(String),
    /// A call exactly as given: malformed arguments, tools that nobody advertised.
    Raw(RawCall),
}

/// A shell command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunAction {
    /// The command line for `sh -c`.
    pub cmd: String,
    /// Working folder, relative to the session's.
    #[serde(default)]
    pub workdir: Option<String>,
    /// Return when this text appears, leaving the process running.
    #[serde(default)]
    pub wait_for: Option<String>,
}

/// Reading a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadAction {
    /// The file.
    pub path: String,
    /// First and last line, from 1.
    #[serde(default)]
    pub lines: Option<(u32, u32)>,
}

/// Writing a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteAction {
    /// The file.
    pub path: String,
    /// Its whole new content.
    pub text: String,
}

/// A call as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCall {
    /// Name of the tool.
    pub tool: String,
    /// Arguments of a function call, verbatim, JSON or not.
    #[serde(default)]
    pub arguments: Option<String>,
    /// Input of a custom call, verbatim; makes the item a `custom_tool_call`.
    #[serde(default)]
    pub input: Option<String>,
}
