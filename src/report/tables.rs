//! Measures as Polars tables: fixed column order, rows in matrix order, integers as they are,
//! floats rounded here and nowhere else.

use crate::measure::RunMeasure;
use crate::measure::growth::Curves;
use crate::recording::matching::Severity;
use crate::report::outcome::outcome;
use polars::prelude::*;

/// All tables, by file name.
pub(super) fn all(
    runs: &[RunMeasure],
    curves: &[(&RunMeasure, Curves)],
) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
    Ok(vec![
        ("runs", self::runs(runs)?),
        ("requests", requests(runs)?),
        ("compactions", compactions(runs)?),
        ("prefix_breaks", prefix_breaks(runs)?),
        ("checks", checks(runs)?),
        ("drift", drift(runs)?),
        ("growth", growth(curves)?),
    ])
}

/// Rounds at the edge: six decimals are more than any of these figures means.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A column of one value a row.
macro_rules! column {
    ($rows:expr, $name:literal, $value:expr) => {
        Column::new($name.into(), $rows.iter().map($value).collect::<Vec<_>>())
    };
}

pub(super) use column;

pub(super) fn frame(height: usize, columns: Vec<Column>) -> PolarsResult<DataFrame> {
    DataFrame::new(height, columns)
}

fn runs(runs: &[RunMeasure]) -> PolarsResult<DataFrame> {
    let held = |run: &RunMeasure| run.checks.iter().filter(|check| check.passed).count() as u64;
    frame(
        runs.len(),
        vec![
            column!(runs, "scenario", |run| run.run.scenario.clone()),
            column!(runs, "variant", |run| run.run.variant.clone()),
            column!(runs, "agent", |run| run.run.agent.clone()),
            column!(runs, "trial", |run| run.run.trial),
            column!(runs, "outcome", |run| outcome(run).as_str()),
            column!(runs, "reason", |run| run.reason.clone()),
            column!(runs, "provenance", |run| run.provenance.clone()),
            column!(runs, "cache", |run| run.cache.clone()),
            column!(runs, "compaction", |run| run.compaction.clone()),
            column!(runs, "checks_passed", held),
            column!(runs, "checks", |run| run.checks.len() as u64),
            column!(runs, "turns", |run| run.turns),
            column!(runs, "requests", |run| run.payload.requests),
            column!(runs, "calls", |run| run.calls),
            column!(runs, "retries", |run| run.retries),
            column!(runs, "transport", |run| run.transport.as_str()),
            column!(runs, "wire_bytes", |run| run.payload.wire_bytes),
            column!(runs, "http_bytes", |run| run.payload.up.http),
            column!(runs, "http_previous_bytes", |run| run.payload.up.http_previous),
            column!(runs, "websocket_bytes", |run| run.payload.up.websocket),
            column!(runs, "sent_bytes", |run| run.payload.sent_bytes),
            column!(runs, "new_bytes", |run| run.payload.new_bytes),
            column!(runs, "sent_tokens", |run| run.payload.sent_tokens),
            column!(runs, "new_tokens", |run| run.payload.new_tokens),
            column!(runs, "cached_tokens", |run| run.payload.cached_tokens),
            column!(runs, "output_tokens", |run| run.payload.output_tokens),
            column!(runs, "static_bytes", |run| run.growth.static_bytes),
            column!(runs, "slope_bytes", |run| rounded(run.growth.slope)),
            column!(runs, "r2", |run| run.growth.r2.map(rounded)),
            column!(runs, "static_share", |run| run.growth.static_share),
            column!(runs, "history_share", |run| run.growth.history_share),
            column!(runs, "prefix_breaks", |run| run.breaks.len() as u64),
            column!(runs, "compactions", |run| run.compactions.len() as u64),
            column!(runs, "facts_kept", |run| run.facts_kept.map(|(kept, _)| kept)),
            column!(runs, "facts", |run| run.facts_kept.map(|(_, of)| of)),
            column!(runs, "drift", |run| run.drift.severity.map(Severity::as_str)),
            column!(runs, "drifted_requests", |run| run.drift.requests),
            column!(runs, "stale", |run| run.stale),
            column!(runs, "unplayed", |run| run.unplayed),
            column!(runs, "unsettled", |run| run.unsettled),
            column!(runs, "tree", |run| run.tree.clone()),
        ],
    )
}

