//! The rules once more, as plainly as they can be written: one list of entries, searched from end to
//! end. What the others are held against.

use super::{Eviction, Found};

#[derive(Clone, Copy)]
struct Entry {
    block: u32,
    inserted: usize,
    last: usize,
    frequency: usize,
    place: usize,
    marked: bool,
}

/// All requests against an empty cache.
pub(super) fn play(rule: Eviction, capacity: usize, requests: &[Vec<u32>]) -> Vec<Found> {
    let accesses: Vec<u32> = requests.iter().flatten().copied().collect();
    let mut cache = Naive { rule, capacity, accesses, entries: Vec::new(), time: 0, hand: None };
    requests.iter().map(|request| cache.request(request)).collect()
}

struct Naive {
    rule: Eviction,
    capacity: usize,
    accesses: Vec<u32>,
    entries: Vec<Entry>,
    time: usize,
    /// SIEVE: the time of insertion from which the hand goes on.
    hand: Option<usize>,
}

impl Naive {
    fn at(&self, block: u32) -> Option<usize> {
        self.entries.iter().position(|entry| entry.block == block)
    }

    fn request(&mut self, request: &[u32]) -> Found {
        let run = request.iter().take_while(|block| self.at(**block).is_some()).count() as u64;
        let hits = match self.rule {
            Eviction::LruLeaf => self.leaf(request),
            _ => {
                request.iter().enumerate().map(|(place, b)| u64::from(self.access(*b, place))).sum()
            }
        };
        Found { run, hits }
    }

    fn leaf(&mut self, request: &[u32]) -> u64 {
        if self.capacity == 0 {
            return 0;
        }
        let mut hits = 0;
        for &block in request {
            match self.at(block) {
                Some(_) => hits += 1,
                None => self.insert(block, 0),
            }
        }
        for &block in request.iter().rev() {
            self.time += 1;
            let at = self.at(block).unwrap();
            self.entries[at].last = self.time;
        }
        while self.entries.len() > self.capacity {
            self.evict();
        }
        hits
    }

    fn access(&mut self, block: u32, place: usize) -> bool {
        self.time += 1;
        if let Some(at) = self.at(block) {
            let entry = &mut self.entries[at];
            (entry.last, entry.place, entry.marked) = (self.time, place, true);
            entry.frequency += 1;
            return true;
        }
        if self.capacity > 0 {
            if self.entries.len() == self.capacity {
                self.evict();
            }
            self.insert(block, place);
        }
        false
    }

    fn insert(&mut self, block: u32, place: usize) {
        let (inserted, last) = (self.time, self.time);
        self.entries.push(Entry { block, inserted, last, frequency: 1, place, marked: false });
    }

    fn evict(&mut self) {
        let entries = self.entries.iter().enumerate();
        let victim = match self.rule {
            Eviction::Lru | Eviction::LruLeaf => entries.min_by_key(|(_, entry)| entry.last),
            Eviction::Lfu => entries.min_by_key(|(_, entry)| (entry.frequency, entry.last)),
            Eviction::LengthAware => entries
                .min_by_key(|(_, entry)| (entry.frequency, usize::MAX - entry.place, entry.last)),
            Eviction::Fifo => entries.min_by_key(|(_, entry)| entry.inserted),
            Eviction::Belady => entries.max_by_key(|(_, entry)| self.next(entry.block)),
            Eviction::Sieve => return self.sieve(),
        };
        let (victim, _) = victim.unwrap();
        self.entries.remove(victim);
    }

    /// The next access to a block after that of now, whose number is `time - 1`.
    fn next(&self, block: u32) -> usize {
        let later = self.accesses[self.time - 1..].iter().position(|one| *one == block);
        later.unwrap_or(usize::MAX)
    }

    /// Entries stand in the order of insertion.
    fn sieve(&mut self) {
        let hand = self.hand.and_then(|hand| self.entries.iter().position(|e| e.inserted >= hand));
        let mut at = hand.unwrap_or(0);
        while self.entries[at].marked {
            self.entries[at].marked = false;
            at = (at + 1) % self.entries.len();
        }
        self.entries.remove(at);
        self.hand = self.entries.get(at).map(|entry| entry.inserted);
    }
}
