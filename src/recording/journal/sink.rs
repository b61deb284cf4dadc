//! Where events go while a run goes on.

use super::Event;
use crate::wire::Digest;

/// Takes events in canonical order. The journal writer is one; tests use a list.
pub trait Sink: Send + Sync + std::fmt::Debug {
    /// Stores bytes by content and gives their address.
    fn object(&self, bytes: &[u8]) -> Digest;
    /// Appends one event.
    fn event(&self, event: Event);
}
