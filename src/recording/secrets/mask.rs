//! Secrets in values of a request.

use super::{Hit, Secrets};
use crate::recording::volatile::Masked;
use crate::wire::{Raw, Request};

impl Secrets {
    /// A value with placeholders, and what they stand for; `None` where it holds no secret.
    #[must_use]
    pub fn redact_raw(&self, raw: &Raw) -> Option<(Raw, Vec<Hit>)> {
        let (text, hits) = self.redact(raw.as_str());
        if hits.is_empty() {
            return None;
        }
        // Placeholders are letters, digits and `_` in the place of no quote and no escape.
        Raw::parse(&text).ok().map(|raw| (raw, hits))
    }

    /// A request with placeholders for secrets: what is recorded, and what is matched against it.
    #[must_use]
    pub fn mask(&self, request: &Request) -> Masked {
        let mut masked = request.clone();
        let mut bytes = 0;
        let values = masked.fields.iter_mut().map(|(_, value)| value).chain(&mut masked.input);
        for value in values {
            if let Some((new, hits)) = self.redact_raw(value) {
                *value = new;
                bytes += hits.iter().map(|hit| hit.range.len() as u64).sum::<u64>();
            }
        }
        let bytes = (bytes > 0).then(|| ("secrets".to_owned(), bytes)).into_iter().collect();
        Masked { request: masked, bytes }
    }
}
