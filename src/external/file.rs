//! The agent file, key for key.

use crate::recording::volatile::{Layer, VolatileRules};
use crate::scenario::{CompactionStrategy, DialectMap};
use indexmap::IndexMap;
use serde::Deserialize;

/// How an agent is started, configured and understood. Unknown keys are errors.
///
/// Texts may hold placeholders: `{base_url}`, `{key}`, `{model}`, `{prompt}`, `{session}`,
/// `{folder}` (the working folder), `{home}`, `{project}` (the folder of the agent's own code),
/// `{developer}` (developer instructions), `{threshold}` (of the compaction, in tokens), `{websocket}` (`true` or `false`), and the
/// keys of the strategy in force. `{name:json}` writes the value as a JSON string.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentFile {
    /// Name in commands, journals and file names.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub summary: String,
    /// The program, as it is called on PATH. Empty where `unreel.toml` says how it is started.
    #[serde(default)]
    pub program: String,
    /// Where the program itself is, when the one on PATH is a wrapper: globs relative to the
    /// folder of the wrapper (links resolved); the first that matches is taken.
    #[serde(default)]
    pub native: Vec<String>,
    /// How many folders above the one that holds the program belong to it.
    #[serde(default)]
    pub above: u32,
    /// Further programs it needs, as in a scenario's `requires`.
    #[serde(default)]
    pub requires: Vec<String>,
    /// How it tells its version.
    #[serde(default)]
    pub version: VersionProbe,
    /// Versions that its tests were run with.
    #[serde(default)]
    pub tested: Vec<String>,
    /// Model name in its requests; without it the scenario's.
    #[serde(default)]
    pub model: Option<String>,
    /// Arguments for the first turn.
    #[serde(default)]
    pub start: Vec<String>,
    /// Arguments for every further turn; without them it can do scenarios of one turn only.
    #[serde(default)]
    pub resume: Option<Vec<String>>,
    /// Whether a session stays in the folder that it began in, wherever it is resumed.
    #[serde(default)]
    pub fixed_folder: bool,
    /// What it reads on standard input; without it nothing.
    #[serde(default)]
    pub stdin: Option<String>,
    /// Variables of its environment.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    /// Files written before its first turn: path below `{home}` and content.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// Where its output (lines of JSON events) names the session to resume.
    #[serde(default)]
    pub session: Option<EventField>,
    /// Where its output says why a turn failed.
    #[serde(default)]
    pub failures: Vec<EventField>,
    /// What exit codes other than 0 mean, for messages.
    #[serde(default)]
    pub exits: IndexMap<i32, String>,
    /// Tokens of its instructions and tools beyond those of the built-in agent: added to the
    /// thresholds of scenarios, which are made for the latter.
    #[serde(default)]
    pub extra_tokens: u64,
    /// The compaction strategies it knows, each with further placeholders.
    #[serde(default)]
    pub strategies: IndexMap<CompactionStrategy, IndexMap<String, String>>,
    /// Tools for script verbs, where the server's own choice among those advertised is not right.
    #[serde(default)]
    pub dialect: DialectMap,
    /// What differs in its requests from run to run.
    #[serde(default)]
    pub volatile: VolatileRules,
    /// Layers of its prompt that are its vendor's text: recordings leave them out.
    #[serde(default)]
    pub elide: Vec<Layer>,
}

impl AgentFile {
    /// A file that says nothing but a name.
    #[must_use]
    pub fn bare(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            summary: String::new(),
            program: String::new(),
            native: Vec::new(),
            above: 0,
            requires: Vec::new(),
            version: VersionProbe::default(),
            tested: Vec::new(),
            model: None,
            start: Vec::new(),
            resume: None,
            fixed_folder: false,
            stdin: None,
            env: IndexMap::new(),
            files: IndexMap::new(),
            session: None,
            failures: Vec::new(),
            exits: IndexMap::new(),
            extra_tokens: 0,
            strategies: IndexMap::new(),
            dialect: DialectMap::default(),
            volatile: VolatileRules::default(),
            elide: Vec::new(),
        }
    }
}

/// How a version is asked for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionProbe {
    /// Arguments.
    #[serde(default = "version_args")]
    pub args: Vec<String>,
    /// A regular expression whose first group is the version.
    #[serde(default = "version_pattern")]
    pub pattern: String,
}

fn version_args() -> Vec<String> {
    vec!["--version".into()]
}

fn version_pattern() -> String {
    r"(\d+\.\d+\.\d+\S*)".into()
}

impl Default for VersionProbe {
    fn default() -> Self {
        Self { args: version_args(), pattern: version_pattern() }
    }
}

/// A text inside a JSON event of the agent's output.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventField {
    /// The `type` of the event; without it any.
    #[serde(default)]
    pub event: Option<String>,
    /// JSON pointer of the text.
    pub at: String,
}
