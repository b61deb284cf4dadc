//! Who watches the server: the journal of a run, the progress display, tests.

use crate::recording::matching::Fit;
use crate::recording::{Answered, Delivery, Exchange, Outcome, Sent};
use crate::wire::{ApiError, Ending, Endpoint, Raw, Request, Usage};
use std::sync::Arc;

/// A request that came in.
#[derive(Clone, Copy, Debug)]
pub struct Started<'a> {
    /// Its number on this server, from 0.
    pub seq: u32,
    /// The conversation; 0 where no model placed it.
    pub thread: u32,
    /// The call of the API.
    pub endpoint: Endpoint,
    /// What the model saw: completed by what the server stores, masked. A body that is no JSON
    /// object comes as a request without fields.
    pub request: &'a Request,
    /// How it came.
    pub delivery: &'a Delivery,
    /// Bytes of the body before decompression; a mask that changes a length changes it here too.
    pub wire_bytes: u64,
    /// The body, where `request` and `delivery` do not give its bytes back.
    pub whole: Option<&'a [u8]>,
}

impl Started<'_> {
    /// The exchange so far: until it is answered, it counts as cut.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        Exchange {
            seq: self.seq,
            thread: self.thread,
            endpoint: self.endpoint,
            request: self.request.clone(),
            delivery: self.delivery.clone(),
            wire_bytes: self.wire_bytes,
            status: 0,
            outcome: Outcome::Cut,
            incomplete: None,
            output: Vec::new(),
            usage: None,
            error: None,
            response_id: String::new(),
        }
    }
}

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
    /// Whether later requests of any client may name the response.
    pub stored: bool,
    /// Script step, recorded exchange, `fault: ..`, or `server` where the request was refused
    /// before any model saw it.
    pub answered_by: String,
    /// How well a recorded answer fits the request, given or refused.
    pub fit: Fit,
    /// The answer byte for byte, where another server than this one gave it.
    pub sent: Option<Arc<Sent>>,
}

impl Finished {
    /// What a recorder needs; `None` where this server refused, which no recording holds.
    #[must_use]
    pub fn answered(&self) -> Option<Answered<'_>> {
        Some(Answered {
            ending: self.ending.as_ref()?,
            response_id: &self.response_id,
            answered_by: &self.answered_by,
            sent: self.sent.as_deref(),
        })
    }

    /// Writes the answer into the exchange that it ends.
    pub fn end(&self, exchange: &mut Exchange) {
        exchange.status = self.status;
        exchange.outcome = self.outcome;
        exchange.incomplete = match &self.ending {
            Some(Ending::Incomplete(reason)) => Some(reason.clone()),
            _ => None,
        };
        exchange.output.clone_from(&self.output);
        exchange.usage = self.usage;
        exchange.error.clone_from(&self.error);
        exchange.response_id.clone_from(&self.response_id);
    }
}

/// Told of every `POST` to `/responses` and `/responses/compact` whose body arrived and of every
/// request on a WebSocket, refused ones included. The two calls for a request follow each other, with
/// none for another request between them.
///
/// Of a server that answers itself both come before the first byte of the answer leaves: the outcome
/// is what it decided to send, whether or not the client stays to read it. A proxy knows the outcome
/// only when an answer has ended. It then tells both, so requests come in the order in which they
/// ended, with numbers in the order in which they came; each number is told once.
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// A request.
    fn started(&self, started: Started<'_>);

    /// The answer to request `seq`.
    fn finished(&self, seq: u32, finished: Finished);
}
