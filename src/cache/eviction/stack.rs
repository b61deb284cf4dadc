//! Least recently used, at any number of capacities in one list.
//!
//! LRU is a stack algorithm: a cache of capacity C holds the C youngest blocks, whatever C. One list
//! from the youngest to the oldest therefore serves all capacities, and the caches that an access
//! hits are those whose boundary lies behind the block's place. A place in the list need not be
//! counted: each block knows its *band*, the smallest capacity that still holds it, and for each
//! capacity the list remembers the last block within. When a block moves to the front, the last
//! block of each smaller capacity sinks by one band. So an access costs a step for each capacity
//! that it misses, a request one for each capacity, and no tree. Blocks beyond the largest capacity
//! leave the list.
//!
//! This holds for the leaf-safe order too: after a request, each cache holds the youngest blocks of
//! the list in which the request's blocks stand in front, the first of them first.

use super::{Bank, BlockCache, Found, cover};

/// No block.
const NONE: u32 = u32::MAX;

/// LRU caches of several capacities.
#[derive(Debug)]
pub struct Stack {
    order: Order,
    /// Ascending, each once, none of them 0.
    capacities: Vec<usize>,
    /// For each capacity asked for, its place among these; `None` for a capacity of 0.
    places: Vec<Option<usize>>,
    /// By capacity: the oldest block within, if the list is that long.
    last: Vec<u32>,
    /// By block.
    nodes: Vec<Node>,
    youngest: u32,
    oldest: u32,
    length: usize,
    /// For the leaf-safe order: the number of requests, and by block that of its last one.
    requests: u64,
    accessed: Vec<u64>,
    /// Scratch: accesses that hit, and leading blocks, of a request in the cache of each capacity.
    counts: Vec<Found>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    younger: u32,
    older: u32,
    /// The smallest capacity that holds it; as many as there are if none does.
    band: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    FrontFirst,
    LeafSafe,
}

impl Stack {
    /// Requests are accessed from their first block to their last.
    #[must_use]
    pub fn front_first(capacities: &[usize]) -> Self {
        Self::new(Order::FrontFirst, capacities)
    }

    /// Blocks of a request are younger than what extends them.
    #[must_use]
    pub fn leaf_safe(capacities: &[usize]) -> Self {
        Self::new(Order::LeafSafe, capacities)
    }

    fn new(order: Order, asked: &[usize]) -> Self {
        let mut capacities: Vec<usize> = asked.iter().copied().filter(|one| *one > 0).collect();
        capacities.sort_unstable();
        capacities.dedup();
        let places = asked.iter().map(|one| capacities.binary_search(one).ok()).collect();
        Self {
            order,
            last: vec![NONE; capacities.len()],
            counts: vec![Found::default(); capacities.len() + 1],
            capacities,
            places,
            nodes: Vec::new(),
            youngest: NONE,
            oldest: NONE,
            length: 0,
            requests: 0,
            accessed: Vec::new(),
        }
    }

    fn node(&mut self, block: u32) -> &mut Node {
        &mut self.nodes[block as usize]
    }

    /// Makes a block the youngest.
    fn touch(&mut self, block: u32) {
        if block == self.youngest {
            return;
        }
        let Node { younger, older, band } = self.nodes[block as usize];
        let all = self.capacities.len();
        let band = band as usize;
        // The last block within each smaller capacity sinks, and the one before it becomes the last.
        for smaller in 0..band {
            let last = self.last[smaller];
            if last == NONE {
                break;
            }
            let node = self.node(last);
            node.band = smaller as u32 + 1;
            let before = node.younger;
            self.last[smaller] = if before == NONE { block } else { before };
            if smaller + 1 == all {
                self.drop_oldest();
            }
        }
        if band == all {
            self.length += 1;
        } else {
            if self.last[band] == block {
                self.last[band] = younger;
            }
            self.unlink(younger, older);
        }
        let next = std::mem::replace(&mut self.youngest, block);
        let node = self.node(block);
        (node.younger, node.older, node.band) = (NONE, next, 0);
        match next {
            NONE => self.oldest = block,
            next => self.node(next).younger = block,
        }
        if band == all {
            // A capacity that the list now fills has its last block.
            let (oldest, length) = (self.oldest, self.length);
            if let Ok(filled) = self.capacities.binary_search(&length) {
                self.last[filled] = oldest;
            }
        }
    }

    /// Takes a block out from between these; one that is not the youngest has a younger one.
    fn unlink(&mut self, younger: u32, older: u32) {
        self.node(younger).older = older;
        match older {
            NONE => self.oldest = younger,
            older => self.node(older).younger = younger,
        }
    }

    /// The oldest block is beyond every capacity.
    fn drop_oldest(&mut self) {
        let younger = self.nodes[self.oldest as usize].younger;
        match younger {
            NONE => self.youngest = NONE,
            younger => self.node(younger).older = NONE,
        }
        self.oldest = younger;
        self.length -= 1;
    }

    /// Accesses a request; `counts` then tells what each cache found.
    fn access(&mut self, blocks: &[u32]) {
        if self.capacities.is_empty() {
            return;
        }
        let absent = Node { younger: NONE, older: NONE, band: self.capacities.len() as u32 };
        cover(&mut self.nodes, blocks, absent);
        self.counts.fill(Found::default());
        match self.order {
            Order::FrontFirst => {
                let mut run = 0;
                for block in blocks {
                    run = run.max(self.nodes[*block as usize].band);
                    self.counts[run as usize].run += 1;
                }
                for &block in blocks {
                    let band = self.nodes[block as usize].band;
                    self.counts[band as usize].hits += 1;
                    self.touch(block);
                }
            }
            Order::LeafSafe => {
                self.requests += 1;
                cover(&mut self.accessed, blocks, 0);
                let (mut run, request) = (0, self.requests);
                for &block in blocks {
                    let band = self.nodes[block as usize].band;
                    let before = std::mem::replace(&mut self.accessed[block as usize], request);
                    // Inserted by this request, and nothing is evicted before its end.
                    let again = before == request;
                    run = run.max(band);
                    self.counts[run as usize].run += 1;
                    self.counts[if again { 0 } else { band as usize }].hits += 1;
                }
                for &block in blocks.iter().rev() {
                    self.touch(block);
                }
            }
        }
        // So far each stands with the smallest capacity that has it, and larger ones have it too.
        let mut sum = Found::default();
        for count in &mut self.counts {
            sum = Found { run: sum.run + count.run, hits: sum.hits + count.hits };
            *count = sum;
        }
    }

    /// What the cache at this place found.
    fn found(&self, place: Option<usize>) -> Found {
        place.map_or(Found::default(), |place| self.counts[place])
    }
}

impl Bank for Stack {
    fn play(&mut self, blocks: &[u32], found: &mut [Found]) {
        self.access(blocks);
        for (to, place) in found.iter_mut().zip(&self.places) {
            *to = self.found(*place);
        }
    }
}

/// Of the largest of its capacities.
impl BlockCache for Stack {
    fn contains(&self, block: u32) -> bool {
        let node = self.nodes.get(block as usize);
        node.is_some_and(|node| (node.band as usize) < self.capacities.len())
    }

    fn request(&mut self, blocks: &[u32]) -> u64 {
        self.access(blocks);
        self.found(self.capacities.len().checked_sub(1)).hits
    }
}
