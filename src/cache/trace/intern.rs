//! Ids of a trace as dense numbers, in the order of their first appearance.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// What traces name blocks with: whole numbers of 64 bits, with or without a sign.
pub(super) type Id = i128;

/// Numbers by id.
#[derive(Debug, Default)]
pub(super) struct Interner {
    numbers: HashMap<Id, u32, BuildHasherDefault<Mixer>>,
}

impl Interner {
    /// The number of an id; `None` when no number is left for a new one.
    pub(super) fn number(&mut self, id: Id) -> Option<u32> {
        let next = u32::try_from(self.numbers.len()).ok().filter(|next| *next < u32::MAX);
        if let Some(next) = next {
            return Some(*self.numbers.entry(id).or_insert(next));
        }
        self.numbers.get(&id).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Multiplies and folds. The map is only looked up in, never walked, so that its order does not
/// matter; the standard hasher would take half of the time that a trace takes to read.
#[derive(Debug, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // An odd constant without structure: the fraction of the golden ratio.
        let wide = u128::from(self.0 ^ word ^ 0x2545_f491_4f6c_dd1d) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn write_i128(&mut self, id: i128) {
        self.write_u64(id as u64);
        // Zero for all but negative ids.
        self.0 ^= (id >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn numbers_are_dense_and_signs_matter() {
        let mut interner = Interner::default();
        let ids = [7, u64::MAX.into(), -1, 0, 7, -1];
        let numbers = ids.map(|id| interner.number(id));
        assert_eq!(numbers, [0, 1, 2, 3, 0, 2].map(Some));
        assert_eq!(interner.len(), 4);
    }
}
