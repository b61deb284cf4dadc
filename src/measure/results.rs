//! What measures give: plain integers and names, so that tables can be made without rounding.

use crate::cache::MissReason;
use crate::recording::journal::{RunKey, Verdict};
use crate::recording::matching::{Difference, Severity};
use crate::recording::{Layer, Transport};
use crate::scenario::FactClass;
use serde::Serialize;

/// One run, measured. All sums are over the main thread unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunMeasure {
    /// Which run.
    pub run: RunKey,
    /// Agent, provenance, cache policy and compaction strategy, as in the journal.
    pub agent: String,
    /// Model name that the requests were to have.
    pub model: String,
    /// `scripted`, `recorded`, `imported`.
    pub provenance: String,
    /// Cache policy in force.
    pub cache: String,
    /// Compaction strategy in force.
    pub compaction: String,
    /// What brought the requests: the one that says least, if there were several.
    pub transport: Transport,
    /// The verdict; `None` for a run that was interrupted.
    pub verdict: Option<Verdict>,
    /// One line: why, when not passed.
    pub reason: Option<String>,
    /// Why the scenario expects a failure, if it does.
    pub expect_fail: Option<String>,
    /// Code of the error with which the server refused the last request, if it did.
    pub refused: Option<String>,
    /// Where this trial differs from the first one of its scenario and variant; set by
    /// [`super::Trials`].
    pub differs: Option<String>,
    /// How far it departed from its recording.
    pub drift: Drifted,
    /// Answers that were recorded for other requests than the recording now holds.
    pub stale: u32,
    /// Exchanges of the recording that no request asked for.
    pub unplayed: u32,
    /// Whether any return depended on time.
    pub unsettled: bool,
    /// Digest of the final tree, hex.
    pub tree: Option<String>,
    /// Turns started.
    pub turns: u32,
    /// Tool calls.
    pub calls: u32,
    /// Retries.
    pub retries: u32,
    /// Sums over requests.
    pub payload: Payload,
    /// Request size against request number.
    pub growth: Growth,
    /// Bytes of placeholders for volatile values, by rule, over all requests of the main thread.
    pub masked: Vec<(String, u64)>,
    /// Verb, tool and how often, for an external agent that a script drives.
    pub rendered: Vec<(String, String, u32)>,
    /// Recall over all compactions: needed facts visible after the last one, of those introduced
    /// before it; `None` without a compaction or without facts.
    pub facts_kept: Option<(u32, u32)>,
    /// Each request.
    pub requests: Vec<RequestMeasure>,
    /// Each prefix break.
    pub breaks: Vec<PrefixBreak>,
    /// Each compaction.
    pub compactions: Vec<CompactionMeasure>,
    /// Each check.
    pub checks: Vec<CheckMeasure>,
}

impl RunMeasure {
    /// Whether a live model answered.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.provenance.starts_with("live")
    }

    /// Whether it succeeded; `None` where it says nothing of the agent: the harness failed, a program
    /// was missing, it was stopped, or its answers were those of another world.
    #[must_use]
    pub fn graded(&self) -> Option<bool> {
        match self.verdict? {
            Verdict::Pass => Some(true),
            Verdict::Fail | Verdict::Timeout | Verdict::Unfinished => Some(false),
            Verdict::OffPolicy | Verdict::Error | Verdict::Skipped | Verdict::Interrupted => None,
        }
    }
}

/// How far a run departed from its recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drifted {
    /// The severest difference; `None` without any.
    pub severity: Option<Severity>,
    /// Requests that differed.
    pub requests: u32,
    /// Whether one of them was refused for it.
    pub refused: bool,
    /// Each change once, in the order of appearance.
    pub changes: Vec<DriftedChange>,
}

impl Drifted {
    /// The change to tell first: the severest, of equal ones the first.
    #[must_use]
    pub fn worst(&self) -> Option<&DriftedChange> {
        self.changes.iter().rev().max_by_key(|change| change.difference.severity)
    }
}

/// One change, however many requests repeat it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftedChange {
    /// The first request that has it.
    pub seq: u32,
    /// The recorded exchange in whose place that came.
    pub exchange: u32,
    /// What differs there.
    pub difference: Difference,
    /// How many requests have it.
    pub requests: u32,
    /// Tokens of that first request from there on: so much of it no cache of the recorded prompt
    /// holds.
    pub tokens_lost: u64,
}

/// Bytes and tokens. `new` is the bound of an ideal prefix; providers cache less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Payload {
    /// Requests, compaction calls included.
    pub requests: u32,
    /// Bytes of bodies on the wire.
    pub wire_bytes: u64,
    /// The same over each transport.
    pub up: BytesUp,
    /// Bytes of rendered prompts: quadratic payload.
    pub sent_bytes: u64,
    /// Rendered bytes behind the longest prefix of any earlier request of the thread: cached payload.
    pub new_bytes: u64,
    /// Tokens of rendered prompts.
    pub sent_tokens: u64,
    /// Tokens behind that prefix.
    pub new_tokens: u64,
    /// Tokens that the server reported as cached, under the policy in force.
    pub cached_tokens: u64,
    /// Tokens the server reported as output.
    pub output_tokens: u64,
}

