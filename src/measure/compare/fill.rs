//! What one side left out and the other has: a digest names its bytes, so they can be put back, and
//! nothing differs only because a file is shipped without a vendor's texts.

use crate::recording::elided;
use crate::recording::journal::RunLog;
use crate::wire::{Digest, Raw};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A log with all that the other one knows of what it left out.
pub(super) fn filled<'a>(log: &'a RunLog, other: &RunLog) -> Cow<'a, RunLog> {
    let missing: BTreeMap<Raw, Digest> = values(log)
        .filter_map(|raw| elided(raw).map(|(digest, _)| (raw.clone(), digest)))
        .collect();
    if missing.is_empty() {
        return Cow::Borrowed(log);
    }
    let known: BTreeMap<Digest, Raw> = values(other)
        .filter(|raw| elided(raw).is_none())
        .map(|raw| (raw.digest(), raw.clone()))
        .collect();
    let mut log = log.clone();
    for exchange in &mut log.exchanges {
        let fields = exchange.request.fields.iter_mut().map(|(_, raw)| raw);
        for raw in fields.chain(&mut exchange.request.input) {
            if let Some(whole) = missing.get(raw).and_then(|digest| known.get(digest)) {
                *raw = whole.clone();
            }
        }
    }
    Cow::Owned(log)
}

fn values(log: &RunLog) -> impl Iterator<Item = &Raw> {
    log.exchanges.iter().flat_map(|exchange| {
        let request = &exchange.request;
        request.fields.iter().map(|(_, raw)| raw).chain(&request.input)
    })
}
