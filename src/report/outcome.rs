//! A verdict held against what the scenario expects.

use crate::measure::RunMeasure;
use crate::recording::journal::Verdict;
use crate::recording::matching::Severity;

/// What a run means for the exit code and for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The harness could not do its part.
    Error,
    /// Passed although the scenario expects a failure.
    UnexpectedPass,
    /// A check failed, or the agent ended with an error.
    Fail,
    /// The time budget was used up.
    Timeout,
    /// Another budget was used up.
    Unfinished,
    /// The recorded answers belong to another world than the run.
    OffPolicy,
    /// Nothing failed, but this trial differs from the first one.
    Unstable,
    /// Stopped by the user, or killed.
    Interrupted,
    /// All checks hold, but the requests were not those of the recording.
    Drift,
    /// Failed as the scenario expects.
    FailAsExpected,
    /// A program is missing.
    Skipped,
    /// All checks hold.
    Pass,
}

impl Outcome {
    /// Whether the exit code must tell.
    #[must_use]
    pub fn is_bad(self) -> bool {
        self < Self::Drift
    }

    /// The word in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::UnexpectedPass => "PASS (!)",
            Self::Fail => "FAIL",
            Self::Timeout => "TIMEOUT",
            Self::Unfinished => "UNFINISHED",
            Self::OffPolicy => "OFF-POLICY",
            Self::Unstable => "UNSTABLE",
            Self::Drift => "drift",
            Self::Interrupted => "interrupted",
            Self::FailAsExpected => "fail (ok)",
            Self::Skipped => "skipped",
            Self::Pass => "pass",
        }
    }
}

/// The outcome of a run.
#[must_use]
pub fn outcome(run: &RunMeasure) -> Outcome {
    let expected = run.expect_fail.is_some();
    let drifted = run.drift.severity > Some(Severity::Cosmetic);
    match run.verdict {
        None | Some(Verdict::Interrupted) => Outcome::Interrupted,
        Some(Verdict::Error) => Outcome::Error,
        Some(Verdict::Skipped) => Outcome::Skipped,
        Some(Verdict::Timeout) => Outcome::Timeout,
        Some(Verdict::Pass) if expected => Outcome::UnexpectedPass,
        Some(Verdict::Pass) if run.differs.is_some() => Outcome::Unstable,
        Some(Verdict::OffPolicy) => Outcome::OffPolicy,
        // Nobody expects a scenario to fail because its recording does not fit.
        Some(Verdict::Fail | Verdict::Unfinished) if is_refused(run) => Outcome::Fail,
        Some(Verdict::Pass) if drifted => Outcome::Drift,
        Some(Verdict::Pass) => Outcome::Pass,
        Some(Verdict::Fail | Verdict::Unfinished) if expected && run.differs.is_some() => {
            Outcome::Unstable
        }
        Some(Verdict::Fail | Verdict::Unfinished) if expected && drifted => Outcome::Drift,
        Some(Verdict::Fail | Verdict::Unfinished) if expected => Outcome::FailAsExpected,
        Some(Verdict::Unfinished) => Outcome::Unfinished,
        Some(Verdict::Fail) => Outcome::Fail,
    }
}

/// Whether the recording had no answer for a request, or the policy refused to give it.
fn is_refused(run: &RunMeasure) -> bool {
    run.drift.refused || run.refused.as_deref() == Some("replay_mismatch")
}

/// Scenario and variant pairs whose trials differ: a run that draws nothing must repeat itself.
#[must_use]
pub fn unstable(runs: &[RunMeasure]) -> Vec<String> {
    let differing = runs.iter().filter(|run| run.differs.is_some());
    let mut names: Vec<String> =
        differing.map(|run| format!("{}@{}", run.run.scenario, run.run.variant)).collect();
    names.dedup();
    names
}
/// The word for a verdict, before what the scenario expects.
pub(super) fn verdict_name(verdict: Option<Verdict>) -> String {
    let name = match verdict {
        None => return "interrupted".to_owned(),
        Some(verdict) => serde_json::to_value(verdict).unwrap_or_default(),
    };
    name.as_str().unwrap_or_default().replace('_', "-")
}
