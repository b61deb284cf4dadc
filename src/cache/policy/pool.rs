//! A pool of so many blocks: which of a prompt's blocks are resident.
//!
//! A block is the place where it ends: two prompts have it in common exactly when they share all
//! tokens up to there. Numbers are given to blocks once for each segment, so a request costs as much
//! as it has blocks.

use crate::cache::eviction::{BlockCache, Eviction};
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::slots::Slots;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Resident blocks under a rule of eviction.
pub(super) struct Pool {
    page: u64,
    resident: Box<dyn BlockCache>,
    /// The blocks that end in a node's segment.
    of_node: Slots<Option<Arc<[u32]>>>,
    /// Only looked up, never walked.
    numbers: HashMap<(NodeId, u64), u32>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("page", &self.page).finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(page: u64, tokens: u64, eviction: Eviction) -> Self {
        let blocks = usize::try_from(tokens / page).unwrap_or(usize::MAX);
        // Belady alone looks ahead, and is no rule for a running cache.
        let resident = eviction.cache(blocks, &Arc::from([]));
        Self { page, resident, of_node: Slots::default(), numbers: HashMap::new() }
    }

    /// The full blocks of a prompt, and with `tail` the one that is not full.
    pub(super) fn blocks(&mut self, prompts: &Prompts, leaf: NodeId, tail: bool) -> Vec<u32> {
        let mut path: Vec<NodeId> = prompts.path(leaf).collect();
        path.reverse();
        let mut blocks = Vec::new();
        for node in path {
            blocks.extend_from_slice(&self.ending_in(prompts, node));
        }
        if tail && !prompts.total(leaf).tokens.is_multiple_of(self.page) {
            // No full block ends there.
            blocks.push(self.number((leaf, prompts.total(leaf).tokens)));
        }
        blocks
    }

    /// How many leading blocks are resident.
    pub(super) fn run(&self, blocks: &[u32]) -> u64 {
        blocks.iter().take_while(|block| self.resident.contains(**block)).count() as u64
    }

    /// Uses the blocks of a request.
    pub(super) fn touch(&mut self, blocks: &[u32]) {
        self.resident.request(blocks);
    }

    fn ending_in(&mut self, prompts: &Prompts, node: NodeId) -> Arc<[u32]> {
        if let Some(Some(known)) = self.of_node.get(node) {
            return Arc::clone(known);
        }
        let before = prompts.total(prompts.parent(node)).tokens;
        let after = prompts.total(node).tokens;
        let page = self.page;
        let ends = (before / page + 1..=after / page).map(|at| at * page);
        let numbers = ends.map(|end| {
            let owner = prompts.owner_within(node, end - before);
            self.number((owner, end))
        });
        let blocks: Arc<[u32]> = numbers.collect();
        *self.of_node.get_mut(node) = Some(Arc::clone(&blocks));
        blocks
    }

    fn number(&mut self, block: (NodeId, u64)) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(block).or_insert(next)
    }
}
