//! What broke the cached prefix, and what to do about it: every break of one conversation with its
//! place, its cause in the provider's words, what it cost, and a fix.
//!
//! Three kinds of findings. A *break* is one of [`RunMeasure::breaks`], by the same definition; it is
//! only looked at more closely here. A *setting* changed although the rendered prompt went on: the
//! providers key their caches by it. A *miss* has neither: the answer says that far fewer tokens were
//! read from the cache than had been sent before. Expected findings (after a compaction) are kept
//! apart from mistakes; both are counted.

mod advice;
mod items;
mod look;
mod misses;
mod money;
mod settings;
mod spot;
#[cfg(test)]
mod tests;
mod tools;
mod varying;
mod what;

pub use what::{Fix, What};

use super::results::{PrefixBreak, RunMeasure};
use super::run::of_session;
use super::session::Session;
use super::story::About;
use crate::cache::{MissReason, Prices, total};
use crate::recording::journal::RunLog;
use crate::recording::{Exchange, Layer};
use indexmap::IndexMap;
use look::look;
use money::Money;
use serde::Serialize;
use spot::Spot;

/// Everything found in one conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// Where it comes from.
    pub about: About,
    /// Requests, of all threads.
    pub requests: u32,
    /// Rendered tokens of all of them.
    pub sent_tokens: u64,
    /// The findings, in the order of requests.
    pub findings: Vec<Finding>,
    /// Sums by cause, mistakes first, the dearest first.
    pub causes: Vec<CauseSum>,
    /// The day of the prices.
    pub prices: String,
    /// Models without a price.
    pub unpriced: Vec<String>,
    /// What the answers say of cached tokens.
    pub reports: Reports,
    /// The one request that is told of.
    #[serde(skip)]
    pub only: Option<u32>,
}

/// What a server says of its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reports {
    /// No answer has a count.
    Nothing,
    /// Counts, but never a cached token, though there was something to be cached: either it does not
    /// tell, or it keeps nothing.
    Never,
    /// Counts of cached tokens, as far as there could be any.
    Cached,
}

/// How a finding was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The rendered prompt did not extend its predecessor.
    Break,
    /// It did, but something changed that caches are keyed by.
    Setting,
    /// Neither, and yet the server read little from its cache.
    Miss,
}

/// One request that did not find what it could have found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How it was found.
    pub found: Found,
    /// The request.
    pub seq: u32,
    /// The request before it in its thread.
    pub after_seq: u32,
    /// The conversation; 0 is the main one.
    pub thread: u32,
    /// The cause: one of the provider's nine reasons, or `expired`, `unexplained` for a miss.
    pub cause: &'static str,
    /// What exactly happened.
    pub what: What,
    /// Whether it had to be so: the history was compacted.
    pub expected: bool,
    /// Prompt layer of the place.
    pub layer: Layer,
    /// JSON pointer of the place in the request body; in that of the predecessor for what is gone.
    pub pointer: String,
    /// Byte offset in the text there, where two texts part.
    pub byte: Option<u64>,
    /// What stood there, around the first difference.
    pub old: Option<String>,
    /// What stands there now.
    pub new: Option<String>,
    /// Names beside it: tools, fields, counts of items.
    pub detail: Option<String>,
    /// The kind of a value that is new in every request: `timestamp`, `uuid`, ..
    pub recognised: Option<&'static str>,
    /// Tokens of the predecessor that were not shared; of a miss, those that could have been read.
    pub tokens_lost: u64,
    /// The same in bytes.
    pub bytes_lost: u64,
    /// Tokens that had to be read again: of those lost, what this request sends and no earlier one
    /// began with.
    pub tokens_again: u64,
    /// What reading them again cost more than reading them from a cache, in billionths of a dollar;
    /// none where the model has no price.
    pub nano_usd: Option<u64>,
    /// The server's own count of input tokens, where it gave one.
    pub input_tokens: Option<u64>,
    /// Those it says it read from its cache.
    pub cached_tokens: Option<u64>,
    /// Milliseconds since the request before, where the log tells times.
    pub gap_ms: Option<u64>,
    /// The kind of fix.
    pub fix: Fix,
    /// The fix, in a sentence.
    pub advice: String,
}

