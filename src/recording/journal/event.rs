//! The events of a journal, one JSON object a line, tagged by `event`.

use crate::recording::matching::{Difference, Severity};
use crate::recording::{Delivery, InputRef, Outcome};
use crate::wire::{ApiError, Digest, Endpoint, Usage};
use serde::{Deserialize, Serialize};

/// Scenario x variant x trial.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunKey {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant; `base` when none was given.
    pub variant: String,
    /// Name of the agent; left out for the built-in one.
    #[serde(default = "builtin", skip_serializing_if = "is_builtin")]
    pub agent: String,
    /// Number of the trial, from 1.
    pub trial: u32,
}

/// The name of the built-in agent.
pub const BUILTIN: &str = "builtin";

fn builtin() -> String {
    BUILTIN.into()
}

fn is_builtin(agent: &str) -> bool {
    agent == BUILTIN
}

impl RunKey {
    /// A run of the built-in agent.
    #[must_use]
    pub fn builtin(scenario: &str, variant: &str, trial: u32) -> Self {
        Self { scenario: scenario.into(), variant: variant.into(), agent: builtin(), trial }
    }

    /// The name for people, without what goes without saying: `scenario`, `scenario@variant`,
    /// `scenario+agent`; the trial is left to the caller.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.scenario.clone();
        if self.variant != "base" {
            name.push_str(&format!("@{}", self.variant));
        }
        if !is_builtin(&self.agent) {
            name.push_str(&format!("+{}", self.agent));
        }
        name
    }

    /// Whether two runs are trials of one thing.
    #[must_use]
    pub fn is_trial_of(&self, other: &Self) -> bool {
        Self { trial: 0, ..self.clone() } == Self { trial: 0, ..other.clone() }
    }
}

impl std::fmt::Display for RunKey {
    /// `scenario@variant#trial`, `scenario@variant+agent#trial`; also the name of the run's folder.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.scenario, self.variant)?;
        if !is_builtin(&self.agent) {
            write!(f, "+{}", self.agent)?;
        }
        write!(f, "#{}", self.trial)
    }
}

/// One event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// First event of a run.
    RunStarted(Box<RunStarted>),
    /// A user message is about to be handed to the agent.
    TurnStarted {
        /// From 1.
        turn: u32,
    },
    /// Something the scenario's timeline did before a turn.
    Timeline(TimelineEvent),
    /// The server received a request.
    Request(Box<RequestEvent>),
    /// The server answered it.
    Response(Box<ResponseEvent>),
    /// The request differs from the recorded one at its place.
    Drift(DriftEvent),
    /// The agent is about to run a tool call.
    Call(CallEvent),
    /// What the call gave; in call order, whatever finished first.
    Output(OutputEvent),
    /// The agent replaced its history.
    Compaction(CompactionEvent),
    /// The agent sends a request again.
    Retry {
        /// The exchange that failed.
        seq: u32,
        /// From 1.
        attempt: u32,
        /// Why.
        reason: String,
        /// Virtual milliseconds waited before the next attempt.
        wait_ms: u64,
    },
    /// Which tools an external agent was told to use for the verbs of a script.
    Rendered {
        /// Verb, tool, how often; in the order of first use.
        tools: Vec<(String, String, u32)>,
    },
    /// An external agent's process ended a turn.
    AgentExited {
        /// From 1.
        turn: u32,
        /// Its exit code; none if it was ended at a budget.
        exit: Option<i32>,
    },
    /// The agent's turn ended.
    TurnFinished {
        /// From 1.
        turn: u32,
        /// The last text the model said, whole.
        said: String,
        /// Why the turn failed, if it did.
        error: Option<String>,
    },
    /// One check of the scenario on the final repository.
    Check(CheckEvent),
    /// Last event of a run.
    RunFinished(Box<RunFinished>),
}

/// What a run is made of: subject and conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Which run.
    pub run: RunKey,
    /// Seed of this trial, a hash of the matrix seed and the key.
    pub seed: u64,
    /// `builtin`, or an external agent with its version.
    pub agent: String,
    /// Where the answers come from: `scripted`, `recorded (..)`, `live (..)`; the only field in which
    /// a run of a script and a replay of its recording differ.
    pub provenance: String,
    /// Digest of the scenario's files, seed repository included.
    pub scenario_digest: Digest,
    /// Digest of the effective variant.
    pub variant_digest: Digest,
    /// Name of the cache policy in force.
    pub cache: String,
    /// Name of the compaction strategy in force.
    pub compaction: String,
    /// Model name in requests.
    pub model: String,
    /// The scenario's planted facts, an object in the store (JSON of `Vec<Fact>`).
    pub facts: Digest,
    /// Whether the scenario expects this variant to fail, and why.
    pub expect_fail: Option<String>,
    /// Whether the trial's seed reaches the requests: then trials differ by what was drawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draws: bool,
}

impl RunStarted {
    /// Whether a live model answered: then trials differ by chance, and are none of them repeats.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.provenance.starts_with("live")
    }
}

/// Something the timeline did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineEvent {
    /// Before which turn, from 1.
    pub turn: u32,
    /// `folder`, `sandbox`, `model`, `edit`, `restart_server`.
    pub action: String,
    /// The new folder, mode, model or the edited path.
    pub detail: String,
}

