//! Rows of single sessions, summed over all of them for people.

use crate::cache::dollars;
use crate::measure::simulate::{Comparison, Point, Row, Totals, whole};
use indexmap::IndexMap;
use serde::Serialize;

/// One combination over all sessions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Summed {
    pub(super) layout: String,
    pub(super) compaction: String,
    pub(super) cache: String,
    /// Threads that it is summed over.
    pub(super) threads: usize,
    #[serde(flatten)]
    pub(super) totals: Totals,
}

/// The sums, in the order of the grid.
pub(super) fn summed(rows: &[Row]) -> Vec<Summed> {
    let mut sums: IndexMap<(&str, &str, &str), (usize, Totals)> = IndexMap::new();
    let whole = whole(rows);
    for row in rows.iter().filter(|row| whole.contains(row.input.as_str())) {
        let key = (row.layout.as_str(), row.compaction.as_str(), row.cache.as_str());
        sums.entry(key)
            .and_modify(|(count, sum)| (*count, *sum) = (*count + 1, sum.and(&row.totals)))
            .or_insert((1, row.totals));
    }
    let summed =
        |((layout, compaction, cache), (threads, totals)): ((&str, &str, &str), _)| Summed {
            layout: layout.to_owned(),
            compaction: compaction.to_owned(),
            cache: cache.to_owned(),
            threads,
            totals,
        };
    sums.into_iter().map(summed).collect()
}

impl Summed {
    /// Layout and compaction.
    pub(super) fn name(&self) -> String {
        name(&self.layout, &self.compaction)
    }
}

/// A layout and its compaction, if there is one.
pub(super) fn name(layout: &str, compaction: &str) -> String {
    match compaction {
        "none" => layout.to_owned(),
        compaction => format!("{layout} {compaction}"),
    }
}

/// The cost of a point with its unit.
pub(super) fn point_cost(point: &Point) -> String {
    match point.is_money {
        true => dollars(point.cost),
        false => format!("{} uncached", super::units::tokens(point.cost)),
    }
}

/// The ratio of a comparison with its interval, or the difference.
pub(super) fn factor(one: &Comparison) -> String {
    match (one.ratio, one.interval, one.difference) {
        (Some(ratio), Some((low, high)), _) => format!("x{ratio:.3} ({low:.3} to {high:.3})"),
        (Some(ratio), None, _) => format!("x{ratio:.3}"),
        (None, _, Some(difference)) => format!("{difference:+.0} in the mean"),
        (None, ..) => String::new(),
    }
}