/// Rows of one kind over all runs, each with its run.
fn rows<T>(runs: &[RunMeasure], of: impl Fn(&RunMeasure) -> &[T]) -> Vec<(&RunMeasure, &T)> {
    runs.iter().flat_map(|run| of(run).iter().map(move |row| (run, row))).collect()
}

/// The columns that name the run.
fn key<T>(rows: &[(&RunMeasure, T)]) -> Vec<Column> {
    vec![
        column!(rows, "scenario", |(run, _)| run.run.scenario.clone()),
        column!(rows, "variant", |(run, _)| run.run.variant.clone()),
        column!(rows, "agent", |(run, _)| run.run.agent.clone()),
        column!(rows, "trial", |(run, _)| run.run.trial),
    ]
}

fn requests(runs: &[RunMeasure]) -> PolarsResult<DataFrame> {
    let rows = rows(runs, |run| &run.requests);
    let mut columns = key(&rows);
    columns.extend([
        column!(rows, "seq", |(_, row)| row.seq),
        column!(rows, "thread", |(_, row)| row.thread),
        column!(rows, "turn", |(_, row)| row.turn),
        column!(rows, "endpoint", |(_, row)| row.endpoint.clone()),
        column!(rows, "status", |(_, row)| u32::from(row.status)),
        column!(rows, "answered_by", |(_, row)| row.answered_by.clone()),
        column!(rows, "transport", |(_, row)| row.transport.as_str()),
        column!(rows, "wire_bytes", |(_, row)| row.wire_bytes),
        column!(rows, "masked_bytes", |(_, row)| row.masked_bytes),
        column!(rows, "http_bytes", |(_, row)| row.up.http),
        column!(rows, "http_previous_bytes", |(_, row)| row.up.http_previous),
        column!(rows, "websocket_bytes", |(_, row)| row.up.websocket),
        column!(rows, "sent_bytes", |(_, row)| row.sent_bytes),
        column!(rows, "prefix_bytes", |(_, row)| row.prefix_bytes),
        column!(rows, "new_bytes", |(_, row)| row.new_bytes),
        column!(rows, "sent_tokens", |(_, row)| row.sent_tokens),
        column!(rows, "prefix_tokens", |(_, row)| row.prefix_tokens),
        column!(rows, "new_tokens", |(_, row)| row.new_tokens),
        column!(rows, "cached_tokens", |(_, row)| row.cached_tokens),
        column!(rows, "input_tokens", |(_, row)| row.input_tokens),
        column!(rows, "output_tokens", |(_, row)| row.output_tokens),
    ]);
    for (place, layer) in crate::measure::Layer::ALL.iter().enumerate() {
        let name = format!("{}_bytes", layer.as_str());
        let values: Vec<u64> = rows
            .iter()
            .map(|(_, row)| row.layer_bytes.get(place).map_or(0, |(_, bytes)| *bytes))
            .collect();
        columns.push(Column::new(name.into(), values));
    }
    frame(rows.len(), columns)
}

fn compactions(runs: &[RunMeasure]) -> PolarsResult<DataFrame> {
    let rows = rows(runs, |run| &run.compactions);
    let lost = |row: &crate::measure::CompactionMeasure| {
        let lost = row.facts.iter().filter(|fate| !fate.kept).map(|fate| fate.fact.as_str());
        lost.collect::<Vec<_>>().join(" ")
    };
    let kept = |row: &crate::measure::CompactionMeasure| {
        row.facts.iter().filter(|fate| fate.kept).count() as u64
    };
    let mut columns = key(&rows);
    columns.extend([
        column!(rows, "number", |(_, row)| row.number),
        column!(rows, "strategy", |(_, row)| row.strategy.clone()),
        column!(rows, "phase", |(_, row)| row.phase.clone()),
        column!(rows, "before_seq", |(_, row)| row.before_seq),
        column!(rows, "after_seq", |(_, row)| row.after_seq),
        column!(rows, "call_seq", |(_, row)| row.call_seq),
        column!(rows, "bytes_before", |(_, row)| row.bytes_before),
        column!(rows, "bytes_after", |(_, row)| row.bytes_after),
        column!(rows, "tokens_before", |(_, row)| row.tokens_before),
        column!(rows, "tokens_after", |(_, row)| row.tokens_after),
        column!(rows, "cache_reset_tokens", |(_, row)| row.cache_reset_tokens),
        column!(rows, "call_new_tokens", |(_, row)| row.call_new_tokens),
        column!(rows, "facts_kept", |(_, row)| kept(row)),
        column!(rows, "facts", |(_, row)| row.facts.len() as u64),
        column!(rows, "facts_lost", |(_, row)| lost(row)),
        column!(rows, "reacquired_calls", |(_, row)| row.reacquired_calls),
        column!(rows, "reacquired_bytes", |(_, row)| row.reacquired_bytes),
    ]);
    frame(rows.len(), columns)
}

