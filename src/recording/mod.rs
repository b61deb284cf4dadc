//! The formats on disk: recordings (the model's side of conversations) and journals (what runs did).

mod anchors;
mod error;
mod exchange;
pub mod file;
pub mod import;
mod inputs;
pub mod journal;
pub mod seal;
pub mod secrets;
pub mod volatile;

pub use anchors::{Anchors, Owned};
pub use error::{RecordingError, RecordingErrorKind};
pub use exchange::{Delivery, Exchange, Outcome, Transport};
pub use file::{Answered, Entry, Header, Recorded, Recorder, Recording, Sent, Verbatim};
pub use inputs::{InputRef, Inputs};
