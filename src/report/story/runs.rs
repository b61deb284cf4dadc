//! The runs of a folder of results, to choose one from.

use crate::measure::RunMeasure;
use crate::report::format::{WIDTH, bytes, cut};
use crate::report::note::note;
use crate::report::outcome::outcome;

/// A row for each run, those that did not pass first; `path` is the folder as it was named.
#[must_use]
pub fn runs_text(runs: &[RunMeasure], path: &str) -> String {
    let mut rows: Vec<&RunMeasure> = runs.iter().collect();
    rows.sort_by_key(|run| outcome(run));
    let names: Vec<String> = rows.iter().map(|run| run.run.to_string()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().min(50);
    let mut text =
        format!("{:<width$}  {:<9}  {:>4}  {:>8}  {:>8}\n", "run", "checks", "req", "sent", "new");
    for (run, name) in rows.iter().zip(&names) {
        let payload = &run.payload;
        let line = format!(
            "{name:<width$}  {:<9}  {:>4}  {:>8}  {:>8}  {}",
            outcome(run).as_str(),
            payload.requests,
            bytes(payload.sent_bytes),
            bytes(payload.new_bytes),
            note(run),
        );
        text.push_str(&format!("{}\n", cut(line.trim_end(), WIDTH)));
    }
    if let Some(name) = names.first() {
        text.push_str(&format!("one of them: unreel show {path} '{name}'\n"));
    }
    text
}
