//! What tokens cost that were read again: the price of plain input (or of writing to the cache, where
//! that has a price of its own) less the price of reading them from the cache.

use super::Beside;
use crate::wire::Usage;
use std::collections::BTreeSet;

pub(super) struct Money<'a> {
    beside: Beside<'a>,
    unpriced: BTreeSet<String>,
}

impl<'a> Money<'a> {
    pub(super) fn new(beside: Beside<'a>) -> Self {
        Self { beside, unpriced: BTreeSet::new() }
    }

    /// The difference between what a prompt of `sent` tokens cost and what it would have cost with
    /// `again` more of them in the cache. The rest of the prompt cancels out; its length may set the
    /// price.
    pub(super) fn lost(&mut self, model: String, sent: u64, again: u64) -> Option<u64> {
        let name = self.beside.price_as.unwrap_or(&model);
        let cost = |cached: u64| {
            self.beside.prices.cost(name, &Usage::new(sent, cached, sent - cached, 0, 0))
        };
        match cost(0).zip(cost(again.min(sent))) {
            Some((cold, warm)) => Some(cold.saturating_sub(warm)),
            None => {
                self.unpriced.insert(name.to_owned());
                None
            }
        }
    }

    pub(super) fn unpriced(&self) -> Vec<String> {
        self.unpriced.iter().cloned().collect()
    }
}