fn prefix_breaks(runs: &[RunMeasure]) -> PolarsResult<DataFrame> {
    let rows = rows(runs, |run| &run.breaks);
    let mut columns = key(&rows);
    columns.extend([
        column!(rows, "seq", |(_, row)| row.seq),
        column!(rows, "after_seq", |(_, row)| row.after_seq),
        column!(rows, "pointer", |(_, row)| row.pointer.clone()),
        column!(rows, "layer", |(_, row)| row.layer.as_str()),
        column!(rows, "cause", |(_, row)| row.cause.as_str()),
        column!(rows, "tokens_lost", |(_, row)| row.tokens_lost),
        column!(rows, "bytes_lost", |(_, row)| row.bytes_lost),
    ]);
    frame(rows.len(), columns)
}

fn checks(runs: &[RunMeasure]) -> PolarsResult<DataFrame> {
    let rows = rows(runs, |run| &run.checks);
    let mut columns = key(&rows);
    columns.extend([
        column!(rows, "check", |(_, row)| row.name.clone()),
        column!(rows, "passed", |(_, row)| row.passed),
        column!(rows, "detail", |(_, row)| row.detail.clone()),
    ]);
    frame(rows.len(), columns)
}

/// Tokens of a first trial, summed, beside the closed form.
fn growth(rows: &[(&RunMeasure, Curves)]) -> PolarsResult<DataFrame> {
    let mut columns = key(rows);
    columns.extend([
        column!(rows, "n", |(_, row)| row.last().n),
        column!(rows, "p", |(_, row)| row.law.p),
        column!(rows, "s", |(_, row)| rounded(row.law.s)),
        column!(rows, "r2", |(_, row)| row.law.r2.map(rounded)),
        column!(rows, "sent_tokens", |(_, row)| row.last().sent),
        column!(rows, "law_sent_tokens", |(_, row)| row.law.sent),
        column!(rows, "new_tokens", |(_, row)| row.last().new),
        column!(rows, "law_new_tokens", |(_, row)| row.law.new),
        column!(rows, "static_share", |(_, row)| row.last().static_share),
        column!(rows, "history_share", |(_, row)| row.last().history_share),
        column!(rows, "exponent", |(_, row)| row.exponent),
        column!(rows, "input_tokens", |(_, row)| row.last().input),
        column!(rows, "cached_tokens", |(_, row)| row.last().cached),
        column!(rows, "billed_tokens", |(_, row)| row.last().billed),
        column!(rows, "uncounted", |(_, row)| row.last().uncounted),
        column!(rows, "read_rate", |(_, row)| rounded(row.rates.read)),
        column!(rows, "write_rate", |(_, row)| rounded(row.rates.write)),
    ]);
    frame(rows.len(), columns)
}

fn drift(runs: &[RunMeasure]) -> PolarsResult<DataFrame> {
    let rows = rows(runs, |run| &run.drift.changes);
    let mut columns = key(&rows);
    columns.extend([
        column!(rows, "seq", |(_, row)| row.seq),
        column!(rows, "exchange", |(_, row)| row.exchange),
        column!(rows, "severity", |(_, row)| row.difference.severity.as_str()),
        column!(rows, "change", |(_, row)| row.difference.change.as_str()),
        column!(rows, "layer", |(_, row)| row.difference.layer.as_str()),
        column!(rows, "pointer", |(_, row)| row.difference.pointer.clone()),
        column!(rows, "byte", |(_, row)| row.difference.byte),
        column!(rows, "recorded", |(_, row)| row.difference.recorded.clone()),
        column!(rows, "received", |(_, row)| row.difference.received.clone()),
        column!(rows, "requests", |(_, row)| row.requests),
        column!(rows, "tokens_lost", |(_, row)| row.tokens_lost),
    ]);
    frame(rows.len(), columns)
}
