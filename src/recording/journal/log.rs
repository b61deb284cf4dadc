//! A run as measures see it: the events of one run with their bodies resolved.

use super::{CheckEvent, CompactionEvent, DriftEvent, RunFinished, RunStarted, TimelineEvent};
use crate::recording::{Carried, Exchange};

/// One tool call with its output, in the order of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// The exchange that asked for it.
    pub seq: u32,
    /// Its number among the calls of that response.
    pub index: u32,
    /// Its id.
    pub call_id: String,
    /// Name of the tool.
    pub tool: String,
    /// Arguments or input as the model wrote them.
    pub arguments: String,
    /// What the model read, text of the output; empty while the call has not returned.
    pub output: String,
    /// Bytes the tool gave before truncation.
    pub raw_bytes: u64,
    /// Exit code, where a process ended.
    pub exit: Option<i32>,
    /// `A p`, `M p`, `D p` lines of `apply_patch`.
    pub changed: Vec<String>,
}

/// One run, assembled from its events. An interrupted run has no `finished`.
#[derive(Clone, Debug, PartialEq)]
pub struct RunLog {
    /// Subject and conditions.
    pub started: RunStarted,
    /// JSON of the planted facts.
    pub facts_json: String,
    /// The exchanges in order of `seq`.
    pub exchanges: Vec<Exchange>,
    /// Which turn each exchange belongs to, by index of `exchanges`.
    pub turns: Vec<u32>,
    /// What answered each exchange (script step or recorded exchange).
    pub answered_by: Vec<String>,
    /// The exchanges whose answers were recorded for other requests.
    pub stale: Vec<u32>,
    /// Where requests differed from the recording.
    pub drifts: Vec<DriftEvent>,
    /// The tool calls.
    pub calls: Vec<CallRecord>,
    /// The compactions.
    pub compactions: Vec<CompactionEvent>,
    /// Verb, tool and how often, for an external agent that a script drives.
    pub rendered: Vec<(String, String, u32)>,
    /// Figures of a recording without texts that cannot be read from it.
    pub carried: Option<Carried>,
    /// What the timeline did.
    pub timeline: Vec<TimelineEvent>,
    /// How many exchanges there were at each restart of the server.
    pub restarts: Vec<usize>,
    /// Number of retries.
    pub retries: u32,
    /// The checks.
    pub checks: Vec<CheckEvent>,
    /// The end.
    pub finished: Option<RunFinished>,
}
