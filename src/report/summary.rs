//! `summary.json`: the figures of a matrix for programs.

use super::outcome::{Outcome, outcome, unstable};
use crate::measure::{BytesUp, RunMeasure};
use crate::recording::Transport;
use crate::recording::matching::Severity;
use serde::Serialize;

/// Counts and sums of a matrix.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Version of this file's format.
    pub version: u32,
    /// Scenarios.
    pub scenarios: usize,
    /// Runs.
    pub runs: usize,
    /// Passed.
    pub passed: usize,
    /// Failed, and nobody expected it; timeouts, errors, unexpected passes and interrupted runs
    /// included, unstable ones not.
    pub failed: usize,
    /// Failed as the scenario expects.
    pub failed_as_expected: usize,
    /// Not run: a program is missing.
    pub skipped: usize,
    /// Runs whose requests were not those of their recording, however little.
    pub drifted: usize,
    /// Answers given for other requests than they were recorded for, over all runs.
    pub stale: u64,
    /// Recorded exchanges that no request asked for, over all runs.
    pub unplayed: u64,
    /// Scenario and variant pairs whose trials differ.
    pub unstable: Vec<String>,
    /// Seed of the matrix.
    pub seed: u64,
    /// Each run.
    pub results: Vec<Row>,
}

/// One run in the summary.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Scenario.
    pub scenario: String,
    /// Variant.
    pub variant: String,
    /// Agent.
    pub agent: String,
    /// Trial.
    pub trial: u32,
    /// Word of the outcome.
    pub outcome: String,
    /// Why, when not passed.
    pub reason: Option<String>,
    /// Where this trial differs from the first one, if it does.
    pub differs: Option<String>,
    /// Severity of its drift, if it drifts.
    pub drift: Option<Severity>,
    /// Requests that drift.
    pub drifted_requests: u32,
    /// Answers that were recorded for other requests.
    pub stale: u32,
    /// Checks held, and all.
    pub checks: (usize, usize),
    /// Requests.
    pub requests: u32,
    /// What brought the requests.
    pub transport: Transport,
    /// Bytes of bodies on the wire.
    pub wire_bytes: u64,
    /// Bytes that the same requests take over each transport.
    pub up: BytesUp,
    /// Rendered bytes sent.
    pub sent_bytes: u64,
    /// Rendered bytes behind the longest earlier prefix.
    pub new_bytes: u64,
    /// Rendered tokens sent.
    pub sent_tokens: u64,
    /// Tokens behind the prefix.
    pub new_tokens: u64,
    /// Tokens cached under the policy in force.
    pub cached_tokens: u64,
    /// Needed facts kept at compactions, and all.
    pub facts_kept: Option<(u32, u32)>,
    /// Prefix breaks.
    pub prefix_breaks: usize,
    /// Compactions.
    pub compactions: usize,
}

impl Summary {
    /// Sums up measured runs.
    #[must_use]
    pub fn of(runs: &[RunMeasure], seed: u64) -> Self {
        let with = |wanted: &dyn Fn(Outcome) -> bool| {
            runs.iter().filter(|run| wanted(outcome(run))).count()
        };
        let mut scenarios: Vec<&str> = runs.iter().map(|run| run.run.scenario.as_str()).collect();
        scenarios.sort_unstable();
        scenarios.dedup();
        Self {
            version: 1,
            scenarios: scenarios.len(),
            runs: runs.len(),
            passed: with(&|outcome| outcome == Outcome::Pass),
            failed: with(&|outcome| outcome.is_bad() && outcome != Outcome::Unstable),
            failed_as_expected: with(&|outcome| outcome == Outcome::FailAsExpected),
            skipped: with(&|outcome| outcome == Outcome::Skipped),
            drifted: runs.iter().filter(|run| run.drift.severity.is_some()).count(),
            stale: runs.iter().map(|run| u64::from(run.stale)).sum(),
            unplayed: runs.iter().map(|run| u64::from(run.unplayed)).sum(),
            unstable: unstable(runs),
            seed,
            results: runs.iter().map(row).collect(),
        }
    }

    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.unstable.is_empty()
    }
}

fn row(run: &RunMeasure) -> Row {
    let held = run.checks.iter().filter(|check| check.passed).count();
    Row {
        scenario: run.run.scenario.clone(),
        variant: run.run.variant.clone(),
        agent: run.run.agent.clone(),
        trial: run.run.trial,
        outcome: outcome(run).as_str().to_owned(),
        reason: run.reason.clone(),
        differs: run.differs.clone(),
        drift: run.drift.severity,
        drifted_requests: run.drift.requests,
        stale: run.stale,
        checks: (held, run.checks.len()),
        requests: run.payload.requests,
        transport: run.transport,
        wire_bytes: run.payload.wire_bytes,
        up: run.payload.up,
        sent_bytes: run.payload.sent_bytes,
        new_bytes: run.payload.new_bytes,
        sent_tokens: run.payload.sent_tokens,
        new_tokens: run.payload.new_tokens,
        cached_tokens: run.payload.cached_tokens,
        facts_kept: run.facts_kept,
        prefix_breaks: run.breaks.len(),
        compactions: run.compactions.len(),
    }
}
