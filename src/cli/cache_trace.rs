//! `unreel cache-trace`: what caches of blocks would have had of traces of serving engines.

use super::{Exit, console};
use crate::cache::eviction::Eviction;
use crate::cache::trace::{Capacity, Played, Question, Share, Source, TraceError, play};
use crate::report::{
    ReportError, block_traces_csv, block_traces_json, block_traces_markdown, block_traces_text,
};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct CacheTraceArgs {
    /// Traces of blocks: Mooncake's JSON Lines, libCacheSim's oracleGeneral, or block ids with blanks
    /// between them, a request a line; .zst too. - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Which block goes when the cache is full
    #[arg(long, value_enum, value_name = "NAME", value_delimiter = ',', default_value = "lru")]
    policy: Vec<Eviction>,
    /// Sizes of the cache: blocks (1000, 10k), tokens ('3M tokens'), or inf
    #[arg(
        long, value_name = "SIZE", value_delimiter = ',', default_value = "inf",
        value_parser = capacity, allow_hyphen_values = true
    )]
    capacity: Vec<Capacity>,
    /// Tokens of a block, for traces that do not tell [default: 512]
    #[arg(long, value_name = "TOKENS", allow_negative_numbers = true)]
    block_size: Option<NonZeroU32>,
    /// The share of the requests that is played first, and not counted: 0.5 is half
    #[arg(
        long, value_name = "SHARE", default_value = "0", value_parser = share,
        allow_hyphen_values = true
    )]
    warm_up: Share,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: FormatChoice,
}

impl ValueEnum for Eviction {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Lru => "Least recently used, blocks from first to last, as libCacheSim does",
            Self::LruLeaf => {
                "Least recently used, the end of a prefix before its beginning, as vLLM and SGLang do"
            }
            Self::Lfu => "Least frequently used since its insertion, then least recently",
            Self::LengthAware => {
                "Least frequently used, then the block farthest from its request's beginning"
            }
            Self::Fifo => "In the order of insertion",
            Self::Sieve => {
                "In the order of insertion, but blocks that were hit are passed over once"
            }
            Self::Belady => {
                "Used again last of all: the optimum of what evicts as it inserts; reads the trace \
                 twice"
            }
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatChoice {
    /// For people
    Text,
    /// For programs; docs/formats.md has the shape
    Json,
    /// One row for each trace, policy and capacity
    Csv,
    /// For a page
    Markdown,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("standard input is named twice\nhelp: it can be read once; save it to a file")]
    Twice,
}

/// Plays the traces.
pub(super) fn cache_trace(args: &CacheTraceArgs) -> Exit {
    match text(args) {
        Ok(text) => {
            console::out(&text);
            Exit::Good
        }
        Err(error) => {
            console::error(&error);
            match error {
                Failed::Report(_) => Exit::Harness,
                _ => Exit::Usage,
            }
        }
    }
}

fn text(args: &CacheTraceArgs) -> Result<String, Failed> {
    let mut evictions: Vec<Eviction> = Vec::new();
    for policy in args.policy.iter().copied() {
        if !evictions.contains(&policy) {
            evictions.push(policy);
        }
    }
    let mut capacities: Vec<Capacity> = Vec::new();
    for capacity in &args.capacity {
        if !capacities.contains(capacity) {
            capacities.push(*capacity);
        }
    }
    let question =
        Question { evictions, capacities, block_size: args.block_size, warm_up: args.warm_up };
    let input = Path::new("-");
    if args.files.iter().filter(|file| *file == input).count() > 1 {
        return Err(Failed::Twice);
    }
    let mut traces: Vec<Played> = Vec::new();
    for file in &args.files {
        let source = match file == input {
            true => Source::once("standard input", Box::new(std::io::stdin())),
            false => Source::file(file),
        };
        traces.push(play(&source, &question)?);
    }
    Ok(match args.format {
        FormatChoice::Text => block_traces_text(&traces),
        FormatChoice::Json => block_traces_json(&traces),
        FormatChoice::Csv => block_traces_csv(&traces)?,
        FormatChoice::Markdown => block_traces_markdown(&traces),
    })
}

/// `1000`, `10k`, `10k blocks`, `3M tokens`, `inf`.
fn capacity(text: &str) -> Result<Capacity, String> {
    let wanted = "say blocks (1000, 10k), tokens ('3M tokens') or inf";
    let text = text.trim();
    if matches!(text, "inf" | "infinite") {
        return Ok(Capacity::Infinite);
    }
    if text.starts_with('-') {
        return Err(format!("a cache has no negative capacity: {wanted}"));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let number = number.replace('_', "");
    if number.len() > 1 && number.starts_with('0') {
        return Err("a comma separates capacities; write 10,000 as 10000 or 10k".to_owned());
    }
    let (unit, rest) = match rest.chars().next() {
        Some('k' | 'K') => (1_000, &rest[1..]),
        Some('M') => (1_000_000, &rest[1..]),
        Some('G') => (1_000_000_000, &rest[1..]),
        _ => (1, rest),
    };
    let number = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match (number, rest.trim()) {
        (Some(number), "" | "block" | "blocks") => Ok(Capacity::Blocks(number)),
        (Some(number), "token" | "tokens") => Ok(Capacity::Tokens(number)),
        _ => Err(format!("a capacity is a whole number: {wanted}")),
    }
}

/// `0.5`, `50%`.
fn share(text: &str) -> Result<Share, String> {
    let wanted = "a share of the requests, from 0 to below 1, such as 0.5";
    Share::parse(text.trim()).ok_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Capacity, capacity};

    #[test]
    fn capacities_in_blocks_and_tokens() {
        let good = |text: &str| capacity(text).unwrap();
        assert_eq!(good("0"), Capacity::Blocks(0));
        assert_eq!(good("10k"), Capacity::Blocks(10_000));
        assert_eq!(good(" 5_859 blocks"), Capacity::Blocks(5_859));
        assert_eq!(good("3M tokens"), Capacity::Tokens(3_000_000));
        assert_eq!(good("3000000tokens"), Capacity::Tokens(3_000_000));
        assert_eq!(good("inf"), Capacity::Infinite);
        for wrong in ["", "-1", "many", "1.5M", "000", "3MB", "99999999999999999999", "1 2", "k"] {
            assert!(capacity(wrong).is_err(), "{wrong}");
        }
    }
}
