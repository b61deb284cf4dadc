//! Secrets in the values of requests.

use super::{Hit, Secrets};
use crate::recording::volatile::Masked;
use crate::wire::{Digest, Raw, Request};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

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

    /// Redacts texts that follow each other as if they were one, a secret that is spread over
    /// several of them included: the deltas of a stream. Each keeps its length.
    #[must_use]
    pub fn redact_parts(&self, parts: &[&str]) -> Option<(Vec<String>, Vec<Hit>)> {
        let whole = parts.concat();
        let (new, hits) = self.redact(&whole);
        if hits.is_empty() {
            return None;
        }
        let mut at = 0;
        let part = |part: &&str| {
            at += part.len();
            // A placeholder is ASCII, so a part ends between characters.
            new.get(at - part.len()..at).unwrap_or_default().to_owned()
        };
        Some((parts.iter().map(part).collect(), hits))
    }
}

/// The secrets of many requests of one conversation: what was looked at once is remembered, since
/// every request brings its history.
#[derive(Debug, Default)]
pub struct Unseen {
    secrets: Secrets,
    seen: Mutex<BTreeMap<Digest, Option<(Raw, u64)>>>,
}

impl Unseen {
    /// Nothing was seen so far.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, seen: Mutex::default() }
    }

    /// A request with placeholders for secrets: what is recorded, and what is matched against it.
    #[must_use]
    pub fn mask(&self, request: &Request) -> Masked {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut masked = request.clone();
        let mut total = 0;
        let values = masked.fields.iter_mut().map(|(_, value)| value).chain(&mut masked.input);
        for value in values {
            let look = || {
                let (new, hits) = self.secrets.redact_raw(value)?;
                Some((new, hits.iter().map(|hit| hit.range.len() as u64).sum()))
            };
            if let Some((new, bytes)) = seen.entry(value.digest()).or_insert_with(look) {
                *value = new.clone();
                total += *bytes;
            }
        }
        let bytes = (total > 0).then(|| ("secrets".to_owned(), total)).into_iter().collect();
        Masked { request: masked, bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::{Secrets, Unseen};
    use crate::wire::Request;

    #[test]
    fn a_secret_in_a_request_is_masked_once_and_for_all() {
        let body = r#"{"model":"m","metadata":{"password":"hunter2"},"input":["token: q7Xk2Vb9Tz4Lm8Rw3Hc6"]}"#;
        let unseen = Unseen::default();
        let masked = unseen.mask(&Request::parse(body.as_bytes()).unwrap());
        let new = masked.request.to_body();
        assert_eq!(masked.bytes, [("secrets".to_owned(), 27)]);
        assert!(new.len() == body.len() && !new.contains("hunter2") && !new.contains("q7Xk"));
        let again = unseen.mask(&masked.request);
        assert_eq!((again.request.to_body(), again.bytes), (new, Vec::new()));
    }

    #[test]
    fn a_secret_that_is_spread_over_deltas_is_found() {
        let key = ["the key is gh", "p_q7Xk2Vb9Tz4Lm8", "Rw3Hc6Yd1Nf5Jg0PsA4eU7iB", " \\u00e9"];
        let (new, hits) = Secrets::default().redact_parts(&key).unwrap();
        assert_eq!(hits.len(), 1);
        assert!(new.iter().zip(key).all(|(new, old)| new.len() == old.len()), "{new:?}");
        assert_eq!((new[0].as_str(), new[3].as_str()), ("the key is RE", " \\u00e9"));
        assert_eq!(Secrets::default().redact_parts(&["gh", "p_"]), None);
    }
}
