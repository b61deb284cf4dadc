//! Prompts that are kept for a time: the longest prefix that has not run out.
//!
//! A request refreshes all that it begins with, and a segment that it shares the beginning of with
//! another one so far only. So a node has layers: the further one reaches, the longer ago it was used.
//!
//! Most requests go on from the one before, so writing down each use would cost as much as was sent, and
//! not as much as is new. The prompt that was used last is the *front*: its nodes were used when it was,
//! and are told so when a request leaves them. What need not be written again is told by `since`.

use crate::cache::extent::Match;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::slots::Slots;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How long something is kept, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Life {
    /// After it was last used.
    pub(super) idle: Option<u64>,
    /// After it was written.
    pub(super) whole: Option<u64>,
}

impl Life {
    /// For ever.
    pub(super) const ENDLESS: Self = Self { idle: None, whole: None };

    fn ends(self) -> bool {
        self.idle.is_some() || self.whole.is_some()
    }

    fn holds(self, layer: &Layer, now: u64) -> bool {
        within(self.idle, layer.used, now) && within(self.whole, layer.written, now)
    }
}

fn within(limit: Option<u64>, since: u64, now: u64) -> bool {
    limit.is_none_or(|limit| now.saturating_sub(since) <= limit)
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    extent: Match,
    written: u64,
    used: u64,
    /// No part of what stands before it, and of what that has in common with others, was written
    /// earlier. So a request need not look at all that it begins with to know that it is there.
    since: u64,
}

impl Layer {
    fn covers(&self, extent: Match) -> bool {
        self.extent.bytes >= extent.bytes
    }
}

/// A set of prompts with all their beginnings, and when these were used.
#[derive(Debug, Default)]
pub(super) struct Lasting {
    /// Layers by falling extent.
    nodes: Slots<Vec<Layer>>,
    front: Front,
}

/// The prompt that was used last, where use prolongs what is kept.
#[derive(Debug, Default)]
struct Front {
    /// From the first node to the last.
    nodes: Vec<NodeId>,
    /// Those of them that begin like an earlier one.
    forks: Vec<NodeId>,
    used: u64,
    /// When each was written, and its place; some that left are still there.
    written: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Front {
    fn has(&self, prompts: &Prompts, node: NodeId) -> bool {
        let before = prompts.total(node).segments.checked_sub(1);
        before.is_some_and(|before| self.nodes.get(before) == Some(&node))
    }
}

impl Lasting {
    /// The longest prefix of a prompt that is kept.
    pub(super) fn longest(&self, prompts: &Prompts, leaf: NodeId, now: u64, life: Life) -> Match {
        let extent = |node: NodeId| {
            let used = if self.front.has(prompts, node) { self.front.used } else { 0 };
            let layers = self.nodes.get(node).into_iter().flatten();
            let holding = layers
                .filter(|layer| life.holds(&Layer { used: layer.used.max(used), ..**layer }, now));
            holding.map(|layer| layer.extent).max_by_key(|extent| extent.bytes).unwrap_or_default()
        };
        prompts.longest(leaf, extent)
    }

    /// Uses a prompt: it is there afterwards, from now on. What it begins with may have run out before
    /// it, and is there again as well.
    pub(super) fn touch(&mut self, prompts: &Prompts, leaf: NodeId, now: u64, life: Life) {
        if life.idle.is_some() {
            return self.advance(prompts, leaf, now, life);
        }
        let (mut walked, mut since) = (Vec::new(), now);
        for node in prompts.path(leaf) {
            if let Some(known) = self.standing(node, prompts.own(node), now, life) {
                since = known;
                break;
            }
            walked.push(node);
        }
        walked.reverse();
        self.renew(prompts, &walked, since, now, life);
    }

    /// Moves the front to a prompt. What both begin with is used by that alone, but for what has run
    /// out.
    fn advance(&mut self, prompts: &Prompts, leaf: NodeId, now: u64, life: Life) {
        let is_new = |node: &NodeId| !self.front.has(prompts, *node);
        let mut walked: Vec<NodeId> = prompts.path(leaf).take_while(is_new).collect();
        let mut keep = prompts.total(leaf).segments - walked.len();
        if !within(life.idle, self.front.used, now) {
            keep = 0;
            walked = prompts.path(leaf).collect();
        }
        self.leave(prompts, keep);
        for at in 0..self.front.forks.len() {
            let node = self.front.forks[at];
            self.renew_siblings(prompts, node, now, life);
        }
        while let Some(&Reverse((written, at))) = self.front.written.peek()
            && !within(life.whole, written, now)
        {
            self.front.written.pop();
            if let Some(&node) = self.front.nodes.get(at) {
                // Else it was another node's, or was written anew since.
                if self.written(node) == written {
                    let since = self.first(node).map_or(now, |layer| layer.since);
                    self.renew(prompts, &[node], since, now, life);
                }
                self.front.written.push(Reverse((self.written(node), at)));
            }
        }
        let last = self.front.nodes.last().and_then(|last| self.first(*last));
        let since = last.map_or(now, |layer| layer.since);
        walked.reverse();
        self.renew(prompts, &walked, since, now, life);
        let forks = walked.iter().filter(|node| prompts.sibling(**node).is_some());
        self.front.forks.extend(forks);
        for node in walked {
            let at = self.front.nodes.len();
            self.front.written.push(Reverse((self.written(node), at)));
            self.front.nodes.push(node);
        }
        self.front.used = now;
    }

