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
    /// OpenAI until GPT-5.4: steps of 128.
    OpenAi128,
}

/// What can be set of a policy.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key.
    pub key: &'static str,
    /// What it may be.
    pub kind: ParameterKind,
    /// What holds if it is not set; `no` where there is no such limit.
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
const MANY: u64 = 1 << 40;

const fn number(
    key: &'static str,
    least: u64,
    usual: &'static str,
    help: &'static str,
) -> Parameter {
    Parameter { key, kind: ParameterKind::Number(least, MANY), usual, help }
}

const MINIMUM: &str = "prompts of fewer tokens are not cached";
const INTERVAL: &str = "tokens of an interval";

/// What can be set of every policy.
const SHARED: Parameter = Parameter {
    key: "shared",
    kind: ParameterKind::Word(&["no", "yes"]),
    usual: "no",
    help: "whether the threads of a run read each other's entries",
};
const PAUSE: Parameter =
    number("pause", 0, "1", "seconds of virtual time from an answer to the thread's next request");

const IDEAL: &[Parameter] = &[SHARED, PAUSE];
const OPENAI_128: &[Parameter] =
    &[number("minimum", 0, "1024", MINIMUM), number("interval", 1, "128", INTERVAL), SHARED, PAUSE];

impl CachePolicy {
    /// All policies, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::None, Self::Ideal, Self::OpenAi128];

    /// The name in files, tables and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ideal => "ideal",
            Self::OpenAi128 => "openai-128",
        }
    }

    /// One line for people.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::None => "no cache",
            Self::Ideal => "every token of the longest prefix ever sent",
            Self::OpenAi128 => "OpenAI until GPT-5.4: steps of 128 tokens from 1,024 on",
        }
    }

    /// What can be set.
    #[must_use]
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::None | Self::Ideal => IDEAL,
            Self::OpenAi128 => OPENAI_128,
        }
    }
}
