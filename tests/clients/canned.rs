//! A server for what the real one does not do on demand: it gives prepared answers in order, the
//! last one again and again.

use super::toy::{message, reasoning};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use unreel::wire::{Encoder, Ending, Raw, Request, ResponseHead, SseEvent, Usage, response_events};

/// One prepared answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// An HTTP error with a code.
    Status(u16, &'static str),
    /// A stream with a reasoning item and a message, or with the first so many of them, that ends
    /// like this.
    Ends(usize, Ending),
    /// A stream that ends with an `error` event of this code.
    ErrorEvent(&'static str),
    /// A stream whose last event is half a line.
    Torn,
    /// A stream that stops after the first item and stays open.
    Silent,
}

impl Reply {
    /// A whole answer.
    pub(crate) fn good() -> Self {
        Self::Ends(2, Ending::Completed)
    }

    /// A stream that ends with `response.failed`.
    pub(crate) fn failed(code: &str) -> Self {
        Self::Ends(0, Ending::Failed { code: code.into(), message: told(code) })
    }

    fn to_http(&self, request: &Request) -> Response<Body> {
        if let Self::Status(status, code) = self {
            let error = json!({"error": {
                "message": told(code), "type": "test_error", "param": null, "code": code}});
            let response = Response::builder().status(*status);
            let response = response.header("content-type", "application/json");
            return response.body(Body::from(error.to_string())).unwrap();
        }
        let response = Response::builder().header("content-type", "text/event-stream");
        let text = self.stream(request);
        if matches!(self, Self::Silent) {
            let said = stream::iter([Ok::<_, Infallible>(text)]);
            return response.body(Body::from_stream(said.chain(stream::pending()))).unwrap();
        }
        response.body(Body::from(text)).unwrap()
    }

    fn stream(&self, request: &Request) -> String {
        let head = ResponseHead::new(request, "resp_1", 0);
        let items = [reasoning(1), message(1, "All is well.")];
        let items: Vec<Raw> = items.iter().map(Raw::from_value).collect();
        let usage = Some(Usage::new(100, 64, 36, 20, 5));
        let (items, ending) = match self {
            Self::Ends(items_before, ending) => (&items[..*items_before], ending),
            _ => (&items[..1], &Ending::Cut),
        };
        let mut events = response_events(&head, items, ending, usage);
        if let Self::ErrorEvent(code) = self {
            let data = json!({"type": "error", "sequence_number": events.len(),
                "code": code, "message": told(code), "param": null});
            events.push(SseEvent::new("error", data.to_string()));
        }
        let mut text: String = events.iter().map(|event| Encoder::default().event(event)).collect();
        if matches!(self, Self::Torn) {
            text.push_str("event: response.output_item.added\ndata: {\"type\":\"resp");
        }
        text
    }
}

/// What is said beside a code. Clients look for times to wait in it.
fn told(code: &str) -> String {
    let wait = if code == "rate_limit_exceeded" { "; please try again in 5ms" } else { "" };
    format!("told by the test: {code}{wait}")
}

/// Starts it; it runs to the end of the test program.
pub(crate) fn start(replies: Vec<Reply>) -> SocketAddr {
    let (started, address) = mpsc::channel();
    std::thread::spawn(move || {
        let (replies, next) = (Arc::new(replies), Arc::new(AtomicUsize::new(0)));
        let answer = async move |body: Bytes| {
            let at = next.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1);
            replies[at].to_http(&Request::parse(&body).unwrap())
        };
        let app = Router::new().route("/v1/responses", axum::routing::post(answer));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            started.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address.recv().unwrap()
}
