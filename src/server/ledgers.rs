//! The server's only state: what is cached, how far the faults have come, which responses are
//! stored.
//!
//! All of it can be rebuilt from the exchanges of a run, so a restarted server goes on where the first
//! one stopped.

use crate::cache::{Accounted, Call, Entry, Ledger, render, total};
use crate::recording::Exchange;
use crate::scenario::{CacheSpec, Fault, FaultKind};
use crate::wire::Request;

use super::fault;
use super::store::Store;

/// Counts tokens and remembers what is cached. [`Ledger`] is one; tests bring their own.
pub trait Accountant: Send + std::fmt::Debug {
    /// Accounts one request with the items it was answered with.
    fn account(&mut self, call: &Call<'_>) -> Accounted;

    /// Tokens of the rendered request, without accounting it.
    fn count(&self, request: &Request) -> u64;
}

impl Accountant for Ledger {
    fn account(&mut self, call: &Call<'_>) -> Accounted {
        Ledger::account(self, call)
    }

    fn count(&self, request: &Request) -> u64 {
        // The size of a prompt does not depend on the policy nor on what is cached.
        total(&render(request)).tokens
    }
}

/// The state of one server.
#[derive(Debug)]
pub struct Ledgers {
    cache: Box<dyn Accountant>,
    /// Exchanges answered to the end so far: the ordinal of the request now due.
    answered: u32,
    /// Faults already fired at this ordinal.
    fired: u32,
    stored: Store,
}

impl Ledgers {
    /// Nothing cached, no fault fired.
    #[must_use]
    pub fn new(policy: &CacheSpec) -> Self {
        Self::with(Box::new(Ledger::new(policy)))
    }

    /// The same with another accountant.
    #[must_use]
    pub fn with(cache: Box<dyn Accountant>) -> Self {
        Self { cache, answered: 0, fired: 0, stored: Store::default() }
    }

    /// The state after these exchanges, for a server that takes over.
    #[must_use]
    pub fn rebuild(policy: &CacheSpec, exchanges: &[Exchange]) -> Self {
        let mut ledgers = Self::new(policy);
        ledgers.replay(exchanges);
        ledgers
    }

    /// Feeds exchanges that another server answered.
    pub fn replay(&mut self, exchanges: &[Exchange]) {
        for exchange in exchanges {
            self.stored.replay(exchange);
            match (Entry::of(exchange), Call::of(exchange)) {
                (Some(Entry::WarmUp), Some(call)) => {
                    self.warm_up(&call);
                }
                (Some(Entry::Answered), Some(call)) => {
                    self.answer(&call);
                }
                (Some(Entry::Cut), Some(call)) => self.cut(&call),
                _ if exchange.error.as_ref().is_some_and(fault::is_injected) => self.fail(),
                // Refused requests change nothing.
                _ => {}
            }
        }
    }

    /// The fault that the next request meets. Several at one ordinal fire one after the other.
    pub(super) fn due<'a>(&self, faults: &'a [Fault]) -> Option<&'a FaultKind> {
        let mut fired = self.fired;
        for fault in faults.iter().filter(|fault| fault.request == self.answered) {
            if fired < fault.times {
                return Some(&fault.kind);
            }
            fired -= fault.times;
        }
        None
    }

    /// An exchange answered to its end.
    pub(super) fn answer(&mut self, call: &Call<'_>) -> Accounted {
        self.answered += 1;
        self.fired = 0;
        self.cache.account(call)
    }

    /// A prompt handed in ahead: it is in the cache, and was no request that a fault could meet.
    pub(super) fn warm_up(&mut self, call: &Call<'_>) -> Accounted {
        self.cache.account(call)
    }

    /// A cut stream: the prompt was processed, and so is in the cache.
    pub(super) fn cut(&mut self, call: &Call<'_>) {
        self.fired += 1;
        self.cache.account(call);
    }

    /// An injected error status.
    pub(super) fn fail(&mut self) {
        self.fired += 1;
    }

    /// The stored responses.
    pub(super) fn stored(&self) -> &Store {
        &self.stored
    }

    pub(super) fn stored_mut(&mut self) -> &mut Store {
        &mut self.stored
    }

    pub(super) fn count(&self, request: &Request) -> u64 {
        self.cache.count(request)
    }
}
