//! The Responses API as raw bytes with typed views, and the SSE codec.
//!
//! Raw bytes are the truth: what is re-sent, stored, compared and measured are the bytes received.
//! Typed structs here are read-only views of them. This room knows nothing of the rest of the crate.

mod collector;
mod digest;
mod echo;
mod error;
mod event;
mod event_item;
mod events;
mod item;
mod order;
mod order_done;
mod order_fields;
mod order_item;
mod order_response;
#[cfg(test)]
mod order_tests;
mod raw;
mod request;
mod response;
mod sse;
mod usage;
#[cfg(test)]
mod verbatim_tests;

pub use collector::{Collector, Terminal};
pub use digest::Digest;
pub use error::{ApiError, WireError, WireErrorKind};
pub use event::{response_events, without_encrypted_content};
pub use item::{Item, Kind};
pub use order::lint_events;
pub use raw::{Raw, escape, object};
pub use request::{Endpoint, Request, TRANSPORT_FIELDS};
pub use response::{Ending, ResponseHead, compaction_body, read_usage};
pub use sse::{Decoder, Encoder, SseEvent};
pub use usage::Usage;
