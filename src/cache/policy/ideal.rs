//! The two ends between which every cache lies.

use super::{Account, Ask, Policy};
use crate::cache::presence::Presence;
use crate::cache::prompts::Prompts;
use crate::cache::reason::MissReason;
use crate::scenario::CacheSpec;
use std::collections::BTreeMap;

/// `none`: every token is billed as input.
#[derive(Debug)]
pub(super) struct Nothing;

impl Policy for Nothing {
    fn keys(&self) -> &'static [MissReason] {
        &[]
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        Account::reading(prompts.total(ask.prompt).tokens, 0)
    }
}

/// `ideal`: reads every token of the longest prefix of any earlier request of the thread, to the last
/// whole character, and keeps it for ever. What was answered is not in it until the next request
/// brings it back. A bound, which no provider promises.
#[derive(Debug)]
pub(super) struct Ideal {
    shared: bool,
    threads: BTreeMap<u32, Presence>,
}

impl Ideal {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self { shared: spec.is("shared"), threads: BTreeMap::new() }
    }
}

impl Policy for Ideal {
    fn keys(&self) -> &'static [MissReason] {
        &[]
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let thread = if self.shared { 0 } else { ask.thread };
        let known = self.threads.entry(thread).or_default();
        let prefix = known.longest(prompts, ask.prompt).tokens;
        known.add(prompts, ask.prompt);
        Account::reading(prompts.total(ask.prompt).tokens, prefix)
    }
}
