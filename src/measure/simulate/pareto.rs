//! What money buys: cost against how much of the history requests still show. A combination stands
//! on the front if no other under the same cache costs no more and keeps no less.

use super::grid::Row;
use super::totals::Totals;
use super::whole::whole;
use indexmap::IndexMap;
use serde::Serialize;

/// One layout and compaction under one cache, over all sessions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The cache.
    pub cache: String,
    /// The layout.
    pub layout: String,
    /// The compaction.
    pub compaction: String,
    /// What it costs: billionths of a dollar, or, where a model has no price, tokens that were not
    /// read from the cache, calls of a simulated compaction included.
    pub cost: u64,
    /// Whether the cost is money.
    pub is_money: bool,
    /// Share of the history's tokens shown, over all requests.
    pub kept: f64,
    /// Share of tool results shown.
    pub kept_results: Option<f64>,
    /// Planted facts that the last request of main threads shows, of those that it would have shown.
    pub facts: Option<(u64, u64)>,
    /// Whether nothing else is at least as good in both.
    pub on_front: bool,
}

/// All points, by cache, the cheapest first.
#[must_use]
pub fn pareto(rows: &[Row]) -> Vec<Point> {
    let mut sums: IndexMap<(&str, &str, &str), Totals> = IndexMap::new();
    let whole = whole(rows);
    for row in rows.iter().filter(|row| whole.contains(row.input.as_str())) {
        let key = (row.cache.as_str(), row.layout.as_str(), row.compaction.as_str());
        let sum = sums.entry(key).or_insert_with(Totals::zero);
        *sum = sum.and(&row.totals);
    }
    // One model without a price, and nothing can be compared in money.
    let is_money = sums.values().all(|totals| totals.cost.is_some());
    let mut by_cache: IndexMap<&str, Vec<Point>> = IndexMap::new();
    for ((cache, layout, compaction), totals) in &sums {
        by_cache.entry(cache).or_default().push(Point {
            cache: (*cache).to_owned(),
            layout: (*layout).to_owned(),
            compaction: (*compaction).to_owned(),
            cost: if is_money { totals.cost.unwrap_or_default() } else { uncached(totals) },
            is_money,
            kept: share(totals.visible_tokens, totals.history_tokens).unwrap_or(1.0),
            kept_results: share(totals.visible_results, totals.results),
            facts: (totals.facts > 0).then_some((totals.facts_kept, totals.facts)),
            on_front: false,
        });
    }
    let mut all = Vec::new();
    for mut points in by_cache.into_values() {
        let front: Vec<bool> =
            points.iter().map(|one| !points.iter().any(|o| beats(o, one))).collect();
        for (point, on_front) in points.iter_mut().zip(front) {
            point.on_front = on_front;
        }
        points.sort_by_key(|point| point.cost);
        all.extend(points);
    }
    all
}

pub(super) fn uncached(totals: &Totals) -> u64 {
    let calls = totals.call_tokens - totals.call_cached_tokens;
    totals.written_tokens + totals.plain_tokens + calls
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn beats(other: &Point, one: &Point) -> bool {
    let no_worse = other.cost <= one.cost && other.kept >= one.kept;
    no_worse && (other.cost < one.cost || other.kept > one.kept)
}

#[cfg(test)]
mod tests {
    use super::pareto;
    use crate::measure::simulate::{Row, Totals};

    #[test]
    fn the_front_is_what_nothing_beats() {
        let row = |layout: &str, cost: u64, kept: u64| Row {
            input: "x".into(),
            thread: 0,
            cluster: "x".into(),
            model: "m".into(),
            layout: layout.into(),
            compaction: "none".into(),
            cache: "ideal".into(),
            totals: Totals {
                cost: Some(cost),
                visible_tokens: kept,
                history_tokens: 100,
                ..Totals::zero()
            },
            requests: Vec::new(),
        };
        let points = pareto(&[
            row("append", 50, 100),
            row("shuffled", 500, 100),
            row("window", 60, 40),
            row("compacts", 20, 30),
        ]);
        let told: Vec<(&str, bool)> =
            points.iter().map(|point| (point.layout.as_str(), point.on_front)).collect();
        let expected =
            [("compacts", true), ("append", true), ("window", false), ("shuffled", false)];
        assert_eq!(told, expected);
    }
}
