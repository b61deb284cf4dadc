//! The recording, version 2: JSON Lines in a stable key order, so that it reads and diffs well.
//!
//! First line: format, version, provenance. Then each distinct item or field value once
//! (`{"item":digest,"json":..}`), right before the first exchange that needs it, and one line an
//! exchange, which names its items by digest or by runs over earlier inputs. The last line counts
//! the exchanges.

mod exchanges;
mod line;
mod log;
mod read;
mod record;
mod redact;
#[cfg(test)]
mod shapes_tests;
mod stream;
mod verbatim;
mod write;

pub use exchanges::elided;
pub use line::{Elided, Header, Lack, Source, VERSION};
pub use log::Log;
pub use read::read_text;
pub use record::{Answered, Recorder};
pub use stream::Stream;
pub use verbatim::{Body, Piece, Sent, Text, Verbatim};
pub use write::{write_bytes, write_text};

use crate::wire::{Digest, Ending, Endpoint, Raw, Usage};
use std::collections::BTreeMap;

/// A recording in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The first line.
    pub header: Header,
    /// Items and field values by content.
    pub items: BTreeMap<Digest, Entry>,
    /// The exchanges in the order recorded.
    pub exchanges: Vec<Recorded>,
}

/// A value of the item table.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The value, verbatim.
    Raw(Raw),
    /// Left out of the file; matched by digest alone.
    Elided(Elided),
}

impl Entry {
    /// The value, unless it was left out.
    #[must_use]
    pub fn raw(&self) -> Option<&Raw> {
        match self {
            Self::Raw(raw) => Some(raw),
            Self::Elided(_) => None,
        }
    }
}

/// One recorded exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The conversation; 0 is the main thread.
    pub thread: u32,
    /// The exchange whose history this request continues; `None` at the root of a thread.
    pub parent: Option<u32>,
    /// The call of the API.
    pub endpoint: Endpoint,
    /// Top-level fields except `input`.
    pub fields: Vec<(String, Digest)>,
    /// Before which of `fields` the input stood; `None` if the body had none.
    pub input_at: Option<u32>,
    /// Whether the input was a plain string.
    pub input_is_text: bool,
    /// The input items.
    pub input: Vec<Digest>,
    /// `resp_..`
    pub response_id: String,
    /// How the response ended.
    pub ending: Ending,
    /// The output items, verbatim.
    pub output: Vec<Digest>,
    /// Usage as reported at recording time. A replay computes its own.
    pub usage: Option<Usage>,
    /// Which step of a script answered, for scripted recordings.
    pub answered_by: String,
    /// When the request was sent, in milliseconds after the first one, as a log tells it.
    pub at_ms: Option<u64>,
    /// Whether the answer was given to another request than this one, which a person then put in
    /// its place (`unreel review --requests-only`).
    pub stale: bool,
    /// The answer as another server sent it.
    pub sent: Option<Verbatim>,
    /// Answers of that server that came to nothing, to the same request before it, in order: error
    /// statuses and streams that broke.
    pub attempts: Vec<Verbatim>,
}

impl Recording {
    /// The output items of an exchange. Output items are never elided.
    #[must_use]
    pub fn output(&self, exchange: &Recorded) -> Vec<Raw> {
        exchange.output.iter().filter_map(|digest| self.items.get(digest)?.raw().cloned()).collect()
    }
}