/// Bytes of bodies that the same requests take over each transport: computed, not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BytesUp {
    /// A POST of the whole history each.
    pub http: u64,
    /// POSTs that continue a stored response with what is new.
    pub http_previous: u64,
    /// Frames on a WebSocket that continue the last response with what is new.
    pub websocket: u64,
}

impl std::ops::AddAssign for BytesUp {
    fn add_assign(&mut self, other: Self) {
        self.http += other.http;
        self.http_previous += other.http_previous;
        self.websocket += other.websocket;
    }
}

/// How requests grow: `sent = p*n + s*n*(n-1)/2` for append-only sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Growth {
    /// Rendered bytes of the first request: `p`.
    pub static_bytes: u64,
    /// Slope of rendered bytes over request number, least squares: `s`. Bytes a request.
    pub slope: f64,
    /// Coefficient of determination of that line; `None` under three requests.
    pub r2: Option<f64>,
    /// `p*n`.
    pub static_share: u64,
    /// `sent - p*n`.
    pub history_share: u64,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestMeasure {
    /// Number of the exchange.
    pub seq: u32,
    /// Conversation.
    pub thread: u32,
    /// Turn.
    pub turn: u32,
    /// Whether it asks for the next step, and not for a compaction.
    pub sampling: bool,
    /// `responses` or `compact`.
    pub endpoint: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// What answered.
    pub answered_by: String,
    /// What brought it.
    pub transport: Transport,
    /// Bytes on the wire.
    pub wire_bytes: u64,
    /// Bytes of placeholders for volatile values among them.
    pub masked_bytes: u64,
    /// The same over each transport.
    pub up: BytesUp,
    /// Rendered bytes.
    pub sent_bytes: u64,
    /// Rendered bytes shared with the longest prefix of any earlier request of the thread.
    pub prefix_bytes: u64,
    /// `sent_bytes - prefix_bytes`.
    pub new_bytes: u64,
    /// Rendered tokens.
    pub sent_tokens: u64,
    /// Tokens of the shared prefix.
    pub prefix_tokens: u64,
    /// `sent_tokens - prefix_tokens`.
    pub new_tokens: u64,
    /// Tokens the server reported as cached.
    pub cached_tokens: Option<u64>,
    /// Tokens the server reported as written to its cache.
    pub written_tokens: Option<u64>,
    /// Tokens the server reported as input.
    pub input_tokens: Option<u64>,
    /// Tokens the server reported as output.
    pub output_tokens: Option<u64>,
    /// Rendered bytes by layer, in the order of [`Layer::ALL`].
    pub layer_bytes: Vec<(Layer, u64)>,
}

/// A request that did not extend its predecessor in the thread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrefixBreak {
    /// The request.
    pub seq: u32,
    /// Its predecessor.
    pub after_seq: u32,
    /// JSON pointer of the first difference in the request body.
    pub pointer: String,
    /// Its layer.
    pub layer: Layer,
    /// Why.
    pub cause: MissReason,
    /// Tokens of the predecessor that were not shared.
    pub tokens_lost: u64,
    /// Bytes of the predecessor that were not shared.
    pub bytes_lost: u64,
}

/// One compaction, measured on the last request before (q-) and the first after (q+).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompactionMeasure {
    /// From 1.
    pub number: u32,
    /// Strategy.
    pub strategy: String,
    /// `pre_turn` or `mid_turn`.
    pub phase: String,
    /// q-.
    pub before_seq: u32,
    /// q+; `None` if the run ended first.
    pub after_seq: Option<u32>,
    /// The exchange that made it, if any.
    pub call_seq: Option<u32>,
    /// Rendered bytes of q- and q+.
    pub bytes_before: u64,
    /// See `bytes_before`.
    pub bytes_after: u64,
    /// Rendered tokens of q- and q+.
    pub tokens_before: u64,
    /// See `tokens_before`.
    pub tokens_after: u64,
    /// Tokens that an append-only step would have had cached, minus what q+ still shares.
    pub cache_reset_tokens: u64,
    /// Uncached tokens of the compaction call itself.
    pub call_new_tokens: u64,
    /// Facts visible before, by id, and what became of each.
    pub facts: Vec<FactFate>,
    /// Recall by class: visible after, of those visible before.
    pub recall: Vec<ClassRecall>,
    /// Calls after it that repeat a call whose output was lost, with an unchanged target.
    pub reacquired_calls: u32,
    /// Bytes of their outputs.
    pub reacquired_bytes: u64,
}

/// What became of a fact at a compaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactFate {
    /// Id of the fact.
    pub fact: String,
    /// Its class.
    pub class: FactClass,
    /// Visible after.
    pub kept: bool,
    /// In which channel it is visible after (`user`, `blob`, `summary`, ..); empty if lost.
    pub channel: String,
}

/// k of n facts of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClassRecall {
    /// The class.
    pub class: FactClass,
    /// Visible before and after.
    pub kept: u32,
    /// Visible before.
    pub of: u32,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckMeasure {
    /// Name.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// Why not.
    pub detail: String,
}
