//! By frequency, and among equals by length: a block that was evicted starts again at 1.

use super::BlockCache;
use super::ranked::Ranked;
use std::cmp::Reverse;

/// Least frequently used; ties go to the block farthest from the beginning of the request that last
/// accessed it, and then to the least recently used.
#[derive(Debug)]
pub(super) struct LengthAware {
    capacity: usize,
    /// Frequency, place in its request, time of the last access.
    blocks: Ranked<(u64, Reverse<u32>, u64)>,
    time: u64,
}

impl LengthAware {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, blocks: Ranked::new(), time: 0 }
    }
}

impl BlockCache for LengthAware {
    fn contains(&self, block: u32) -> bool {
        self.blocks.contains(block)
    }

    fn request(&mut self, blocks: &[u32]) -> u64 {
        self.blocks.cover(blocks);
        let mut hits = 0;
        for (place, &block) in (0..).zip(blocks) {
            self.time += 1;
            let before = self.blocks.rank(block).map_or(0, |(frequency, ..)| frequency);
            hits += u64::from(before > 0);
            if before > 0 || self.blocks.make_room(self.capacity) {
                self.blocks.set(block, (before + 1, Reverse(place), self.time));
            }
        }
        hits
    }
}
