//! The server's only state: what is cached, how far the faults have come, which responses are
//! stored.
//!
//! All of it can be rebuilt from the exchanges of a run, so a restarted server goes on where the first
//! one stopped.

use crate::cache::Ledger;
use crate::recording::{Exchange, Outcome};
use crate::scenario::{CachePolicyName, Fault, FaultKind};
use crate::wire::{Raw, Request, Usage};

use super::fault;
use super::store::Store;

/// Counts tokens and remembers what is cached. [`Ledger`] is one; tests bring their own.
pub trait Accountant: Send + std::fmt::Debug {
    /// Accounts one request of a thread with the items it was answered with.
    fn account(&mut self, thread: u32, request: &Request, output: &[Raw]) -> Usage;

    /// Tokens of the rendered request, without accounting it.
    fn count(&self, request: &Request) -> u64;
}

impl Accountant for Ledger {
    fn account(&mut self, thread: u32, request: &Request, output: &[Raw]) -> Usage {
        Ledger::account(self, thread, request, output)
    }

    fn count(&self, request: &Request) -> u64 {
        // The size of a prompt does not depend on the policy nor on what is cached.
        Ledger::new(CachePolicyName::Ideal).account(0, request, &[]).input_tokens
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
    pub fn new(policy: CachePolicyName) -> Self {
        Self::with(Box::new(Ledger::new(policy)))
    }

    /// The same with another accountant.
    #[must_use]
    pub fn with(cache: Box<dyn Accountant>) -> Self {
        Self { cache, answered: 0, fired: 0, stored: Store::default() }
    }

    /// The state after these exchanges, for a server that takes over.
    #[must_use]
    pub fn rebuild(policy: CachePolicyName, exchanges: &[Exchange]) -> Self {
        let mut ledgers = Self::new(policy);
        ledgers.replay(exchanges);
        ledgers
    }

    /// Feeds exchanges that another server answered.
    pub fn replay(&mut self, exchanges: &[Exchange]) {
        for exchange in exchanges {
            self.stored.replay(exchange);
            match exchange.outcome {
                _ if exchange.is_warm_up() && exchange.outcome != Outcome::Error => {
                    self.warm_up(exchange.thread, &exchange.request);
                }
                Outcome::Completed | Outcome::Incomplete | Outcome::Failed => {
                    self.answer(exchange.thread, &exchange.request, &exchange.output);
                }
                // An `error` event at the end of an answer; an error status is another thing.
                Outcome::Error if exchange.status == 200 => {
                    self.answer(exchange.thread, &exchange.request, &exchange.output);
                }
                Outcome::Cut => self.cut(exchange.thread, &exchange.request, &exchange.output),
                Outcome::Error if exchange.error.as_ref().is_some_and(fault::is_injected) => {
                    self.fail();
                }
                // Refused requests change nothing.
                Outcome::Error => {}
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
    pub(super) fn answer(&mut self, thread: u32, request: &Request, output: &[Raw]) -> Usage {
        self.answered += 1;
        self.fired = 0;
        self.cache.account(thread, request, output)
    }

    /// A prompt handed in ahead: it is in the cache, and was no request that a fault could meet.
    pub(super) fn warm_up(&mut self, thread: u32, request: &Request) -> Usage {
        self.cache.account(thread, request, &[])
    }

    /// A cut stream: the prompt was processed, and so is in the cache.
    pub(super) fn cut(&mut self, thread: u32, request: &Request, output: &[Raw]) {
        self.fired += 1;
        self.cache.account(thread, request, output);
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
