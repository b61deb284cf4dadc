//! A recording as exchanges, for measures. A value that was left out is stood for by a short one
//! that no other value equals, so that prefixes and differences stay; its bytes and tokens are those
//! of the stand-in.

use super::{Entry, Recorded, Recording};
use crate::recording::{Delivery, Exchange, Outcome};
use crate::wire::{ApiError, Digest, Ending, Raw, Request};
use serde_json::{Value, json};

impl Recording {
    /// All exchanges, put together again, numbered as they stand here.
    #[must_use]
    pub fn to_exchanges(&self) -> Vec<Exchange> {
        let all = self.exchanges.iter().enumerate();
        all.map(|(number, exchange)| self.put_together(number, exchange)).collect()
    }

    fn put_together(&self, number: usize, recorded: &Recorded) -> Exchange {
        let fields = recorded.fields.iter();
        let request = Request {
            fields: fields.map(|(key, value)| (key.clone(), self.field(key, value))).collect(),
            input: recorded.input.iter().map(|item| self.item(item)).collect(),
            input_at: recorded.input_at.map(|at| at as usize),
            input_is_text: recorded.input_is_text,
        };
        let error = match &recorded.ending {
            Ending::Failed { code, message } | Ending::Error { code, message } => {
                Some(ApiError::of_code(code, message))
            }
            _ => None,
        };
        let incomplete = match &recorded.ending {
            Ending::Incomplete(reason) => Some(reason.clone()),
            _ => None,
        };
        Exchange {
            seq: u32::try_from(number).unwrap_or(u32::MAX),
            thread: recorded.thread,
            endpoint: recorded.endpoint,
            wire_bytes: request.to_body().len() as u64,
            request,
            delivery: Delivery::default(),
            status: recorded.sent.as_ref().map_or(200, |sent| sent.status),
            outcome: Outcome::from(&recorded.ending),
            incomplete,
            output: recorded.output.iter().map(|item| self.item(item)).collect(),
            usage: recorded.usage,
            error,
            response_id: recorded.response_id.clone(),
        }
    }

    fn item(&self, digest: &Digest) -> Raw {
        match self.items.get(digest) {
            Some(Entry::Raw(raw)) => raw.clone(),
            _ => Raw::from_value(&elided(digest)),
        }
    }

    fn field(&self, name: &str, digest: &Digest) -> Raw {
        match (self.items.get(digest), name) {
            (Some(Entry::Raw(raw)), _) => raw.clone(),
            (_, "tools") => Raw::from_value(&json!([elided(digest)])),
            _ => Raw::from_value(&Value::from(format!("elided {digest}"))),
        }
    }
}

fn elided(digest: &Digest) -> Value {
    json!({"type": "elided", "name": "elided", "sha": digest.to_string()})
}
