//! One request and the response that answered it, in memory.

use crate::wire::{ApiError, Ending, Endpoint, Raw, Request, Usage};
use serde::{Deserialize, Serialize};

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With `response.completed`, or a 200 body.
    Completed,
    /// With `response.incomplete`.
    Incomplete,
    /// With `response.failed`.
    Failed,
    /// With an HTTP error status; with an `error` event, where the status is 200.
    Error,
    /// The stream was cut before a terminal event.
    Cut,
}

impl From<&Ending> for Outcome {
    fn from(ending: &Ending) -> Self {
        match ending {
            Ending::Completed => Self::Completed,
            Ending::Incomplete(_) => Self::Incomplete,
            Ending::Failed { .. } => Self::Failed,
            Ending::Error { .. } => Self::Error,
            Ending::Cut => Self::Cut,
        }
    }
}

/// One exchange of a run or of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Position in the run: 0, 1, 2, .. in the order of requests, retries included.
    pub seq: u32,
    /// The conversation it belongs to; 0 is the main thread.
    pub thread: u32,
    /// The call of the API.
    pub endpoint: Endpoint,
    /// The request, verbatim.
    pub request: Request,
    /// Bytes of the body as it came over the wire.
    pub wire_bytes: u64,
    /// HTTP status of the answer.
    pub status: u16,
    /// How the answer ended.
    pub outcome: Outcome,
    /// The output items that were delivered whole, verbatim, in order.
    pub output: Vec<Raw>,
    /// The usage the server reported.
    pub usage: Option<Usage>,
    /// The error the server answered with.
    pub error: Option<ApiError>,
}
