//! The cache policies by name, and what can be set of each: one table for the parser, the help texts
//! and the policies themselves. What a policy does, and by whose word, stands with its code in
//! `cache::policy`.

/// A prefix cache that can be in force or be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CachePolicy {
    /// No cache.
    None,
    /// Every token of the longest prefix ever sent.
    Ideal,
    /// A radix tree of tokens, with outputs.
    Radix,
    /// vLLM's blocks.
    Vllm,
    /// SGLang's pages.
    Sglang,
    /// LMCache's chunks.
    LmCache,
    /// Mooncake's blocks.
    Mooncake,
    /// OpenAI until GPT-5.4.
    OpenAi128,
    /// OpenAI's GPT-5.5.
    OpenAi2048,
    /// OpenAI from GPT-5.6 on.
    OpenAiBreakpoints,
    /// Anthropic, entries for 5 minutes.
    Anthropic5m,
    /// Anthropic, entries for an hour.
    Anthropic1h,
    /// Gemini's implicit cache.
    GeminiImplicit,
    /// Gemini's explicit caches.
    GeminiExplicit,
    /// DeepSeek until 2025.
    DeepSeek64,
    /// DeepSeek since V4.
    DeepSeekV4,
    /// One slot of llama.cpp's server.
    LlamaCpp,
}

/// What can be set of a policy.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key.
    pub key: &'static str,
    /// What it may be.
    pub kind: ParameterKind,
    /// What holds if it is not set; `no` where there is no such limit, nothing where it has to be set.
    pub usual: &'static str,
    /// One line for people.
    pub help: &'static str,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub enum ParameterKind {
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// A whole number from the first to the second, or `no`.
    Limit(u64, u64),
    /// A number from 0 to 1, kept in millionths.
    Share,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Tokens, seconds and the like: more than anybody means, and small enough to be added up.
pub(crate) const MANY: u64 = 1 << 40;

pub(crate) const fn number(
    key: &'static str,
    least: u64,
    usual: &'static str,
    help: &'static str,
) -> Parameter {
    Parameter { key, kind: ParameterKind::Number(least, MANY), usual, help }
}

pub(crate) const fn limit(
    key: &'static str,
    least: u64,
    usual: &'static str,
    help: &'static str,
) -> Parameter {
    Parameter { key, kind: ParameterKind::Limit(least, MANY), usual, help }
}

pub(crate) const fn word(
    key: &'static str,
    words: &'static [&'static str],
    usual: &'static str,
    help: &'static str,
) -> Parameter {
    Parameter { key, kind: ParameterKind::Word(words), usual, help }
}

/// A setting that does nothing while another one is as usual.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// The setting.
    pub(super) key: &'static str,
    /// The other one.
    pub(super) other: &'static str,
    /// What the other one has to be, as it is written.
    pub(super) as_in: &'static str,
    /// Why it does nothing.
    pub(super) because: &'static str,
}

/// All of them, for the policies that have both settings.
pub(super) const NEEDS: [Need; 3] = [
    Need {
        key: "eviction",
        other: "capacity",
        as_in: "capacity=1000000",
        because: "in a cache without `capacity` nothing has to make room",
    },
    Need {
        key: "ttl",
        other: "retention",
        as_in: "retention=in_memory",
        because: "it counts for what is kept in memory, and `retention` is 24h",
    },
    Need {
        key: "rate",
        other: "machines",
        as_in: "machines=2",
        because: "there is one machine, which takes every request",
    },
];

pub(crate) const NO_YES: &[&str] = &["no", "yes"];
const MINIMUM: &str = "shorter prompts are not cached (tokens)";
const BY_MODEL: &str = "shorter prompts are not cached (tokens); `no`: as the model has it";
const INTERVAL: &str = "tokens of an interval";
const PAGE: &str = "tokens of a block";
const IDLE: &str = "seconds that an entry is kept after its last use";

/// What can be set of every policy.
const SHARED: Parameter =
    word("shared", NO_YES, "no", "whether the threads of a run read each other's entries");
const PAUSE: Parameter =
    number("pause", 0, "1", "seconds of virtual time from an answer to the thread's next request");
