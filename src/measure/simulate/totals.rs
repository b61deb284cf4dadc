//! What one session would have come to: sums over its requests.

use super::latency::Latency;
use super::plan::{About, Prompt, Visible};
use crate::cache::{MissReason, Prices};
use crate::wire::Usage;
use serde::Serialize;

/// Sums over requests. Calls that a simulated compaction adds are counted beside, and in money and
/// waiting, which they cost as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Requests, without calls that the simulated compaction adds.
    pub requests: u64,
    /// Bytes of bodies over the layout's transport.
    pub up_bytes: u64,
    /// Rendered bytes.
    pub sent_bytes: u64,
    /// Of them, behind the longest prefix sent before in the thread: what an ideal cache leaves.
    pub new_bytes: u64,
    /// Rendered tokens.
    pub sent_tokens: u64,
    /// See `new_bytes`.
    pub new_tokens: u64,
    /// Tokens read from the cache, of all requests that were not refused.
    pub cached_tokens: u64,
    /// Of them, for answers that broke off, whose usage no server tells.
    pub cut_cached_tokens: u64,
    /// Tokens written to it at a price.
    pub written_tokens: u64,
    /// Neither.
    pub plain_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// Calls that a simulated compaction adds.
    pub calls: u64,
    /// Tokens that they send.
    pub call_tokens: u64,
    /// Of them, read from the cache.
    pub call_cached_tokens: u64,
    /// Tokens of history that they take away: what their summaries may not say.
    pub lost_tokens: u64,
    /// Tool results among them.
    pub lost_results: u64,
    /// Estimated money in billionths of a dollar; `None` where a model has no price.
    pub cost: Option<u64>,
    /// Microseconds of waiting for first tokens.
    pub wait_us: u64,
    /// Tokens of history that requests show.
    pub visible_tokens: u64,
    /// Tokens of history that they would have shown if they had only been appended to.
    pub history_tokens: u64,
    /// Tool results that they show.
    pub visible_results: u64,
    /// Tool results that they would have shown.
    pub results: u64,
    /// Planted facts that the last request of the main thread shows.
    pub facts_kept: u64,
    /// Planted facts that it would have shown.
    pub facts: u64,
}

/// One request under one combination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Number of the recorded request whose answer it gets.
    pub seq: u32,
    /// Whether a simulated compaction adds it.
    pub compacts: bool,
    /// See [`Totals`].
    pub up_bytes: u64,
    /// See [`Totals`].
    pub sent_bytes: u64,
    /// See [`Totals`].
    pub new_bytes: u64,
    /// See [`Totals`].
    pub sent_tokens: u64,
    /// See [`Totals`].
    pub new_tokens: u64,
    /// Tokens read from the cache; none where the request was refused.
    pub cached_tokens: Option<u64>,
    /// Tokens written to it at a price.
    pub written_tokens: Option<u64>,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Estimated money in billionths of a dollar.
    pub cost: Option<u64>,
    /// Microseconds until the first token.
    pub wait_us: u64,
    /// Why less was read than the predecessor left, if it was.
    pub reason: Option<&'static str>,
}

/// What a cache made of one prompt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Billed {
    pub(super) new_bytes: u64,
    pub(super) new_tokens: u64,
    pub(super) read: u64,
    pub(super) written: u64,
    pub(super) plain: u64,
    pub(super) reason: Option<MissReason>,
}

impl Totals {
    /// No request yet, at no cost.
    pub(super) fn zero() -> Self {
        Self { cost: Some(0), ..Self::default() }
    }

    /// Adds a request, and tells what it comes to alone.
    pub(super) fn add(
        &mut self,
        seq: u32,
        prompt: &Prompt,
        billed: Billed,
        model: &str,
        prices: &Prices,
        latency: &Latency,
    ) -> Request {
        let mut one = Self::zero();
        one.sum(prompt, billed, model, prices, latency);
        *self = self.and(&one);
        Request {
            seq,
            compacts: prompt.about.compacts,
            up_bytes: prompt.up,
            sent_bytes: prompt.sent.bytes,
            new_bytes: billed.new_bytes,
            sent_tokens: prompt.sent.tokens,
            new_tokens: billed.new_tokens,
            cached_tokens: prompt.about.processed.then_some(billed.read),
            written_tokens: prompt.about.processed.then_some(billed.written),
            output_tokens: output(&prompt.about),
            cost: one.cost,
            wait_us: one.wait_us,
            reason: billed.reason.map(MissReason::as_str),
        }
    }

    fn sum(
        &mut self,
        prompt: &Prompt,
        billed: Billed,
        model: &str,
        prices: &Prices,
        latency: &Latency,
    ) {
        let about = &prompt.about;
        let output = output(about);
        if about.processed {
            let usage = Usage::new(prompt.sent.tokens, billed.read, billed.written, output, 0);
            let cost = prices.cost(model, &usage);
            self.cost = self.cost.zip(cost).map(|(sum, cost)| sum.saturating_add(cost));
            let rest = billed.written + billed.plain;
            self.wait_us += latency.wait_us(prompt.up, billed.read, rest);
        }
        self.up_bytes += prompt.up;
        if about.compacts {
            self.calls += 1;
            self.call_tokens += prompt.sent.tokens;
            self.call_cached_tokens += billed.read;
            self.lost_tokens += prompt.visible.tokens;
            self.lost_results += prompt.visible.results;
            return;
        }
        self.requests += 1;
        self.sent_bytes += prompt.sent.bytes;
        self.sent_tokens += prompt.sent.tokens;
        self.new_bytes += billed.new_bytes;
        self.new_tokens += billed.new_tokens;
        self.cached_tokens += billed.read;
        self.written_tokens += billed.written;
        self.plain_tokens += billed.plain;
        self.output_tokens = self.output_tokens.saturating_add(output);
        if !about.reported {
            self.cut_cached_tokens += billed.read;
        }
        let Visible { tokens, of_tokens, results, of_results } = prompt.visible;
        self.visible_tokens += tokens;
        self.history_tokens += of_tokens;
        self.visible_results += results;
        self.results += of_results;
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            up_bytes: self.up_bytes + other.up_bytes,
            sent_bytes: self.sent_bytes + other.sent_bytes,
            new_bytes: self.new_bytes + other.new_bytes,
            sent_tokens: self.sent_tokens + other.sent_tokens,
            new_tokens: self.new_tokens + other.new_tokens,
            cached_tokens: self.cached_tokens + other.cached_tokens,
            cut_cached_tokens: self.cut_cached_tokens + other.cut_cached_tokens,
            written_tokens: self.written_tokens + other.written_tokens,
            plain_tokens: self.plain_tokens + other.plain_tokens,
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            calls: self.calls + other.calls,
            call_tokens: self.call_tokens + other.call_tokens,
            call_cached_tokens: self.call_cached_tokens + other.call_cached_tokens,
            lost_tokens: self.lost_tokens + other.lost_tokens,
            lost_results: self.lost_results + other.lost_results,
            cost: self.cost.zip(other.cost).map(|(a, b)| a.saturating_add(b)),
            wait_us: self.wait_us + other.wait_us,
            visible_tokens: self.visible_tokens + other.visible_tokens,
            history_tokens: self.history_tokens + other.history_tokens,
            visible_results: self.visible_results + other.visible_results,
            results: self.results + other.results,
            facts_kept: self.facts_kept + other.facts_kept,
            facts: self.facts + other.facts,
        }
    }
}

/// Tokens of the answer, by the provider's count where there is one.
fn output(about: &About) -> u64 {
    about.usage.map_or(about.output_tokens, |usage| usage.output_tokens)
}
