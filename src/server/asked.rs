//! A request to be answered, and what came of it.

use super::incoming::Incoming;
use super::observe::Finished;
use super::received::Received;
use super::reply::Reply;
use crate::wire::Endpoint;

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON body.
    Json,
    /// Server-sent events.
    Sse,
    /// The same events, a WebSocket frame each.
    Frames,
}

/// A request that is answered, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) incoming: &'a Incoming,
    pub(super) received: &'a Received,
    pub(super) warm_up: bool,
    pub(super) form: Form,
    /// After so many whole items the connection closes.
    pub(super) cut: Option<usize>,
}

/// A reply with what observers are told of it.
pub(super) struct Sent {
    pub(super) reply: Reply,
    pub(super) finished: Finished,
}
