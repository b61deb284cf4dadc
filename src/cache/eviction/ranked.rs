//! Resident blocks by rank: the one of least rank is found at once, and any rank can change.
//!
//! A heap in a vector with four children to a node, which is half as deep as one with two, and the
//! place of each block in it.

use super::cover;

/// Not in the heap.
const NOWHERE: u32 = u32::MAX;

/// Blocks and their ranks.
#[derive(Debug)]
pub(super) struct Ranked<K> {
    heap: Vec<(K, u32)>,
    /// By block.
    places: Vec<u32>,
}

impl<K: Copy + Ord> Ranked<K> {
    pub(super) fn new() -> Self {
        Self { heap: Vec::new(), places: Vec::new() }
    }

    /// Makes room for these blocks.
    pub(super) fn cover(&mut self, blocks: &[u32]) {
        cover(&mut self.places, blocks, NOWHERE);
    }

    pub(super) fn contains(&self, block: u32) -> bool {
        self.rank(block).is_some()
    }

    /// Its rank, if it is resident.
    pub(super) fn rank(&self, block: u32) -> Option<K> {
        let place = *self.places.get(block as usize)?;
        self.heap.get(place as usize).map(|(rank, _)| *rank)
    }

    /// Inserts a block, or changes its rank.
    pub(super) fn set(&mut self, block: u32, rank: K) {
        let place = self.places[block as usize];
        if place == NOWHERE {
            self.heap.push((rank, block));
            return self.rise(self.heap.len() - 1);
        }
        let place = place as usize;
        let before = std::mem::replace(&mut self.heap[place].0, rank);
        match rank < before {
            true => self.rise(place),
            false => self.sink(place),
        }
    }

    /// Takes out the block of least rank if there are as many as the capacity. Whether there is room
    /// for one more then: never if the capacity is 0.
    pub(super) fn make_room(&mut self, capacity: usize) -> bool {
        if self.heap.len() < capacity {
            return true;
        }
        let Some(last) = self.heap.len().checked_sub(1) else { return false };
        let (_, least) = self.heap.swap_remove(0);
        self.places[least as usize] = NOWHERE;
        if last > 0 {
            self.sink(0);
        }
        true
    }

    fn rise(&mut self, mut place: usize) {
        let moved = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 4;
            if self.heap[parent] <= moved {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, moved);
    }

    fn sink(&mut self, mut place: usize) {
        let moved = self.heap[place];
        loop {
            let first = 4 * place + 1;
            let children = first..self.heap.len().min(first + 4);
            let Some(least) = children.min_by_key(|child| self.heap[*child]) else { break };
            if moved <= self.heap[least] {
                break;
            }
            self.put(place, self.heap[least]);
            place = least;
        }
        self.put(place, moved);
    }

    fn put(&mut self, place: usize, entry: (K, u32)) {
        self.heap[place] = entry;
        self.places[entry.1 as usize] = place as u32;
    }
}
