//! How a departure from the recording is shown: where, recorded against received, what it costs, and
//! what to do whether it is meant or not.

use super::format::{count, cut, plural, wrap};
use super::grid::table;
use super::outcome::{Outcome, outcome};
use crate::measure::{DriftedChange, PrefixBreak, RunMeasure};
use crate::recording::Layer;
use crate::recording::journal::BUILTIN;
use crate::scenario::BASE;
use indexmap::IndexSet;

/// So many changes of a run are shown; the rest is counted.
const SHOWN: usize = 3;

/// A drift in the note of a row: `context drift in 9 requests: instructions`.
pub(super) fn note(run: &RunMeasure) -> String {
    let Some(worst) = run.drift.worst() else { return String::new() };
    let severity = worst.difference.severity.as_str();
    let places: IndexSet<&str> =
        run.drift.changes.iter().map(|change| place(&change.difference)).collect();
    let places: Vec<&str> = places.into_iter().collect();
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
        let scenario = &run.run.scenario;
        let file = match run.run.variant.as_str() {
            BASE => scenario.clone(),
            variant => format!("{scenario}@{variant}"),
        };
        let (variant, agent) = options(run);
        let meant = format!(
            "  meant: unreel record --update {scenario}{variant}{agent}, then unreel review {file}{agent}"
        );
        lines.extend(wrap(&meant, width, "         "));
        lines.push(
            "  not:   every request is in journal.jsonl, every change in tables/drift.csv".into(),
        );
    }
    lines
}

/// What a command line has to say beside the scenario: variant and agent.
fn options(run: &RunMeasure) -> (String, String) {
    let option = |name: &str, value: &str, usual: &str| match value == usual {
        true => String::new(),
        false => format!(" --{name} {value}"),
    };
    (option("variant", &run.run.variant, BASE), option("agent", &run.run.agent, BUILTIN))
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
    lines.push(format!("  effect {}", effect(run, change)));
    lines
}

/// What the change does to a cached prefix. Requests that repeat it extend what the first of them
/// put into the cache, unless the prefix broke there again.
fn effect(run: &RunMeasure, change: &DriftedChange) -> String {
    let (tokens, later) = (count(change.tokens_lost), change.requests - 1);
    let again = |one: &&PrefixBreak| one.seq > change.seq && one.layer == change.difference.layer;
    let rest = match (later, run.breaks.iter().filter(again).count()) {
        (0, _) => String::new(),
        (1, 0) => "; 1 later request extends it".to_owned(),
        (later, 0) => format!("; {later} later requests extend it"),
        (_, broken) => format!("; broken again in {}", plural(broken, "later request")),
    };
    match change.tokens_lost {
        0 => {
            format!("the rendered prompt is the same; in {}", plural(later as usize + 1, "request"))
        }
        _ => format!("cached prefix lost once, {tokens} tokens{rest}"),
    }
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