    /// When a node was written as far as it reaches.
    fn written(&self, node: NodeId) -> u64 {
        self.first(node).map_or(0, |layer| layer.written)
    }

    fn first(&self, node: NodeId) -> Option<&Layer> {
        self.nodes.get(node)?.first()
    }

    /// Writes down when all behind so many nodes of the front were used.
    fn leave(&mut self, prompts: &Prompts, keep: usize) {
        let used = self.front.used;
        for node in self.front.nodes.drain(keep..) {
            self.nodes.get_mut(node).iter_mut().for_each(|one| one.used = one.used.max(used));
        }
        let kept = |node: &NodeId| prompts.total(*node).segments <= keep;
        self.front.forks.truncate(self.front.forks.partition_point(kept));
    }

    /// Uses nodes of a prompt that stand one behind the other; `since` is that of what is before them.
    fn renew(&mut self, prompts: &Prompts, nodes: &[NodeId], mut since: u64, now: u64, life: Life) {
        for &node in nodes {
            let at = self.raise(node, prompts.own(node), now, life);
            since = since.min(self.nodes.get_mut(node)[at].written);
            since = since.min(self.renew_siblings(prompts, node, now, life));
            self.nodes.get_mut(node)[at].since = since;
        }
    }

    /// Uses what a node has in common with others: when the first of that was written.
    fn renew_siblings(&mut self, prompts: &Prompts, node: NodeId, now: u64, life: Life) -> u64 {
        let (mut since, mut next) = (now, prompts.sibling(node));
        while let Some((sibling, common)) = next {
            let at = self.raise(sibling, common, now, life);
            let written = self.nodes.get_mut(sibling)[at].written;
            // What never ends is known to all further ones as well.
            if written < now && !life.ends() {
                break;
            }
            since = since.min(written);
            next = prompts.sibling(sibling);
        }
        since
    }

    /// Where use prolongs nothing and neither a node nor anything before it has run out: when the first
    /// of all that was written. There is nothing to do for these.
    fn standing(&self, node: NodeId, extent: Match, now: u64, life: Life) -> Option<u64> {
        let mut layers = self.nodes.get(node)?.iter();
        let known = layers.rfind(|layer| layer.covers(extent) && life.holds(layer, now))?;
        within(life.whole, known.since, now).then_some(known.since)
    }

    /// Makes a node reach so far; the place of the layer that does.
    fn raise(&mut self, node: NodeId, extent: Match, now: u64, life: Life) -> usize {
        let layers = self.nodes.get_mut(node);
        let known = layers.iter().rposition(|layer| layer.covers(extent) && life.holds(layer, now));
        // Where use prolongs nothing, what is there stays as it is.
        if let Some(at) = known.filter(|_| life.idle.is_none()) {
            return at;
        }
        let written = known.map_or(now, |at| layers[at].written);
        layers.retain(|layer| layer.extent.bytes > extent.bytes);
        layers.push(Layer { extent, written, used: now, since: written });
        layers.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Lasting, Life};
    use crate::cache::part::Part;
    use crate::cache::prompts::{NodeId, Prompts};
    use crate::cache::render::Segment;
    use proptest::prelude::*;

    proptest! {
        /// What is not looked at would be as it is, whatever lives requests ask for.
        #[test]
        fn uses_that_are_not_written_down_count(
            asked in prop::collection::vec(
                (prop::collection::vec(0..6usize, 1..7), 0..9u64, 0..3usize),
                1..30,
            ),
            (idle, whole) in (prop::option::of(3..9u64), prop::option::of(10..20u64)),
        ) {
            let texts = ["a", "aab", "aac", "aaca", "b", "bc"];
            // Mostly the one, as in a session; sometimes another, where lives end at all.
            let life = Life { idle, whole };
            let other = Life { idle: None, whole: life.ends().then_some(25) };
            let lives = [life, life, other];
            let (mut prompts, mut now) = (Prompts::new(), 0);
            let (mut quick, mut thorough) = (Lasting::default(), Lasting::default());
            for (pieces, wait, life) in asked {
                now += wait;
                let life = lives[life];
                let segments: Vec<Segment> = pieces
                    .iter()
                    .map(|piece| Segment::of_letters(Part::User, texts[*piece]))
                    .collect();
                let leaf = prompts.intern(&segments).leaf;
                for life in lives {
                    let longest = |one: &Lasting| one.longest(&prompts, leaf, now, life);
                    prop_assert_eq!(longest(&quick), longest(&thorough));
                }
                quick.touch(&prompts, leaf, now, life);
                let mut all: Vec<NodeId> = prompts.path(leaf).collect();
                all.reverse();
                thorough.renew(&prompts, &all, now, now, life);
            }
        }
    }
}
