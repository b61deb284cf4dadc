//! Why a request read less from the cache than its predecessor left there.
//!
//! The first nine are OpenAI's names (`prompt_cache_diagnostics` of a response, SDK of 2026-09). Then
//! come what invalidates by the providers' guides and has no name among them, and causes that no
//! provider tells and a simulated cache knows.

use serde::Serialize;

/// Why a prefix broke, or was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissReason {
    /// Another model.
    ModelChanged,
    /// Another `prompt_cache_key`.
    PromptCacheKeyChanged,
    /// Tools added, removed, changed or in another order.
    ToolsChanged,
    /// `text.format` changed.
    TextFormatChanged,
    /// `reasoning` changed.
    ReasoningEffortChanged,
    /// `text.verbosity` changed.
    VerbosityChanged,
    /// History was compacted.
    ContextCompacted,
    /// An earlier item changed.
    InputChanged,
    /// Another `service_tier`.
    ServiceTierChanged,
    /// `parallel_tool_calls` changed.
    ParallelToolCallsChanged,
    /// `tool_choice` changed.
    ToolChoiceChanged,
    /// The first image came, or the last one went.
    ImagesChanged,
    /// The prompt, or what it has in common with an earlier one, is shorter than what is cached.
    BelowMinimum,
    /// The entry was there once, and its time ran out.
    Expired,
    /// The entry had to make room.
    Evicted,
    /// The request came to a machine that had never seen the prefix.
    OtherMachine,
    /// The entry is there, but the first answer had not begun when the request was sent.
    NotYetReadable,
    /// An entry is there, further back than the cache looks.
    LookbackExceeded,
    /// Nothing was written before the place where the prompts part.
    WritePointBehindVolatile,
}

impl MissReason {
    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ModelChanged => "model_changed",
            Self::PromptCacheKeyChanged => "prompt_cache_key_changed",
            Self::ToolsChanged => "tools_changed",
            Self::TextFormatChanged => "text_format_changed",
            Self::ReasoningEffortChanged => "reasoning_effort_changed",
            Self::VerbosityChanged => "verbosity_changed",
            Self::ContextCompacted => "context_compacted",
            Self::InputChanged => "input_changed",
            Self::ServiceTierChanged => "service_tier_changed",
            Self::ParallelToolCallsChanged => "parallel_tool_calls_changed",
            Self::ToolChoiceChanged => "tool_choice_changed",
            Self::ImagesChanged => "images_changed",
            Self::BelowMinimum => "below_minimum",
            Self::Expired => "expired",
            Self::Evicted => "evicted",
            Self::OtherMachine => "other_machine",
            Self::NotYetReadable => "not_yet_readable",
            Self::LookbackExceeded => "lookback_exceeded",
            Self::WritePointBehindVolatile => "write_point_behind_volatile",
        }
    }

    /// Whether the prompt itself changed, and not only a field beside it.
    #[must_use]
    pub fn is_of_the_prompt(self) -> bool {
        matches!(self, Self::ToolsChanged | Self::ContextCompacted | Self::InputChanged)
    }

    /// Whether it is one of the names of OpenAI's API.
    #[must_use]
    pub fn is_in_the_api(self) -> bool {
        self <= Self::ServiceTierChanged
    }
}
