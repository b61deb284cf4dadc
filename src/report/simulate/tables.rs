//! The tables: integers as they are, shares and ratios rounded to six decimals.

use super::Simulation;
use super::rows::{Summed, summed};
use crate::measure::simulate::{Request, Row, Totals};
use crate::report::tables::{column, frame, rounded};
use polars::prelude::*;

/// All tables, by file name.
pub(super) fn all(simulation: &Simulation<'_>) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
    Ok(vec![
        ("combinations", combinations(&summed(simulation.rows))?),
        ("sessions", sessions(simulation.rows)?),
        ("requests", requests(simulation.rows)?),
        ("pareto", pareto(simulation)?),
        ("comparisons", comparisons(simulation)?),
    ])
}

fn combinations(sums: &[Summed]) -> PolarsResult<DataFrame> {
    let mut columns = vec![
        column!(sums, "layout", |sum| sum.layout.clone()),
        column!(sums, "compaction", |sum| sum.compaction.clone()),
        column!(sums, "cache", |sum| sum.cache.clone()),
        column!(sums, "threads", |sum| sum.threads as u64),
    ];
    columns.extend(totals(&sums.iter().map(|sum| &sum.totals).collect::<Vec<_>>()));
    frame(sums.len(), columns)
}

/// The columns that name a session and a combination.
fn key(rows: &[&Row]) -> Vec<Column> {
    vec![
        column!(rows, "input", |row| row.input.clone()),
        column!(rows, "thread", |row| row.thread),
        column!(rows, "cluster", |row| row.cluster.clone()),
        column!(rows, "model", |row| row.model.clone()),
        column!(rows, "layout", |row| row.layout.clone()),
        column!(rows, "compaction", |row| row.compaction.clone()),
        column!(rows, "cache", |row| row.cache.clone()),
    ]
}

fn sessions(rows: &[Row]) -> PolarsResult<DataFrame> {
    let mut columns = key(&rows.iter().collect::<Vec<_>>());
    columns.extend(totals(&rows.iter().map(|row| &row.totals).collect::<Vec<_>>()));
    frame(rows.len(), columns)
}

fn totals(all: &[&Totals]) -> Vec<Column> {
    vec![
        column!(all, "requests", |one| one.requests),
        column!(all, "up_bytes", |one| one.up_bytes),
        column!(all, "sent_bytes", |one| one.sent_bytes),
        column!(all, "new_bytes", |one| one.new_bytes),
        column!(all, "sent_tokens", |one| one.sent_tokens),
        column!(all, "new_tokens", |one| one.new_tokens),
        column!(all, "cached_tokens", |one| one.cached_tokens),
        column!(all, "cut_cached_tokens", |one| one.cut_cached_tokens),
        column!(all, "written_tokens", |one| one.written_tokens),
        column!(all, "plain_tokens", |one| one.plain_tokens),
        column!(all, "output_tokens", |one| one.output_tokens),
        column!(all, "compaction_calls", |one| one.calls),
        column!(all, "compaction_call_tokens", |one| one.call_tokens),
        column!(all, "compaction_call_cached_tokens", |one| one.call_cached_tokens),
        column!(all, "compaction_lost_tokens", |one| one.lost_tokens),
        column!(all, "compaction_lost_results", |one| one.lost_results),
        column!(all, "cost_nanodollars", |one| one.cost),
        column!(all, "wait_us", |one| one.wait_us),
        column!(all, "visible_tokens", |one| one.visible_tokens),
        column!(all, "history_tokens", |one| one.history_tokens),
        column!(all, "visible_results", |one| one.visible_results),
        column!(all, "results", |one| one.results),
        column!(all, "facts_kept", |one| one.facts_kept),
        column!(all, "facts", |one| one.facts),
    ]
}

fn requests(rows: &[Row]) -> PolarsResult<DataFrame> {
    let all: Vec<(&Row, &Request)> =
        rows.iter().flat_map(|row| row.requests.iter().map(move |one| (row, one))).collect();
    let mut columns = key(&all.iter().map(|(row, _)| *row).collect::<Vec<_>>());
    columns.extend([
        column!(all, "seq", |(_, one)| one.seq),
        column!(all, "compacts", |(_, one)| one.compacts),
        column!(all, "up_bytes", |(_, one)| one.up_bytes),
        column!(all, "sent_bytes", |(_, one)| one.sent_bytes),
        column!(all, "new_bytes", |(_, one)| one.new_bytes),
        column!(all, "sent_tokens", |(_, one)| one.sent_tokens),
        column!(all, "new_tokens", |(_, one)| one.new_tokens),
        column!(all, "cached_tokens", |(_, one)| one.cached_tokens),
        column!(all, "written_tokens", |(_, one)| one.written_tokens),
        column!(all, "output_tokens", |(_, one)| one.output_tokens),
        column!(all, "cost_nanodollars", |(_, one)| one.cost),
        column!(all, "wait_us", |(_, one)| one.wait_us),
        column!(all, "miss_reason", |(_, one)| one.reason),
    ]);
    frame(all.len(), columns)
}

fn pareto(simulation: &Simulation<'_>) -> PolarsResult<DataFrame> {
    let all = &simulation.points;
    let columns = vec![
        column!(all, "cache", |one| one.cache.clone()),
        column!(all, "layout", |one| one.layout.clone()),
        column!(all, "compaction", |one| one.compaction.clone()),
        column!(all, "cost", |one| one.cost),
        column!(all, "is_money", |one| one.is_money),
        column!(all, "kept", |one| rounded(one.kept)),
        column!(all, "kept_results", |one| one.kept_results.map(rounded)),
        column!(all, "facts_kept", |one| one.facts.map(|(kept, _)| kept)),
        column!(all, "facts", |one| one.facts.map(|(_, all)| all)),
        column!(all, "on_front", |one| one.on_front),
    ];
    frame(all.len(), columns)
}

fn comparisons(simulation: &Simulation<'_>) -> PolarsResult<DataFrame> {
    let all = &simulation.comparisons;
    let columns = vec![
        column!(all, "layout", |one| one.layout.clone()),
        column!(all, "compaction", |one| one.compaction.clone()),
        column!(all, "cache", |one| one.cache.clone()),
        column!(all, "metric", |one| one.metric.as_str()),
        column!(all, "sessions", |one| one.sessions as u64),
        column!(all, "clusters", |one| one.clusters as u64),
        column!(all, "ratio", |one| one.ratio.map(rounded)),
        column!(all, "low", |one| one.interval.map(|(low, _)| rounded(low))),
        column!(all, "high", |one| one.interval.map(|(_, high)| rounded(high))),
        column!(all, "difference", |one| one.difference.map(rounded)),
    ];
    frame(all.len(), columns)
}
