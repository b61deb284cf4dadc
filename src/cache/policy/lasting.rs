//! Prompts that are kept for a time: the longest prefix that has not run out.
//!
//! A request refreshes all that it begins with, and a segment that it shares the beginning of with
//! another one so far only. So a node has layers: the further one reaches, the longer ago it was used.

use crate::cache::extent::Match;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::slots::Slots;

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
        let within = |limit: Option<u64>, since: u64| {
            limit.is_none_or(|limit| now.saturating_sub(since) <= limit)
        };
        within(self.idle, layer.used) && within(self.whole, layer.written)
    }
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
}

impl Lasting {
    /// The longest prefix of a prompt that is kept.
    pub(super) fn longest(&self, prompts: &Prompts, leaf: NodeId, now: u64, life: Life) -> Match {
        let extent = |node: NodeId| {
            let layers = self.nodes.get(node).into_iter().flatten();
            let holding = layers.filter(|layer| life.holds(layer, now));
            holding.map(|layer| layer.extent).max_by_key(|extent| extent.bytes).unwrap_or_default()
        };
        prompts.longest(leaf, extent)
    }

    /// Uses a prompt: it is there afterwards, from now on. What it begins with may have run out before
    /// it, and is there again as well.
    pub(super) fn touch(&mut self, prompts: &Prompts, leaf: NodeId, now: u64, life: Life) {
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

    /// Uses nodes of a prompt that stand one behind the other; `since` is that of what is before them.
    fn renew(&mut self, prompts: &Prompts, nodes: &[NodeId], mut since: u64, now: u64, life: Life) {
        for &node in nodes {
            let at = self.raise(node, prompts.own(node), now, life);
            since = since.min(self.nodes.get_mut(node)[at].written);
            let mut next = prompts.sibling(node);
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
            self.nodes.get_mut(node)[at].since = since;
        }
    }

    /// Where use prolongs nothing and neither a node nor anything before it has run out: when the first
    /// of all that was written. There is nothing to do for these.
    fn standing(&self, node: NodeId, extent: Match, now: u64, life: Life) -> Option<u64> {
        let layers = self.nodes.get(node).filter(|_| life.idle.is_none())?;
        let known = layers.iter().rfind(|layer| layer.covers(extent) && life.holds(layer, now))?;
        let stands = life.whole.is_none_or(|whole| now.saturating_sub(known.since) <= whole);
        stands.then_some(known.since)
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
        /// What need not be looked at would not have changed anything.
        #[test]
        fn stopping_early_changes_nothing(
            asked in prop::collection::vec((prop::collection::vec(0..6usize, 1..7), 0..9u64), 1..30),
            whole in prop::option::of(10..20u64),
        ) {
            let texts = ["a", "aab", "aac", "aaca", "b", "bc"];
            let life = Life { idle: None, whole };
            let (mut prompts, mut now) = (Prompts::new(), 0);
            let (mut quick, mut thorough) = (Lasting::default(), Lasting::default());
            for (pieces, wait) in asked {
                now += wait;
                let segments: Vec<Segment> = pieces
                    .iter()
                    .map(|piece| Segment::of_letters(Part::User, texts[*piece]))
                    .collect();
                let leaf = prompts.intern(&segments).leaf;
                let longest = |one: &Lasting| one.longest(&prompts, leaf, now, life);
                prop_assert_eq!(longest(&quick), longest(&thorough));
                quick.touch(&prompts, leaf, now, life);
                let mut all: Vec<NodeId> = prompts.path(leaf).collect();
                all.reverse();
                thorough.renew(&prompts, &all, now, now, life);
            }
        }
    }
}
