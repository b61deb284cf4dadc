//! What is on its way into a cache: nothing can be read before it was processed.

use crate::cache::prompts::NodeId;

/// Prompts, each with the time from which it can be read.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: Vec<(u64, NodeId)>,
}

impl Pending {
    pub(super) fn push(&mut self, readable: u64, leaf: NodeId) {
        self.waiting.push((readable, leaf));
    }

    /// Takes out all that can be read by now, in the order in which it came.
    pub(super) fn ready(&mut self, now: u64) -> Vec<(u64, NodeId)> {
        self.waiting.extract_if(.., |(readable, _)| *readable <= now).collect()
    }

    /// What cannot be read yet.
    pub(super) fn rest(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.waiting.iter().map(|(_, leaf)| *leaf)
    }
}
