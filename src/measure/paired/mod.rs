//! Two arms of trials, scenario by scenario: what changed, how sure that is, and how small a drop
//! could have been seen at all.
//!
//! The unit is the scenario: its trials are averaged first, and the differences of the scenarios,
//! not the trials, are taken as independent. With one scenario there is nothing but its trials, and
//! then the difference is one of two rates.

mod arms;
mod rate;

pub use arms::{Arms, Label, Row, Side, compare_arms};
pub use rate::{Rate, fisher, newcombe, wilson};

use distrs::{Normal, StudentsT};
use serde::Serialize;

/// Coverage of all intervals here.
pub const CONFIDENCE: f64 = 0.95;

/// What a drop is looked for with: one-sided error, and chance to see it.
const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;

/// One scenario in both arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub scenario: String,
    /// What it shares with others (a repository, a family of tasks); differences within a cluster
    /// are not independent.
    pub cluster: String,
    /// Trials of the first arm.
    pub a: Rate,
    /// Trials of the second arm.
    pub b: Rate,
}

impl Pair {
    /// Success rate of the second arm less that of the first.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.b.value() - self.a.value()
    }

    /// Variance of [`Self::difference`] by the trials alone, drawn to the middle by two successes
    /// and two failures, so that equal trials are not taken for certainty.
    fn variance(&self) -> f64 {
        let of = |rate: &Rate| {
            let p = (f64::from(rate.successes) + 2.0) / (f64::from(rate.trials) + 4.0);
            p * (1.0 - p) / f64::from(rate.trials.max(1))
        };
        of(&self.a) + of(&self.b)
    }
}

/// The paired difference of success rates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Scenarios in both arms.
    pub scenarios: usize,
    /// Clusters among them.
    pub clusters: usize,
    /// Mean success rate of the first arm.
    pub a: f64,
    /// Mean success rate of the second arm.
    pub b: f64,
    /// Mean difference; below zero the second arm is worse.
    pub delta: f64,
    /// Its interval; `None` where all differences are equal, or all clusters but one are missing.
    pub interval: Option<(f64, f64)>,
    /// The smallest drop that these trials had a chance of 80 % to show (one-sided, 5 %).
    pub smallest_drop: f64,
}

/// Computes the difference over scenarios.
///
/// Standard error: `sqrt(sum (d - mean)^2 / (n-1) / n)`, or clustered, with `sqrt(G/(G-1) * sum_g
/// (sum_{i in g} (d_i - mean))^2) / n` and `G-1` degrees of freedom where clusters hold several
/// scenarios (Miller 2024, arXiv:2411.00640, section 4 and appendix A). `None` without a scenario.
#[must_use]
pub fn difference(pairs: &[Pair]) -> Option<Difference> {
    let n = pairs.len() as f64;
    if pairs.is_empty() {
        return None;
    }
    let mean = |of: &dyn Fn(&Pair) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(&|pair| pair.a.value()), mean(&|pair| pair.b.value()));
    let delta = mean(&Pair::difference);
    let clusters = sums_by_cluster(pairs, delta);
    let by_trials = (pairs.iter().map(Pair::variance).sum::<f64>()).sqrt() / n;
    let by_scenarios = standard_error(pairs.len(), &clusters).filter(|error| *error > 0.0);
    let interval = match pairs {
        [only] => Some(newcombe(only.a, only.b)),
        _ => by_scenarios.map(|error| {
            let half = student(clusters.len() - 1) * error;
            ((delta - half).max(-1.0), (delta + half).min(1.0))
        }),
    };
    Some(Difference {
        scenarios: pairs.len(),
        clusters: clusters.len(),
        a,
        b,
        delta,
        interval,
        smallest_drop: (seen_at() * by_scenarios.unwrap_or(by_trials)).min(1.0),
    })
}

/// The sums of deviations of each cluster, in the order of first appearance.
fn sums_by_cluster(pairs: &[Pair], mean: f64) -> Vec<f64> {
    let mut sums: indexmap::IndexMap<&str, f64> = indexmap::IndexMap::new();
    for pair in pairs {
        *sums.entry(pair.cluster.as_str()).or_default() += pair.difference() - mean;
    }
    sums.into_values().collect()
}

