//! Whether a pause was longer than a cache keeps its entries, and what can be done about it.
//!
//! A run of our own has the cache that was in force, and its virtual time. Of a provider the rule goes
//! by the model's name and what the request that wrote the entry said; where a provider names a range,
//! the shorter time counts, since from there on an entry may be gone.

use super::Beside;
use crate::cache::{Call, Clock, Fields, Intake, Segment, cache_of, lifetime};
use crate::recording::Exchange;
use crate::recording::journal::RunLog;
use crate::scenario::{CachePolicy, CacheSpec};
use serde::Serialize;

/// Where nobody knows the cache: the shortest of all lifetimes.
const SHORTEST: u64 = 300_000;

/// Where the times of requests are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// The log tells them.
    Logged,
    /// The virtual time of a run.
    Virtual,
    /// Nobody knows: no entry can be said to have run out.
    Unknown,
}

/// An entry that ran out.
#[derive(Clone, Copy, Debug)]
pub(super) struct RanOut {
    /// Milliseconds since the request before.
    gap: u64,
    /// How long an entry is kept.
    kept: u64,
    /// By whose rule; none where the shortest one counts.
    cache: Option<CachePolicy>,
    /// Whether that cache was in force in a run.
    ours: bool,
    /// Whether it can be kept for longer, and how.
    longer: &'static str,
}

/// When requests were sent, and how long what they wrote is kept.
pub(super) struct Lifetimes {
    pub(super) times: Times,
    at_ms: Vec<Option<u64>>,
    /// The cache in force.
    ours: Option<CacheSpec>,
}

impl Lifetimes {
    pub(super) fn new(log: &RunLog, beside: Beside<'_>) -> Self {
        // What a provider answers live goes by no clock of ours.
        let is_live = log.started.provenance.starts_with("live");
        let ours = log.started.cache.parse().ok().filter(|_| !is_live);
        if beside.at_ms.iter().any(Option::is_some) {
            return Self { times: Times::Logged, at_ms: beside.at_ms.to_vec(), ours };
        }
        match &ours {
            Some(spec) => Self { times: Times::Virtual, at_ms: virtual_times(log, spec), ours },
            None => Self { times: Times::Unknown, at_ms: Vec::new(), ours },
        }
    }

    /// Whether our own server counted, and has a cache.
    pub(super) fn is_counted_by_us(&self) -> bool {
        self.ours.as_ref().is_some_and(|spec| spec.policy() != CachePolicy::None)
    }

    /// Milliseconds from one request to another.
    pub(super) fn gap(&self, before: usize, index: usize) -> Option<u64> {
        let at = |index: usize| self.at_ms.get(index).copied().flatten();
        at(index)?.checked_sub(at(before)?)
    }

    /// Whether what a request to this model wrote had run out after a pause.
    pub(super) fn ran_out(
        &self,
        wrote: &Exchange,
        model: &str,
        segments: &[Segment],
        gap: Option<u64>,
    ) -> Option<RanOut> {
        let gap = gap?;
        let fields = Fields::of(wrote.endpoint, &wrote.request);
        let (kept, cache) = match &self.ours {
            Some(spec) => {
                (lifetime(spec, &fields, is_long(segments, &fields)), Some(spec.policy()))
            }
            None => match cache_of(model) {
                Some(cache) => (of_provider(cache, segments, &fields), Some(cache)),
                None => (Some(SHORTEST), None),
            },
        };
        let kept = kept.filter(|kept| gap > *kept)?;
        let longer = match cache {
            None => "pay for a longer one (`prompt_cache_retention: 24h`, a TTL of 1 h)",
            Some(CachePolicy::OpenAi128) if kept < 24 * 3_600_000 => {
                "ask for a longer one (`prompt_cache_retention: 24h`)"
            }
            Some(CachePolicy::Anthropic5m) if kept <= SHORTEST => {
                "ask for an hour (`ttl: 1h` in the marks), which writing costs more for"
            }
            Some(_) => "send a short request of the same prefix in between",
        };
        Some(RanOut { gap, kept, cache, ours: self.ours.is_some(), longer })
    }
}

/// A provider's lifetime: the shorter one where it names a range.
fn of_provider(cache: CachePolicy, segments: &[Segment], fields: &Fields) -> Option<u64> {
    let asked = fields.ttl.as_deref().filter(|_| cache == CachePolicy::OpenAiBreakpoints);
    // In memory, OpenAI says, after 5 to 10 minutes.
    let in_memory = fields.retention.as_deref().is_some_and(|said| said != "24h");
    match cache {
        CachePolicy::OpenAi128 if in_memory => Some(SHORTEST),
        _ => asked
            .and_then(milliseconds)
            .or_else(|| lifetime(&cache.into(), fields, is_long(segments, fields))),
    }
}

/// `30m`, `1h`, `90s`
fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Whether the whole of a prompt was to be kept for an hour. Longer lifetimes stand before shorter
/// ones, so the last mark says it; a mark of the request itself stands for its last part.
fn is_long(segments: &[Segment], fields: &Fields) -> bool {
    let marks = segments.iter().flat_map(|one| one.marks.iter().flat_map(|marks| marks.iter()));
    let last = marks.last().is_some_and(|mark| mark.long);
    fields.automatic.as_ref().map_or(last, |ttl| ttl.as_deref() == Some("1h"))
}

/// The virtual time of a run, as its server had it.
fn virtual_times(log: &RunLog, spec: &CacheSpec) -> Vec<Option<u64>> {
    let mut clock = Clock::new(spec.number("pause"), spec.is("shared"));
    let begins = log.exchanges.iter().map(|exchange| {
        let call = Call::of(exchange)?;
        // An answer that was cut has no count.
        let output = match &exchange.usage {
            Some(usage) => usage.output_tokens,
            None => Intake::new().take(&call).output_tokens,
        };
        Some(clock.exchange(exchange.thread, None, output).begins)
    });
    begins.collect()
}

impl RanOut {
    /// How long an entry is kept, in milliseconds.
    pub(super) fn kept(self) -> u64 {
        self.kept
    }

    /// What to do.
    pub(super) fn advice(self) -> String {
        let kept = time(self.kept);
        let rule = match (self.cache, self.ours) {
            (None, _) => format!("the shortest caches keep an entry for {kept}"),
            (Some(cache), true) => {
                format!("the cache in force ({}) keeps an entry for {kept}", cache.as_str())
            }
            (Some(cache), false) => {
                format!("the cache of this model ({}) keeps an entry for {kept}", cache.as_str())
            }
        };
        format!(
            "{} since the last request, and {rule}: make shorter pauses, or {}",
            time(self.gap),
            self.longer
        )
    }
}

/// `12 minutes`, `1 hour`
fn time(ms: u64) -> String {
    let (number, unit) = match ms / 1_000 {
        seconds @ 0..=119 => (seconds, "second"),
        seconds @ 120..=3_599 => (seconds / 60, "minute"),
        seconds => (seconds / 3_600, "hour"),
    };
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{s}")
}
