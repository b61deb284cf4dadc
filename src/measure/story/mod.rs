//! A conversation as a story: what was asked, answered and called, exchange by exchange, beside what
//! each request cost. A value, made from the log of a run or of a recording; how it is shown is
//! somebody else's business.

mod brief;
mod calls;
mod exchange;
mod steps;
mod tell;

pub use brief::{brief_call, one_line};
pub use exchange::{FieldShown, ItemShown, WholeExchange, whole_exchange};
pub use tell::story;

use super::results::{CheckMeasure, PrefixBreak};
use crate::recording::Layer;
use crate::recording::Outcome;
use crate::recording::journal::{TimelineEvent, Verdict};
use crate::recording::matching::Difference;
use serde::Serialize;

/// Where a story comes from, as far as its file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct About {
    /// `recording` or `run`.
    pub kind: String,
    /// The file or the key of the run.
    pub name: String,
    /// `recorded`, `imported`, `scripted`; of a run, where its answers came from.
    pub provenance: String,
    /// The agent, with its version.
    pub agent: String,
    /// Model name in the requests.
    pub model: String,
    /// Scenario.
    pub scenario: String,
    /// Its variant.
    pub variant: String,
    /// Versions of the volatile-field rules, by agent.
    pub rules: Vec<(String, u32)>,
    /// Who answered, where that was another server.
    pub upstream: Option<String>,
    /// The log that it was imported from: format and version of the program.
    pub source: Option<String>,
    /// What the source could not tell, or what was left out.
    pub lacks: Vec<String>,
}

/// The whole story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// Where it comes from.
    pub about: About,
    /// Sums over all threads.
    pub totals: Totals,
    /// The layers of the first request, in prompt order; empty ones are left out.
    pub first_request: Vec<LayerSize>,
    /// The conversations.
    pub threads: Vec<ThreadOf>,
    /// Each exchange, in order.
    pub steps: Vec<Step>,
    /// How it ended, of a run.
    pub end: Option<End>,
}

/// Sums over all threads. `None` where no exchange tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Exchanges.
    pub exchanges: u32,
    /// Turns of the user.
    pub turns: u32,
    /// Calls of tools.
    pub calls: u32,
    /// Rendered prompt bytes.
    pub sent_bytes: u64,
    /// Of these, behind the longest earlier prefix of the thread.
    pub new_bytes: u64,
    /// Rendered prompt tokens.
    pub sent_tokens: u64,
    /// Of these, behind the prefix.
    pub new_tokens: u64,
    /// Input tokens as reported.
    pub input_tokens: Option<u64>,
    /// Of these, cached as reported.
    pub cached_tokens: Option<u64>,
    /// Output tokens as reported.
    pub output_tokens: Option<u64>,
    /// Prefix breaks.
    pub breaks: u32,
    /// Compactions.
    pub compactions: u32,
    /// Requests that were sent again, because an answer came to nothing.
    pub retries: u32,
    /// Answers older than the request that they stand beside.
    pub stale: u32,
}

/// A layer of a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerSize {
    /// Which.
    pub layer: Layer,
    /// Tools, or input items.
    pub parts: u32,
    /// Rendered bytes.
    pub bytes: u64,
    /// Rendered tokens.
    pub tokens: u64,
    /// How many of the parts were left out of the file.
    pub elided: u32,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThreadOf {
    /// Its number; 0 is the main one.
    pub thread: u32,
    /// Its exchanges.
    pub exchanges: u32,
    /// Tools of its first request.
    pub tools: u32,
    /// Rendered bytes of its first request.
    pub first_bytes: u64,
    /// Model of its first request, if it says one.
    pub model: Option<String>,
}

