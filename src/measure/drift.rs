//! Drift: where a run departed from its recording, each change once, with the requests that had it
//! and what it cost of the cached prefix.

use super::results::{Drifted, DriftedChange};
use super::session::Session;
use crate::recording::matching::Difference;

/// The drift of a run; all zero for a run that kept to its recording.
pub(super) fn drift(session: &Session<'_>) -> Drifted {
    let events = &session.log.drifts;
    let mut drifted = Drifted {
        severity: events.iter().map(|event| event.severity).max(),
        requests: events.len() as u32,
        refused: events.iter().any(|event| !event.answered),
        ..Drifted::default()
    };
    for event in events {
        for difference in &event.differences {
            let index = session.log.exchanges.iter().position(|one| one.seq == event.seq);
            let tokens_lost = index.map_or(0, |index| lost(session, index, difference));
            drifted.changes.push(DriftedChange {
                seq: event.seq,
                exchange: event.exchange,
                difference: difference.clone(),
                requests: 1,
                tokens_lost,
            });
        }
        for number in event.again.iter().flat_map(|(from, to)| *from..*to) {
            if let Some(change) = drifted.changes.get_mut(number as usize) {
                change.requests += 1;
            }
        }
    }
    drifted
}

/// Tokens of the request from the changed part on: what is no prefix of the recorded one. A part
/// that is not rendered costs nothing, but for the model: another one has another cache.
pub(super) fn lost(session: &Session<'_>, index: usize, difference: &Difference) -> u64 {
    let segments = &session.segments[index];
    let from = match difference.pointer.as_str() {
        "/model" => Some((0, 0)),
        pointer => place(pointer),
    };
    let Some(from) = from else { return 0 };
    let behind = segments.iter().skip_while(|one| place(&one.pointer) < Some(from));
    behind.map(|one| one.tokens).sum()
}

/// Where a part stands in the rendering: its section, and its place there.
fn place(pointer: &str) -> Option<(u8, usize)> {
    let mut keys = pointer.split('/').skip(1);
    let section = match keys.next()? {
        "tools" => 0,
        "instructions" => 1,
        "input" => 2,
        _ => return None,
    };
    Some((section, keys.next().and_then(|key| key.parse().ok()).unwrap_or_default()))
}
