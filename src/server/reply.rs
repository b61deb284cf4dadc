//! An answer as bytes: status, headers, frames.

use super::headers;
use crate::wire::{ApiError, Digest};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use std::convert::Infallible;

/// What leaves the server.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Beside those that every answer has.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) request_id: String,
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
}

impl Reply {
    /// A JSON answer to `asked`: whatever tells requests apart.
    pub(super) fn json(asked: &[&[u8]], status: u16, body: String) -> Self {
        let request_id = request_id(asked, body.as_bytes());
        Self { status, headers: Vec::new(), request_id, body: Payload::Json(body) }
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
            Payload::Json(_) | Payload::Torn(_) => "application/json",
        };
        let mut response = Response::new(match self.body {
            Payload::Json(body) => Body::from(body),
            Payload::Torn(body) => frames(vec![body]),
            Payload::Events(events) => frames(events),
        });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let own = [("content-type", kind.to_owned()), ("x-request-id", self.request_id)];
        let fixed = headers::FIXED.into_iter().map(|(name, value)| (name, value.to_owned()));
        // A later one takes the place of an earlier one.
        for (name, value) in fixed.chain(own).chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
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

fn frames(parts: Vec<String>) -> Body {
    let parts = parts.into_iter().map(|part| Ok::<_, Infallible>(Bytes::from(part)));
    Body::from_stream(stream::iter(parts))
}
