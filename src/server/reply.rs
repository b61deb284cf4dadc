//! An answer as bytes: status, headers, frames.

use super::headers;
use crate::wire::{ApiError, Digest};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use std::io;

/// What leaves the server.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Beside those that every answer has.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) request_id: String,
    /// The headers of another server whose answer this is, in the place of our own.
    pub(super) theirs: Option<Vec<(String, String)>>,
    pub(super) body: Payload,
}

/// The body of a reply.
#[derive(Debug)]
pub(super) enum Payload {
    /// A JSON body with its length.
    Json(String),
    /// Server-sent events, a chunk each.
    Events(Vec<String>),
    /// The beginning of a JSON body; then the connection closes.
    Torn(String),
    /// What another server sent, in chunks; then, if it did, the connection breaks.
    Theirs(Vec<String>, bool),
}

impl Reply {
    /// A JSON answer to `asked`: whatever tells requests apart.
    pub(super) fn json(asked: &[&[u8]], status: u16, body: String) -> Self {
        let request_id = request_id(asked, body.as_bytes());
        let body = Payload::Json(body);
        Self { status, headers: Vec::new(), request_id, theirs: None, body }
    }

    /// A typed error.
    pub(super) fn error(asked: &[&[u8]], error: &ApiError) -> Self {
        let headers = headers::of_error(error);
        Self { headers, ..Self::json(asked, error.status, error.body()) }
    }

    /// The same, closing the connection after it.
    pub(super) fn closing(mut self) -> Self {
        self.headers.push(("connection", "close".into()));
        self
    }

    pub(super) fn into_http(self) -> Response<Body> {
        let kind = match self.body {
            Payload::Events(_) => "text/event-stream; charset=utf-8",
            _ => "application/json",
        };
        let mut response = Response::new(match self.body {
            Payload::Json(body) => Body::from(body),
            Payload::Torn(body) => frames(vec![body], false),
            Payload::Events(events) => frames(events, false),
            Payload::Theirs(parts, breaks) => frames(parts, breaks),
        });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let own = [("content-type", kind.to_owned()), ("x-request-id", self.request_id)];
        let fixed = headers::FIXED.into_iter().map(|(name, value)| (name, value.to_owned()));
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        let usual = || fixed.chain(own).map(owned).collect();
        let base: Vec<(String, String)> = self.theirs.unwrap_or_else(usual);
        // A later one takes the place of an earlier one.
        for (name, value) in base.into_iter().chain(self.headers.into_iter().map(owned)) {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The id of a request, from what was asked and what is answered: equal exchanges have equal ids.
pub(super) fn request_id(asked: &[&[u8]], answered: &[u8]) -> String {
    let parts: Vec<&[u8]> = asked.iter().copied().chain([answered]).collect();
    format!("req_{}", Digest::of_parts(&parts))
}

/// A body in chunks. One that breaks ends in an error, at which the connection is dropped; before
/// it the chunks are given time to leave.
fn frames(parts: Vec<String>, breaks: bool) -> Body {
    let parts = stream::iter(parts.into_iter().map(|part| Ok(Bytes::from(part))));
    let broken = stream::iter(breaks.then_some(())).then(|()| async {
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(parts.chain(broken))
}
