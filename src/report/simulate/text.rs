//! The tables for a terminal: what each layout sends, what each cache makes of it, what stands on
//! the front of cost against what was kept, and how layouts compare session by session.

use super::Simulation;
use super::rows::{Summed, factor, point_cost, summed};
use super::units::{seconds, tokens};
use crate::cache::dollars;
use crate::measure::simulate::{Comparison, LEAST_CLUSTERS, Metric};
use crate::report::format::{WIDTH, bytes, cut, percent, wrap};
use crate::report::grid::columns;

/// Widest name of a combination.
const NAME: usize = 32;

/// What stands on a terminal.
#[must_use]
pub fn simulation_text(simulation: &Simulation<'_>) -> String {
    let mut lines = vec![simulation.facts.head()];
    lines.extend(simulation.left_out());
    let sums = summed(simulation.rows);
    if !sums.is_empty() {
        lines.extend(columns(&table(&sums), &[0]));
        lines.extend(front(simulation));
        lines.extend(compared(simulation));
    }
    let caveats = simulation.facts.lines();
    lines.extend(caveats.iter().flat_map(|line| wrap(line, WIDTH, "  ")));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// A line for each layout, with what does not depend on the cache, and below it one for each cache.
/// Columns in which nothing stands are left out.
fn table(sums: &[Summed]) -> Vec<Vec<String>> {
    let head =
        ["layout, cache", "req", "up", "sent", "new", "kept", "hit", "write", "cost", "wait"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    let mut last = None;
    for sum in sums {
        let totals = &sum.totals;
        let name = sum.name();
        if last.as_ref() != Some(&name) {
            let mut line = vec![
                cut(&name, NAME),
                (totals.requests + totals.calls).to_string(),
                bytes(totals.up_bytes),
                tokens(totals.sent_tokens + totals.call_tokens),
                tokens(totals.new_tokens),
                percent(totals.visible_tokens, totals.history_tokens),
            ];
            line.resize(head.len(), String::new());
            cells.push(line);
            last = Some(name);
        }
        let mut line = vec![cut(&format!("  {}", sum.cache), NAME)];
        line.resize(6, String::new());
        line.push(percent(
            totals.cached_tokens + totals.call_cached_tokens,
            totals.sent_tokens + totals.call_tokens,
        ));
        line.push(if totals.written_tokens == 0 {
            String::new()
        } else {
            tokens(totals.written_tokens)
        });
        line.push(totals.cost.map(dollars).unwrap_or_default());
        line.push(seconds(totals.wait_us));
        cells.push(line);
    }
    for at in (0..head.len()).rev() {
        if cells[1..].iter().all(|line| line[at].is_empty()) {
            cells.iter_mut().for_each(|line| drop(line.remove(at)));
        }
    }
    cells
}

/// The front, where there is a choice.
fn front(simulation: &Simulation<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let caches = simulation.points.chunk_by(|a, b| a.cache == b.cache);
    for points in caches.filter(|points| points.len() > 1) {
        let best: Vec<String> = points
            .iter()
            .filter(|point| point.on_front)
            .scan(None, |last, point| {
                // Several that come to the same are one choice.
                let same = *last == Some((point.cost, point.kept));
                *last = Some((point.cost, point.kept));
                Some((!same).then_some(point))
            })
            .flatten()
            .map(|point| {
                let kept = format!("{:.0} % kept", point.kept * 100.0);
                let facts = point.facts.map(|(kept, all)| format!(", {kept}/{all} facts"));
                let name = super::rows::name(&point.layout, &point.compaction);
                format!("{name} ({}, {kept}{})", point_cost(point), facts.unwrap_or_default())
            })
            .collect();
        let line = format!("front under {}: {}", points[0].cache, best.join("; "));
        lines.extend(wrap(&line, WIDTH, "  "));
    }
    lines
}

/// Ratios of cost, or of uncached tokens where there are no prices, under the first cache; none for a
/// single session.
fn compared(simulation: &Simulation<'_>) -> Vec<String> {
    let is_money = simulation.points.iter().all(|point| point.is_money);
    let metric = if is_money { Metric::Cost } else { Metric::UncachedTokens };
    let cache = simulation.rows.first().map(|row| &row.cache);
    let wanted: Vec<&Comparison> = simulation
        .comparisons
        .iter()
        .filter(|one| one.metric == metric && one.sessions > 1 && Some(&one.cache) == cache)
        .collect();
    let (Some(one), Some(first)) = (wanted.first(), simulation.rows.first()) else {
        return Vec::new();
    };
    let what = if is_money { "cost" } else { "uncached tokens" };
    let base = super::rows::name(&first.layout, &first.compaction);
    let interval = match one.clusters {
        few if few < LEAST_CLUSTERS => format!("no interval below {LEAST_CLUSTERS} clusters"),
        clusters => format!("95 % by bootstrap over {clusters} clusters"),
    };
    let head = format!(
        "{what} against {base} under {}: ratio of geometric means over {} sessions, {interval}",
        one.cache, one.sessions
    );
    let mut lines = wrap(&head, WIDTH, "  ");
    let cells: Vec<Vec<String>> = wanted
        .iter()
        .map(|one| {
            let name = super::rows::name(&one.layout, &one.compaction);
            vec![format!("  {}", name), factor(one)]
        })
        .collect();
    lines.extend(columns(&cells, &[0, 1]));
    lines
}
