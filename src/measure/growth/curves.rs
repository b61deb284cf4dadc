//! What a session came to, request by request, beside the closed form of one that only appends: with
//! `p` the first request and `s` what each one adds, `T = n p + s n(n-1)/2` tokens are sent and
//! `U = p + (n-1) s` are new.
//!
//! No exponent is fitted to what was sent: a sum of a linear and a quadratic share has none. The
//! history share alone has one, and is given it from fifty requests on.

use super::line;
use super::series::{Rates, Series};
use serde::Serialize;

/// From so many requests on the history share has an exponent.
const ENOUGH: usize = 50;

/// Everything after one request, summed from the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Number of requests.
    pub n: u64,
    /// Tokens of this request alone.
    pub size: u64,
    /// Tokens sent.
    pub sent: u64,
    /// Tokens that no earlier request began with.
    pub new: u64,
    /// Requests that nobody counted; `input`, `cached` and `billed` are of the others.
    pub uncounted: u64,
    /// Input tokens by the server's count; none before the first count.
    pub input: Option<u64>,
    /// Those of them that were read from the cache.
    pub cached: Option<u64>,
    /// What was billed for input, in tokens at the price of plain input.
    pub billed: Option<u64>,
    /// `p n`.
    pub static_share: u64,
    /// What was sent beyond that.
    pub history_share: u64,
}

/// The closed form with the `p` and `s` that were measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Law {
    /// The first request.
    pub p: u64,
    /// Slope of size over number.
    pub s: f64,
    /// Coefficient of determination of that line; none under three requests.
    pub r2: Option<f64>,
    /// `n p + s n(n-1)/2`.
    pub sent: u64,
    /// `p + (n-1) s`.
    pub new: u64,
}

impl Law {
    /// Both sums after `n` requests.
    #[must_use]
    pub fn at(&self, n: u64) -> (u64, u64) {
        let (p, n) = (self.p as f64, n as f64);
        let whole = |value: f64| value.round().max(0.0) as u64;
        let new = if n < 1.0 { 0.0 } else { p + (n - 1.0) * self.s };
        (whole(n * p + self.s * (n * (n - 1.0) / 2.0)), whole(new))
    }
}

/// The curves of a session.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curves {
    /// Its name.
    pub name: String,
    /// Prices in plain tokens.
    pub rates: Rates,
    /// Whether it was computed, with the answers held fixed, and not sent.
    pub simulated: bool,
    /// The closed form.
    pub law: Law,
    /// Exponent of the history share against the number of requests; none under fifty, or where the
    /// history shrank to less than the first request.
    pub exponent: Option<f64>,
    /// After each request.
    pub points: Vec<Point>,
}

impl Curves {
    /// Everything, after the last request.
    #[must_use]
    pub fn last(&self) -> Point {
        self.points.last().copied().unwrap_or_default()
    }
}

/// Sums a session up; none without a request.
#[must_use]
pub fn curves(series: &Series) -> Option<Curves> {
    let p = series.steps.first()?.sent;
    let sizes: Vec<u64> = series.steps.iter().map(|step| step.sent).collect();
    let (s, r2) = line(&sizes);
    let mut points = Vec::with_capacity(sizes.len());
    let mut sum = Point::default();
    // Cached, written, plain: whole numbers, weighed at the end. A request that nobody counted (its
    // answer was cut) adds nothing, and is counted itself.
    let mut counted: Option<(u64, u64, u64)> = None;
    for step in &series.steps {
        if let Some(one) = step.counted {
            let (cached, written, plain) = counted.unwrap_or_default();
            counted = Some((
                cached.saturating_add(one.cached),
                written.saturating_add(one.written),
                plain.saturating_add(one.plain),
            ));
        }
        let sent = sum.sent + step.sent;
        let static_share = p * (sum.n + 1);
        sum = Point {
            n: sum.n + 1,
            size: step.sent,
            sent,
            new: sum.new + step.new,
            uncounted: sum.uncounted + u64::from(step.counted.is_none()),
            input: counted.map(|(cached, written, plain)| {
                cached.saturating_add(written).saturating_add(plain)
            }),
            cached: counted.map(|(cached, ..)| cached),
            billed: counted.map(|counted| billed(counted, &series.rates)),
            static_share,
            history_share: sent.saturating_sub(static_share),
        };
        points.push(sum);
    }
    let law = Law { p, s, r2, sent: 0, new: 0 };
    let (sent, new) = law.at(sum.n);
    Some(Curves {
        name: series.name.clone(),
        rates: series.rates.clone(),
        simulated: series.simulated,
        law: Law { sent, new, ..law },
        exponent: exponent(&points),
        points,
    })
}

fn billed((cached, written, plain): (u64, u64, u64), rates: &Rates) -> u64 {
    let sum = cached as f64 * rates.read + written as f64 * rates.write + plain as f64;
    sum.round() as u64
}

