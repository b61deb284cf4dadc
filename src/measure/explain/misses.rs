//! Requests that extend what was sent, and of which the server still read little from its cache: the
//! entry expired, was evicted, or lies on another machine. Only the server's own count shows them.

use super::Reports;
use super::lifetime::RanOut;
use super::spot::Spot;
use super::what::What;
use crate::cache::MissReason;
use crate::measure::results::{RequestMeasure, RunMeasure};
use crate::recording::{Exchange, Layer};

/// The longest of the minimum lengths of providers: a shorter prefix may rightly not be kept.
const MINIMUM: u64 = 4_096;
/// What is said of a request that names no key.
pub(super) const NO_KEY: &str = "no prompt_cache_key";

/// What the answers say; `ours` if our own server gave them, which always tells.
pub(super) fn reports(measured: &RunMeasure, ours: bool) -> Reports {
    let counted = measured.requests.iter().filter(|request| request.cached_tokens.is_some());
    let counted: Vec<&RequestMeasure> = counted.collect();
    let read = counted.iter().any(|request| request.cached_tokens > Some(0));
    let could = counted.iter().any(|request| request.prefix_tokens >= MINIMUM);
    match (counted.is_empty(), could && !read && !ours) {
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
    ran_out: Option<RanOut>,
    lacks: &[String],
) -> Option<(&'static str, Spot, u64)> {
    // A server that counts fewer tokens than were sent before did not see all of it, or gave up.
    let prefix = request.prefix_tokens.min(request.input_tokens?);
    let cached = request.cached_tokens?;
    if prefix < MINIMUM || cached >= prefix / 2 {
        return None;
    }
    if ran_out.is_some() {
        let spot = Spot { ran_out, ..Spot::at(What::Expired, Layer::Other, "") };
        return Some((MissReason::Expired.as_str(), spot, prefix - cached));
    }
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
    let spot = Spot { detail, ..Spot::at(What::Unexplained, Layer::Other, "") };
    Some(("unexplained", spot, prefix - cached))
}
