//! Layouts held against the first one, session by session: the ratio of geometric means, with an
//! interval by bootstrap over clusters (sessions of one scenario are not independent).
//!
//! Sizes and costs of sessions are skewed over orders of magnitude; a mean of differences would be
//! that of the largest session. Percentile intervals of 10,000 resamples (Efron and Tibshirani 1993,
//! chapter 13); none below ten clusters.

use super::draw::Draw;
use super::grid::Row;
use super::pareto::uncached;
use super::totals::Totals;
use super::whole::whole;
use crate::wire::Digest;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde::Serialize;

/// Resamples.
pub const RESAMPLES: usize = 10_000;

/// Fewer clusters give no interval.
pub const LEAST_CLUSTERS: usize = 10;

/// Of the resamples.
pub const SEED: u64 = 1;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Rendered tokens sent.
    SentTokens,
    /// Tokens that were not read from the cache.
    UncachedTokens,
    /// Estimated money.
    Cost,
    /// Waiting for first tokens.
    Wait,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SentTokens, Self::UncachedTokens, Self::Cost, Self::Wait];

    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SentTokens => "sent_tokens",
            Self::UncachedTokens => "uncached_tokens",
            Self::Cost => "cost",
            Self::Wait => "wait",
        }
    }

    fn of(self, totals: &Totals) -> Option<u64> {
        match self {
            Self::SentTokens => Some(totals.sent_tokens + totals.call_tokens),
            Self::UncachedTokens => Some(uncached(totals)),
            Self::Cost => totals.cost,
            Self::Wait => Some(totals.wait_us),
        }
    }
}

/// One combination against the first layout and compaction under the same cache.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The layout.
    pub layout: String,
    /// The compaction.
    pub compaction: String,
    /// The cache.
    pub cache: String,
    /// What is compared.
    pub metric: Metric,
    /// Sessions in both, all threads of an input together.
    pub sessions: usize,
    /// Clusters among them.
    pub clusters: usize,
    /// Geometric mean over that of the first; none where a session has nothing of it.
    pub ratio: Option<f64>,
    /// 95 % of resamples; none below ten clusters.
    pub interval: Option<(f64, f64)>,
    /// Mean difference, where there is no ratio.
    pub difference: Option<f64>,
}

/// Sums by input, each with its cluster.
type Sessions<'a> = IndexMap<&'a str, (&'a str, Totals)>;

/// Compares everything with the first layout and compaction.
#[must_use]
pub fn compare(rows: &[Row]) -> Vec<Comparison> {
    let whole = whole(rows);
    let rows = || rows.iter().filter(|row| whole.contains(row.input.as_str()));
    let Some(first) = rows().next() else { return Vec::new() };
    let mut cells: IndexMap<(&str, &str, &str), Sessions<'_>> = IndexMap::new();
    for row in rows() {
        let key = (row.layout.as_str(), row.compaction.as_str(), row.cache.as_str());
        let sessions = cells.entry(key).or_default();
        let sum = sessions.entry(&row.input).or_insert((&row.cluster, Totals::zero()));
        sum.1 = sum.1.and(&row.totals);
    }
    let base = (first.layout.as_str(), first.compaction.as_str());
    let mut jobs = Vec::new();
    for (key, sessions) in &cells {
        let Some(against) = cells.get(&(base.0, base.1, key.2)) else { continue };
        if (key.0, key.1) != base {
            jobs.extend(Metric::ALL.map(|metric| (key, against, sessions, metric)));
        }
    }
    let one = |(key, against, sessions, metric)| one(key, against, sessions, metric);
    jobs.into_par_iter().filter_map(one).collect()
}

fn one(
    key: &(&str, &str, &str),
    against: &Sessions<'_>,
    sessions: &Sessions<'_>,
    metric: Metric,
) -> Option<Comparison> {
    let pair = |(input, (cluster, b)): (&&str, &(_, Totals))| {
        let (_, a) = against.get(input)?;
        Some((*cluster, metric.of(a)?, metric.of(b)?))
    };
    let pairs: Vec<(&str, u64, u64)> = sessions.iter().filter_map(pair).collect();
    if pairs.is_empty() {
        return None;
    }
    // Sums of logarithms by cluster, in the order of first appearance.
    let mut clusters: IndexMap<&str, (f64, f64)> = IndexMap::new();
    for (cluster, a, b) in &pairs {
        let (sum, count) = clusters.entry(cluster).or_default();
        *sum += (*b as f64 / *a as f64).ln();
        *count += 1.0;
    }
    let sums: Vec<(f64, f64)> = clusters.into_values().collect();
    let has_all = pairs.iter().all(|(_, a, b)| *a > 0 && *b > 0);
    let mean = |sums: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = sums.fold((0.0, 0.0), |(s, c), (sum, count)| (s + sum, c + count));
        (sum / count).exp()
    };
    let n = pairs.len() as f64;
    let differences = || pairs.iter().map(|(_, a, b)| *b as f64 - *a as f64).sum::<f64>() / n;
    let name = format!("{SEED} {} {} {} {}", key.0, key.1, key.2, metric.as_str());
    Some(Comparison {
        layout: key.0.to_owned(),
        compaction: key.1.to_owned(),
        cache: key.2.to_owned(),
        metric,
        sessions: pairs.len(),
        clusters: sums.len(),
        ratio: has_all.then(|| mean(&mut sums.iter().copied())),
        interval: (has_all && sums.len() >= LEAST_CLUSTERS).then(|| {
            let mut draw = Draw::new(Digest::of(name).as_u64());
            let mut resample = || {
                let mut drawn = (0..sums.len()).map(|_| sums[draw.below(sums.len())]);
                mean(&mut drawn)
            };
            let mut all: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
            all.sort_by(f64::total_cmp);
            (all[RESAMPLES / 40], all[RESAMPLES - 1 - RESAMPLES / 40])
        }),
        difference: (!has_all).then(differences),
    })
}

