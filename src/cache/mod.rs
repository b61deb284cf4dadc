//! Prefix caches: the rendered prompt, the tree of what was sent, the policies.

use crate::scenario::CachePolicyName;
use crate::wire::{Raw, Request, Usage};

/// What one server has cached, per thread. Rebuilt from a run's exchanges after a restart.
#[derive(Debug)]
pub struct Ledger {}

impl Ledger {
    /// An empty cache under a policy.
    #[must_use]
    pub fn new(_policy: CachePolicyName) -> Self {
        unimplemented!()
    }

    /// Accounts one request of a thread and its answer: tokens of the rendered prompt, read from the
    /// cache, of the output items. The request is in the cache afterwards.
    pub fn account(&mut self, _thread: u32, _request: &Request, _output: &[Raw]) -> Usage {
        unimplemented!()
    }
}
