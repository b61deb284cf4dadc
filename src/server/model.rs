//! What answers a request.

use crate::recording::Sent;
use crate::recording::matching::{Drift, Fit};
use crate::wire::{ApiError, Ending, Endpoint, Raw, Request, Usage};

/// A request handed to a model.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The call of the API.
    pub endpoint: Endpoint,
    /// The request, verbatim.
    pub request: &'a Request,
}

/// What a model answers. It is a pure function of the request: position is read from the request's
/// anchors, so a retry gets the same answer and a restart loses nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Which conversation; 0 is the main thread.
    pub thread: u32,
    /// `resp_..`, a hash of content and position.
    pub response_id: String,
    /// Complete output items, with ids and status.
    pub items: Vec<Raw>,
    /// How many of `items`, from the front, the client already echoed from a cut stream and must
    /// not get again.
    pub echoed: usize,
    /// How it ends. What needs a stream to be told (an `error` event, a failed compaction) is an
    /// HTTP error where there is none.
    pub ending: Ending,
    /// Script step or recorded exchange, for the journal.
    pub answered_by: String,
    /// How well a recorded answer fits the request.
    pub fit: Fit,
    /// The answer as another server sent it to this very request, to be sent again if the client
    /// asks for an answer of the same form.
    pub again: Option<Again>,
}

/// An answer of another server that is sent again as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// Status, headers and body.
    pub sent: Sent,
    /// How it ended: it may be an error status or a stream that broke.
    pub ending: Ending,
    /// The usage that it told.
    pub usage: Option<Usage>,
}

/// Why a model gives no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Declined {
    /// The typed error (`replay_mismatch`, `invalid_encrypted_content`, `script_position_lost`).
    pub error: ApiError,
    /// Where the request was recognised, and refused because it differs.
    pub drift: Option<Box<Drift>>,
}

impl From<ApiError> for Declined {
    fn from(error: ApiError) -> Self {
        Self { error, drift: None }
    }
}

/// The model behind a server.
pub trait Model: Send + Sync + std::fmt::Debug {
    /// Answers one request, or refuses it.
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined>;

    /// Whether the model itself gave out this `encrypted_content`, although the server's own seal
    /// does not open it: blobs of a recording were sealed by the vendor.
    fn knows_blob(&self, _blob: &str) -> bool {
        false
    }
}
