//! What was used of the budgets, and the numbers of the exchanges.

use super::config::{BudgetKind, Stop};
use super::tools::deadline;
use crate::scenario::Budgets;
use tokio::time::Instant;

/// Requests and bytes sent so far, and the end of time.
#[derive(Debug)]
pub(super) struct Ledger {
    budgets: Budgets,
    requests: u32,
    bytes: u64,
    /// Set when the first turn begins.
    deadline: Option<Instant>,
}

impl Ledger {
    pub(super) fn new(budgets: Budgets) -> Self {
        Self { budgets, requests: 0, bytes: 0, deadline: None }
    }

    /// The end of the budget in seconds; the clock starts with the first call.
    pub(super) fn deadline(&mut self) -> Instant {
        let seconds = self.budgets.seconds;
        *self.deadline.get_or_insert_with(|| deadline(seconds))
    }

    /// Books a request of so many bytes and gives its number; refuses it when a budget would be
    /// overrun.
    pub(super) fn book(&mut self, bytes: u64) -> Result<u32, Stop> {
        if self.requests >= self.budgets.requests {
            return Err(Stop::Budget(BudgetKind::Requests));
        }
        if self.bytes + bytes > self.budgets.bytes {
            return Err(Stop::Budget(BudgetKind::Bytes));
        }
        if Instant::now() >= self.deadline() {
            return Err(Stop::Budget(BudgetKind::Seconds));
        }
        let seq = self.requests;
        self.requests += 1;
        self.bytes += bytes;
        Ok(seq)
    }

    /// Takes a booking back: nobody received the request.
    pub(super) fn unbook(&mut self, bytes: u64) {
        self.requests -= 1;
        self.bytes -= bytes;
    }
}