const OUTPUT: Parameter = word("output", NO_YES, "no", "whether answers are cached as well");
const FLOOR: Parameter = number("floor", 1, "128", "tokens of a step in which reads are reported");
const HIDDEN: Parameter =
    number("hidden", 0, "0", "tokens of a hidden system message before the prompt");
const MACHINES: Parameter = Parameter {
    key: "machines",
    kind: ParameterKind::Number(1, 1_000),
    usual: "1",
    help: "machines that requests are routed to",
};
const RATE: Parameter =
    number("rate", 1, "15", "requests a minute and prefix that a machine takes");
const NO_IDLE: Parameter = limit("ttl", 0, "no", IDLE);

const IDEAL: &[Parameter] = &[SHARED, PAUSE];
const CAPACITY: Parameter = limit("capacity", 0, "no", "tokens that fit into the cache");
const RULES: &[&str] = &["lru", "lru-leaf", "lfu", "length-aware", "fifo", "sieve"];
const LEAF: Parameter = word("eviction", RULES, "lru-leaf", EVICTION);
const LRU: Parameter = word("eviction", RULES, "lru", EVICTION);
const EVICTION: &str = "which block makes room";
const RADIX: &[Parameter] = &[CAPACITY, LEAF, SHARED, PAUSE];
const VLLM: &[Parameter] = &[number("page", 1, "16", PAGE), CAPACITY, LEAF, SHARED, PAUSE];
const SGLANG: &[Parameter] = &[number("page", 1, "1", PAGE), CAPACITY, LEAF, SHARED, PAUSE];
const LMCACHE: &[Parameter] = &[number("page", 1, "256", PAGE), CAPACITY, LRU, SHARED, PAUSE];
const MOONCAKE: &[Parameter] = &[number("page", 1, "512", PAGE), CAPACITY, LRU, SHARED, PAUSE];
const OPENAI_128: &[Parameter] = &[
    number("minimum", 0, "1024", MINIMUM),
    number("interval", 1, "128", INTERVAL),
    FLOOR,
    HIDDEN,
    OUTPUT,
    word("retention", &["24h", "in_memory"], "24h", "what holds where a request does not say"),
    number("ttl", 0, "600", "seconds that an entry is kept in memory after its last use"),
    MACHINES,
    RATE,
    SHARED,
    PAUSE,
];
const OPENAI_2048: &[Parameter] = &[
    number("minimum", 0, "1024", MINIMUM),
    number("interval", 1, "2048", INTERVAL),
    FLOOR,
    HIDDEN,
    OUTPUT,
    number("ttl", 0, "1800", IDLE),
    MACHINES,
    RATE,
    SHARED,
    PAUSE,
];
const OPENAI_BREAKPOINTS: &[Parameter] = &[
    number("minimum", 0, "1024", MINIMUM),
    number("ttl", 0, "1800", IDLE),
    word("lookup", &["guide", "latest-80"], "guide", "which breakpoints are looked up"),
    SHARED,
    PAUSE,
];
const ANTHROPIC: &[Parameter] = &[
    limit("minimum", 0, "no", BY_MODEL),
    word("runs", NO_YES, "yes", "whether a run of calls or of outputs is one place to look back"),
    word("effort", &["messages", "all"], "messages", "what another reasoning effort loses"),
    word("placement", &["agent", "tail", "none"], "agent", "breakpoints where a request has none"),
    SHARED,
    PAUSE,
];
const GEMINI_IMPLICIT: &[Parameter] = &[
    limit("minimum", 0, "no", BY_MODEL),
    limit("ttl", 0, "86400", IDLE),
    Parameter {
        key: "probability",
        kind: ParameterKind::Share,
        usual: "0.5",
        help: "how often a prefix that is there is read",
    },
    number("seed", 0, "1", "seed of the draws"),
    SHARED,
    PAUSE,
];
const GEMINI_EXPLICIT: &[Parameter] = &[
    limit("minimum", 0, "no", BY_MODEL),
    number("ttl", 0, "3600", "seconds that an object is kept after it was made"),
    SHARED,
    PAUSE,
];
const DEEPSEEK_64: &[Parameter] = &[
    number("minimum", 0, "64", MINIMUM),
    number("interval", 1, "64", INTERVAL),
    word("output", NO_YES, "yes", "whether answers are cached as well"),
    NO_IDLE,
    SHARED,
    PAUSE,
];
const DEEPSEEK_V4: &[Parameter] =
    &[limit("interval", 1, "no", "tokens between units in long texts"), NO_IDLE, SHARED, PAUSE];