/// Findings of one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CauseSum {
    /// The cause.
    pub cause: &'static str,
    /// Whether they had to be.
    pub expected: bool,
    /// How many.
    pub count: u32,
    /// Sum of [`Finding::tokens_lost`].
    pub tokens_lost: u64,
    /// Sum of [`Finding::bytes_lost`].
    pub bytes_lost: u64,
    /// Sum of [`Finding::tokens_again`].
    pub tokens_again: u64,
    /// Sum of the money, if all of them have a price.
    pub nano_usd: Option<u64>,
}

/// When requests were sent, in milliseconds after the first, and what tokens cost.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// By exchange; empty, or none, where nobody knows.
    pub at_ms: &'a [Option<u64>],
    /// The list of prices.
    pub prices: &'a Prices,
    /// Price as this model, whatever the requests say.
    pub price_as: Option<&'a str>,
}

/// Explains one conversation.
#[must_use]
pub fn explain(log: &RunLog, about: About, beside: Beside<'_>) -> Explanation {
    let session = Session::new(log);
    let measured = of_session(&session);
    let mut teller = Teller {
        session: &session,
        measured: &measured,
        money: Money::new(beside),
        beside,
        lacks: &about.lacks,
    };
    let mut findings: Vec<Finding> =
        measured.breaks.iter().filter_map(|one| teller.of_break(one)).collect();
    findings.extend(teller.settings());
    let known: Vec<u32> = findings.iter().map(|finding| finding.seq).collect();
    findings.extend(teller.misses(&known));
    findings.sort_by_key(|finding| finding.seq);
    let unpriced = teller.money.unpriced();
    Explanation {
        version: 1,
        about,
        requests: measured.requests.len() as u32,
        sent_tokens: measured.requests.iter().map(|request| request.sent_tokens).sum(),
        causes: sums(&findings),
        findings,
        prices: beside.prices.date.clone(),
        unpriced,
        reports: misses::reports(&measured),
        only: None,
    }
}

impl Explanation {
    /// What was found at one request.
    #[must_use]
    pub fn only(mut self, seq: u32) -> Self {
        self.only = Some(seq);
        self.findings.retain(|finding| finding.seq == seq);
        self.causes = sums(&self.findings);
        self
    }
}

/// What findings are made from.
struct Teller<'a> {
    session: &'a Session<'a>,
    measured: &'a RunMeasure,
    money: Money<'a>,
    beside: Beside<'a>,
    lacks: &'a [String],
}

