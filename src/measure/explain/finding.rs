//! What is told of a conversation: findings with their place, cost and fix, and their sums.

use super::lifetime::Times;
use super::what::{Fix, What};
use crate::measure::story::About;
use crate::recording::Layer;
use serde::Serialize;

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
    /// Where the times are from that lifetimes of entries are judged by.
    pub times: Times,
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
    /// Whether it is no mistake: the history was compacted, or somebody went back in it.
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
    /// Milliseconds since the request before, where the log tells times; of a miss in a run, those of
    /// its virtual time.
    pub gap_ms: Option<u64>,
    /// How long the cache keeps an entry, where one ran out.
    pub lifetime_ms: Option<u64>,
    /// The kind of fix.
    pub fix: Fix,
    /// The fix, in a sentence.
    pub advice: String,
    /// Settings that changed as well, each with a fix of its own.
    pub also: Vec<Also>,
}

/// A setting that changed together with something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Also {
    /// The provider's reason.
    pub cause: &'static str,
    /// JSON pointer of the field.
    pub pointer: String,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
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