/// Least squares of the logarithms, over the second half: the first requests of a quadratic sum grow
/// faster than its exponent.
fn exponent(points: &[Point]) -> Option<f64> {
    if points.len() < ENOUGH {
        return None;
    }
    let half = &points[points.len() / 2..];
    if half.iter().any(|point| point.history_share == 0) {
        return None;
    }
    let logs: Vec<(f64, f64)> =
        half.iter().map(|one| ((one.n as f64).ln(), (one.history_share as f64).ln())).collect();
    let n = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
    let (x, y) = (x / n, y / n);
    let (both, spread) = logs.iter().fold((0.0, 0.0), |(both, spread), (a, b)| {
        (both + (a - x) * (b - y), spread + (a - x) * (a - x))
    });
    // Logarithms differ in the last digit between machines.
    Some((both / spread * 1_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::curves;
    use crate::cache::Prices;
    use crate::measure::growth::{Counted, Rates, Series, Step};

    /// The session of the reference: p = 12,000, s = 1,000, every prefix cached.
    fn appending(n: u64, rates: Rates) -> Series {
        let step = |at: u64| {
            let (sent, new) = (12_000 + at * 1_000, if at == 0 { 12_000 } else { 1_000 });
            let writes = rates.write > 1.0;
            let counted = Counted {
                cached: sent - new,
                written: if writes { new } else { 0 },
                plain: if writes { 0 } else { new },
            };
            Step { sent, new, counted: Some(counted) }
        };
        Series { name: "s".into(), steps: (0..n).map(step).collect(), rates, simulated: false }
    }

    fn rates(write: f64) -> Rates {
        Rates { read: 0.1, write, model: None }
    }

    #[test]
    fn an_appending_session_is_its_closed_form() {
        let found = curves(&appending(200, rates(1.0))).unwrap();
        let last = found.last();
        assert_eq!((last.sent, last.new), (22_300_000, 211_000));
        assert_eq!((found.law.sent, found.law.new), (22_300_000, 211_000));
        assert_eq!((found.law.p, found.law.s, found.law.r2), (12_000, 1_000.0, Some(1.0)));
        assert_eq!((last.static_share, last.history_share), (2_400_000, 19_900_000));
        assert_eq!((last.cached, last.billed), (Some(22_089_000), Some(2_419_900)));
        assert_eq!(last.input, Some(last.sent));
        let written = curves(&appending(200, rates(1.25))).unwrap();
        assert_eq!(written.last().billed, Some(2_472_650));
        for point in &found.points {
            assert_eq!(found.law.at(point.n), (point.sent, point.new));
        }
        // H = s n(n-1)/2, whose slope in logarithms is (2n-1)/(n-1).
        let exponent = found.exponent.unwrap();
        assert!((2.005..2.010).contains(&exponent), "{exponent}");
    }

    #[test]
    fn an_exponent_needs_fifty_requests_and_a_history() {
        assert_eq!(curves(&appending(49, rates(1.0))).unwrap().exponent, None);
        assert!(curves(&appending(50, rates(1.0))).unwrap().exponent.is_some());
        let mut flat = appending(60, rates(1.0));
        flat.steps.iter_mut().for_each(|step| step.sent = 12_000);
        assert_eq!(curves(&flat).unwrap().exponent, None);
    }

    #[test]
    fn what_nobody_counted_is_not_made_up() {
        let mut series = appending(5, rates(1.0));
        series.steps[3].counted = None;
        let points = curves(&series).unwrap().points;
        // The curves stand still there, say so, and go on.
        assert!(points[2].cached.is_some() && points[2].billed.is_some());
        assert_eq!(points[3].billed, points[2].billed);
        let uncounted: Vec<u64> = points.iter().map(|point| point.uncounted).collect();
        assert_eq!(uncounted, [0, 0, 0, 1, 1]);
        let cached = |at: u64| 12_000 + (at - 1) * 1_000;
        assert_eq!(points[4].cached, Some(cached(1) + cached(2) + cached(4)));
        assert_eq!(points[4].input, Some(points[4].sent - points[3].size));
        series.steps[0].counted = None;
        let points = curves(&series).unwrap().points;
        assert_eq!((points[0].billed, points[0].uncounted), (None, 1));
        assert!(points[1].billed.is_some());
        series.steps.iter_mut().for_each(|step| step.counted = None);
        assert_eq!(curves(&series).unwrap().last().billed, None);
        series.steps.clear();
        assert_eq!(curves(&series), None);
    }

    #[test]
    fn rates_are_ratios_of_prices() {
        let prices = Prices::shipped().unwrap();
        let sol = Rates::of("gpt-5.6-sol", &prices);
        assert_eq!((sol.read, sol.write, sol.model.as_deref()), (0.1, 1.25, Some("gpt-5.6-sol")));
        assert_eq!(Rates::of("gpt-6.1-sol", &prices).read, 0.05);
        assert_eq!(Rates::of("gpt-5.4", &prices).write, 1.0);
        assert_eq!(Rates::of("unreel-1", &prices), rates(1.0));
    }
}
