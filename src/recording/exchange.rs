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

/// What brought a request to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A POST that brought its whole input.
    #[default]
    Http,
    /// A POST whose input the server completed from what it stores: a previous response, a
    /// conversation, items by reference.
    HttpPrevious,
    /// A frame on a WebSocket.
    Websocket,
}

impl Transport {
    /// The name in files and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::HttpPrevious => "http_previous",
            Self::Websocket => "websocket",
        }
    }
}

/// How a request came, and what of it was sent: the rest the server knew already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What brought it.
    pub transport: Transport,
    /// The response that it continues, if it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_response_id: Option<String>,
    /// From which item of the whole input on it was sent.
    #[serde(default)]
    pub sent_from: u32,
    /// Bytes of the placeholders that stand for volatile values, by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<(String, u64)>,
}

impl Delivery {
    /// Whether the request was a plain POST of everything.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
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
    /// The request, verbatim: its fields as received, its input completed by what the server had
    /// stored.
    pub request: Request,
    /// How it came.
    pub delivery: Delivery,
    /// Bytes of the body as it came over the wire.
    pub wire_bytes: u64,
    /// HTTP status of the answer.
    pub status: u16,
    /// How the answer ended.
    pub outcome: Outcome,
    /// Why it is incomplete, if it is.
    pub incomplete: Option<String>,
    /// The output items that were delivered whole, verbatim, in order.
    pub output: Vec<Raw>,
    /// The usage the server reported.
    pub usage: Option<Usage>,
    /// The error the server answered with.
    pub error: Option<ApiError>,
    /// Id of the response; empty where there is none, and in journals also where no later request
    /// can name it.
    pub response_id: String,
}

impl Exchange {
    /// Whether the client only handed in a prompt to come (`generate: false` on a WebSocket), which
    /// no model answers.
    #[must_use]
    pub fn is_warm_up(&self) -> bool {
        self.delivery.transport == Transport::Websocket && self.request.is_warm_up()
    }
}
