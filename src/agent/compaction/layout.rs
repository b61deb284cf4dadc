//! The shape of a history after a compaction by the model.
//!
//! Before a turn: kept user messages, then what stands for the rest; the prompt layers come with
//! the next turn. Inside a turn: older kept messages, the prompt layers, the message of this turn,
//! and last what stands for the rest, so that the model goes on from there.

use super::Phase;
use crate::agent::history::{Entry, Origin, quarter};
use crate::agent::items::message;
use crate::agent::truncate::truncate_middle;
use crate::wire::Raw;

/// The new history. `layers` is used inside a turn only.
pub(super) fn layout(
    entries: &[Entry],
    phase: Phase,
    keep_user_tokens: u64,
    layers: &[Raw],
    tail: Vec<Entry>,
) -> Vec<Entry> {
    let users = || entries.iter().rev().filter(|entry| entry.origin == Origin::User);
    let layers = layers.iter().map(|raw| Entry::new(raw.clone(), Origin::Context));
    match phase {
        Phase::PreTurn => kept(users(), keep_user_tokens).into_iter().chain(tail).collect(),
        Phase::MidTurn => {
            // The message of this turn stays whatever the budget says: it is the task.
            let current = users().next().cloned();
            let used = current.as_ref().map_or(0, tokens);
            let older = kept(users().skip(1), keep_user_tokens.saturating_sub(used));
            older.into_iter().chain(layers).chain(current).chain(tail).collect()
        }
    }
}

fn tokens(entry: &Entry) -> u64 {
    quarter(entry.raw.item().text().len() as u64)
}

/// Messages from the newest on while they fit, in their old order. The one that crosses the budget
/// is cut in its middle.
fn kept<'a>(newest_first: impl Iterator<Item = &'a Entry>, budget: u64) -> Vec<Entry> {
    let mut kept = Vec::new();
    let mut left = budget;
    for entry in newest_first {
        if left == 0 {
            break;
        }
        let cost = tokens(entry);
        match cost <= left {
            true => kept.push(entry.clone()),
            false => {
                let text = entry.raw.item().text();
                let text = truncate_middle(&text, left).text;
                kept.push(Entry::new(message("user", &[&text]), Origin::User));
            }
        }
        left = left.saturating_sub(cost);
    }
    kept.reverse();
    kept
}
