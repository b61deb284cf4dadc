//! The formats on disk: recordings (the model's side of conversations) and journals (what runs did).

mod anchors;
pub mod equal;
mod error;
mod exchange;
pub mod file;
pub mod import;
mod inputs;
pub mod journal;
mod layers;
pub mod lint;
pub mod matching;
mod migrate;
pub mod seal;
pub mod secrets;
mod structure;
mod summary;
pub mod volatile;

pub use anchors::{Anchors, Owned};
pub use error::{RecordingError, RecordingErrorKind};
pub use exchange::{Delivery, Exchange, Outcome, Transport};
pub use file::{Answered, Entry, Header, Recorded, Recorder, Recording, Sent, Verbatim, elided};
pub use inputs::{InputRef, Inputs};
pub use layers::{Layer, layer_of, layer_of_item};
pub use migrate::migrate;
pub use structure::{CacheMark, Carried, Common, Printed, Structure, length, structure};
pub use summary::{
    SUMMARY_HEAD, SUMMARY_HEADS, SUMMARY_REQUEST_HEADS, asks_for_summary, is_summary,
};
