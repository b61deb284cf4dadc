//! Routing: which machine of several a request comes to.
//!
//! OpenAI's guide, models up to GPT-5.5 (2026-09): a request goes by a hash of its first 256 tokens or
//! so, tools included, and of its `prompt_cache_key`; above some 15 requests a minute with the same
//! ones it goes to another machine. Here the beginning itself stands for its hash, and the second
//! machine takes what exceeds the rate of the last 60 seconds, the third what exceeds twice the rate.

use super::{Ask, spaces};
use crate::cache::prompts::{NodeId, Prompts};
use crate::scenario::CacheSpec;
use std::collections::{HashMap, VecDeque};

/// Tokens of a prompt that choose its machine.
const HEAD: u64 = 256;

/// A minute, in milliseconds.
const MINUTE: u64 = 60_000;

#[derive(Debug)]
pub(super) struct Machines {
    number: u64,
    rate: u64,
    shared: bool,
    /// When requests of this beginning, key and thread came; only looked up.
    came: HashMap<(NodeId, Option<String>, Option<String>), VecDeque<u64>>,
}

impl Machines {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        let (number, rate) = (spec.number("machines").max(1), spec.number("rate").max(1));
        Self { number, rate, shared: spec.is("shared"), came: HashMap::new() }
    }

    /// A single machine.
    pub(super) fn one() -> Self {
        Self { number: 1, rate: 1, shared: false, came: HashMap::new() }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The machine of a request, counted from the one that its beginning belongs to.
    pub(super) fn of(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> u64 {
        if self.number == 1 {
            return 0;
        }
        let head = prompts.owner_of_token(ask.prompt, HEAD).unwrap_or(ask.prompt);
        let thread = spaces::thread(ask, self.shared);
        let came = self.came.entry((head, ask.fields.key.clone(), thread)).or_default();
        let now = ask.times.begins;
        while came.front().is_some_and(|then| then.saturating_add(MINUTE) <= now) {
            came.pop_front();
        }
        let machine = (came.len() as u64 / self.rate).min(self.number - 1);
        came.push_back(now);
        machine
    }
}
