//! Which exchange of one conversation goes with which of the other: within a thread, those with
//! equal answers first, in order; what stands between them goes by position.

use crate::recording::Exchange;
use crate::recording::journal::RunLog;
use crate::wire::{Digest, Item, Kind};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Exchanges by their index in the two logs.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    /// In the order of A.
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) only_a: Vec<usize>,
    pub(super) only_b: Vec<usize>,
}

/// Aligns two logs. Side threads go by the order in which they begin.
pub(super) fn align(a: &RunLog, b: &RunLog) -> Aligned {
    let (one, two) = (threads(a), threads(b));
    let mut aligned = Aligned::default();
    for at in 0..one.len().max(two.len()) {
        let (left, right) = (one.get(at), two.get(at));
        thread(
            a,
            b,
            left.map_or(&[], Vec::as_slice),
            right.map_or(&[], Vec::as_slice),
            &mut aligned,
        );
    }
    aligned.pairs.sort_unstable();
    aligned.only_a.sort_unstable();
    aligned.only_b.sort_unstable();
    aligned
}

/// The exchanges of each thread; the main one first, the others as they begin.
fn threads(log: &RunLog) -> Vec<Vec<usize>> {
    let mut numbers = vec![0];
    let mut threads = vec![Vec::new()];
    for (index, exchange) in log.exchanges.iter().enumerate() {
        match numbers.iter().position(|number| *number == exchange.thread) {
            Some(at) => threads[at].push(index),
            None => {
                numbers.push(exchange.thread);
                threads.push(vec![index]);
            }
        }
    }
    threads
}

fn thread(a: &RunLog, b: &RunLog, left: &[usize], right: &[usize], aligned: &mut Aligned) {
    let keys = |log: &RunLog, part: &[usize]| -> Vec<Digest> {
        part.iter().map(|at| answer_key(&log.exchanges[*at])).collect()
    };
    let ops = capture_diff_slices(Algorithm::Myers, &keys(a, left), &keys(b, right));
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let (old, new) = (&left[old], &right[new]);
        let both = match op {
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => old.len().min(new.len()),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => 0,
        };
        aligned.pairs.extend(old.iter().copied().zip(new.iter().copied()));
        aligned.only_a.extend(&old[both..]);
        aligned.only_b.extend(&new[both..]);
    }
}

/// What is the same in two answers that say and call the same.
fn answer_key(exchange: &Exchange) -> Digest {
    let mut parts =
        vec![format!("{:?} {:?} {}", exchange.endpoint, exchange.outcome, exchange.status)];
    parts.extend(exchange.output.iter().map(|raw| said(&raw.item())));
    Digest::of(parts.join("\n"))
}

/// An output item without its ids and blobs.
pub(super) fn said(item: &Item) -> String {
    match item.kind() {
        Kind::Reasoning => format!("thinks {}", item.text()),
        Kind::Message => format!("says {}", item.text()),
        kind if kind.is_call() => {
            let name = item.str("name").or(item.str("type")).unwrap_or_default();
            let action = || item.value().get("action").map(ToString::to_string);
            let told = item.arguments().map(str::to_owned).or_else(action);
            format!("calls {name} {}", told.unwrap_or_default())
        }
        _ => format!("gives {}", item.str("type").unwrap_or_default()),
    }
}
