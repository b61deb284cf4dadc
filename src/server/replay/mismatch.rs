//! What is said of a request that no recorded exchange equals: the nearest one, and the first
//! difference from it.

use super::Replay;
use super::difference::Difference;
use super::echo::Placed;
use crate::recording::Entry;
use crate::server::Ask;
use crate::wire::{ApiError, Digest, Raw, Request, TRANSPORT_FIELDS};
use std::cmp::Reverse;

impl Replay {
    /// The error for a request; `history` is its input as if no stream had been cut.
    pub(super) fn mismatch(
        &self,
        parents: &[Option<u32>],
        ask: &Ask<'_>,
        history: &[Placed],
    ) -> ApiError {
        let nearest = parents
            .iter()
            .flat_map(|parent| self.children(*parent))
            .filter(|number| self.exchange(**number).endpoint == ask.endpoint)
            .max_by_key(|number| (self.shared_items(**number, history), Reverse(**number)));
        let Some(nearest) = nearest.copied() else {
            return self.nothing_follows(parents.first().copied().flatten(), history.len());
        };
        let difference = self.difference(nearest, ask.request, history);
        let message = format!(
            "recording {}: this request differs from exchange {nearest} {difference}",
            self.name
        );
        ApiError::invalid("replay_mismatch", message).with_param(&difference.pointer)
    }

    fn nothing_follows(&self, parent: Option<u32>, items: usize) -> ApiError {
        let last = self.recording.exchanges.len().saturating_sub(1);
        let after = match parent {
            Some(parent) if parent as usize == last => {
                format!("exchange {parent}, the last one of the recording")
            }
            Some(parent) => format!("exchange {parent}"),
            None => "the start of a conversation".to_owned(),
        };
        let message = format!(
            "recording {}: nothing was recorded after {after}, yet the agent asks again (its \
             request has {items} input items)",
            self.name
        );
        ApiError::invalid("replay_mismatch", message).with_param("/input")
    }

    fn shared_items(&self, number: u32, history: &[Placed]) -> usize {
        let recorded = &self.inputs[number as usize];
        recorded
            .iter()
            .zip(history)
            .take_while(|(digest, placed)| **digest == placed.digest)
            .count()
    }

    fn difference(&self, number: u32, request: &Request, history: &[Placed]) -> Difference {
        let exchange = self.exchange(number);
        let value = |digest: &Digest| self.recording.items.get(digest).and_then(Entry::raw);
        let matched = |key: &str| !TRANSPORT_FIELDS.contains(&key);
        for (key, digest) in exchange.fields.iter().filter(|(key, _)| matched(key)) {
            let received = request.field(key);
            if received.map(Raw::digest) != Some(*digest) {
                return Difference::between(&format!("/{key}"), value(digest), received);
            }
        }
        let known = |key: &str| exchange.fields.iter().any(|(name, _)| name == key);
        let mut added = request.fields.iter().filter(|(key, _)| matched(key) && !known(key));
        if let Some((key, added)) = added.next() {
            return Difference::between(&format!("/{key}"), None, Some(added));
        }
        let shared = self.shared_items(number, history);
        let recorded = self.inputs[number as usize].get(shared).and_then(value);
        // The place in the body as it was received.
        let at = history.get(shared).map_or(shared, |placed| placed.at);
        Difference::between(&format!("/input/{at}"), recorded, request.input.get(at))
    }
}
