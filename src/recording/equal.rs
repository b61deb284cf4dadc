//! Exchanges whose requests are equal, and which of them a player gives.
//!
//! A client that lost an answer asks again and goes on from the second one; several sessions may
//! begin alike. So those that later exchanges continue are given, and if there are none, the last.

use super::Recording;
use std::collections::BTreeSet;

/// The exchanges that others continue.
#[must_use]
pub fn continued(recording: &Recording) -> BTreeSet<u32> {
    recording.exchanges.iter().filter_map(|exchange| exchange.parent).collect()
}

/// Those that are given of exchanges with equal requests, which stand in the order recorded.
#[must_use]
pub fn given(equal: &[u32], continued: &BTreeSet<u32>) -> Vec<u32> {
    let live = equal.iter().copied().filter(|number| continued.contains(number));
    let mut given: Vec<u32> = live.collect();
    if given.is_empty() {
        given.extend(equal.last());
    }
    given
}
