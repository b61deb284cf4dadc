//! What of requests nobody behind the server's door sees: what is volatile, and secrets.

use crate::recording::secrets::{Secrets, Unseen};
use crate::recording::volatile::{Masked, Masks, Memory};
use crate::wire::Request;
use std::sync::{Mutex, PoisonError};

/// Replaces what differs between two runs of the same agent (random ids, times, paths), and what
/// must not reach a disk. Applied to the completed request: model, ledgers, store and observers see
/// what it gives; only the Response object echoes the request as it came. A mask must leave alone
/// what is masked already.
pub trait Mask: Send + Sync + std::fmt::Debug {
    /// The request without what is volatile, and how much that was.
    fn mask(&self, request: &Request) -> Masked;
}

/// The mask of every server that records or replays: an agent's rules first, which were written for
/// what the agent sends, then secrets. A recording holds none, so neither may the requests that are
/// matched against it.
#[derive(Debug, Default)]
pub struct Door {
    volatile: Masks,
    memory: Mutex<Memory>,
    secrets: Unseen,
}

impl Door {
    /// With the rules of an agent, if it has any, and the secrets that are known beside those that
    /// any text may hold.
    #[must_use]
    pub fn new(volatile: Masks, secrets: Secrets) -> Self {
        Self { volatile, memory: Mutex::default(), secrets: Unseen::new(secrets) }
    }
}

impl Mask for Door {
    fn mask(&self, request: &Request) -> Masked {
        if self.volatile.is_empty() {
            return self.secrets.mask(request);
        }
        // Whatever a panic elsewhere interrupted, the memory holds whole requests.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Masked { request, mut bytes } = memory.mask(&self.volatile, request);
        let Masked { request, bytes: more } = self.secrets.mask(&request);
        bytes.extend(more);
        Masked { request, bytes }
    }
}
