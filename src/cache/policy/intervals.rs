//! OpenAI's caches of token intervals.

use super::{Account, Ask, Policy};
use crate::cache::presence::Presence;
use crate::cache::prompts::Prompts;
use crate::scenario::CacheSpec;
use std::collections::BTreeMap;

/// `openai-128`, models up to GPT-5.4: nothing is read below 1,024 tokens, then whole intervals of
/// 128. Writing costs nothing. Source: OpenAI's guide to prompt caching of 2026-09 and before; that
/// the interval is 128 was observed on gpt-5.4 (TraceLab, 2026-06).
#[derive(Debug)]
pub(super) struct Intervals {
    shared: bool,
    minimum: u64,
    interval: u64,
    threads: BTreeMap<u32, Presence>,
}

impl Intervals {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self {
            shared: spec.is("shared"),
            minimum: spec.number("minimum"),
            interval: spec.number("interval").max(1),
            threads: BTreeMap::new(),
        }
    }
}

impl Policy for Intervals {
    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let thread = if self.shared { 0 } else { ask.thread };
        let known = self.threads.entry(thread).or_default();
        let prefix = known.longest(prompts, ask.prompt).tokens;
        known.add(prompts, ask.prompt);
        let read = if prefix < self.minimum { 0 } else { prefix - prefix % self.interval };
        Account::reading(prompts.total(ask.prompt).tokens, read)
    }
}