/// With a scenario to each cluster this is the plain standard error. `None` for one cluster.
fn standard_error(scenarios: usize, clusters: &[f64]) -> Option<f64> {
    let groups = clusters.len() as f64;
    let squares: f64 = clusters.iter().map(|sum| sum * sum).sum();
    (clusters.len() > 1).then(|| (groups / (groups - 1.0) * squares).sqrt() / scenarios as f64)
}

/// The two-sided quantile of Student's distribution.
fn student(freedom: usize) -> f64 {
    StudentsT::ppf(1.0 - (1.0 - CONFIDENCE) / 2.0, freedom as f64)
}

/// How many standard errors a drop must have to be seen with that power.
fn seen_at() -> f64 {
    Normal::ppf(1.0 - ALPHA, 0.0, 1.0) + Normal::ppf(POWER, 0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::{Pair, Rate, difference, seen_at, student};

    fn pair(name: &str, cluster: &str, a: (u32, u32), b: (u32, u32)) -> Pair {
        let rate = |(successes, trials)| Rate { successes, trials };
        Pair { scenario: name.into(), cluster: cluster.into(), a: rate(a), b: rate(b) }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert!(close(student(4), 2.7764), "{}", student(4));
        assert!(close(student(19), 2.0930), "{}", student(19));
        assert!(close(seen_at(), 1.6449 + 0.8416), "{}", seen_at());
    }

    #[test]
    fn a_difference_by_hand() {
        // d = -1, 0, 0, -0.5: mean -0.375, sum of squares 0.6875, error sqrt(0.6875/3/4) = 0.23936.
        let pairs = [
            pair("p", "p", (2, 2), (0, 2)),
            pair("q", "q", (2, 2), (2, 2)),
            pair("r", "r", (1, 2), (1, 2)),
            pair("s", "s", (2, 2), (1, 2)),
        ];
        let found = difference(&pairs).unwrap();
        assert!(close(found.delta, -0.375) && close(found.a, 0.875) && close(found.b, 0.5));
        let (low, high) = found.interval.unwrap();
        // t(3, 0.975) = 3.1824
        assert_eq!(low, -1.0, "no rate can fall further");
        assert!(close(high, -0.375 + 3.1824 * 0.239_36), "{high}");
        assert!(close(found.smallest_drop, 2.4865 * 0.239_36), "{}", found.smallest_drop);
    }

    #[test]
    fn scenarios_of_one_cluster_count_as_one() {
        let alone = ["p", "q", "r", "s"];
        let shared = ["p", "p", "q", "q"];
        let of = |clusters: [&str; 4]| {
            let moved = [(0, 2), (0, 2), (2, 2), (2, 2)];
            let pairs = (0..4).map(|at| pair(&at.to_string(), clusters[at], (2, 2), moved[at]));
            difference(&pairs.collect::<Vec<_>>()).unwrap()
        };
        let width = |(low, high): (f64, f64)| high - low;
        let (alone, shared) = (of(alone), of(shared));
        assert_eq!((alone.clusters, shared.clusters), (4, 2));
        assert!(width(shared.interval.unwrap()) > width(alone.interval.unwrap()));
    }

    #[test]
    fn the_edges_are_defined() {
        assert_eq!(difference(&[]), None);
        // Nothing moved: no interval out of nothing, and still no certainty.
        let same = |name: &str| pair(name, name, (3, 3), (3, 3));
        let found = difference(&[same("p"), same("q")]).unwrap();
        assert_eq!((found.delta, found.interval), (0.0, None));
        assert!(found.smallest_drop > 0.3, "{}", found.smallest_drop);
        // One scenario: its trials.
        let found = difference(&[pair("p", "p", (5, 5), (0, 5))]).unwrap();
        let (low, high) = found.interval.unwrap();
        assert!(found.delta == -1.0 && low == -1.0 && high < -0.3, "{low} {high}");
        // One cluster of several says nothing of others.
        let one = [pair("p", "c", (3, 3), (0, 3)), pair("q", "c", (3, 3), (3, 3))];
        assert_eq!(difference(&one).unwrap().interval, None);
    }
}
