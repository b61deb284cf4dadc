//! What is volatile in the requests of someone else's agent.

use crate::recording::volatile::Masked;
use crate::wire::Request;

/// Replaces what differs between two runs of the same agent (random ids, times, paths). Applied to
/// the completed request: model, ledgers, store and observers see what it gives; only the Response
/// object echoes the request as it came. A mask must leave alone what is masked already.
pub trait Mask: Send + Sync + std::fmt::Debug {
    /// The request without what is volatile, and how much that was.
    fn mask(&self, request: &Request) -> Masked;
}
