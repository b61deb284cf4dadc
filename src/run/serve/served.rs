//! The account of a server that has ended.

use crate::recording::matching::Difference;

/// One thing that could be asked for, and how often it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub what: Answered,
    /// How often.
    pub times: u32,
}

/// What answered a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An exchange of the recording: its number, and the step of the script it was made from.
    Exchange(u32, String),
    /// A step of a script (`step look`, `step set: reacquire cap`), or whatever the model says.
    By(String),
}

/// Requests that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub times: u32,
    /// HTTP status.
    pub status: u16,
    /// Code of the error.
    pub code: Option<String>,
    /// Its message to the first of them.
    pub message: String,
}

/// A change that requests had against the recording, however many repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Number of the first of them, from 1.
    pub number: u32,
    /// The recorded exchange in whose place that came.
    pub exchange: u32,
    /// What differs there.
    pub difference: Difference,
    /// How many requests have it.
    pub times: u32,
}

/// What was asked, what was not, and what it came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests, refused ones included.
    pub requests: u32,
    /// Bytes of their bodies on the wire.
    pub wire_bytes: u64,
    /// Rendered prompt bytes.
    pub sent_bytes: u64,
    /// Of these, what stands behind the longest prefix sent before by any client.
    pub new_bytes: u64,
    /// Prompt tokens, as reported.
    pub input_tokens: u64,
    /// Of these, read from the cache, as reported.
    pub cached_tokens: u64,
    /// What was asked for at least once, in its order.
    pub played: Vec<Part>,
    /// What nobody asked for, in its order.
    pub unplayed: Vec<Answered>,
    /// How requests differed from the recording, in the order of appearance.
    pub drifts: Vec<Departure>,
    /// Answers that were recorded for other requests than the recording now holds.
    pub stale: u32,
    /// Refusals by code, in the order of their first.
    pub refused: Vec<Refused>,
    /// Answers that a fault of the variant spoilt.
    pub faults: u32,
}

impl Served {
    /// How many requests were refused.
    #[must_use]
    pub fn refusals(&self) -> u32 {
        self.refused.iter().map(|refused| refused.times).sum()
    }

    /// Whether recorded answers were given that belong to another world.
    #[must_use]
    pub fn is_off_policy(&self) -> bool {
        self.drifts.iter().any(|one| one.difference.severity.is_off_policy())
    }
}