impl Teller<'_> {
    fn of_break(&mut self, one: &PrefixBreak) -> Option<Finding> {
        let (before, index) = (self.index(one.after_seq)?, self.index(one.seq)?);
        let spot = look(self.session, before, index, one);
        let lost = (one.tokens_lost, one.bytes_lost);
        Some(self.finding(Found::Break, before, index, one.cause.as_str(), spot, lost))
    }

    /// Requests that extend their predecessor under another setting.
    fn settings(&mut self) -> Vec<Finding> {
        let broken: Vec<u32> = self.measured.breaks.iter().map(|one| one.seq).collect();
        let mut found = Vec::new();
        for index in 0..self.session.log.exchanges.len() {
            let Some(before) = self.session.predecessor(index) else { continue };
            let (old, new) = (self.session.exchange(before), self.session.exchange(index));
            if broken.contains(&new.seq) {
                continue;
            }
            if self.was_read(index) {
                continue;
            }
            if let Some((cause, spot)) = settings::spot(old, new) {
                let whole = total(&self.session.segments[before]);
                let lost = (whole.tokens, whole.bytes);
                found.push(self.finding(Found::Setting, before, index, cause.as_str(), spot, lost));
            }
        }
        found
    }

    /// Whether a provider says that it read the prefix in spite of everything. Our own server is none:
    /// its policies may not be keyed by what providers key theirs by.
    fn was_read(&self, index: usize) -> bool {
        let request = &self.measured.requests[index];
        let is_ours = self.session.log.started.provenance.contains("scripted");
        let most = request.prefix_tokens / 2;
        !is_ours && most > 0 && request.cached_tokens.is_some_and(|cached| cached >= most)
    }

    /// Requests that neither break nor change anything, and were served cold.
    fn misses(&mut self, known: &[u32]) -> Vec<Finding> {
        let mut found = Vec::new();
        if misses::reports(self.measured) != Reports::Cached {
            return found;
        }
        for (index, request) in self.measured.requests.iter().enumerate() {
            if known.contains(&request.seq) {
                continue;
            }
            let Some(before) = self.session.predecessor(index) else { continue };
            let gap = self.gap(before, index);
            if let Some((cause, spot, tokens)) =
                misses::miss(request, self.session.exchange(index), gap, self.lacks)
            {
                found.push(self.finding(Found::Miss, before, index, cause, spot, (tokens, 0)));
            }
        }
        found
    }

    fn finding(
        &mut self,
        found: Found,
        before: usize,
        index: usize,
        cause: &'static str,
        spot: Spot,
        (tokens_lost, bytes_lost): (u64, u64),
    ) -> Finding {
        let exchange = self.session.exchange(index);
        let request = &self.measured.requests[index];
        let again = match found {
            Found::Break => tokens_lost.min(request.new_tokens),
            // The prompt is the same, and its cache is another one.
            Found::Setting | Found::Miss => tokens_lost.min(request.sent_tokens),
        };
        let expected = cause == MissReason::ContextCompacted.as_str();
        let gap_ms = self.gap(before, index);
        let fix = spot.what.fix(expected);
        Finding {
            found,
            seq: exchange.seq,
            after_seq: self.session.exchange(before).seq,
            thread: exchange.thread,
            cause,
            expected,
            tokens_lost,
            bytes_lost,
            tokens_again: again,
            nano_usd: self.money.lost(self.model(exchange), request.sent_tokens, again),
            input_tokens: request.input_tokens,
            cached_tokens: request.cached_tokens,
            gap_ms,
            fix,
            advice: advice::advice(&spot, expected, gap_ms),
            what: spot.what,
            layer: spot.layer,
            pointer: spot.pointer,
            byte: spot.byte,
            old: spot.old,
            new: spot.new,
            detail: spot.detail,
            recognised: spot.recognised,
        }
    }

    fn index(&self, seq: u32) -> Option<usize> {
        self.session.log.exchanges.iter().position(|exchange| exchange.seq == seq)
    }

    fn gap(&self, before: usize, index: usize) -> Option<u64> {
        let at = |index: usize| self.beside.at_ms.get(index).copied().flatten();
        at(index)?.checked_sub(at(before)?)
    }

    fn model(&self, exchange: &Exchange) -> String {
        let said = exchange.request.text_field("model");
        said.map_or_else(|| self.session.log.started.model.clone(), |model| model.to_string())
    }
}

fn sums(findings: &[Finding]) -> Vec<CauseSum> {
    let mut sums: IndexMap<(bool, &'static str), CauseSum> = IndexMap::new();
    for one in findings {
        let sum = sums.entry((one.expected, one.cause)).or_insert_with(|| CauseSum {
            cause: one.cause,
            expected: one.expected,
            count: 0,
            tokens_lost: 0,
            bytes_lost: 0,
            tokens_again: 0,
            nano_usd: Some(0),
        });
        sum.count += 1;
        sum.tokens_lost += one.tokens_lost;
        sum.bytes_lost += one.bytes_lost;
        sum.tokens_again += one.tokens_again;
        sum.nano_usd = sum.nano_usd.zip(one.nano_usd).map(|(a, b)| a.saturating_add(b));
    }
    let mut sums: Vec<CauseSum> = sums.into_values().collect();
    sums.sort_by_key(|sum| (sum.expected, std::cmp::Reverse((sum.tokens_again, sum.tokens_lost))));
    sums
}