#[cfg(test)]
mod tests {
    use super::{Comparison, LEAST_CLUSTERS, Metric, compare};
    use crate::measure::simulate::{Row, Totals};

    fn row(input: &str, cluster: &str, layout: &str, sent: u64) -> Row {
        Row {
            input: input.into(),
            thread: 0,
            cluster: cluster.into(),
            model: "m".into(),
            layout: layout.into(),
            compaction: "none".into(),
            cache: "ideal".into(),
            totals: Totals { sent_tokens: sent, ..Totals::zero() },
            requests: Vec::new(),
        }
    }

    fn sent(rows: &[Row]) -> Comparison {
        compare(rows).into_iter().find(|one| one.metric == Metric::SentTokens).unwrap()
    }

    #[test]
    fn a_ratio_of_geometric_means_by_hand() {
        // Ratios 2 and 8: their geometric mean is 4, whatever the sizes of the sessions.
        let rows = [
            row("x", "x", "append", 10),
            row("x", "x", "window", 20),
            row("y", "y", "append", 1_000),
            row("y", "y", "window", 8_000),
        ];
        let found = sent(&rows);
        assert!((found.ratio.unwrap() - 4.0).abs() < 1e-12);
        assert_eq!((found.sessions, found.clusters, found.interval), (2, 2, None));
        // Threads of an input are one session.
        let mut thread = row("y", "y", "window", 0);
        thread.thread = 1;
        assert_eq!(sent(&[rows.to_vec(), vec![thread]].concat()).sessions, 2);
    }

    #[test]
    fn nothing_gives_a_difference_and_no_ratio() {
        let rows = [row("x", "x", "append", 0), row("x", "x", "window", 20)];
        let found = sent(&rows);
        assert_eq!((found.ratio, found.difference), (None, Some(20.0)));
    }

    #[test]
    fn intervals_are_over_clusters_and_repeat() {
        let rows = |clusters: usize| -> Vec<Row> {
            let name = |at: usize| format!("s{at}");
            let all = 0..2 * LEAST_CLUSTERS;
            all.flat_map(|at| {
                let cluster = format!("c{}", at % clusters);
                let ratio = if (at % clusters).is_multiple_of(2) { 2 } else { 3 };
                [
                    row(&name(at), &cluster, "append", 100),
                    row(&name(at), &cluster, "window", 100 * ratio),
                ]
            })
            .collect()
        };
        let (few, many) = (sent(&rows(LEAST_CLUSTERS)), sent(&rows(2 * LEAST_CLUSTERS)));
        assert_eq!(sent(&rows(LEAST_CLUSTERS)), few);
        let width = |one: &Comparison| one.interval.map(|(low, high)| high - low).unwrap();
        assert!(width(&few) > width(&many), "{few:?} {many:?}");
        let (low, high) = few.interval.unwrap();
        assert!(low >= 2.0 && low < 6f64.sqrt() && high > 6f64.sqrt() && high <= 3.0);
        assert_eq!(sent(&rows(LEAST_CLUSTERS - 1)).interval, None);
    }
}
