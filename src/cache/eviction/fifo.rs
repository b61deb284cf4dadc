//! First in, first out.

use super::{BlockCache, cover};
use std::collections::VecDeque;

/// Blocks in the order of their insertion.
#[derive(Debug)]
pub(super) struct Fifo {
    capacity: usize,
    queue: VecDeque<u32>,
    /// By block.
    resident: Vec<bool>,
}

impl Fifo {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, queue: VecDeque::new(), resident: Vec::new() }
    }

    fn insert(&mut self, block: u32) {
        if self.capacity == 0 {
            return;
        }
        if self.queue.len() == self.capacity
            && let Some(oldest) = self.queue.pop_front()
        {
            self.resident[oldest as usize] = false;
        }
        self.queue.push_back(block);
        self.resident[block as usize] = true;
    }
}

impl BlockCache for Fifo {
    fn contains(&self, block: u32) -> bool {
        self.resident.get(block as usize).copied().unwrap_or(false)
    }

    fn request(&mut self, blocks: &[u32]) -> u64 {
        cover(&mut self.resident, blocks, false);
        let mut hits = 0;
        for &block in blocks {
            match self.resident[block as usize] {
                true => hits += 1,
                false => self.insert(block),
            }
        }
        hits
    }
}
