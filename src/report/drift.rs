//! How a departure from the recording is shown: where, recorded against received, what it costs, and
//! what to do whether it is meant or not.

use super::format::{count, cut, plural, wrap};
use super::grid::table;
use super::outcome::{Outcome, outcome};
use crate::measure::{DriftedChange, RunMeasure};
use crate::recording::Layer;

/// So many changes of a run are shown; the rest is counted.
const SHOWN: usize = 3;

/// A drift in the note of a row: `context drift in 9 requests: instructions`.
pub(super) fn note(run: &RunMeasure) -> String {
    let Some(worst) = run.drift.worst() else { return String::new() };
    let severity = worst.difference.severity.as_str();
    let mut places: Vec<&str> =
        run.drift.changes.iter().map(|change| place(&change.difference)).collect();
    places.dedup();
    let requests = plural(run.drift.requests as usize, "request");
    let what = if run.drift.refused { "refused: " } else { "" };
    format!("{what}{severity} drift in {requests}: {}", places.join(", "))
}

/// The layer, or the field where there is none.
fn place(difference: &crate::recording::matching::Difference) -> &str {
    match difference.layer {
        Layer::Other => &difference.pointer,
        layer => layer.as_str(),
    }
}

/// The changes of a run under the table, the severest first.
pub(super) fn blocks(run: &RunMeasure, name: &str, width: usize) -> Vec<String> {
    let mut changes: Vec<&DriftedChange> = run.drift.changes.iter().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.difference.severity));
    let mut lines = Vec::new();
    for change in changes.iter().take(SHOWN) {
        lines.extend(block(run, change, name, width));
    }
    if changes.len() > SHOWN {
        lines.push(format!("  ({} more changes: tables/drift.csv)", changes.len() - SHOWN));
    }
    if !changes.is_empty() {
        let (what, options) = (&run.run.scenario, options(run));
        let update = format!("unreel record --update {what}{options}");
        let meant = format!("  meant: {update}, then unreel review {what}");
        lines.extend(wrap(&meant, width, "         "));
        lines.push(
            "  not:   every request is in journal.jsonl, every change in tables/drift.csv".into(),
        );
    }
    lines
}

/// What a command line has to say beside the scenario.
fn options(run: &RunMeasure) -> String {
    let mut options = String::new();
    if run.run.variant != "base" {
        options.push_str(&format!(" --variant {}", run.run.variant));
    }
    if run.run.agent != crate::recording::journal::BUILTIN {
        options.push_str(&format!(" --agent {}", run.run.agent));
    }
    options
}

fn block(run: &RunMeasure, change: &DriftedChange, name: &str, width: usize) -> Vec<String> {
    let difference = &change.difference;
    let word = if outcome(run).is_bad() { "error" } else { "warning" };
    let severity = difference.severity.as_str();
    let number = change.seq + 1;
    let mut lines = vec![format!(
        "{word}[drift/{severity}]: {name}, request {number} differs from its recording"
    )];
    let mut at = format!("  at     exchange {}", change.exchange);
    if difference.layer != Layer::Other {
        at.push_str(&format!(" · layer {}", difference.layer.as_str()));
    }
    at.push_str(&format!(" · {}", difference.pointer));
    if let Some(byte) = difference.byte {
        at.push_str(&format!(", byte {byte}"));
    }
    lines.extend(wrap(&at, width, "         "));
    let side = |sign: &str, text: &Option<String>, none: &str| {
        let shown = text.as_ref().map(|text| text.replace('\n', "⏎"));
        cut(&format!("  {sign}      {}", shown.as_deref().unwrap_or(none)), width)
    };
    let word = difference.change.as_str();
    lines.push(side("-", &difference.recorded, &format!("({word})")));
    lines.push(side("+", &difference.received, &format!("({word})")));
    let effect = match change.tokens_lost {
        0 => "the rendered prompt is the same".to_owned(),
        tokens => format!("the cached prefix ends there, {} tokens behind it", count(tokens)),
    };
    let has = plural(change.requests as usize, "request");
    let verb = if change.requests == 1 { "has" } else { "have" };
    lines.push(format!("  effect {effect}; {has} {verb} this change"));
    lines
}

/// The section of `summary.md`.
pub(super) fn section(
    text: &mut String,
    runs: &[RunMeasure],
    name: impl Fn(&RunMeasure) -> String,
) {
    let changes = |run: &RunMeasure| -> Vec<Vec<String>> {
        let code = |text: &Option<String>| match text {
            Some(text) => format!("`{}`", text.replace('`', "'").replace('\n', "⏎")),
            None => String::new(),
        };
        let row = |change: &DriftedChange| {
            let one = &change.difference;
            vec![
                name(run),
                (change.seq + 1).to_string(),
                change.exchange.to_string(),
                one.severity.as_str().to_owned(),
                one.change.as_str().to_owned(),
                one.layer.as_str().to_owned(),
                format!("`{}`", one.pointer),
                code(&one.recorded),
                code(&one.received),
                change.requests.to_string(),
                count(change.tokens_lost),
            ]
        };
        run.drift.changes.iter().map(row).collect()
    };
    let rows: Vec<Vec<String>> = runs.iter().flat_map(changes).collect();
    if rows.is_empty() {
        return;
    }
    text.push_str("## Drift\n\n");
    text.push_str(
        "Where requests were not those of the recording: each change once, at its first request. A \
         replay shows what the agent sent, never how a model would answer it; from a `state` or \
         `shape` drift on the recorded answers belong to another world, and the run never passes.\n\n",
    );
    let off = runs.iter().filter(|run| outcome(run) == Outcome::OffPolicy).count();
    if off > 0 {
        text.push_str(&format!("{} off-policy.\n\n", plural(off, "run")));
    }
    let head = [
        "scenario",
        "request",
        "exchange",
        "severity",
        "change",
        "layer",
        "place",
        "recorded",
        "received",
        "requests",
        "tokens behind it",
    ];
    table(text, &head, rows);
}
