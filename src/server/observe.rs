//! Who watches the server: the journal of a run, the progress display, tests.

use crate::recording::Outcome;
use crate::wire::{ApiError, Ending, Endpoint, Raw, Request, Usage};

/// How a request was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// HTTP status.
    pub status: u16,
    /// How the answer ended.
    pub outcome: Outcome,
    /// The same with its reasons, where an answer was composed.
    pub ending: Option<Ending>,
    /// The items delivered whole, verbatim as sent.
    pub output: Vec<Raw>,
    /// The usage told to the client; none for errors and cut streams.
    pub usage: Option<Usage>,
    /// The error body sent; of an error inside an answer, what stands for one.
    pub error: Option<ApiError>,
    /// `resp_..`; empty where no answer was composed.
    pub response_id: String,
    /// Script step, recorded exchange, `fault: ..`, or `server` where the request was refused
    /// before any model saw it.
    pub answered_by: String,
}

/// Told of every `POST` to `/responses` and `/responses/compact` whose body arrived, refused ones
/// included. Both calls come before the first byte of the answer leaves, and never interleave: the
/// outcome is what the server decided to send, whether or not the client stays to read it.
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// Request number `seq` (from 0) of this server. `thread` is 0 where no model placed it.
    /// `wire_bytes` counts the body before decompression; `compact` says that `body` equals
    /// `request.to_body()`. A body that is no JSON object comes as a request without fields.
    #[expect(clippy::too_many_arguments, reason = "one plain fact each; a struct would be copied")]
    fn started(
        &self,
        seq: u32,
        thread: u32,
        endpoint: Endpoint,
        request: &Request,
        wire_bytes: u64,
        compact: bool,
        body: &[u8],
    );

    /// The answer to request `seq`.
    fn finished(&self, seq: u32, finished: Finished);
}
