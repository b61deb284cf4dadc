//! The same for a page.

use super::Simulation;
use super::rows::{factor, name, point_cost, summed};
use super::units::{seconds, tokens};
use crate::cache::dollars;
use crate::report::format::{bytes, percent};
use crate::report::grid::table;

/// The page.
pub(super) fn summary(simulation: &Simulation<'_>) -> String {
    let mut text = format!("# Simulation\n\n{}\n\n", simulation.facts.head());
    if let Some(line) = simulation.left_out() {
        text.push_str(&format!("{line}.\n\n"));
    }
    let head = [
        "layout", "cache", "requests", "up", "sent", "new", "cached", "written", "hit", "cost",
        "wait", "kept",
    ];
    let rows = summed(simulation.rows).into_iter().map(|sum| {
        let totals = &sum.totals;
        let (sent, cached) = (
            totals.sent_tokens + totals.call_tokens,
            totals.cached_tokens + totals.call_cached_tokens,
        );
        vec![
            sum.name(),
            sum.cache.clone(),
            (totals.requests + totals.calls).to_string(),
            bytes(totals.up_bytes),
            tokens(sent),
            tokens(totals.new_tokens),
            tokens(cached),
            tokens(totals.written_tokens),
            percent(cached, sent),
            totals.cost.map(dollars).unwrap_or_default(),
            seconds(totals.wait_us),
            percent(totals.visible_tokens, totals.history_tokens),
        ]
    });
    table(&mut text, &head, rows.collect());
    text.push_str("## Cost against what was kept\n\n");
    let head = ["cache", "layout", "cost", "history kept", "results kept", "facts", "on the front"];
    let share = |share: f64| format!("{:.1} %", share * 100.0);
    let rows = simulation.points.iter().map(|point| {
        vec![
            point.cache.clone(),
            name(&point.layout, &point.compaction),
            point_cost(point),
            share(point.kept),
            point.kept_results.map(share).unwrap_or_default(),
            point.facts.map(|(kept, all)| format!("{kept}/{all}")).unwrap_or_default(),
            if point.on_front { "yes".to_owned() } else { String::new() },
        ]
    });
    table(&mut text, &head, rows.collect());
    if let Some(first) = simulation.rows.first().filter(|_| !simulation.comparisons.is_empty()) {
        let base = name(&first.layout, &first.compaction);
        text.push_str(&format!("## Against {base}, session by session\n\n"));
        let head = ["layout", "cache", "metric", "sessions", "clusters", "ratio (95 %)"];
        let rows = simulation.comparisons.iter().map(|one| {
            vec![
                name(&one.layout, &one.compaction),
                one.cache.clone(),
                one.metric.as_str().to_owned(),
                one.sessions.to_string(),
                one.clusters.to_string(),
                factor(one),
            ]
        });
        table(&mut text, &head, rows.collect());
    }
    for line in simulation.facts.lines() {
        text.push_str(&format!("- {line}\n"));
    }
    text
}