/// One exchange.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its number.
    pub exchange: u32,
    /// Its conversation.
    pub thread: u32,
    /// Turn of the user, from 1.
    pub turn: u32,
    /// `responses` or `compact`.
    pub endpoint: String,
    /// What answered: a step of a script, an exchange of a recording; empty where nobody says.
    pub answered_by: String,
    /// What the scenario's timeline did before.
    pub timeline: Vec<TimelineEvent>,
    /// The compaction whose result this request is the first to show.
    pub compaction: Option<Compacted>,
    /// What the user said that no earlier request of the thread had.
    pub user: Vec<String>,
    /// Other context that no earlier request of the thread had; not of a thread's first request.
    pub context: Vec<Added>,
    /// Where it did not extend its predecessor.
    pub broken: Option<PrefixBreak>,
    /// Rendered prompt bytes.
    pub sent_bytes: u64,
    /// Of these, behind the longest earlier prefix of the thread.
    pub new_bytes: u64,
    /// Rendered prompt tokens.
    pub sent_tokens: u64,
    /// Of these, behind the prefix.
    pub new_tokens: u64,
    /// Input tokens as reported.
    pub input_tokens: Option<u64>,
    /// Of these, cached as reported.
    pub cached_tokens: Option<u64>,
    /// Output tokens as reported.
    pub output_tokens: Option<u64>,
    /// The answer.
    pub answer: Vec<Part>,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status.
    pub status: u16,
    /// Why it did not complete, in words.
    pub problem: Option<String>,
    /// Where the request differs from the recorded one in whose place it came: what no earlier
    /// request had.
    pub drift: Vec<Difference>,
    /// Whether the answer was given to an older request.
    pub stale: bool,
}

/// Context that was added in the middle of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Added {
    /// Its layer.
    pub layer: Layer,
    /// Its place in the request.
    pub pointer: String,
    /// Rendered bytes.
    pub bytes: u64,
    /// Rendered tokens.
    pub tokens: u64,
    /// Its text.
    pub text: String,
}

/// A compaction, as far as a story tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compacted {
    /// From 1.
    pub number: u32,
    /// Strategy; `client` where no recorded request made it.
    pub strategy: String,
    /// `pre_turn` or `mid_turn`.
    pub phase: String,
    /// The exchange that made it, if any.
    pub made_by: Option<u32>,
    /// Rendered bytes of the last request before.
    pub bytes_before: u64,
    /// Of this one.
    pub bytes_after: u64,
    /// Rendered tokens of the last request before.
    pub tokens_before: u64,
    /// Of this one.
    pub tokens_after: u64,
    /// Planted facts still readable, of those told before; `None` where none are known.
    pub facts_kept: Option<(u32, u32)>,
}

/// One item of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// What the model thought, where it can be read.
    Thought {
        /// The text; empty where only a sealed blob came.
        text: String,
    },
    /// What the model said.
    Text {
        /// The text.
        text: String,
    },
    /// A call, with what came of it.
    Call(Box<CallPart>),
    /// A compaction, or an item of another kind.
    Other {
        /// Its type.
        kind: String,
        /// Its bytes.
        bytes: u64,
    },
}

/// A call, with what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallPart {
    /// Name of the tool.
    pub tool: String,
    /// What it is told, in one line.
    pub brief: String,
    /// Arguments as the model wrote them.
    pub arguments: String,
    /// What came of it; `None` if no request shows an output.
    pub output: Option<OutputPart>,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputPart {
    /// Exit code, where one is told.
    pub exit: Option<i32>,
    /// Bytes of the text that the model read.
    pub bytes: u64,
    /// Bytes that the tool gave, where they were cut.
    pub cut_from: Option<u64>,
    /// Lines of the text below the envelope.
    pub lines: u32,
    /// Its first line that is not empty.
    pub head: String,
    /// Files changed by a patch.
    pub changed: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct End {
    /// The verdict; `None` if it was interrupted.
    pub verdict: Option<Verdict>,
    /// Why, when not passed.
    pub reason: Option<String>,
    /// Why the scenario expects a failure.
    pub expect_fail: Option<String>,
    /// Exchanges or steps that nobody asked for.
    pub unplayed: u32,
    /// The checks.
    pub checks: Vec<CheckMeasure>,
}
