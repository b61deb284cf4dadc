//! The table for a terminal, and the same as JSON.

use super::facts::SimulationFacts;
use super::rows::{Summed, summed};
use crate::cache::dollars;
use crate::measure::simulate::Row;
use crate::report::format::{bytes, cut, percent, wrap};
use crate::report::grid::columns;
use crate::report::terminal::WIDTH;
use serde_json::{Value, json};

/// What stands on a terminal.
#[must_use]
pub fn simulation_text(facts: &SimulationFacts, rows: &[Row]) -> String {
    let mut lines = vec![facts.head()];
    let sums = summed(rows);
    if !sums.is_empty() {
        lines.extend(columns(&table(&sums), &[0, 1]));
    }
    let caveats = facts.lines();
    lines.extend(caveats.iter().flat_map(|line| wrap(line, WIDTH, "  ")));
    lines.into_iter().map(|line| line + "\n").collect()
}

fn table(sums: &[Summed]) -> Vec<Vec<String>> {
    let head =
        ["layout", "cache", "req", "up", "tokens", "new", "hit", "written", "cost", "wait", "kept"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    cells.extend(sums.iter().map(|sum| {
        let totals = &sum.totals;
        let layout = match sum.compaction.as_str() {
            "none" => sum.layout.clone(),
            compaction => format!("{} {compaction}", sum.layout),
        };
        vec![
            cut(&layout, 30),
            cut(&sum.cache, 16),
            (totals.requests + totals.calls).to_string(),
            bytes(totals.up_bytes),
            tokens(totals.sent_tokens),
            tokens(totals.new_tokens),
            percent(totals.cached_tokens, totals.sent_tokens),
            if totals.written_tokens == 0 { String::new() } else { tokens(totals.written_tokens) },
            totals.cost.map(dollars).unwrap_or_default(),
            seconds(totals.wait_us),
            percent(totals.visible_tokens, totals.history_tokens),
        ]
    }));
    cells
}

/// Tokens with three digits: `517`, `12.3 k`, `22.3 M`.
fn tokens(count: u64) -> String {
    let text = bytes(count);
    let text = text.strip_suffix('B').unwrap_or(&text).trim_end();
    text.replace(" M", "M").replace(" G", "G")
}

fn seconds(us: u64) -> String {
    let seconds = us as f64 / 1e6;
    match seconds {
        _ if seconds < 99.5 => format!("{seconds:.1} s"),
        _ if seconds < 5_970.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// For programs.
#[must_use]
pub fn simulation_json(facts: &SimulationFacts, rows: &[Row]) -> Value {
    let mut value = serde_json::to_value(facts).unwrap_or_default();
    value["combinations"] = json!(summed(rows));
    value["sessions"] = json!(rows);
    value
}
