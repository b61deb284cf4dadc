//! Two answers to one request. A client that lost an answer (its own time ran out, or it was
//! interrupted) asks again, and a recording of an upstream then holds two exchanges with equal
//! requests. The client went on from one of them; the other is *superseded*: it is never given,
//! and nobody misses it.
//!
//! Where several were continued (one beginning, several sessions), each is given once, in the order
//! recorded, and the last from then on. This is the one place where a count decides, for nothing in
//! such a request tells them apart.

use super::Replay;
use crate::recording::Recording;
use crate::recording::equal::{continued, given};
use std::collections::BTreeMap;

/// The exchanges whose request and place another one shares.
#[derive(Debug, Default)]
pub(super) struct Twice {
    /// Those that are given in the place of an exchange, in the order recorded.
    given: BTreeMap<u32, Vec<u32>>,
}

impl Twice {
    /// `groups` are the exchanges whose requests have one content, in the order recorded.
    pub(super) fn new<'a>(
        recording: &Recording,
        groups: impl Iterator<Item = &'a Vec<u32>>,
    ) -> Self {
        let parent = |number: u32| recording.exchanges[number as usize].parent;
        let continued = continued(recording);
        let mut twice = Self::default();
        for group in groups.filter(|group| group.len() > 1) {
            let mut by_parent: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
            for number in group {
                by_parent.entry(parent(*number)).or_default().push(*number);
            }
            for equal in by_parent.into_values().filter(|equal| equal.len() > 1) {
                let given = given(&equal, &continued);
                twice.given.extend(equal.into_iter().map(|number| (number, given.clone())));
            }
        }
        twice
    }

    /// Whether another one is always given in its place.
    pub(super) fn is_superseded(&self, number: u32) -> bool {
        self.given.get(&number).is_some_and(|given| !given.contains(&number))
    }
}

impl Replay {
    /// The exchange to give where this one's request is asked.
    pub(super) fn given_for(&self, number: u32) -> u32 {
        let Some(given) = self.twice.given.get(&number) else { return number };
        let played = self.played();
        let is_left = |number: &&u32| self.answered(&played, **number) == 0;
        given.iter().find(is_left).or(given.last()).copied().unwrap_or(number)
    }
}
