//! `scenario.yaml`, key for key.

use super::{CacheSpec, Compaction, Effort, Fact, Prompt, Retention, SeedSource};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The file `scenario.yaml`. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// One line for people.
    pub summary: String,
    /// Another scenario of the same parent folder whose seed, script, solution and recording this
    /// one uses; keys given here replace the ones there.
    #[serde(default)]
    pub extends: Option<String>,
    /// Where the seed comes from, if not from the folder `repo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<SeedSource>,
    /// Commands that are run once on the seed, before any agent starts; what they leave is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
    /// Programs beyond sh, coreutils and git: `rustc`, `python3`, or any name on PATH.
    #[serde(default)]
    pub requires: Vec<String>,
    /// The date in the environment context, `YYYY-MM-DD`; also the start of the virtual clock.
    #[serde(default = "default_date")]
    pub date: String,
    /// Model name in requests.
    #[serde(default = "default_model")]
    pub model: String,
    /// Initial working folder, relative to the workspace.
    #[serde(default = "default_folder")]
    pub folder: String,
    /// Initial permissions.
    #[serde(default)]
    pub permissions: Permissions,
    /// Developer instructions of the agent's configuration.
    #[serde(default)]
    pub developer: Option<String>,
    /// Skills listed to the model.
    #[serde(default)]
    pub skills: Vec<Skill>,
    /// The user's messages, one turn each.
    pub messages: Vec<UserMessage>,
    /// What happens before certain turns.
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
    /// Planted facts.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// What decides success.
    pub checks: Vec<Check>,
    /// Limits of one run.
    #[serde(default)]
    pub budgets: Budgets,
    /// Patterns replaced in tool outputs before they enter the history.
    #[serde(default)]
    pub volatile: Vec<Volatile>,
    /// What the server keeps at a compaction.
    #[serde(default)]
    pub retention: Option<Retention>,
    /// How the agent compacts.
    #[serde(default)]
    pub compaction: Option<Compaction>,
    /// Names of the tools to advertise at the start, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// How the agent lays out its prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// `reasoning.effort` at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// The cache policy in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheSpec>,
    /// Why this scenario is expected to fail; an unexpected success is then an error.
    #[serde(default)]
    pub expect_fail: Option<String>,
    /// Variants of this scenario (files in `variants/`), and which of them are expected to fail.
    #[serde(default)]
    pub variants: IndexMap<String, VariantEntry>,
}

fn default_date() -> String {
    "2026-01-15".into()
}

fn default_model() -> String {
    "unreel-1".into()
}

fn default_folder() -> String {
    ".".into()
}

/// What a scenario says of one of its variants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantEntry {
    /// Why the variant is expected to fail.
    #[serde(default)]
    pub expect_fail: Option<String>,
}

/// What the agent may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// File access of commands.
    #[serde(default)]
    pub sandbox: SandboxMode,
    /// Folders that may be written besides the workspace, absolute inside the sandbox.
    #[serde(default)]
    pub writable: Vec<String>,
    /// Approval policy as told to the model.
    #[serde(default = "default_approval")]
    pub approval: String,
}

impl Default for Permissions {
    fn default() -> Self {
        Self { sandbox: SandboxMode::default(), writable: Vec::new(), approval: default_approval() }
    }
}

fn default_approval() -> String {
    "never".into()
}

/// File access of commands, with the names Codex uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxMode {
    /// Nothing may be written but temporary files.
    ReadOnly,
    /// The workspace and the listed folders.
    #[default]
    WorkspaceWrite,
    /// Everything inside the sandbox.
    DangerFullAccess,
}

/// One line of the skills list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    /// Name of the skill.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its file in the workspace.
    pub file: String,
}

/// A user message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserMessage {
    /// What the user says.
    pub text: String,
}

/// Something that happens before a turn. Exactly one of the actions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineEntry {
    /// Before which turn, from 1.
    pub turn: u32,
    /// New working folder, relative to the workspace.
    #[serde(default)]
    pub set_folder: Option<String>,
    /// New permissions.
    #[serde(default)]
    pub set_permissions: Option<Permissions>,
    /// New model name.
    #[serde(default)]
    pub set_model: Option<String>,
    /// New `reasoning.effort`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_effort: Option<Effort>,
    /// Names of the tools that are advertised from here on, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_tools: Option<Vec<String>>,
    /// A file written behind the agent's back.
    #[serde(default)]
    pub edit: Option<FileEdit>,
    /// The server is stopped and a new one started.
    #[serde(default)]
    pub restart_server: bool,
}

