//! Requests that extend what was sent, and of which the server still read little from its cache: the
//! entry expired, was evicted, or lies on another machine. Only the server's own count shows them.

use super::Reports;
use super::spot::Spot;
use super::what::What;
use crate::measure::results::{RequestMeasure, RunMeasure};
use crate::recording::{Exchange, Layer};

/// Tokens of the shortest prefix that most providers keep: of less, a miss is no miss.
pub(super) const MINIMUM: u64 = 1_024;
/// After so long without a request the shortest lifetimes are over (five minutes, in milliseconds).
const SHORTEST_LIFE: u64 = 300_000;

/// What the answers say.
pub(super) fn reports(measured: &RunMeasure) -> Reports {
    let mut counts =
        measured.requests.iter().filter_map(|request| request.cached_tokens).peekable();
    match (counts.peek().is_some(), counts.any(|cached| cached > 0)) {
        (false, _) => Reports::Nothing,
        (true, false) => Reports::Never,
        (true, true) => Reports::Cached,
    }
}

/// A miss: less than half of what had been sent before was read from the cache. Intervals and minimum
/// lengths of a policy lose less than that.
pub(super) fn miss(
    request: &RequestMeasure,
    exchange: &Exchange,
    gap_ms: Option<u64>,
) -> Option<(&'static str, Spot, u64)> {
    let (cached, prefix) = (request.cached_tokens?, request.prefix_tokens);
    if prefix < MINIMUM || cached >= prefix / 2 {
        return None;
    }
    let (what, cause) = match gap_ms.is_some_and(|gap| gap >= SHORTEST_LIFE) {
        true => (What::Expired, "expired"),
        false => (What::Unexplained, "unexplained"),
    };
    let has_key = exchange.request.field("prompt_cache_key").is_some();
    let detail = (!has_key).then(|| "no prompt_cache_key".to_owned());
    let spot = Spot { detail, ..Spot::at(what, Layer::Other, "") };
    Some((cause, spot, prefix - cached))
}
