//! Sessions with figures that are known by their closed form.

use crate::measure::growth::{Counted, Curves, Rates, Series, Step, curves};

/// The session of the reference, p = 12,000 and s = 1,000, every prefix cached; whether anybody
/// counted.
pub(super) fn session(name: &str, n: u64, counted: bool) -> Curves {
    let gaps: Vec<u64> = if counted { Vec::new() } else { (0..n).collect() };
    gapped(name, n, &gaps)
}

/// The same, counted but for these requests.
pub(super) fn gapped(name: &str, n: u64, gaps: &[u64]) -> Curves {
    let step = |at: u64| {
        let (sent, new) = (12_000 + at * 1_000, if at == 0 { 12_000 } else { 1_000 });
        let account = Counted { cached: sent - new, written: 0, plain: new };
        Step { sent, new, counted: (!gaps.contains(&at)).then_some(account) }
    };
    let rates = Rates { read: 0.1, write: 1.0, model: None };
    curves(&Series {
        name: name.into(),
        steps: (0..n).map(step).collect(),
        rates,
        simulated: false,
    })
    .unwrap()
}

/// The same with the prefix broken by every request.
pub(super) fn broken(name: &str, n: u64) -> Curves {
    let step = |at: u64| {
        let sent = 12_000 + at * 1_000;
        let counted = Some(Counted { cached: 0, written: 0, plain: sent });
        Step { sent, new: sent, counted }
    };
    let rates = Rates { read: 0.1, write: 1.0, model: None };
    curves(&Series {
        name: name.into(),
        steps: (0..n).map(step).collect(),
        rates,
        simulated: false,
    })
    .unwrap()
}
