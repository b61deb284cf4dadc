//! `sliding-window`: the prompt layers, the first user message and the newest items stay.
//!
//! Layers told in the middle of the session stay as well (they are small, and a permission that
//! was taken away must not come back), and inside a turn its own message does: it is the task.
//! A call and its output stay or go together.

use super::Phase;
use crate::agent::history::{Entry, Origin};
use std::collections::BTreeSet;

/// The history with the newest `keep` items besides layers and first message.
pub(super) fn windowed(entries: &[Entry], phase: Phase, keep: u32) -> Vec<Entry> {
    let place = |user: Option<usize>| user.into_iter();
    let is_user = |entry: &Entry| entry.origin == Origin::User;
    let first = entries.iter().position(is_user);
    let current = match phase {
        Phase::PreTurn => None,
        Phase::MidTurn => entries.iter().rposition(is_user),
    };
    let layers = (0..entries.len()).filter(|at| entries[*at].origin == Origin::Context);
    let mut stay: BTreeSet<usize> = layers.chain(place(first)).chain(place(current)).collect();
    let newest: Vec<usize> =
        (0..entries.len()).rev().filter(|at| !stay.contains(at)).take(keep as usize).collect();
    let ids: BTreeSet<&str> =
        newest.iter().filter_map(|at| entries[*at].call_id.as_deref()).collect();
    stay.extend(&newest);
    stay.extend(
        (0..entries.len())
            .filter(|at| entries[*at].call_id.as_deref().is_some_and(|id| ids.contains(id))),
    );
    stay.into_iter().map(|at| entries[at].clone()).collect()
}