/// A request, with its body by reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestEvent {
    /// Number of the exchange in this run.
    pub seq: u32,
    /// Conversation; 0 is the main thread.
    pub thread: u32,
    /// The call of the API.
    pub endpoint: Endpoint,
    /// Bytes of the body on the wire.
    pub wire_bytes: u64,
    /// Top-level fields except `input`, by digest, in the order received.
    pub fields: Vec<(String, Digest)>,
    /// Before which field the input stood.
    pub input_at: Option<u32>,
    /// Whether the input was a plain string.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub input_is_text: bool,
    /// The input items.
    pub input: Vec<InputRef>,
    /// The whole body as an object, where fields and items do not give its bytes back
    /// (white space between them).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Digest>,
    /// How it came; left out for a plain POST. With it, `input` is the whole input, of which the
    /// first `sent_from` items were not sent, and `body` belongs to what was sent.
    #[serde(default, skip_serializing_if = "Delivery::is_plain")]
    pub delivery: Delivery,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseEvent {
    /// Number of the exchange.
    pub seq: u32,
    /// HTTP status.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is incomplete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Output items delivered whole, by digest.
    pub output: Vec<Digest>,
    /// Tokens as reported.
    pub usage: Option<Usage>,
    /// The error body, if any; of an error inside an answer, what stands for one (status 200, and
    /// the event that carried it as type).
    pub error: Option<ApiError>,
    /// Which step of the script, or which exchange of the recording, answered: `step fix`,
    /// `step fix: reacquire cap`.
    pub answered_by: String,
    /// Id of the response, where the server stores it, so that later requests may name it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub response_id: String,
    /// Whether it was recorded for another request than the recording now holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
}

/// How a request differs from the recorded one whose answer it gets, or would have got. A change
/// that later requests repeat is described once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftEvent {
    /// Number of the exchange in this run.
    pub seq: u32,
    /// The recorded exchange.
    pub exchange: u32,
    /// The severest of its differences.
    pub severity: Severity,
    /// Whether it got the recorded answer; if not, it was refused.
    pub answered: bool,
    /// What no earlier request of the run had; numbered through the run, from 0, in this order.
    pub differences: Vec<Difference>,
    /// Those of earlier requests that this one has, too: ranges `[from, to)` of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<(u32, u32)>,
}

/// A tool call of the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallEvent {
    /// The exchange that asked for it.
    pub seq: u32,
    /// Its number among the calls of that response.
    pub index: u32,
    /// Its id.
    pub call_id: String,
    /// Name of the tool.
    pub tool: String,
    /// Arguments or input as the model wrote them, an object in the store.
    pub arguments: Digest,
}

/// The output of a tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputEvent {
    /// The exchange that asked for the call.
    pub seq: u32,
    /// Its number among the calls of that response.
    pub index: u32,
    /// Id of the call.
    pub call_id: String,
    /// What the model will read, an object in the store.
    pub output: Digest,
    /// Bytes the tool gave before truncation.
    pub raw_bytes: u64,
    /// Exit code, where a process ended.
    pub exit: Option<i32>,
    /// Paths written, created, moved or deleted by `apply_patch`, sorted, as `A p`, `M p`, `D p`.
    pub changed: Vec<String>,
    /// Why the moment of return depended on time or on left-over processes; such a run is
    /// *unsettled*.
    pub unsettled: Option<String>,
}

/// The agent replaced its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompactionEvent {
    /// Number of the compaction in this run, from 1.
    pub number: u32,
    /// Name of the strategy.
    pub strategy: String,
    /// `pre_turn` or `mid_turn`.
    pub phase: String,
    /// The last sampling exchange before it (q-).
    pub before_seq: u32,
    /// The exchange that made the compaction, if a request was sent.
    pub call_seq: Option<u32>,
    /// The agent's estimate of its context before and after, in tokens.
    pub estimate_before: u64,
    /// See `estimate_before`.
    pub estimate_after: u64,
    /// Why it failed; the history is then unchanged.
    pub error: Option<String>,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckEvent {
    /// Name of the check.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// What was expected and what was found, when it did not hold; else empty.
    pub detail: String,
}

/// The reason of a run that a check failed, from its name and the first line of its detail.
#[must_use]
pub fn check_reason(name: &str, detail: &str) -> String {
    format!("check failed: {name}: {}", detail.lines().next().unwrap_or_default())
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All checks hold, the agent ended well, and asked for everything there was to play.
    Pass,
    /// Some check does not hold, the agent ended with an error, or before all was played.
    Fail,
    /// The time budget was used up: neither passed nor failed.
    Timeout,
    /// A budget of turns, requests or bytes was used up.
    Unfinished,
    /// A tool output or the history differed from what was recorded: the answers after that belong
    /// to another world, and whatever the checks say is no verdict about the agent.
    OffPolicy,
    /// The harness could not do its part (sandbox, server).
    Error,
    /// A program the scenario needs is not on this machine.
    Skipped,
    /// Stopped by the user.
    Interrupted,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// The verdict before expectations are applied.
    pub verdict: Verdict,
    /// One line: why, when not passed.
    pub reason: Option<String>,
    /// Exchanges of the recording that no request asked for, or script steps not reached.
    pub unplayed: u32,
    /// Whether any return depended on time.
    pub unsettled: bool,
    /// Digest of the final tree (paths, modes, content; without `.git` and ignored files).
    pub tree: Option<Digest>,
}
