//! Caches of token intervals: OpenAI up to GPT-5.5, DeepSeek's first, Gemini's implicit one.

use super::lasting::{Lasting, Life};
use super::lifetime::of_intervals;
use super::machines::Machines;
use super::minimums;
use super::pending::Pending;
use super::spaces::{self, Name, Spaces};
use super::{Account, Ask, Policy};
use crate::cache::prompts::Prompts;
use crate::cache::reason::MissReason;
use crate::scenario::{CachePolicy, CacheSpec};
use crate::wire::Digest;

/// Whole intervals of the longest prefix, none of prompts below a minimum; writing costs nothing.
///
/// - `openai-128`, models up to GPT-5.4: intervals "model-dependent", counted from the start of a
///   hidden system message, reported without it in steps of 128; 1,024 tokens at least;
///   `prompt_cache_retention` keeps them for 24 hours or in memory, where they go after 5 to 10 idle
///   minutes and after an hour in any case. OpenAI's guide to prompt caching, 2026-09; the interval of
///   128 was observed on gpt-5.4 (TraceLab, 2026-06), as were reads of output tokens, in a way that no
///   rule explains: `output` is off unless set.
/// - `openai-2048`, GPT-5.5: intervals of 2,048, reported in the same steps; typically kept for half an
///   hour, at most for 24. The same guide.
/// - `deepseek-64`, until 2025: units of 64 tokens from the first token on, hours to days on disk,
///   outputs as well. DeepSeek's guide of 2024-08.
/// - `gemini-implicit`: a minimum by model, no guarantee, gone within 24 hours. Google's guide to
///   context caching, 2026. How often it hits is unknown (one report saw 1 of 138), so it is drawn:
///   from a seed and the prompt, so that runs repeat.
#[derive(Debug)]
pub(super) struct Intervals {
    policy: CachePolicy,
    shared: bool,
    minimum: Option<u64>,
    interval: u64,
    floor: u64,
    hidden: u64,
    output: bool,
    /// Idle time in memory, in milliseconds.
    ttl: Option<u64>,
    in_memory: bool,
    machines: Machines,
    /// How often a hit comes about, in millionths, and the seed of the draws.
    drawn: Option<(u64, u64)>,
    spaces: Spaces<Space>,
}

#[derive(Debug, Default)]
struct Space {
    kept: Lasting,
    pending: Pending,
}

impl Intervals {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        let policy = spec.policy();
        let is_openai = matches!(policy, CachePolicy::OpenAi128 | CachePolicy::OpenAi2048);
        let gemini = policy == CachePolicy::GeminiImplicit;
        let number = |there: bool, key: &str, other: u64| match there {
            true => spec.number(key),
            false => other,
        };
        Self {
            policy,
            shared: spec.is("shared"),
            minimum: spec.limit("minimum"),
            interval: number(!gemini, "interval", 1).max(1),
            floor: number(is_openai, "floor", 1).max(1),
            hidden: number(is_openai, "hidden", 0),
            output: !gemini && spec.is("output"),
            ttl: spec.limit("ttl").map(|seconds| seconds * 1_000),
            in_memory: policy == CachePolicy::OpenAi128 && spec.word("retention") == "in_memory",
            machines: match is_openai {
                true => Machines::new(spec),
                false => Machines::one(),
            },
            drawn: gemini.then(|| (spec.number("probability"), spec.number("seed"))),
            spaces: Spaces::default(),
        }
    }

    fn life(&self, ask: &Ask<'_>) -> Life {
        of_intervals(self.policy, self.ttl, self.in_memory, ask.fields.retention.as_deref())
    }

    fn name(&self, ask: &Ask<'_>, machine: u64) -> Name {
        let mut name = match self.policy {
            CachePolicy::OpenAi128 | CachePolicy::OpenAi2048 => spaces::openai(ask, self.shared),
            _ => spaces::model(ask, self.shared),
        };
        name.push(Some(machine.to_string()));
        name
    }

    /// How much of a prefix is read.
    fn whole_intervals(&self, prefix: u64, minimum: u64) -> u64 {
        if prefix < minimum {
            return 0;
        }
        let end = prefix + self.hidden;
        let read = (end - end % self.interval).saturating_sub(self.hidden);
        read - read % self.floor
    }

    fn misses(&self, prompts: &Prompts, ask: &Ask<'_>) -> bool {
        let Some((millionths, seed)) = self.drawn else { return false };
        let prompt = prompts.whole(ask.prompt);
        let drawn = Digest::of_parts(&[&seed.to_le_bytes(), prompt.as_bytes()]);
        drawn.as_u64() % 1_000_000 >= millionths
    }
}

impl Policy for Intervals {
    fn keys(&self) -> &'static [MissReason] {
        match self.policy {
            CachePolicy::OpenAi128 | CachePolicy::OpenAi2048 => spaces::OPENAI,
            _ => spaces::MODEL,
        }
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let input = prompts.total(ask.prompt).tokens;
        let model = ask.fields.model.as_deref();
        let minimum = self.minimum.unwrap_or_else(|| minimums::of(model, 1_024));
        if input < minimum {
            let reason = Some(MissReason::BelowMinimum);
            return Account { reason, ..Account::reading(input, 0) };
        }
        let (now, life) = (ask.times.begins, self.life(ask));
        let machine = self.machines.of(prompts, ask);
        let name = self.name(ask, machine);
        let space = self.spaces.of(name.clone());
        for (at, leaf) in space.pending.ready(now) {
            space.kept.touch(prompts, leaf, at, life);
        }
        let prefix = space.kept.longest(prompts, ask.prompt, now, life).tokens;
        let read = self.whole_intervals(prefix, minimum);

        let more = |prefix: u64| self.whole_intervals(prefix, minimum) > read;
        let others = || {
            let others = (0..self.machines.number()).filter(|other| *other != machine);
            others.filter_map(|other| self.spaces.get(&self.name(ask, other)))
        };
        let longest =
            |space: &Space, life| space.kept.longest(prompts, ask.prompt, now, life).tokens;
        let own = self.spaces.get(&name);
        let waits = |space: &Space| {
            space.pending.rest().any(|leaf| more(prompts.common(leaf, ask.prompt).tokens))
        };
        let reason = if own.is_some_and(waits) {
            Some(MissReason::NotYetReadable)
        } else if others().any(|space| more(longest(space, life))) {
            Some(MissReason::OtherMachine)
        } else if own.is_some_and(|space| more(longest(space, Life::ENDLESS))) {
            Some(MissReason::Expired)
        } else {
            None
        };
        let missed = self.misses(prompts, ask);

        let output = self.output && ask.output != ask.prompt;
        let space = self.spaces.of(name);
        space.pending.push(ask.times.streams, ask.prompt);
        if output {
            space.pending.push(ask.times.ends, ask.output);
        }
        let read = if missed { 0 } else { read };
        Account { reason, ..Account::reading(input, read) }
    }
}
