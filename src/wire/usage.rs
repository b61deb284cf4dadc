//! Token counts as the API reports them.

use serde::{Deserialize, Serialize};

/// `usage` of a response, with all details that the current API requires. Unit: tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the rendered prompt.
    pub input_tokens: u64,
    /// How many of them were read from the cache.
    pub input_tokens_details: InputDetails,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// How many of them were reasoning.
    pub output_tokens_details: OutputDetails,
    /// `input_tokens + output_tokens`.
    pub total_tokens: u64,
}

/// Details of the input count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDetails {
    /// Tokens read from the cache.
    pub cached_tokens: u64,
    /// Tokens written to the cache; older servers leave it out.
    #[serde(default)]
    pub cache_write_tokens: u64,
}

/// Details of the output count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputDetails {
    /// Tokens of reasoning items.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// Counts that add up.
    #[must_use]
    pub fn new(input: u64, cached: u64, written: u64, output: u64, reasoning: u64) -> Self {
        Self {
            input_tokens: input,
            input_tokens_details: InputDetails {
                cached_tokens: cached,
                cache_write_tokens: written,
            },
            output_tokens: output,
            output_tokens_details: OutputDetails { reasoning_tokens: reasoning },
            total_tokens: input.saturating_add(output),
        }
    }

    /// Tokens read from the cache.
    #[must_use]
    pub fn cached(&self) -> u64 {
        self.input_tokens_details.cached_tokens
    }
}
