//! Least frequently used since its insertion; among equals, the least recently used.
//!
//! Blocks of one frequency stand in a list, the youngest last. An access moves a block to the end of
//! the list of the next frequency, so that each list is in the order of last accesses without any
//! clock. The lists stand in a list themselves, by frequency; there are as many as different
//! frequencies, and an access never searches.

use super::{BlockCache, cover};

/// No block, no group.
const NONE: u32 = u32::MAX;

/// Blocks in groups of one frequency.
#[derive(Debug)]
pub(super) struct Lfu {
    capacity: usize,
    length: usize,
    /// By block.
    nodes: Vec<Node>,
    groups: Vec<Group>,
    /// Places of groups that are no more.
    free: Vec<u32>,
    /// The group of the least frequency.
    least: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its group; none if the block is not resident.
    group: u32,
    older: u32,
    younger: u32,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    frequency: u64,
    oldest: u32,
    youngest: u32,
    /// The groups of the next lower and the next higher frequency.
    less: u32,
    more: u32,
}

impl Lfu {
    pub(super) fn new(capacity: usize) -> Self {
        let (nodes, groups, free) = (Vec::new(), Vec::new(), Vec::new());
        Self { capacity, length: 0, nodes, groups, free, least: NONE }
    }

    fn node(&mut self, block: u32) -> &mut Node {
        &mut self.nodes[block as usize]
    }

    fn group(&mut self, group: u32) -> &mut Group {
        &mut self.groups[group as usize]
    }

    /// The group of this frequency, which is between these two, of which `more` may be the one.
    fn between(&mut self, less: u32, frequency: u64, more: u32) -> u32 {
        if more != NONE && self.group(more).frequency == frequency {
            return more;
        }
        let group = Group { frequency, oldest: NONE, youngest: NONE, less, more };
        let place = match self.free.pop() {
            Some(place) => {
                *self.group(place) = group;
                place
            }
            None => {
                self.groups.push(group);
                self.groups.len() as u32 - 1
            }
        };
        match less {
            NONE => self.least = place,
            less => self.group(less).more = place,
        }
        if more != NONE {
            self.group(more).less = place;
        }
        place
    }

    /// Makes a block the youngest of a group.
    fn append(&mut self, block: u32, group: u32) {
        let older = std::mem::replace(&mut self.group(group).youngest, block);
        *self.node(block) = Node { group, older, younger: NONE };
        match older {
            NONE => self.group(group).oldest = block,
            older => self.node(older).younger = block,
        }
    }

    /// Takes a block out of its group, and the group away if it was the last.
    fn remove(&mut self, block: u32) {
        let Node { group, older, younger } = self.nodes[block as usize];
        match older {
            NONE => self.group(group).oldest = younger,
            older => self.node(older).younger = younger,
        }
        match younger {
            NONE => self.group(group).youngest = older,
            younger => self.node(younger).older = older,
        }
        self.node(block).group = NONE;
        let Group { oldest, less, more, .. } = *self.group(group);
        if oldest != NONE {
            return;
        }
        match less {
            NONE => self.least = more,
            less => self.group(less).more = more,
        }
        if more != NONE {
            self.group(more).less = less;
        }
        self.free.push(group);
    }

    fn hit(&mut self, block: u32, group: u32) {
        let Group { frequency, more, .. } = *self.group(group);
        let next = self.between(group, frequency + 1, more);
        self.remove(block);
        self.append(block, next);
    }

    fn insert(&mut self, block: u32) {
        if self.capacity == 0 {
            return;
        }
        if self.length == self.capacity {
            let victim = self.group(self.least).oldest;
            self.remove(victim);
            self.length -= 1;
        }
        let first = self.between(NONE, 1, self.least);
        self.append(block, first);
        self.length += 1;
    }
}

impl BlockCache for Lfu {
    fn contains(&self, block: u32) -> bool {
        self.nodes.get(block as usize).is_some_and(|node| node.group != NONE)
    }

    fn request(&mut self, blocks: &[u32]) -> u64 {
        cover(&mut self.nodes, blocks, Node { group: NONE, older: NONE, younger: NONE });
        let mut hits = 0;
        for &block in blocks {
            match self.nodes[block as usize].group {
                NONE => self.insert(block),
                group => {
                    hits += 1;
                    self.hit(block, group);
                }
            }
        }
        hits
    }
}
