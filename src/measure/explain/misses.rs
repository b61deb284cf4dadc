//! Requests that extend what was sent, and of which the server still read little from its cache: the
//! entry expired, was evicted, or lies on another machine. Only the server's own count shows them.

use super::Reports;
use super::spot::Spot;
use super::what::What;
use crate::cache::MissReason;
use crate::measure::results::{RequestMeasure, RunMeasure};
use crate::recording::{Exchange, Layer};

/// The longest of the minimum lengths of providers: a shorter prefix may rightly not be kept.
const MINIMUM: u64 = 4_096;
/// What is said of a request that names no key.
pub(super) const NO_KEY: &str = "no prompt_cache_key";
/// After so long without a request the shortest lifetimes are over (five minutes, in milliseconds).
const SHORTEST_LIFE: u64 = 300_000;

/// What the answers say.
pub(super) fn reports(measured: &RunMeasure) -> Reports {
    let counted = measured.requests.iter().filter(|request| request.cached_tokens.is_some());
    let counted: Vec<&RequestMeasure> = counted.collect();
    let read = counted.iter().any(|request| request.cached_tokens > Some(0));
    let could = counted.iter().any(|request| request.prefix_tokens >= MINIMUM);
    match (counted.is_empty(), could && !read) {
        (true, _) => Reports::Nothing,
        (false, true) => Reports::Never,
        (false, false) => Reports::Cached,
    }
}

/// A miss: less than half of what had been sent before was read from the cache. Intervals and minimum
/// lengths of a policy lose less than that.
pub(super) fn miss(
    request: &RequestMeasure,
    exchange: &Exchange,
    gap_ms: Option<u64>,
    lacks: &[String],
) -> Option<(&'static str, Spot, u64)> {
    // A server that counts fewer tokens than were sent before did not see all of it, or gave up.
    let prefix = request.prefix_tokens.min(request.input_tokens?);
    let cached = request.cached_tokens?;
    if prefix < MINIMUM || cached >= prefix / 2 {
        return None;
    }
    let (what, cause) = match gap_ms.is_some_and(|gap| gap >= SHORTEST_LIFE) {
        true => (What::Expired, MissReason::Expired.as_str()),
        false => (What::Unexplained, "unexplained"),
    };
    let unseen: Vec<&str> = ["tools", "instructions"]
        .into_iter()
        .filter(|layer| lacks.iter().any(|lack| lack == layer))
        .collect();
    let is_whole = !lacks.iter().any(|lack| lack == "bodies");
    let detail = match exchange.request.field("prompt_cache_key") {
        _ if !unseen.is_empty() => Some(format!("{} not in the log", unseen.join(", "))),
        None if is_whole => Some(NO_KEY.to_owned()),
        _ => None,
    };
    let spot = Spot { detail, ..Spot::at(what, Layer::Other, "") };
    Some((cause, spot, prefix - cached))
}
