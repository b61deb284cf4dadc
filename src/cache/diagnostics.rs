//! What a response tells of the cache to a client that asked for it.
//!
//! A request that names a response to be compared with (`prompt_cache_options.
//! comparison_response_id`) gets `prompt_cache_diagnostics`, of one of four types (OpenAI's SDK of
//! 2026-09). The API has nine reasons; where ours is another one, or the prefix is the same and was
//! not read all the same, it has nothing to tell: `unavailable`.

use super::reason::MissReason;

/// The diagnostics of one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnostics {
    /// What both have in common was read.
    Hit,
    /// It was not, or does not reach the end of the compared request.
    Miss {
        /// One of the nine.
        reason: MissReason,
        /// Tokens of the input behind the first difference.
        missed: u64,
        /// Tokens before it.
        reusable: u64,
    },
    /// The named response is not known.
    NotFound,
    /// Nothing can be told.
    Unavailable,
}

impl Diagnostics {
    /// The value of the field.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Hit => r#"{"type":"cache_hit"}"#.into(),
            Self::Miss { reason, missed, reusable } => format!(
                r#"{{"type":"cache_miss","cache_missed_tokens":{missed},"comparison_reusable_tokens":{reusable},"reason":"{}"}}"#,
                reason.as_str()
            ),
            Self::NotFound => r#"{"type":"comparison_response_not_found"}"#.into(),
            Self::Unavailable => r#"{"type":"unavailable"}"#.into(),
        }
    }
}
