//! One side of a comparison: a request as digests, with the values behind them where they are known.

use crate::recording::{Entry, Recorded, Recording};
use crate::wire::{Digest, Raw, Request, TRANSPORT_FIELDS};

/// A field or an item.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its content address.
    pub digest: Digest,
    /// The value; `None` where the recording left it out.
    pub raw: Option<&'a Raw>,
    /// Its place in the input; 0 for fields.
    pub at: usize,
}

/// A request to compare.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// Top-level fields but for the input and those that choose a transport.
    pub fields: Vec<(&'a str, Part<'a>)>,
    /// The input items.
    pub items: Vec<Part<'a>>,
    /// Whether the input is a plain string.
    pub is_text: bool,
}

impl<'a> Side<'a> {
    /// The request of a recorded exchange.
    #[must_use]
    pub fn recorded(recording: &'a Recording, exchange: &'a Recorded) -> Self {
        let input = exchange.input.iter().enumerate().map(|(at, digest)| (at, *digest));
        Self::recorded_with(recording, exchange, input)
    }

    /// The same with its items in another order: place in the input and digest of each.
    #[must_use]
    pub fn recorded_with(
        recording: &'a Recording,
        exchange: &'a Recorded,
        items: impl Iterator<Item = (usize, Digest)>,
    ) -> Self {
        let part = |at: usize, digest: Digest| Part {
            digest,
            raw: recording.items.get(&digest).and_then(Entry::raw),
            at,
        };
        let fields = exchange.fields.iter().filter(|(key, _)| is_matched(key));
        Self {
            fields: fields.map(|(key, digest)| (key.as_str(), part(0, *digest))).collect(),
            items: items.map(|(at, digest)| part(at, digest)).collect(),
            is_text: exchange.input_is_text,
        }
    }

    /// A request as it came.
    #[must_use]
    pub fn received(request: &'a Request) -> Self {
        let input = request.input.iter().enumerate().map(|(at, raw)| (at, raw.digest()));
        Self::received_with(request, input)
    }

    /// The same with its items in another order.
    #[must_use]
    pub fn received_with(
        request: &'a Request,
        items: impl Iterator<Item = (usize, Digest)>,
    ) -> Self {
        let fields = request.fields.iter().filter(|(key, _)| is_matched(key));
        let field = |(key, raw): &'a (String, Raw)| {
            (key.as_str(), Part { digest: raw.digest(), raw: Some(raw), at: 0 })
        };
        Self {
            fields: fields.map(field).collect(),
            items: items
                .map(|(at, digest)| Part { digest, raw: request.input.get(at), at })
                .collect(),
            is_text: request.input_is_text,
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<&Part<'a>> {
        self.fields.iter().find(|(key, _)| *key == name).map(|(_, part)| part)
    }

    /// The pointer of an item of this side.
    pub(super) fn pointer(&self, part: &Part<'_>) -> String {
        if self.is_text { "/input".to_owned() } else { format!("/input/{}", part.at) }
    }
}

/// Whether a field has to be equal: what chooses a transport says nothing to a model.
pub(super) fn is_matched(key: &str) -> bool {
    !TRANSPORT_FIELDS.contains(&key)
}
