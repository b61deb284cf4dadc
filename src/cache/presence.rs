//! Which prompts somebody has had: the longest prefix of any of them is one walk.

use super::extent::Match;
use super::prompts::{NodeId, Prompts};
use super::slots::Slots;

/// A set of prompts of a [`Prompts`], with all their beginnings, to the byte.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    /// How much of a segment is there. What it shares with its sibling is counted there.
    extents: Slots<Match>,
}

impl Presence {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The longest prefix that a prompt shares with any added one.
    #[must_use]
    pub fn longest(&self, prompts: &Prompts, leaf: NodeId) -> Match {
        prompts.longest(leaf, |node| self.extent(node))
    }

    /// Adds a prompt.
    pub fn add(&mut self, prompts: &Prompts, leaf: NodeId) {
        for node in prompts.path(leaf) {
            if self.is_whole(prompts, node) {
                break;
            }
            *self.extents.get_mut(node) = prompts.own(node);
            let mut at = node;
            while let Some((sibling, common)) = prompts.sibling(at) {
                let known = self.extents.get_mut(sibling);
                if known.bytes >= common.bytes {
                    break;
                }
                *known = common;
                at = sibling;
            }
        }
    }

    fn extent(&self, node: NodeId) -> Match {
        self.extents.get(node).copied().unwrap_or_default()
    }

    fn is_whole(&self, prompts: &Prompts, node: NodeId) -> bool {
        self.extent(node).bytes >= prompts.own(node).bytes
    }
}
