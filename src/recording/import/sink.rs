//! Where an importer puts the exchanges that it finds.

use crate::recording::file::Stream;
use crate::recording::{Entry, Header, Recorded, Recording, RecordingError};
use crate::wire::{Digest, Raw};
use std::collections::BTreeMap;

/// Takes down a recording exchange by exchange.
pub trait Sink {
    /// The next exchange, with those of its values that may be new: fields, input, output, in that
    /// order.
    fn exchange(
        &mut self,
        exchange: Recorded,
        values: Vec<(Digest, Raw)>,
    ) -> Result<(), RecordingError>;
}

/// Keeps everything.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    items: BTreeMap<Digest, Entry>,
    exchanges: Vec<Recorded>,
}

impl Memory {
    /// The recording.
    #[must_use]
    pub fn finish(self, header: Header) -> Recording {
        Recording { header, items: self.items, exchanges: self.exchanges }
    }
}

impl Sink for Memory {
    fn exchange(
        &mut self,
        exchange: Recorded,
        values: Vec<(Digest, Raw)>,
    ) -> Result<(), RecordingError> {
        for (digest, raw) in values {
            self.items.entry(digest).or_insert(Entry::Raw(raw));
        }
        self.exchanges.push(exchange);
        Ok(())
    }
}

impl Sink for Stream {
    fn exchange(
        &mut self,
        exchange: Recorded,
        values: Vec<(Digest, Raw)>,
    ) -> Result<(), RecordingError> {
        Stream::exchange(self, &exchange, values)
    }
}
