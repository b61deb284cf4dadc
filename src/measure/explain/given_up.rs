//! Steps that were given up: a request goes on from an earlier place of the history, and nothing of
//! what had been sent behind it is sent again. That is what people and clients do on purpose (a
//! rollback, another message in place of the last one, a step that was cut or failed and is left
//! out), so it is told apart from a history that is rewritten.

use super::items::is_context;
use super::spot::Pair;
use super::what::What;
use crate::cache::shared;
use crate::measure::session::Session;
use crate::recording::{Layer, Outcome};

/// What of the kind happened at a parting, if anything did.
pub(super) fn given_up(pair: Pair<'_>) -> Option<What> {
    let Pair { session, before, index, at } = pair;
    let (old, new) = (&session.segments[before][at..], &session.segments[index][at..]);
    let layers = &session.layers[index][at..];
    if old.iter().any(|gone| new.iter().any(|other| other.digest == gone.digest)) {
        return None;
    }
    // A reminder behind every request goes, too; but there the answer to it stays.
    let is_reminder = old.len() == 1 && layers.contains(&Layer::Model);
    if is_unfinished(session, before) && at >= added_from(session, before)? && !is_reminder {
        return Some(What::StepDropped);
    }
    if new.is_empty() {
        return Some(What::RolledBack);
    }
    let goes_on = session.layers[index][..at].contains(&Layer::User);
    let says = layers.iter().all(|layer| is_context(*layer)) && layers.last() == Some(&Layer::User);
    (goes_on && says).then_some(What::Branched)
}

/// Whether a request got no answer, or not all of it.
fn is_unfinished(session: &Session<'_>, index: usize) -> bool {
    let exchange = session.exchange(index);
    exchange.outcome != Outcome::Completed || exchange.output.is_empty()
}

/// Where begins what a request added to the one before it; of the first one, behind the first item of
/// its input, without which there is nothing to go on from.
fn added_from(session: &Session<'_>, index: usize) -> Option<usize> {
    let segments = &session.segments[index];
    match session.predecessor(index) {
        Some(before) => Some(shared(&session.segments[before], segments).segments),
        None => segments.iter().position(|one| one.pointer.starts_with("/input")).map(|at| at + 1),
    }
}
