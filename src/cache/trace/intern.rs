//! Ids of a trace as dense numbers, in the order of their first appearance.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// What traces name blocks with: whole numbers of 64 bits, with or without a sign.
pub(super) type Id = i128;

/// Ids below this are looked up in a vector: many traces number their blocks from 0.
const SMALL: usize = 1 << 22;

/// Not in the vector of small ids.
const NONE: u32 = u32::MAX;

/// Numbers by id.
#[derive(Debug, Default)]
pub(super) struct Interner {
    small: Vec<u32>,
    large: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    negative: HashMap<Id, u32>,
    length: u32,
}

impl Interner {
    /// The number of an id; `None` when no number is left for a new one.
    pub(super) fn number(&mut self, id: Id) -> Option<u32> {
        let next = self.length;
        let number = match u64::try_from(id) {
            Ok(id) if id < SMALL as u64 => {
                let at = id as usize;
                if at >= self.small.len() {
                    let room = (at + 1).next_power_of_two().max(1 << 10);
                    self.small.resize(room, NONE);
                }
                let number = &mut self.small[at];
                if *number == NONE {
                    *number = next;
                }
                *number
            }
            Ok(id) => *self.large.entry(id).or_insert(next),
            Err(_) => *self.negative.entry(id).or_insert(next),
        };
        if number == next {
            // The last number is never given: others take it for no block.
            self.length = next.checked_add(1).filter(|length| *length < u32::MAX)?;
        }
        Some(number)
    }

    pub(super) fn len(&self) -> usize {
        self.length as usize
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
        // Constants without structure: the multipliers of xorshift64* and of rrmxmx.
        let wide = u128::from(self.0 ^ word ^ 0x2545_f491_4f6c_dd1d) * 0xd6e8_feb8_6659_fd93;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn numbers_are_dense_and_signs_matter() {
        let mut interner = Interner::default();
        let edge = super::SMALL as i128;
        let ids =
            [7, u64::MAX.into(), -1, 0, 7, -1, edge, edge - 1, edge, u64::MAX.into(), edge - 1];
        let numbers = ids.map(|id| interner.number(id));
        assert_eq!(numbers, [0, 1, 2, 3, 0, 2, 4, 5, 4, 1, 5].map(Some));
        assert_eq!(interner.len(), 6);
    }
}
