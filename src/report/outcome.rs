//! A verdict held against what the scenario expects.

use crate::measure::RunMeasure;
use crate::recording::journal::Verdict;

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
    /// Nothing failed, but this trial differs from the first one.
    Unstable,
    /// Stopped by the user, or killed.
    Interrupted,
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
        self < Self::FailAsExpected
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
            Self::Unstable => "UNSTABLE",
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
    match run.verdict {
        None | Some(Verdict::Interrupted) => Outcome::Interrupted,
        Some(Verdict::Error) => Outcome::Error,
        Some(Verdict::Skipped) => Outcome::Skipped,
        Some(Verdict::Timeout) => Outcome::Timeout,
        Some(Verdict::Pass) if expected => Outcome::UnexpectedPass,
        Some(Verdict::Pass) if run.differs.is_some() => Outcome::Unstable,
        Some(Verdict::Pass) => Outcome::Pass,
        Some(Verdict::Fail | Verdict::Unfinished) if expected && run.differs.is_some() => {
            Outcome::Unstable
        }
        Some(Verdict::Fail | Verdict::Unfinished) if expected => Outcome::FailAsExpected,
        Some(Verdict::Unfinished) => Outcome::Unfinished,
        Some(Verdict::Fail) => Outcome::Fail,
    }
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
