//! Which block goes when another needs its place: caches of equal blocks, under several rules.
//!
//! Blocks are dense numbers from 0 (whoever has other names interns them once), so every rule keeps
//! its state in vectors and a look-up is an index. A request is looked up as a whole before any of
//! its blocks is accessed: the two LRU rules differ in what they do with a whole request, and a
//! prefix that was resident counts although its end pushes its beginning out.
//!
//! [`BlockCache`] is one cache of one size, for whoever plays requests against a cache.
//! [`Bank`] is the same rule at several sizes at once, for miss ratio curves: LRU, whose smaller
//! caches hold a part of what its larger ones hold, then keeps one list for all of them.

mod belady;
mod fifo;
mod length_aware;
mod lfu;
#[cfg(test)]
mod naive;
mod ranked;
mod sieve;
mod stack;
#[cfg(test)]
mod tests;

pub use belady::{Belady, Foresight, NEVER};
use fifo::Fifo;
use length_aware::LengthAware;
use lfu::Lfu;
use sieve::Sieve;
pub use stack::Stack;
use std::sync::Arc;

/// The capacity of a cache that never evicts.
pub const INFINITE: usize = usize::MAX;

/// The rules. `BlockCache` and `Bank` say how they are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    /// Least recently used, a request accessed from its first block to its last: the last is the
    /// youngest afterwards. What libCacheSim does with a trace of blocks.
    Lru,
    /// Least recently used, but a block is always younger than what extends it, so that the end of a
    /// prefix goes first: missing blocks are inserted, then all are touched from last to first, then
    /// the oldest go. What vLLM and SGLang do, and KVCache.AI's simulator.
    LruLeaf,
    /// Least frequently used since its insertion; among equals, the least recently used.
    Lfu,
    /// As `Lfu`, but among equals the block that stands last in its request.
    LengthAware,
    /// In the order of insertion; a hit changes nothing.
    Fifo,
    /// FIFO whose hand passes over blocks that were hit since it came by (NSDI'24).
    Sieve,
    /// The block that is used again last of all, which needs the future. No rule that evicts as it
    /// inserts has more hits; `LruLeaf`, which evicts after a request, can.
    Belady,
}

impl Eviction {
    /// All rules, the usual ones first.
    pub const ALL: [Self; 7] = [
        Self::Lru,
        Self::LruLeaf,
        Self::Lfu,
        Self::LengthAware,
        Self::Fifo,
        Self::Sieve,
        Self::Belady,
    ];

    /// Its name on the command line and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lru => "lru",
            Self::LruLeaf => "lru-leaf",
            Self::Lfu => "lfu",
            Self::LengthAware => "length-aware",
            Self::Fifo => "fifo",
            Self::Sieve => "sieve",
            Self::Belady => "belady",
        }
    }

    /// An empty cache. `future` holds, for each access to come, the number of the next access to the
    /// same block ([`NEVER`] if there is none); only Belady reads it, for
    /// others it may be empty.
    #[must_use]
    pub fn cache(self, capacity: usize, future: &Arc<[u32]>) -> Box<dyn BlockCache> {
        match self {
            Self::Lru => Box::new(Stack::front_first(&[capacity])),
            Self::LruLeaf => Box::new(Stack::leaf_safe(&[capacity])),
            Self::Lfu => Box::new(Lfu::new(capacity)),
            Self::LengthAware => Box::new(LengthAware::new(capacity)),
            Self::Fifo => Box::new(Fifo::new(capacity)),
            Self::Sieve => Box::new(Sieve::new(capacity)),
            Self::Belady => Box::new(Belady::new(capacity, Arc::clone(future))),
        }
    }

    /// Empty caches of these capacities, in banks that may be played side by side; each with the
    /// places of its capacities in the list.
    #[must_use]
    pub fn banks(
        self,
        capacities: &[usize],
        future: &Arc<[u32]>,
    ) -> Vec<(Vec<usize>, Box<dyn Bank>)> {
        let all = || (0..capacities.len()).collect();
        match self {
            Self::Lru => vec![(all(), Box::new(Stack::front_first(capacities)))],
            Self::LruLeaf => vec![(all(), Box::new(Stack::leaf_safe(capacities)))],
            _ => {
                let single = |(place, &capacity): (usize, &usize)| {
                    let bank: Box<dyn Bank> = Box::new(Single(self.cache(capacity, future)));
                    (vec![place], bank)
                };
                capacities.iter().enumerate().map(single).collect()
            }
        }
    }
}

/// A cache of equal blocks of one capacity.
pub trait BlockCache: Send {
    /// Whether the block is resident.
    fn contains(&self, block: u32) -> bool;

    /// Accesses every block of a request, in the way of the rule, and gives how many of the accesses
    /// found their block resident. A cache of capacity 0 never holds any.
    fn request(&mut self, blocks: &[u32]) -> u64;
}

/// What a request found in a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Leading blocks that were resident before the request accessed any.
    pub run: u64,
    /// Accesses that found their block resident, each at its turn.
    pub hits: u64,
}

/// The caches of one rule at several capacities.
pub trait Bank: Send {
    /// Looks a request up and accesses its blocks, in every cache; `found` has a place for each.
    fn play(&mut self, blocks: &[u32], found: &mut [Found]);
}

/// One cache as a bank.
struct Single(Box<dyn BlockCache>);

impl Bank for Single {
    fn play(&mut self, blocks: &[u32], found: &mut [Found]) {
        let run = blocks.iter().take_while(|block| self.0.contains(**block)).count() as u64;
        let hits = self.0.request(blocks);
        found.fill(Found { run, hits });
    }
}

/// Makes room in a vector by block for all blocks of a request.
fn cover<T: Clone>(vector: &mut Vec<T>, blocks: &[u32], value: T) {
    let most = blocks.iter().max().map_or(0, |block| *block as usize + 1);
    if most > vector.len() {
        vector.resize(most, value);
    }
}
