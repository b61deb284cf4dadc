//! What broke the cached prefix, and what to do about it: every break of one conversation with its
//! place, its cause in the provider's words, what it cost, and a fix.
//!
//! Three kinds of findings. A *break* is one of [`RunMeasure::breaks`], by the same definition; it is
//! only looked at more closely here. A *setting* changed although the rendered prompt went on: the
//! providers key their caches by it. A *miss* has neither: the answer says that far fewer tokens were
//! read from the cache than had been sent before. Expected findings (after a compaction, or where the
//! user went back) are kept apart from mistakes; both are counted. Warm-ups are not judged.

mod advice;
mod finding;
mod given_up;
mod items;
mod lifetime;
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

pub use finding::{Also, CauseSum, Explanation, Finding, Found, Reports};
pub use lifetime::Times;
pub use what::{Fix, What};

use super::protocol::is_warm_up;
use super::results::{PrefixBreak, RunMeasure};
use super::run::of_session;
use super::session::Session;
use super::story::About;
use crate::cache::{MissReason, Prices, total};
use crate::recording::Exchange;
use crate::recording::journal::RunLog;
use indexmap::IndexMap;
use lifetime::Lifetimes;
use look::look;
use money::Money;
use spot::Spot;

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
        lifetimes: Lifetimes::new(log, beside),
        lacks: &about.lacks,
    };
    let mut findings: Vec<Finding> =
        measured.breaks.iter().filter_map(|one| teller.of_break(one)).collect();
    findings.extend(teller.settings());
    let known: Vec<u32> = findings.iter().map(|finding| finding.seq).collect();
    findings.extend(teller.misses(&known));
    findings.sort_by_key(|finding| finding.seq);
    let unpriced = teller.money.unpriced();
    let (reports, times) = (teller.reports(), teller.lifetimes.times);
    Explanation {
        version: 1,
        about,
        requests: measured.requests.len() as u32,
        sent_tokens: measured.requests.iter().map(|request| request.sent_tokens).sum(),
        causes: sums(&findings),
        findings,
        prices: beside.prices.date.clone(),
        unpriced,
        reports,
        times,
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
    lifetimes: Lifetimes,
    lacks: &'a [String],
}

/// The parts of a finding, each looked for elsewhere.
struct Made {
    found: Found,
    cause: &'static str,
    spot: Spot,
    also: Vec<(MissReason, Spot)>,
    /// Tokens and bytes.
    lost: (u64, u64),
}

impl Teller<'_> {
    fn of_break(&mut self, one: &PrefixBreak) -> Option<Finding> {
        let (before, index) = (self.index(one.after_seq)?, self.index(one.seq)?);
        let spot = look(self.session, before, index, one);
        let also = match self.was_read(index) {
            true => Vec::new(),
            false => settings::spots(self.session.exchange(before), self.session.exchange(index)),
        };
        // A cache that is keyed by the setting as well has nothing of the predecessor.
        let lost = match also.is_empty() {
            true => (one.tokens_lost, one.bytes_lost),
            false => self.whole(before),
        };
        let made = Made { found: Found::Break, cause: one.cause.as_str(), spot, also, lost };
        Some(self.finding(before, index, made))
    }

    /// Requests that extend their predecessor under another setting.
    fn settings(&mut self) -> Vec<Finding> {
        let broken: Vec<u32> = self.measured.breaks.iter().map(|one| one.seq).collect();
        let mut found = Vec::new();
        for index in 0..self.session.log.exchanges.len() {
            let Some(before) = self.session.predecessor(index) else { continue };
            let (old, new) = (self.session.exchange(before), self.session.exchange(index));
            if broken.contains(&new.seq) || is_warm_up(new) || self.was_read(index) {
                continue;
            }
            let mut changed = settings::spots(old, new).into_iter();
            if let Some((cause, spot)) = changed.next() {
                let (lost, also) = (self.whole(before), changed.collect());
                let made = Made { found: Found::Setting, cause: cause.as_str(), spot, also, lost };
                found.push(self.finding(before, index, made));
            }
        }
        found
    }

    /// Tokens and bytes of a request.
    fn whole(&self, index: usize) -> (u64, u64) {
        let whole = total(&self.session.segments[index]);
        (whole.tokens, whole.bytes)
    }

    fn reports(&self) -> Reports {
        misses::reports(self.measured, self.lifetimes.is_counted_by_us())
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
        if self.reports() != Reports::Cached {
            return found;
        }
        for (index, request) in self.measured.requests.iter().enumerate() {
            let exchange = self.session.exchange(index);
            if known.contains(&request.seq) || is_warm_up(exchange) {
                continue;
            }
            let Some(before) = self.session.predecessor(index) else { continue };
            let gap = self.lifetimes.gap(before, index);
            let (wrote, segments) = (self.session.exchange(before), &self.session.segments[before]);
            let ran_out = self.lifetimes.ran_out(wrote, &self.model(wrote), segments, gap);
            if let Some((cause, mut spot, tokens)) =
                misses::miss(request, exchange, ran_out, self.lacks)
            {
                if spot.what == What::Expired && self.lifetimes.times == Times::Virtual {
                    spot.detail = Some("in virtual time".to_owned());
                }
                let (also, lost) = (Vec::new(), (tokens, 0));
                let made = Made { found: Found::Miss, cause, spot, also, lost };
                found.push(self.finding(before, index, made));
            }
        }
        found
    }

    fn finding(&mut self, before: usize, index: usize, made: Made) -> Finding {
        let Made { found, cause, spot, also, lost: (tokens_lost, bytes_lost) } = made;
        let exchange = self.session.exchange(index);
        let request = &self.measured.requests[index];
        let went_back = spot.what.is_given_up() && also.is_empty();
        let again = match found {
            // What was given up is not sent again.
            Found::Break if went_back => 0,
            Found::Break if also.is_empty() => tokens_lost.min(request.new_tokens),
            // Where the prompt is the same, its cache is another one.
            _ => tokens_lost.min(request.sent_tokens),
        };
        let expected = went_back || cause == MissReason::ContextCompacted.as_str();
        let told = found == Found::Miss || self.lifetimes.times == Times::Logged;
        let gap_ms = self.lifetimes.gap(before, index).filter(|_| told);
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
            lifetime_ms: spot.ran_out.map(lifetime::RanOut::kept),
            fix,
            advice: advice::advice(&spot, expected),
            also: also.into_iter().map(|(cause, spot)| also_changed(cause, spot)).collect(),
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

    fn model(&self, exchange: &Exchange) -> String {
        let said = exchange.request.text_field("model");
        said.map_or_else(|| self.session.log.started.model.clone(), |model| model.to_string())
    }
}

fn also_changed(cause: MissReason, spot: Spot) -> Also {
    Also {
        cause: cause.as_str(),
        fix: spot.what.fix(false),
        advice: advice::advice(&spot, false),
        pointer: spot.pointer,
        old: spot.old,
        new: spot.new,
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
