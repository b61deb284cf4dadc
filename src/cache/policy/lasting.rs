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
        for node in prompts.path(leaf) {
            let own = prompts.own(node);
            if !self.raise(node, own, now, life) && !life.ends() {
                break;
            }
            let mut at = node;
            while let Some((sibling, common)) = prompts.sibling(at) {
                if !self.raise(sibling, common, now, life) && !life.ends() {
                    break;
                }
                at = sibling;
            }
        }
    }

    /// Whether anything changed.
    fn raise(&mut self, node: NodeId, extent: Match, now: u64, life: Life) -> bool {
        let layers = self.nodes.get_mut(node);
        let covering = |layer: &&Layer| layer.extent.bytes >= extent.bytes;
        let known = layers.iter().filter(covering).rfind(|layer| life.holds(layer, now));
        // Where use prolongs nothing, what is there stays as it is.
        if life.idle.is_none() && known.is_some() {
            return false;
        }
        let written = known.map_or(now, |layer| layer.written);
        layers.retain(|layer| layer.extent.bytes > extent.bytes);
        layers.push(Layer { extent, written, used: now });
        true
    }
}
