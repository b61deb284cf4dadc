//! Rates of few trials: intervals and tests that hold for all-pass and all-fail, too.

use super::CONFIDENCE;
use distrs::Normal;
use serde::Serialize;

/// Successes of trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Trials that passed.
    pub successes: u32,
    /// All trials that were graded.
    pub trials: u32,
}

impl Rate {
    /// The share; 0 without trials.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.successes) / f64::from(self.trials.max(1))
    }
}

fn z() -> f64 {
    Normal::ppf(1.0 - (1.0 - CONFIDENCE) / 2.0, 0.0, 1.0)
}

/// Wilson's interval of a rate (Wilson 1927). At small numbers and rates near one it covers what it
/// promises, where the usual `p +- z sqrt(p(1-p)/n)` covers half of it (Brown, Cai, DasGupta 2001).
#[must_use]
pub fn wilson(rate: Rate) -> (f64, f64) {
    let (n, p, z) = (f64::from(rate.trials.max(1)), rate.value(), z());
    let scale = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the formula gives just these, but for the last digit.
    let low = if rate.successes == 0 { 0.0 } else { centre - half };
    let high = if rate.successes == rate.trials { 1.0 } else { centre + half };
    (low, high)
}

/// The interval of the difference `b - a` of two independent rates: Newcombe's hybrid of two Wilson
/// intervals (Newcombe 1998, method 10).
#[must_use]
pub fn newcombe(a: Rate, b: Rate) -> (f64, f64) {
    let ((a_low, a_high), (b_low, b_high)) = (wilson(a), wilson(b));
    let (a, b) = (a.value(), b.value());
    let down = ((b - b_low).powi(2) + (a_high - a).powi(2)).sqrt();
    let up = ((b_high - b).powi(2) + (a - a_low).powi(2)).sqrt();
    ((b - a - down).max(-1.0), (b - a + up).min(1.0))
}

/// Fisher's exact test, one-sided: the chance to see so few successes in `b`, or fewer, if both
/// had the same rate.
#[must_use]
pub fn fisher(a: Rate, b: Rate) -> f64 {
    let successes = a.successes + b.successes;
    let all = ln_choose(a.trials + b.trials, successes);
    let chance = |x: u32| (ln_choose(b.trials, x) + ln_choose(a.trials, successes - x) - all).exp();
    let fewest = successes.saturating_sub(a.trials);
    (fewest..=b.successes).map(chance).sum::<f64>().min(1.0)
}

/// Logarithm of a binomial coefficient, which for some thousand trials is beyond any float.
fn ln_choose(n: u32, k: u32) -> f64 {
    (1..=k).map(|at| (f64::from(n - k + at) / f64::from(at)).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::{Rate, fisher, newcombe, wilson};

    fn rate(successes: u32, trials: u32) -> Rate {
        Rate { successes, trials }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-3
    }

    #[test]
    fn wilson_of_all_passed() {
        let (low, high) = wilson(rate(20, 20));
        assert!(close(low, 0.839) && high == 1.0, "{low} {high}");
        let (low, high) = wilson(rate(0, 20));
        assert!(low == 0.0 && close(high, 1.0 - 0.839), "{low} {high}");
    }

    #[test]
    fn newcombe_of_the_paper() {
        // Newcombe 1998, table II (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339.
        let (low, high) = newcombe(rate(48, 80), rate(56, 70));
        assert!(close(low, 0.0524) && close(high, 0.3339), "{low} {high}");
    }

    #[test]
    fn fisher_of_few_trials() {
        assert!(close(fisher(rate(3, 3), rate(0, 3)), 0.05));
        assert!(close(fisher(rate(5, 5), rate(0, 5)), 0.004));
        assert!(close(fisher(rate(3, 3), rate(3, 3)), 1.0));
        assert!(close(fisher(rate(0, 0), rate(0, 0)), 1.0));
        let many = fisher(rate(1500, 3000), rate(1500, 3000));
        assert!((0.5..0.53).contains(&many), "{many}");
    }
}
