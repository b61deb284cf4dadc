//! What stands in the last column of a row.

use super::drift;
use super::format::plural;
use super::outcome::{Outcome, outcome};
use crate::measure::RunMeasure;

/// The one thing to know about a row.
pub(super) fn note(run: &RunMeasure) -> String {
    match outcome(run) {
        Outcome::UnexpectedPass => "passed although it is expected to fail".to_owned(),
        Outcome::FailAsExpected => {
            format!("expected: {}", run.expect_fail.as_deref().unwrap_or_default())
        }
        Outcome::Unstable => {
            let place = run.differs.as_deref().unwrap_or_default();
            format!("differs from trial 1 in {place}")
        }
        Outcome::Drift | Outcome::Fail if run.drift.refused || outcome(run) == Outcome::Drift => {
            drift::note(run)
        }
        Outcome::Pass => remark(run),
        _ => run.reason.clone().unwrap_or_default(),
    }
}

fn remark(run: &RunMeasure) -> String {
    let mut remarks = Vec::new();
    if run.unsettled {
        remarks.push("unsettled: an output depended on time".to_owned());
    }
    if run.drift.severity.is_some() {
        remarks.push(drift::note(run));
    }
    if run.stale > 0 {
        let answers = plural(run.stale as usize, "answer");
        remarks.push(format!("{answers} stale: recorded for other requests"));
    }
    if run.unplayed > 0 {
        remarks.push(format!("{} recorded exchanges unplayed", run.unplayed));
    }
    let broken = |cause: &str| run.breaks.iter().filter(|one| one.cause.as_str() == cause).count();
    for cause in ["tools_changed", "input_changed", "model_changed"] {
        match broken(cause) {
            0 => {}
            times => remarks.push(format!("prefix broken {times}x: {cause}")),
        }
    }
    match run.compactions.len() {
        0 => {}
        times => remarks.push(format!("compacted {times}x")),
    }
    if run.retries > 0 {
        remarks.push(format!("{} retries", run.retries));
    }
    remarks.join("; ")
}
