//! The drift of one run, as its journal tells it: each change once, with every request that has it.
//!
//! A changed system prompt stands in all requests of a run. Told anew each time it would bury what
//! else there is, and a journal would grow with the square of the requests.

use crate::recording::journal::DriftEvent;
use crate::recording::matching::Drift;
use crate::wire::Digest;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What has been told so far.
#[derive(Debug, Default)]
pub(super) struct Drifts {
    /// Number of each change, in the order of appearance.
    numbers: BTreeMap<(Option<Digest>, Option<Digest>, String), u32>,
    off_policy: Option<String>,
}

impl Drifts {
    /// The event of a request; `answered` says whether it got the recorded answer.
    pub(super) fn event(&mut self, seq: u32, drift: &Drift, answered: bool) -> DriftEvent {
        let (mut differences, mut again) = (Vec::new(), Vec::new());
        let first = self.numbers.len() as u32;
        for difference in &drift.differences {
            let (recorded, received, place) = difference.key();
            let next = self.numbers.len() as u32;
            match self.numbers.entry((recorded, received, place.to_owned())) {
                // One change may stand at two places of a request.
                Entry::Occupied(known) if *known.get() >= first => {}
                Entry::Occupied(known) => again.push(*known.get()),
                Entry::Vacant(free) => {
                    free.insert(next);
                    differences.push(difference.clone());
                }
            }
        }
        let severity = drift.severity();
        if severity.is_off_policy() && answered && self.off_policy.is_none() {
            self.off_policy = drift.worst().map(|worst| {
                let (what, layer) = (severity.as_str(), worst.layer.as_str());
                let (number, place) = (seq + 1, &worst.pointer);
                format!("off-policy from request {number} on: {what} drift, {layer} at {place}")
            });
        }
        DriftEvent {
            seq,
            exchange: drift.exchange,
            severity,
            answered,
            differences,
            again: ranges(again),
        }
    }

    /// From which request on the answers belong to another world, and why.
    pub(super) fn off_policy(&self) -> Option<String> {
        self.off_policy.clone()
    }
}

/// Numbers as ranges.
fn ranges(mut numbers: Vec<u32>) -> Vec<(u32, u32)> {
    numbers.sort_unstable();
    numbers.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end == number => *end += 1,
            _ => ranges.push((number, number + 1)),
        }
    }
    ranges
}
