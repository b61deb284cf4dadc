//! The Responses API as raw bytes with typed views, and the SSE codec.
//!
//! Raw bytes are the truth: what is re-sent, stored, compared and measured are the bytes received.
//! Typed structs here are read-only views of them. This room knows nothing of the rest of the crate.

mod digest;
mod error;
mod item;
mod raw;
mod request;
mod usage;

pub use digest::Digest;
pub use error::{ApiError, WireError, WireErrorKind};
pub use item::{Item, Kind};
pub use raw::{Raw, escape, object};
pub use request::{Endpoint, Request};
pub use usage::Usage;
