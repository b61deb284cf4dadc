//! Caches of units: a prefix that ends at a certain place is there as a whole, or not at all.

use crate::cache::extent::Match;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::slots::Slots;
use std::collections::HashMap;

/// A place in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) node: NodeId,
    /// Bytes of the node's segment before it.
    pub(super) bytes: u64,
    /// Tokens from the start of the prompt.
    pub(super) tokens: u64,
}

impl Place {
    /// The end of a node.
    pub(super) fn end(prompts: &Prompts, node: NodeId) -> Self {
        Self { node, bytes: prompts.own(node).bytes, tokens: prompts.total(node).tokens }
    }
}

/// What is known of a unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// From when on it can be read.
    pub(super) readable: u64,
    /// How long it is kept, in milliseconds, from its last use on.
    pub(super) ttl: u64,
    pub(super) used: u64,
}

/// How a unit stands at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Readable,
    NotYet,
    Expired,
}

impl Unit {
    pub(super) fn state(&self, now: u64) -> State {
        match () {
            () if now.saturating_sub(self.used) > self.ttl => State::Expired,
            () if now < self.readable => State::NotYet,
            () => State::Readable,
        }
    }
}

/// Units by place and kind: units of different kinds do not know each other.
#[derive(Debug)]
pub(super) struct Units<K> {
    /// Only looked up, never walked.
    known: HashMap<(NodeId, u64, K), Unit>,
    /// Where units end inside of a segment, by the node that owns the place.
    inside: Slots<Vec<Match>>,
}

impl<K> Default for Units<K> {
    fn default() -> Self {
        Self { known: HashMap::new(), inside: Slots::default() }
    }
}

impl<K: Clone + Eq + std::hash::Hash> Units<K> {
    pub(super) fn get(&self, prompts: &Prompts, place: Place, kind: &K) -> Option<&Unit> {
        self.known.get(&key(prompts, place, kind))
    }

    /// Reads a unit: it is as new.
    pub(super) fn read(&mut self, prompts: &Prompts, place: Place, kind: &K, now: u64) {
        if let Some(unit) = self.known.get_mut(&key(prompts, place, kind)) {
            unit.used = unit.used.max(now);
        }
    }

    /// Writes a unit; one that is there already stays readable, and is kept for the longer time.
    pub(super) fn write(&mut self, prompts: &Prompts, place: Place, kind: &K, new: Unit) {
        let key = key(prompts, place, kind);
        if place.bytes < prompts.own(place.node).bytes {
            let before = prompts.total(prompts.parent(place.node)).tokens;
            let (bytes, tokens) = (place.bytes, place.tokens - before);
            let inside = self.inside.get_mut(key.0);
            if inside.iter().all(|unit| unit.bytes != bytes) {
                inside.push(Match { segments: 0, bytes, tokens });
            }
        }
        let unit = self.known.entry(key).or_insert(new);
        match unit.state(new.used) {
            State::Expired => *unit = new,
            State::Readable | State::NotYet => {
                unit.readable = unit.readable.min(new.readable);
                unit.used = unit.used.max(new.used);
                unit.ttl = unit.ttl.max(new.ttl);
            }
        }
    }

    /// The places of a prompt at which there may be a unit, the longest first.
    pub(super) fn places<'a>(
        &'a self,
        prompts: &'a Prompts,
        leaf: NodeId,
    ) -> impl Iterator<Item = Place> + 'a {
        prompts.path(leaf).flat_map(move |node| self.within(prompts, node))
    }

    /// Those in one segment.
    pub(super) fn within(
        &self,
        prompts: &Prompts,
        node: NodeId,
    ) -> impl Iterator<Item = Place> + use<K> {
        let end = Place::end(prompts, node);
        std::iter::once(end).chain(self.inside(prompts, end))
    }

    /// The places inside of a segment, before this one, at which there may be a unit, be it as the
    /// beginning of another segment; the longest first.
    pub(super) fn inside(&self, prompts: &Prompts, end: Place) -> Vec<Place> {
        if self.inside.is_empty() {
            return Vec::new();
        }
        let own = (end.node, prompts.own(end.node));
        let chain = std::iter::successors(Some(own), |(at, _)| prompts.sibling(*at));
        let mut inside: Vec<Match> = chain
            .flat_map(|(at, common)| {
                let units = self.inside.get(at).into_iter().flatten();
                units.filter(move |unit| unit.bytes <= common.bytes)
            })
            .copied()
            .collect();
        inside.retain(|unit| unit.bytes < end.bytes);
        inside.sort_by_key(|unit| std::cmp::Reverse(unit.bytes));
        let before = prompts.total(prompts.parent(end.node)).tokens;
        let place =
            |unit: Match| Place { node: end.node, bytes: unit.bytes, tokens: before + unit.tokens };
        inside.into_iter().map(place).collect()
    }
}

/// Two prompts share a place exactly when the same node had this beginning first.
fn key<K: Clone>(prompts: &Prompts, place: Place, kind: &K) -> (NodeId, u64, K) {
    (prompts.owner_of_byte(place.node, place.bytes), place.bytes, kind.clone())
}
