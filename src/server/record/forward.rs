//! One HTTP request on its way through.

use super::capture::{Answered, Capture, Copy, End, Handle};
use super::headers;
use super::tee::{Answering, Asking};
use super::upstream::Upstream;
use super::{Proxy, gate, socket};
use crate::server::reply::{Payload, Reply};
use crate::wire::{ApiError, Endpoint};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, header};
use hyper_util::client::legacy::Error;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// Hands a request on, and the answer back.
pub(super) async fn forward(State(proxy): State<Arc<Proxy>>, request: Request) -> Response<Body> {
    // Others (`h2c`) are asked of this hop only, and may be left aside.
    let upgrade = request.headers().get(header::UPGRADE);
    if upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return socket::tunnel(proxy, request).await;
    }
    let endpoint = recorded(request.method(), request.uri().path());
    // Whatever is posted may cost something, recorded or not.
    if let Some(gate) = proxy.gate.as_ref().filter(|_| request.method() == Method::POST)
        && let Err(why) = gate.admit()
    {
        return gate::refusal(&why).into_http();
    }
    let mut capture = endpoint.map(|endpoint| begin(&proxy, endpoint, &request));
    let (mut parts, mut body) = request.into_parts();
    outgoing(&proxy.upstream, &mut parts);
    if let Some((_, copy)) = &capture {
        body = Body::new(Asking::new(body, Arc::clone(copy)));
    }
    match proxy.client.request(Request::from_parts(parts, body)).await {
        Ok(mut response) => {
            headers::drop_hops(response.headers_mut());
            match capture.take() {
                None => response.map(Body::new),
                Some((mut capture, _)) => {
                    let headers = headers::kept(response.headers());
                    let is_stream = response
                        .headers()
                        .get(header::CONTENT_TYPE)
                        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
                    let body = Copy::new(&proxy.held);
                    let (status, end) = (response.status().as_u16(), End::Left);
                    capture.answer(Answered { status, headers, theirs: true, body, end });
                    response.map(|body| {
                        Body::new(Answering::new(body, capture, proxy.settle, is_stream))
                    })
                }
            }
        }
        Err(error) => {
            let reply = unreachable(&proxy.upstream, &error);
            if let Some((mut capture, _)) = capture.take() {
                let mut body = Copy::new(&proxy.held);
                if let Payload::Json(text) = &reply.body {
                    body.push(text.as_bytes());
                }
                let (status, end) = (reply.status, End::Whole);
                capture.answer(Answered { status, headers: Vec::new(), theirs: false, body, end });
                if let Some(told) = capture.settle().filter(|_| proxy.settle) {
                    // An error means that nobody is there to be told.
                    let _ = told.await;
                }
            }
            reply.into_http()
        }
    }
}

/// What is recorded of all that passes.
fn recorded(method: &Method, path: &str) -> Option<Endpoint> {
    let path = path.strip_prefix("/v1").unwrap_or(path).trim_end_matches('/');
    match path {
        _ if method != Method::POST => None,
        "/responses" => Some(Endpoint::Responses),
        "/responses/compact" => Some(Endpoint::Compact),
        _ => None,
    }
}

fn begin(proxy: &Proxy, endpoint: Endpoint, request: &Request) -> (Handle, Arc<Mutex<Copy>>) {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let copy = Arc::new(Mutex::new(Copy::new(&proxy.held)));
    let capture = Capture {
        seq: proxy.seq.fetch_add(1, Ordering::Relaxed),
        endpoint,
        encoding: encoding.and_then(|value| Some(value.to_str().ok()?.to_ascii_lowercase())),
        credentials: headers::credentials(request.headers()),
        request: Arc::clone(&copy),
        answered: None,
        told: None,
    };
    (Handle::new(capture, proxy.to.clone()), copy)
}

/// Turns a request to us into the same request to the upstream.
pub(super) fn outgoing(upstream: &Upstream, parts: &mut Parts) {
    if let Some(uri) = upstream.uri(&parts.uri) {
        parts.uri = uri;
    }
    headers::drop_hops(&mut parts.headers);
    // Our own server has said `continue` already.
    parts.headers.remove(header::EXPECT);
    if let Ok(host) = HeaderValue::from_str(upstream.authority().as_str()) {
        parts.headers.insert(header::HOST, host);
    }
    // What cannot be read cannot be recorded, and what passes is not unpacked.
    if parts.headers.contains_key(header::ACCEPT_ENCODING) {
        parts.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if let Some(key) = upstream.authorization() {
        parts.headers.insert(header::AUTHORIZATION, key.clone());
    }
}

/// What the client is told where there is no upstream, or none any more.
pub(super) fn unreachable(upstream: &Upstream, error: &Error) -> Reply {
    let why = causes(error);
    let what = if error.is_connect() { "cannot be reached" } else { "did not answer" };
    // It stands in journals, and a port may differ from run to run.
    let name = upstream.host();
    let error = ApiError {
        status: 502,
        kind: "server_error".into(),
        ..ApiError::invalid(
            "upstream_unreachable",
            format!("unreel: the upstream {name} {what}: {why}; look at its URL"),
        )
    };
    Reply::error(&[b"upstream"], &error)
}

/// The last cause says most.
fn causes(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
