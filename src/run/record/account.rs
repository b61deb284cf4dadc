//! What passed through a proxy.

use crate::recording::{Outcome, Transport};
use crate::wire::{ApiError, Endpoint, Usage};

/// A request that was answered, or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// Its number, from 1, in the order of arrival.
    pub number: u32,
    /// Which call of the API.
    pub endpoint: Endpoint,
    /// What brought it.
    pub transport: Transport,
    /// Which conversation.
    pub thread: u32,
    /// Bytes of the body on the wire.
    pub wire_bytes: u64,
    /// HTTP status; 0 where the client left before there was one.
    pub status: u16,
    /// How the answer ended.
    pub outcome: Outcome,
    /// The usage that the upstream told.
    pub usage: Option<Usage>,
    /// The error, if it was one.
    pub error: Option<ApiError>,
    /// Why it is not recorded, if it is not.
    pub lost: Option<String>,
}

/// The sum of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Requests.
    pub requests: u32,
    /// Exchanges in the recording.
    pub exchanges: u32,
    /// Conversations among them.
    pub threads: u32,
    /// Attempts that came to nothing and are kept with the answer that came at last.
    pub attempts: u32,
    /// Requests that are in no recording: the client left, the upstream was not there, or there was
    /// too much to keep.
    pub lost: u32,
    /// Prompt tokens, as the upstream told.
    pub input_tokens: u64,
    /// Of these, read from its cache.
    pub cached_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// Why the file beside the recording could not be written as it went along.
    pub failure: Option<String>,
}

impl Account {
    pub(super) fn add(&mut self, passed: &Passed) {
        self.requests += 1;
        self.lost += u32::from(passed.lost.is_some());
        if let Some(usage) = passed.usage {
            self.input_tokens += usage.input_tokens;
            self.cached_tokens += usage.cached();
            self.output_tokens += usage.output_tokens;
        }
    }
}