/// A file written by the harness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEdit {
    /// Relative to the workspace.
    pub path: String,
    /// The whole new content.
    pub text: String,
}

/// One check on the final repository: exactly one of `run`, `file`, `tree`, `forbidden`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Name for people, unique.
    pub name: String,
    /// A command, run by the harness in the sandbox at the workspace root.
    #[serde(default)]
    pub run: Option<RunCheck>,
    /// A file's content.
    #[serde(default)]
    pub file: Option<FileCheck>,
    /// Which paths may differ from the seed.
    #[serde(default)]
    pub tree: Option<TreeCheck>,
    /// Actions the agent must not take.
    #[serde(default)]
    pub forbidden: Option<ForbiddenCheck>,
    /// How it behaves on the untouched seed; `verify` holds the scenario to it.
    pub on_seed: OnSeed,
}

/// How a check behaves on the untouched seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnSeed {
    /// `true` for guards (tree, forbidden), which only the agent can break.
    #[serde(default)]
    pub holds: bool,
    /// For a failing command: the exit code it ends with.
    #[serde(default)]
    pub exit: Option<i32>,
    /// For a failing command or file: what its output, or the file, then contains.
    #[serde(default)]
    pub contains: Option<String>,
    /// For a file check: the file is not there.
    #[serde(default)]
    pub missing: bool,
}

/// A command and what it must give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunCheck {
    /// The command line for `sh -c`.
    pub cmd: String,
    /// Expected exit code.
    #[serde(default)]
    pub exit: i32,
    /// What standard output and error, together, must be.
    #[serde(default)]
    pub output: OutputExpect,
    /// Budget in seconds; beyond it the check fails as hanging.
    #[serde(default = "default_check_seconds")]
    pub seconds: u32,
}

fn default_check_seconds() -> u32 {
    60
}

/// What a text must be; every key given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputExpect {
    /// Equal after trimming trailing white space.
    #[serde(default)]
    pub equals: Option<String>,
    /// Contained.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Not contained.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// A regular expression that matches somewhere.
    #[serde(default)]
    pub matches: Option<String>,
}

/// A file and what it must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCheck {
    /// Relative to the workspace.
    pub path: String,
    /// Whether it must not exist.
    #[serde(default)]
    pub absent: bool,
    /// What its text must be.
    #[serde(default)]
    pub text: OutputExpect,
    /// Whether it must be executable.
    #[serde(default)]
    pub executable: Option<bool>,
}

/// Which paths may differ from the seed at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeCheck {
    /// Globs (`*` within a segment, `**` across) of the paths that may be added, changed or removed.
    pub only: Vec<String>,
}

/// Actions the agent must not take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenCheck {
    /// Regular expressions that no command of the agent may match.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Globs of paths that no patch of the agent may touch.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// Limits of one run. Going over ends the run as *unfinished* (seconds: *timeout*).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// Requests of the agent.
    #[serde(default = "default_requests")]
    pub requests: u32,
    /// Bytes of all request bodies.
    #[serde(default = "default_bytes")]
    pub bytes: u64,
    /// Wall-clock seconds of the whole run, checks excluded.
    #[serde(default = "default_seconds")]
    pub seconds: u32,
    /// Wall-clock seconds of each command of the setup. Going over is an error, not a verdict.
    #[serde(default = "default_setup")]
    pub setup: u32,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            requests: default_requests(),
            bytes: default_bytes(),
            seconds: default_seconds(),
            setup: default_setup(),
        }
    }
}

fn default_requests() -> u32 {
    60
}

fn default_bytes() -> u64 {
    64 << 20
}

fn default_seconds() -> u32 {
    120
}

fn default_setup() -> u32 {
    600
}

/// A pattern in tool outputs that differs from run to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volatile {
    /// A regular expression.
    pub pattern: String,
    /// What stands there instead.
    pub replace: String,
}