impl CachePolicy {
    /// All policies, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::None,
        Self::Ideal,
        Self::Radix,
        Self::Vllm,
        Self::Sglang,
        Self::LmCache,
        Self::Mooncake,
        Self::OpenAi128,
        Self::OpenAi2048,
        Self::OpenAiBreakpoints,
        Self::Anthropic5m,
        Self::Anthropic1h,
        Self::GeminiImplicit,
        Self::GeminiExplicit,
        Self::DeepSeek64,
        Self::DeepSeekV4,
        Self::LlamaCpp,
    ];

    /// The name in files, tables and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ideal => "ideal",
            Self::Radix => "radix",
            Self::Vllm => "vllm",
            Self::Sglang => "sglang",
            Self::LmCache => "lmcache",
            Self::Mooncake => "mooncake",
            Self::OpenAi128 => "openai-128",
            Self::OpenAi2048 => "openai-2048",
            Self::OpenAiBreakpoints => "openai-breakpoints",
            Self::Anthropic5m => "anthropic-5m",
            Self::Anthropic1h => "anthropic-1h",
            Self::GeminiImplicit => "gemini-implicit",
            Self::GeminiExplicit => "gemini-explicit",
            Self::DeepSeek64 => "deepseek-64",
            Self::DeepSeekV4 => "deepseek-v4",
            Self::LlamaCpp => "llama.cpp",
        }
    }

    /// One line for people.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::None => "no cache",
            Self::Ideal => "every token of the longest prefix ever sent",
            Self::Radix => "every token of the longest prefix ever sent or answered",
            Self::Vllm => "vLLM: full blocks of 16 tokens, at most all but the last token",
            Self::Sglang => "SGLang: pages of the longest prefix ever sent or answered",
            Self::LmCache => "LMCache: full chunks of 256 tokens, prompts only",
            Self::Mooncake => "Mooncake: blocks of 512 tokens, prompts only",
            Self::OpenAi128 => "OpenAI until GPT-5.4: steps of 128 tokens from 1,024 on",
            Self::OpenAi2048 => "OpenAI's GPT-5.5: steps of 2,048 tokens",
            Self::OpenAiBreakpoints => "OpenAI from GPT-5.6 on: ends of messages, writes cost",
            Self::Anthropic5m => "Anthropic: entries at breakpoints, for 5 minutes, writes cost",
            Self::Anthropic1h => "Anthropic: entries at breakpoints, for an hour, writes cost more",
            Self::GeminiImplicit => "Gemini: a prefix that is sometimes read",
            Self::GeminiExplicit => "Gemini: the fixed beginning as a named object",
            Self::DeepSeek64 => "DeepSeek until 2025: units of 64 tokens",
            Self::DeepSeekV4 => "DeepSeek since V4: whole prompts, answers, common prefixes",
            Self::LlamaCpp => "llama.cpp: one slot, which holds the last prompt",
        }
    }

    /// What can be set.
    #[must_use]
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::None | Self::Ideal | Self::LlamaCpp => IDEAL,
            Self::Radix => RADIX,
            Self::Vllm => VLLM,
            Self::Sglang => SGLANG,
            Self::LmCache => LMCACHE,
            Self::Mooncake => MOONCAKE,
            Self::OpenAi128 => OPENAI_128,
            Self::OpenAi2048 => OPENAI_2048,
            Self::OpenAiBreakpoints => OPENAI_BREAKPOINTS,
            Self::Anthropic5m | Self::Anthropic1h => ANTHROPIC,
            Self::GeminiImplicit => GEMINI_IMPLICIT,
            Self::GeminiExplicit => GEMINI_EXPLICIT,
            Self::DeepSeek64 => DEEPSEEK_64,
            Self::DeepSeekV4 => DEEPSEEK_V4,
        }
    }
}
