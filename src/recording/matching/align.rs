//! Which items of two inputs are the same: the longest run of equal ones in both, whatever was
//! added or lost between them.
//!
//! Equal items get a number of their own on each side (the second of two equal ones is another one),
//! so the longest common subsequence is the longest rising one of their places: n log n, where the
//! usual table would be quadratic on long histories.

use super::side::Part;
use crate::wire::Digest;
use std::collections::BTreeMap;

/// Two inputs, aligned.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Aligned {
    /// How many items are equal and in order.
    pub(super) kept: usize,
    /// Equal items out of order: index on either side.
    pub(super) moved: Vec<(usize, usize)>,
    /// What stands between kept items: indexes of one side and of the other.
    pub(super) gaps: Vec<(Vec<usize>, Vec<usize>)>,
}

/// Aligns two lists of items.
pub(super) fn align(a: &[Part<'_>], b: &[Part<'_>]) -> Aligned {
    let head = a.iter().zip(b).take_while(|(a, b)| a.digest == b.digest).count();
    let rest = || a[head..].iter().rev().zip(b[head..].iter().rev());
    let tail = rest().take_while(|(a, b)| a.digest == b.digest).count();
    let (a_end, b_end) = (a.len() - tail, b.len() - tail);
    let pairs = equal_pairs(&a[head..a_end], &b[head..b_end]);
    let rising = longest_rising(&pairs);
    let mut aligned = Aligned { kept: head + tail + rising.len(), ..Aligned::default() };
    let in_order: Vec<bool> = {
        let mut marks = vec![false; pairs.len()];
        rising.iter().for_each(|at| marks[*at] = true);
        marks
    };
    let mut paired = (vec![false; a_end - head], vec![false; b_end - head]);
    for (at, (left, right)) in pairs.iter().enumerate() {
        (paired.0[*left], paired.1[*right]) = (true, true);
        if !in_order[at] {
            aligned.moved.push((left + head, right + head));
        }
    }
    let ends = rising.iter().map(|at| pairs[*at]).chain([(a_end - head, b_end - head)]);
    let mut from = (0, 0);
    for (left, right) in ends {
        let free = |paired: &[bool], from: usize, to: usize| -> Vec<usize> {
            (from..to).filter(|at| !paired[*at]).map(|at| at + head).collect()
        };
        let gap = (free(&paired.0, from.0, left), free(&paired.1, from.1, right));
        if !gap.0.is_empty() || !gap.1.is_empty() {
            aligned.gaps.push(gap);
        }
        from = (left + 1, right + 1);
    }
    aligned
}

/// The indexes of equal items, in the order of `a`.
fn equal_pairs(a: &[Part<'_>], b: &[Part<'_>]) -> Vec<(usize, usize)> {
    let mut places: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
    for (at, part) in b.iter().enumerate().rev() {
        places.entry(part.digest).or_default().push(at);
    }
    let pair = |(at, part): (usize, &Part<'_>)| Some((at, places.get_mut(&part.digest)?.pop()?));
    a.iter().enumerate().filter_map(pair).collect()
}

/// Indexes into `pairs` of a longest subsequence whose second places rise.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<usize> {
    // `ends[n]` is the pair that ends the rising sequence of length n + 1 with the least end.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, place)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *place);
        before.push(length.checked_sub(1).map(|last| ends[last]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut sequence = Vec::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        sequence.push(at);
        next = before[at];
    }
    sequence.reverse();
    sequence
}

#[cfg(test)]
mod tests {
    use super::{Aligned, align};
    use crate::recording::matching::Part;
    use crate::wire::Digest;
    use proptest::prelude::*;

    fn parts(names: &str) -> Vec<Part<'static>> {
        let part = |(at, name): (usize, char)| Part {
            digest: Digest::of(name.to_string()),
            raw: None,
            at,
        };
        names.chars().enumerate().map(part).collect()
    }

    fn aligned(a: &str, b: &str) -> Aligned {
        align(&parts(a), &parts(b))
    }

    #[test]
    fn a_change_is_a_gap_on_both_sides() {
        let gap = (vec![1], vec![1]);
        assert_eq!(aligned("abc", "axc"), Aligned { kept: 2, moved: vec![], gaps: vec![gap] });
        assert_eq!(aligned("abc", "abc"), Aligned { kept: 3, ..Aligned::default() });
    }

    #[test]
    fn added_lost_and_moved() {
        assert_eq!(aligned("abd", "abcd").gaps, [(vec![], vec![2])]);
        assert_eq!(aligned("abcd", "abd").gaps, [(vec![2], vec![])]);
        let moved = aligned("abcd", "acbd");
        assert_eq!((moved.kept, moved.moved.len(), moved.gaps.len()), (3, 1, 0));
        assert_eq!(aligned("aab", "aaab").gaps, [(vec![], vec![2])], "equal items are counted");
    }

    proptest! {
        /// Every item of both sides is kept, moved or in a gap, exactly once.
        #[test]
        fn nothing_is_forgotten(a in "[a-e]{0,12}", b in "[a-e]{0,12}") {
            let found = aligned(&a, &b);
            let gaps = |side: fn(&(Vec<usize>, Vec<usize>)) -> usize| -> usize {
                found.gaps.iter().map(side).sum()
            };
            let both = found.kept + found.moved.len();
            prop_assert_eq!(both + gaps(|gap| gap.0.len()), a.len());
            prop_assert_eq!(both + gaps(|gap| gap.1.len()), b.len());
            prop_assert_eq!(a == b, found.kept == a.len() && found.kept == b.len());
        }
    }
}
