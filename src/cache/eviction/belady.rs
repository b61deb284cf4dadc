//! The optimum: the block goes whose next use is farthest in the future.

use super::ranked::Ranked;
use super::{BlockCache, cover};
use std::cmp::Reverse;
use std::sync::Arc;

/// The next access to a block that is accessed no more.
pub const NEVER: u32 = u32::MAX;

/// Learns the future from a first pass over all accesses: 4 bytes for each of them.
#[derive(Debug, Default)]
pub struct Foresight {
    next: Vec<u32>,
    /// By block: the number of its last access.
    last: Vec<u32>,
}

impl Foresight {
    /// The accesses of a request. False once there are more than [`NEVER`] in all, which are too many.
    pub fn request(&mut self, blocks: &[u32]) -> bool {
        if self.next.len() + blocks.len() >= NEVER as usize {
            return false;
        }
        cover(&mut self.last, blocks, NEVER);
        for &block in blocks {
            let now = self.next.len() as u32;
            let last = std::mem::replace(&mut self.last[block as usize], now);
            if let Some(next) = self.next.get_mut(last as usize) {
                *next = now;
            }
            self.next.push(NEVER);
        }
        true
    }

    /// For each access, the number of the next one to the same block.
    #[must_use]
    pub fn future(self) -> Arc<[u32]> {
        self.next.into()
    }
}

/// A cache that knows the future. It is told once, and has to be played as told.
#[derive(Debug)]
pub struct Belady {
    capacity: usize,
    /// By access: the number of the next access to the same block.
    future: Arc<[u32]>,
    /// The number of the next access.
    now: usize,
    blocks: Ranked<Reverse<u32>>,
}

impl Belady {
    /// An empty cache.
    #[must_use]
    pub fn new(capacity: usize, future: Arc<[u32]>) -> Self {
        Self { capacity, future, now: 0, blocks: Ranked::new() }
    }
}

impl BlockCache for Belady {
    fn contains(&self, block: u32) -> bool {
        self.blocks.contains(block)
    }

    fn request(&mut self, blocks: &[u32]) -> u64 {
        self.blocks.cover(blocks);
        let mut hits = 0;
        for &block in blocks {
            let next = self.future.get(self.now).copied().unwrap_or(NEVER);
            self.now += 1;
            let hit = self.blocks.contains(block);
            hits += u64::from(hit);
            if hit || self.blocks.make_room(self.capacity) {
                self.blocks.set(block, Reverse(next));
            }
        }
        hits
    }
}
