//! SIEVE, of "SIEVE is Simpler than LRU" (NSDI'24): a queue in the order of insertion, a mark on each
//! block that was hit, and a hand that moves from the oldest towards the youngest. It takes marks
//! away until it comes to a block without one, and that block goes. Blocks never move.

use super::{BlockCache, cover};

/// No block.
const NONE: u32 = u32::MAX;

/// A queue with a hand.
#[derive(Debug)]
pub(super) struct Sieve {
    capacity: usize,
    /// By block.
    nodes: Vec<Node>,
    youngest: u32,
    oldest: u32,
    /// Where the hand goes on; at the oldest block if nowhere.
    hand: u32,
    length: usize,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    younger: u32,
    older: u32,
    resident: bool,
    hit: bool,
}

impl Sieve {
    pub(super) fn new(capacity: usize) -> Self {
        let (nodes, length) = (Vec::new(), 0);
        Self { capacity, nodes, youngest: NONE, oldest: NONE, hand: NONE, length }
    }

    fn node(&mut self, block: u32) -> &mut Node {
        &mut self.nodes[block as usize]
    }

    fn insert(&mut self, block: u32) {
        if self.capacity == 0 {
            return;
        }
        if self.length == self.capacity {
            self.evict();
        }
        let older = std::mem::replace(&mut self.youngest, block);
        *self.node(block) = Node { younger: NONE, older, resident: true, hit: false };
        match older {
            NONE => self.oldest = block,
            older => self.node(older).younger = block,
        }
        self.length += 1;
    }

    fn evict(&mut self) {
        let mut at = if self.hand == NONE { self.oldest } else { self.hand };
        while std::mem::replace(&mut self.node(at).hit, false) {
            let younger = self.node(at).younger;
            at = if younger == NONE { self.oldest } else { younger };
        }
        let Node { younger, older, .. } = *self.node(at);
        match younger {
            NONE => self.youngest = older,
            younger => self.node(younger).older = older,
        }
        match older {
            NONE => self.oldest = younger,
            older => self.node(older).younger = younger,
        }
        self.node(at).resident = false;
        self.hand = younger;
        self.length -= 1;
    }
}

impl BlockCache for Sieve {
    fn contains(&self, block: u32) -> bool {
        self.nodes.get(block as usize).is_some_and(|node| node.resident)
    }

    fn request(&mut self, blocks: &[u32]) -> u64 {
        let absent = Node { younger: NONE, older: NONE, resident: false, hit: false };
        cover(&mut self.nodes, blocks, absent);
        let mut hits = 0;
        for &block in blocks {
            let node = self.node(block);
            if node.resident {
                node.hit = true;
                hits += 1;
            } else {
                self.insert(block);
            }
        }
        hits
    }
}
