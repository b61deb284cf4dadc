//! Which inputs can be summed and compared: those that every combination fits. A layout that was
//! refused for the short sessions would otherwise look cheaper by them.

use super::grid::Row;
use std::collections::{BTreeMap, BTreeSet};

/// The inputs that have a row in each combination; all of them if none has.
#[must_use]
pub fn whole(rows: &[Row]) -> BTreeSet<&str> {
    let mut all = BTreeSet::new();
    let mut of: BTreeMap<&str, BTreeSet<(&str, &str, &str)>> = BTreeMap::new();
    for row in rows {
        let key = (row.layout.as_str(), row.compaction.as_str(), row.cache.as_str());
        all.insert(key);
        of.entry(&row.input).or_default().insert(key);
    }
    let whole = of.iter().filter(|(_, keys)| **keys == all).map(|(input, _)| *input);
    let whole: BTreeSet<&str> = whole.collect();
    if whole.is_empty() { of.into_keys().collect() } else { whole }
}
