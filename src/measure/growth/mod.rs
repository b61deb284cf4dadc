//! How requests grow: size against number, over the sampling requests of the main thread; and the
//! curves of a whole session beside the closed form of one that only appends.

mod curves;
mod series;

pub use curves::{Curves, Law, Point, curves};
pub use series::{Counted, Rates, Series, Step};

use super::results::Growth;
use super::session::{MAIN, Session};
use crate::cache::total;

/// Fits the line.
pub(super) fn growth(session: &Session<'_>) -> Growth {
    let sizes: Vec<u64> = (0..session.log.exchanges.len())
        .filter(|&index| session.sampling[index] && session.exchange(index).thread == MAIN)
        .map(|index| total(&session.segments[index]).bytes)
        .collect();
    of_sizes(&sizes)
}

/// Size against number, least squares: slope and coefficient of determination, which is none under
/// three requests. Sums are exact integers and divided once, so that the result is the same on every
/// machine. Sizes below 2^50 bytes and fewer than 2^20 requests fit easily.
fn line(sizes: &[u64]) -> (f64, Option<f64>) {
    let n = sizes.len() as i128;
    let (mut x, mut y, mut xx, mut xy, mut yy) = (0i128, 0i128, 0i128, 0i128, 0i128);
    for (at, &size) in sizes.iter().enumerate() {
        let (at, size) = (at as i128, i128::from(size));
        x += at;
        y += size;
        xx += at * at;
        xy += at * size;
        yy += size * size;
    }
    let (spread_x, spread_y, both) = (n * xx - x * x, n * yy - y * y, n * xy - x * y);
    let slope = if spread_x == 0 { 0.0 } else { both as f64 / spread_x as f64 };
    let r2 = (sizes.len() >= 3).then(|| match spread_y {
        // A flat line explains all there is.
        0 => 1.0,
        _ => (both as f64 / spread_x as f64) * (both as f64 / spread_y as f64),
    });
    (slope, r2)
}

fn of_sizes(sizes: &[u64]) -> Growth {
    let Some(&first) = sizes.first() else { return Growth::default() };
    let (slope, r2) = line(sizes);
    let sent: u64 = sizes.iter().sum();
    let static_share = first * sizes.len() as u64;
    // After a compaction requests may be smaller than the first.
    let history_share = sent.saturating_sub(static_share);
    Growth { static_bytes: first, slope, r2, static_share, history_share }
}

#[cfg(test)]
mod tests {
    use super::of_sizes;
    use crate::measure::Growth;

    #[test]
    fn a_line_is_found_exactly() {
        let growth = of_sizes(&[1_000, 1_070, 1_140, 1_210]);
        assert_eq!((growth.static_bytes, growth.slope, growth.r2), (1_000, 70.0, Some(1.0)));
        assert_eq!((growth.static_share, growth.history_share), (4_000, 420));
    }

    #[test]
    fn a_saw_tooth_has_little_slope_and_a_low_r2() {
        // Hand-computed: x = 0..3, y = 10, 30, 10, 30: sxx = 5, sxy = 20, syy = 400.
        let growth = of_sizes(&[10, 30, 10, 30]);
        assert!((growth.slope - 4.0).abs() < 1e-12);
        assert!((growth.r2.unwrap() - 0.2).abs() < 1e-12);
    }

    #[test]
    fn too_few_requests_and_shrinking_ones() {
        assert_eq!(of_sizes(&[]), Growth::default());
        assert_eq!((of_sizes(&[5]).slope, of_sizes(&[5]).r2), (0.0, None));
        assert_eq!((of_sizes(&[5, 8]).slope, of_sizes(&[5, 8]).r2), (3.0, None));
        assert_eq!(of_sizes(&[4, 4, 4]).r2, Some(1.0));
        assert_eq!(of_sizes(&[9, 1, 1]).history_share, 0);
    }
}
