//! A recording as exchanges, so that what is measured of a run can be measured of a recording.
//!
//! What was left out of the file stands there as an object of its digest and sizes. It is no value
//! that an agent could have sent, so nothing takes it for one; whoever counts asks [`elided`].

use super::{Elided, Entry, Recorded, Recording};
use crate::recording::{Delivery, Exchange, Outcome, length};
use crate::wire::{ApiError, Digest, Ending, Raw, Request};
use serde_json::json;

/// The key of an object that stands for a value that was left out.
const ELIDED: &str = "unreel_elided";

/// What is known of a value that was left out, if this stands for one.
#[must_use]
pub fn elided(raw: &Raw) -> Option<(Digest, Elided)> {
    if !raw.as_str().starts_with("{\"unreel_elided\":") {
        return None;
    }
    let value = raw.value();
    let digest = serde_json::from_value(value.get(ELIDED)?.clone()).ok()?;
    let count = |key: &str| value.get(key)?.as_u64();
    Some((digest, Elided { bytes: count("bytes")?, tokens: count("tokens")? }))
}

fn stand_in(digest: Digest, elided: Elided) -> Raw {
    let Elided { bytes, tokens } = elided;
    Raw::from_value(&json!({ ELIDED: digest.to_string(), "bytes": bytes, "tokens": tokens }))
}

impl Recording {
    /// All exchanges in order; the n-th has number n.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        let numbered = self.exchanges.iter().enumerate();
        numbered.map(|(number, recorded)| self.exchange(number as u32, recorded)).collect()
    }

    /// A value of the item table; what stands for it, where it was left out.
    #[must_use]
    pub fn value(&self, digest: &Digest) -> Raw {
        match self.items.get(digest) {
            Some(Entry::Raw(raw)) => raw.clone(),
            Some(Entry::Elided(elided)) => stand_in(*digest, *elided),
            // A file that lacks an item is not read.
            None => Raw::from_value(&serde_json::Value::Null),
        }
    }

    fn exchange(&self, number: u32, recorded: &Recorded) -> Exchange {
        let value = |digest: &Digest| self.value(digest);
        let fields = recorded.fields.iter().map(|(key, digest)| (key.clone(), value(digest)));
        let request = Request {
            fields: fields.collect(),
            input: recorded.input.iter().map(value).collect(),
            input_at: recorded.input_at.map(|at| at as usize),
            input_is_text: recorded.input_is_text,
        };
        let status = recorded.sent.as_ref().map_or(200, |sent| sent.status);
        let incomplete = match &recorded.ending {
            Ending::Incomplete(reason) => Some(reason.clone()),
            _ => None,
        };
        let error = recorded.ending.told().map(|error| ApiError { status, ..error });
        Exchange {
            seq: number,
            thread: recorded.thread,
            endpoint: recorded.endpoint,
            delivery: Delivery::default(),
            // The body that would bring all of it, compact; what is left out counts its own length.
            wire_bytes: (request.to_body().len() as u64)
                .saturating_add_signed(self.left_out(recorded)),
            request,
            status,
            outcome: Outcome::from(&recorded.ending),
            incomplete,
            output: self.output(recorded),
            usage: recorded.usage,
            error,
            response_id: recorded.response_id.clone(),
        }
    }

    /// How much longer the left-out values of a request are than what stands for them; values
    /// without their text may be shorter.
    fn left_out(&self, recorded: &Recorded) -> i64 {
        let fields = recorded.fields.iter().map(|(_, digest)| digest);
        let longer = |digest: &Digest| match self.items.get(digest) {
            Some(Entry::Elided(elided)) => {
                elided.bytes as i64 - stand_in(*digest, *elided).len() as i64
            }
            Some(Entry::Raw(raw)) => length(raw) as i64 - raw.len() as i64,
            None => 0,
        };
        fields.chain(&recorded.input).map(longer).sum()
    }
}
