//! What a client sends after a stream was cut: the first items of the answer, their outputs, and
//! later the rest. Where nothing was cut, all items of an answer come first, then the outputs.
//! Both histories say the same, so both sides of a comparison are brought into the second order.

use crate::recording::Owned;
use crate::wire::Digest;

/// An input item: what it is, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) digest: Digest,
    /// Its place in the input.
    pub(super) at: usize,
    /// `None` for what the client itself made.
    pub(super) owner: Option<Owned>,
}

/// The items of each answer before the outputs of its calls, both in their own order; what the
/// client made stays where it is. Only what a cut stream does to a history is undone: items, or
/// outputs, that changed places among themselves still differ.
pub(super) fn uncut(history: &[Placed]) -> Vec<Placed> {
    let mut ordered = history.to_vec();
    let same = |a: &Placed, b: &Placed| match (a.owner, b.owner) {
        (Some(a), Some(b)) => a.exchange == b.exchange,
        _ => false,
    };
    for block in ordered.chunk_by_mut(same) {
        block.sort_by_key(|placed| placed.owner.is_some_and(|owner| owner.is_output));
    }
    ordered
}

/// A history without what belongs to one exchange.
#[derive(Debug)]
pub(super) struct Without {
    /// What is left.
    pub(super) kept: Vec<Placed>,
    /// How many items of the exchange's answer, from the front, stood in it.
    pub(super) echoed: usize,
    /// Whether such an item, not an output, stood at its very end: nothing came of it yet.
    pub(super) ends_in_item: bool,
}

/// Takes the items of `exchange`'s answer, and their outputs, out of the history.
pub(super) fn without(history: &[Placed], exchange: u32) -> Without {
    let own = |placed: &Placed| placed.owner.filter(|owner| owner.exchange == exchange);
    let items = || history.iter().filter_map(own).filter(|owner| !owner.is_output);
    Without {
        kept: history.iter().filter(|placed| own(placed).is_none()).copied().collect(),
        echoed: items().map(|owner| owner.index as usize + 1).max().unwrap_or(0),
        ends_in_item: history.last().and_then(own).is_some_and(|owner| !owner.is_output),
    }
}

#[cfg(test)]
mod tests {
    use super::{Placed, uncut, without};
    use crate::recording::Owned;
    use crate::wire::Digest;

    /// `C` is the client's; `i01` is item 1 of exchange 0's answer, `o01` the output of its call.
    fn history(names: &str) -> Vec<Placed> {
        let placed = |(at, name): (usize, &str)| {
            let digit = |at: usize| name[at..=at].parse().unwrap();
            let owner = match name.starts_with('C') {
                true => None,
                false => Some(Owned {
                    exchange: digit(1),
                    is_output: name.starts_with('o'),
                    index: digit(2),
                }),
            };
            Placed { digest: Digest::of(name), at, owner }
        };
        names.split(' ').enumerate().map(placed).collect()
    }

    fn digests(history: &[Placed]) -> Vec<Digest> {
        history.iter().map(|placed| placed.digest).collect()
    }

    fn reads_like(cut: &str, whole: &str) -> bool {
        digests(&uncut(&history(cut))) == digests(&history(whole))
    }

    #[test]
    fn a_cut_answer_reads_like_a_whole_one() {
        assert!(reads_like("C i00 o00 i01 o01 i10 o10 C", "C i00 i01 o00 o01 i10 o10 C"));
        let places: Vec<usize> = uncut(&history("C i00 o00 i01")).iter().map(|p| p.at).collect();
        assert_eq!(places, [0, 1, 3, 2]);
    }

    #[test]
    fn other_orders_are_kept() {
        for other in ["C i01 i00 o01 o00", "C i00 i01 o01 o00", "i00 C o00 C i01 o01"] {
            assert!(reads_like(other, other));
        }
    }

    #[test]
    fn what_is_left_of_a_history_without_an_answer() {
        let without = without(&history("C i00 o00 C i10 o10 i11"), 1);
        assert_eq!(without.kept, history("C i00 o00 C"));
        assert_eq!((without.echoed, without.ends_in_item), (2, true));
    }

    #[test]
    fn outputs_alone_are_no_echo() {
        let without = without(&history("C i00 o00"), 0);
        assert_eq!((without.echoed, without.ends_in_item), (1, false));
    }
}
