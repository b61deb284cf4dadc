//! Cache policies: what a provider or an engine reads, writes and bills of one request.
//!
//! A policy sees prompts as nodes of one [`Prompts`] and keeps its state by node, so a request costs
//! it as much as it has segments, never its bytes. Whatever the rule, the three counts add up to the
//! input.

mod anthropic;
mod blocks;
mod breakpoints;
mod ideal;
mod intervals;
mod lasting;
mod lifetime;
mod machines;
mod minimums;
mod pending;
mod pool;
mod slot;
mod spaces;
#[cfg(test)]
mod tests;
mod units;
mod whole;

pub use lifetime::{cache_of, lifetime};

use super::fields::Fields;
use super::prompts::{NodeId, Prompts};
use super::reason::MissReason;
use crate::scenario::{CachePolicy, CacheSpec};
use std::fmt::Debug;

/// When an exchange took place, in milliseconds of virtual time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The request is sent.
    pub begins: u64,
    /// The first token of the answer comes.
    pub streams: u64,
    /// The answer is complete.
    pub ends: u64,
}

/// A place that the client marked as one to cache up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The segment that bears the mark.
    pub node: NodeId,
    /// Where in the segment the marked part ends.
    pub bytes: u64,
    /// Tokens from the start of the prompt to there.
    pub tokens: u64,
    /// Whether it asks for an hour instead of five minutes.
    pub long: bool,
}

/// One request, as a policy sees it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// When.
    pub times: Times,
    /// Which conversation.
    pub thread: u32,
    /// The prompt.
    pub prompt: NodeId,
    /// The prompt with its answer behind it.
    pub output: NodeId,
    /// What else of the request caches look at.
    pub fields: &'a Fields,
    /// Marks of the client, in the order of the prompt.
    pub marks: &'a [Mark],
}

/// The tokens of one input, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Read from the cache.
    pub read: u64,
    /// Written to the cache at a price; 0 where writing costs nothing more.
    pub write: u64,
    /// How many of the written are to be kept for an hour, which costs more.
    pub long: u64,
    /// Neither.
    pub plain: u64,
    /// Why less was read than the predecessor left, if it was.
    pub reason: Option<MissReason>,
}

impl Account {
    /// So much of an input was read, the rest is plain.
    pub(super) fn reading(input: u64, read: u64) -> Self {
        let read = read.min(input);
        Self { read, write: 0, long: 0, plain: input - read, reason: None }
    }

    /// All tokens of the input.
    #[must_use]
    pub fn input(&self) -> u64 {
        self.read + self.write + self.plain
    }
}

/// The rule of one cache, with what it holds.
pub trait Policy: Send + Debug {
    /// Accounts the next request. What is in the cache afterwards is as the rule says.
    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account;

    /// By what beside the texts of a prompt entries are told apart, as the reasons of a miss that a
    /// change of it makes: no other field is to blame.
    fn keys(&self) -> &'static [MissReason];
}

/// The policy that a spec names, with nothing cached.
#[must_use]
pub fn policy(spec: &CacheSpec) -> Box<dyn Policy> {
    match spec.policy() {
        CachePolicy::None => Box::new(ideal::Nothing),
        CachePolicy::Ideal => Box::new(ideal::Ideal::new(spec)),
        CachePolicy::Radix
        | CachePolicy::Vllm
        | CachePolicy::Sglang
        | CachePolicy::LmCache
        | CachePolicy::Mooncake => Box::new(blocks::Blocks::new(spec)),
        CachePolicy::OpenAi128
        | CachePolicy::OpenAi2048
        | CachePolicy::GeminiImplicit
        | CachePolicy::DeepSeek64 => Box::new(intervals::Intervals::new(spec)),
        CachePolicy::OpenAiBreakpoints => Box::new(breakpoints::Breakpoints::new(spec)),
        CachePolicy::Anthropic5m | CachePolicy::Anthropic1h => {
            Box::new(anthropic::Anthropic::new(spec))
        }
        CachePolicy::GeminiExplicit => Box::new(whole::Named::new(spec)),
        CachePolicy::DeepSeekV4 => Box::new(whole::Persisted::new(spec)),
        CachePolicy::LlamaCpp => Box::new(slot::Slot::new(spec)),
    }
}
