//! What a client sends after a stream was cut: the first items of the answer, their outputs, and
//! later the rest. Recorded histories have all items of an answer first, then the outputs.

use crate::recording::{Anchors, Owned};
use crate::wire::Raw;

/// `input` with each answer's items before the outputs of its calls, both in their own order.
/// What the client itself made stays where it is.
pub(super) fn in_recorded_order(anchors: &Anchors, input: &[Raw]) -> Vec<Raw> {
    let mut ordered: Vec<(Option<Owned>, &Raw)> = Vec::with_capacity(input.len());
    for raw in input {
        ordered.push((anchors.owner(&raw.item()), raw));
    }
    let same = |a: &(Option<Owned>, &Raw), b: &(Option<Owned>, &Raw)| match (&a.0, &b.0) {
        (Some(a), Some(b)) => a.exchange == b.exchange,
        _ => false,
    };
    for block in ordered.chunk_by_mut(same) {
        block.sort_by_key(|(owned, _)| *owned);
    }
    ordered.into_iter().map(|(_, raw)| raw.clone()).collect()
}

/// An input without what belongs to one exchange.
pub(super) struct Without {
    /// What is left.
    pub(super) kept: Vec<Raw>,
    /// How many items of the exchange's answer, from the front, stood in it.
    pub(super) echoed: usize,
    /// Whether outputs of its calls stood in it.
    pub(super) outputs: bool,
}

/// Takes the items of `exchange`'s answer, and their outputs, out of the input.
pub(super) fn without(anchors: &Anchors, exchange: u32, input: &[Raw]) -> Without {
    let mut kept = Vec::with_capacity(input.len());
    let (mut echoed, mut outputs) = (0, false);
    for raw in input {
        match anchors.owner(&raw.item()) {
            Some(owned) if owned.exchange == exchange => match owned.is_output {
                true => outputs = true,
                false => echoed = echoed.max(owned.index as usize + 1),
            },
            _ => kept.push(raw.clone()),
        }
    }
    Without { kept, echoed, outputs }
}
