//! Two folders of results: a row for each run that differs, the worst first.

use super::sections::headline;
use super::{CAVEAT, comparison_markdown};
use crate::measure::compare::{ReportDiff, RunDiff};
use crate::report::format::{WIDTH, bytes, cut, plural, wrap};
use crate::report::paint::Paint;
use crate::report::verdict_name;
use std::cmp::Reverse;

/// For a terminal; `again` is the command line that compares the same folders.
#[must_use]
pub fn reports_text(diff: &ReportDiff, again: &str, paint: Paint) -> String {
    let differing = differing(diff);
    let mut lines = vec![paint.bold(&counts(diff))];
    let name = |run: &RunDiff| run.run.clone();
    let width = differing.iter().map(|run| name(run).chars().count()).max().unwrap_or(0).min(44);
    if !differing.is_empty() {
        lines.push(String::new());
        let head = format!("{:<width$}  {:<14}  {:<8}  {:>9}", "run", "checks", "severity", "new");
        lines.push(paint.dim(&head));
    }
    for run in &differing {
        let one = &run.comparison;
        let figures = format!(
            "{:<width$}  {:<14}  {:<8}  {:>9}",
            cut(&name(run), width),
            verdicts(run),
            one.severity.map(|severity| severity.as_str()).unwrap_or_default(),
            more_new(run),
        );
        lines.push(figures);
        lines.extend(wrap(&format!("    {}", headline(one)), WIDTH, "      "));
    }
    for (side, only) in [("A", &diff.only_a), ("B", &diff.only_b)] {
        if !only.is_empty() {
            lines.extend(wrap(&format!("only in {side}: {}", only.join(", ")), WIDTH, "  "));
        }
    }
    lines.push(String::new());
    lines.extend(wrap(CAVEAT, WIDTH, "").iter().map(|line| paint.dim(line)));
    if let Some(run) = differing.first() {
        lines.push(paint.dim(&format!("one of them: {again} --run '{}'", run.run)));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// For a comment below a pull request: each run that differs can be opened.
#[must_use]
pub fn reports_markdown(diff: &ReportDiff) -> String {
    let mut text = format!("**{}**\n\n", counts(diff));
    let differing = differing(diff);
    if !differing.is_empty() {
        text.push_str("| run | checks | severity | new bytes |\n| --- | --- | --- | ---: |\n");
    }
    for run in &differing {
        let severity = run.comparison.severity.map(|severity| severity.as_str());
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            run.run,
            verdicts(run),
            severity.unwrap_or_default(),
            more_new(run)
        ));
    }
    for (side, only) in [("A", &diff.only_a), ("B", &diff.only_b)] {
        if !only.is_empty() {
            text.push_str(&format!("\nOnly in {side}: {}\n", only.join(", ")));
        }
    }
    for run in &differing {
        text.push_str(&format!("\n<details><summary>{}</summary>\n\n", run.run));
        let whole = comparison_markdown(&run.comparison);
        text.push_str(whole.trim_end_matches(&format!("{CAVEAT}\n")));
        text.push_str("</details>\n");
    }
    text.push_str(&format!("\n{CAVEAT}\n"));
    text
}

/// Runs that differ, the worst first; of equal ones as they stand in the matrix.
fn differing(diff: &ReportDiff) -> Vec<&RunDiff> {
    let mut runs: Vec<&RunDiff> = diff.runs.iter().filter(|run| !run.comparison.equal).collect();
    let worse = |run: &&RunDiff| {
        let changed = run.comparison.verdicts.is_some_and(|(a, b)| a != b);
        Reverse((changed, run.comparison.checks.len(), run.comparison.severity))
    };
    runs.sort_by_key(worse);
    runs
}

fn counts(diff: &ReportDiff) -> String {
    let all = diff.runs.len();
    let equal = diff.runs.iter().filter(|run| run.comparison.equal).count();
    match all - equal {
        0 => format!("{} equal", plural(all, "run")),
        differing => format!("{differing} of {} differ, {equal} equal", plural(all, "run")),
    }
}

fn verdicts(run: &RunDiff) -> String {
    match run.comparison.verdicts {
        Some((a, b)) if a == b => verdict_name(a),
        Some((a, b)) => format!("{} -> {}", verdict_name(a), verdict_name(b)),
        None => String::new(),
    }
}

fn more_new(run: &RunDiff) -> String {
    let (a, b) = (run.comparison.cost_a.new_bytes, run.comparison.cost_b.new_bytes);
    match a.cmp(&b) {
        std::cmp::Ordering::Equal => "=".to_owned(),
        std::cmp::Ordering::Less => format!("+{}", bytes(b - a)),
        std::cmp::Ordering::Greater => format!("-{}", bytes(a - b)),
    }
}
