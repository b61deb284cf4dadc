//! What stands under the table: each run that did not pass, its whole reason wrapped to
//! the width, what its checks found, and how to mend it. The note in the table is one cut line.

use super::advice::advice;
use super::drift;
use super::format::{cut, wrap};
use super::note::note;
use super::outcome::{Outcome, outcome};
use crate::measure::RunMeasure;
use crate::recording::journal::check_reason;

/// So many runs are shown; the rest is counted.
const RUNS: usize = 8;
/// So many failed checks of a run are shown, and so many lines of each.
const CHECKS: usize = 3;
const LINES: usize = 6;
/// What follows the first line of a run.
const INDENT: &str = "  ";

/// The lines for all of `rows`, bad ones first, that did not pass; none if all did.
pub(super) fn problems(
    rows: &[&RunMeasure],
    name: impl Fn(&RunMeasure) -> String,
    width: usize,
) -> Vec<String> {
    let told = |run: &&&RunMeasure| {
        let outcome = outcome(run);
        let known = matches!(outcome, Outcome::Skipped | Outcome::FailAsExpected | Outcome::Drift);
        known || outcome.is_bad() && outcome != Outcome::Interrupted
    };
    let all: Vec<&RunMeasure> = rows.iter().filter(told).copied().collect();
    let mut lines = Vec::new();
    for (at, run) in all.iter().enumerate().take(RUNS) {
        let head = format!("{}: {}: {}", outcome(run).as_str(), name(run), note(run));
        lines.extend(wrap(&head, width, INDENT));
        if outcome(run) != Outcome::FailAsExpected {
            checks(&mut lines, run, width);
        }
        lines.extend(drift::blocks(run, &name(run), width));
        let advice = advice(run);
        let next = all.get(at + 1).filter(|_| at + 1 < RUNS).copied();
        // Said once, under the last of several runs with one trouble.
        if let Some(text) = advice.as_ref().filter(|_| next.and_then(self::advice) != advice) {
            lines.extend(wrap(&format!("{INDENT}help: {text}"), width, INDENT));
        }
    }
    if all.len() > RUNS {
        lines.push(format!("({} more: see summary.md)", all.len() - RUNS));
    }
    lines
}

/// What the failed checks found. Where they are not why the run failed (the conversation broke off,
/// a budget was used up), they only follow from that and are left to `summary.md`.
fn checks(lines: &mut Vec<String>, run: &RunMeasure, width: usize) {
    let failed: Vec<_> = run.checks.iter().filter(|check| !check.passed).collect();
    let Some(first) = failed.first().map(|check| check_reason(&check.name, &check.detail)) else {
        return;
    };
    if run.reason.as_ref() != Some(&first) {
        return;
    }
    for (at, check) in failed.iter().enumerate().take(CHECKS) {
        if at > 0 {
            let head = format!("{INDENT}{}", check_reason(&check.name, &check.detail));
            lines.extend(wrap(&head, width, INDENT));
        }
        let rest: Vec<&str> = check.detail.lines().skip(1).collect();
        let shown = rest.iter().take(LINES);
        lines.extend(shown.map(|line| cut(&format!("{INDENT}  {line}"), width)));
        if rest.len() > LINES {
            lines.push(format!("{INDENT}  ({} more lines)", rest.len() - LINES));
        }
    }
    if failed.len() > CHECKS {
        lines.push(format!("{INDENT}({} more checks failed)", failed.len() - CHECKS));
    }
}
