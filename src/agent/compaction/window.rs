//! `sliding-window`: the prompt layers, the first user message and the newest items stay.
//!
//! Layers told in the middle of the session stay as well (they are small, and a permission that
//! was taken away must not come back), and inside a turn its own message does: it is the task.
//! The time, told with each request, counts for nothing and stays as far back as other items do.
//! A call and its output stay or go together, and it is the calls that are counted back from the
//! end: a stream that was cut leaves outputs between the calls of one answer, and must not change
//! what stays.

use super::Phase;
use crate::agent::history::{Entry, Origin};
use std::collections::{BTreeMap, BTreeSet};

/// The history with the newest `keep` items besides layers and first message; one more where the
/// last of them is a call.
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
    let outputs: BTreeMap<&str, usize> = (0..entries.len())
        .filter(|at| entries[*at].kind.is_output())
        .filter_map(|at| Some((entries[at].call_id.as_deref()?, at)))
        .collect();
    let mut left = keep as usize;
    for at in (0..entries.len()).rev() {
        if left == 0 {
            break;
        }
        let counts = entries[at].origin != Origin::Time;
        if entries[at].kind.is_output() || !stay.insert(at) || !counts {
            continue;
        }
        let output = entries[at].call_id.as_deref().and_then(|id| outputs.get(id));
        stay.extend(output);
        left = left.saturating_sub(1 + usize::from(output.is_some()));
    }
    stay.into_iter().map(|at| entries[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Phase, windowed};
    use crate::agent::history::{Entry, Origin};
    use crate::wire::Raw;
    use serde_json::json;

    /// `u` user, `l` layer, `t` time, `m` message, `A`, `B`, .. calls, `a`, `b`, .. their outputs.
    fn entries(names: &str) -> Vec<Entry> {
        let entry = |name: char| {
            let (value, origin) = match name {
                'u' => (json!({"role": "user", "content": "u"}), Origin::User),
                'l' => (json!({"role": "developer", "content": "l"}), Origin::Context),
                't' => (json!({"role": "user", "content": "t"}), Origin::Time),
                'm' => (json!({"type": "message", "role": "assistant"}), Origin::Model),
                'A'..='Z' => {
                    let id = name.to_ascii_lowercase().to_string();
                    (json!({"type": "function_call", "call_id": id}), Origin::Model)
                }
                _ => {
                    let id = name.to_string();
                    (json!({"type": "function_call_output", "call_id": id}), Origin::Output)
                }
            };
            Entry::new(Raw::from_value(&value), origin)
        };
        names.chars().map(entry).collect()
    }

    fn kept(names: &str, phase: Phase, keep: u32) -> Vec<Entry> {
        windowed(&entries(names), phase, keep)
    }

    #[test]
    fn layers_first_message_and_the_newest_items_stay() {
        let history = "luAamuBbmlCcm";
        assert_eq!(kept(history, Phase::PreTurn, 3), entries("lulCcm"));
        assert_eq!(kept(history, Phase::MidTurn, 3), entries("luulCcm"));
        assert_eq!(kept(history, Phase::PreTurn, 4), entries("lumlCcm"));
        assert_eq!(kept(history, Phase::PreTurn, 5), entries("luBbmlCcm"), "a pair is not parted");
    }

    /// Regression: times told in items were kept for ever, as layers are.
    #[test]
    fn old_times_go_and_new_ones_take_no_room() {
        let history = "lutAatmutBbtmltCctm";
        assert_eq!(kept(history, Phase::PreTurn, 3), entries("lulCctm"));
        assert_eq!(kept(history, Phase::PreTurn, 5), entries("luBbtmltCctm"));
        assert_eq!(kept(history, Phase::MidTurn, 0), entries("luul"));
    }

    #[test]
    fn a_stream_that_was_cut_changes_nothing_of_what_stays() {
        for keep in 0..8 {
            let whole = kept("uABCabcDd", Phase::MidTurn, keep);
            let mut cut = kept("uAaBCbcDd", Phase::MidTurn, keep);
            cut.sort_by_key(|entry| whole.iter().position(|other| other == entry));
            assert_eq!(cut, whole, "{keep}");
        }
    }
}
