//! A server and a client.

use serde_json::{Value, json};
use std::sync::Arc;
use unreel::server::{Conformance, Model, Observer, Server, ServerConfig};
use unreel::wire::{Collector, Decoder, SseEvent, lint_events};

/// Starts a server on a free port.
pub(crate) async fn start(model: Arc<dyn Model>, observer: Option<Arc<dyn Observer>>) -> Server {
    let mut config = ServerConfig::new(model);
    config.observer = observer;
    config.created_at = 1_768_435_200;
    Server::start(config).await.unwrap()
}

/// Starts a server of the conformance model.
pub(crate) async fn conformance() -> Server {
    start(Arc::new(Conformance::new()), None).await
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// The events of a stream, after the lint has passed them.
    pub(crate) fn events(&self) -> Vec<SseEvent> {
        assert_eq!(self.status, 200, "{}", self.body);
        let kind = self.header("content-type");
        assert_eq!(kind, Some("text/event-stream; charset=utf-8"), "{}", self.body);
        let mut decoder = Decoder::new();
        let events = decoder.feed(self.body.as_bytes());
        assert_eq!(decoder.finish(), None);
        assert_eq!(lint_events(&events), Vec::<String>::new());
        events
    }

    /// What a client makes of the stream.
    pub(crate) fn collected(&self) -> Collector {
        let mut collector = Collector::new();
        self.events().iter().for_each(|event| collector.feed(event).unwrap());
        collector
    }

    /// The response in the terminal event of the stream.
    pub(crate) fn response(&self) -> Value {
        let events = self.events();
        let last = events.iter().rfind(|event| event.data != "[DONE]").unwrap();
        serde_json::from_str::<Value>(&last.data).unwrap()["response"].clone()
    }

    /// Status and code of a typed error; all its fields must be there.
    pub(crate) fn error(&self) -> (u16, Value) {
        let error = self.json()["error"].clone();
        for field in ["message", "type", "param", "code"] {
            assert!(error.get(field).is_some(), "{field} in {error}");
        }
        (self.status, error)
    }
}

pub(crate) async fn post(server: &Server, path: &str, body: &Value) -> Got {
    post_to(&server.base_url(), path, body).await
}

/// The same to whatever answers at this base URL.
pub(crate) async fn post_to(base: &str, path: &str, body: &Value) -> Got {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = client
        .post(format!("{base}{path}"))
        .header("authorization", "Bearer key")
        .header("content-type", "application/json")
        .body(body.to_string());
    let response = sent.send().await.unwrap();
    let status = response.status().as_u16();
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    Got { status, headers, body: response.text().await.unwrap() }
}

/// Asks without and with a stream; both say the same.
pub(crate) async fn ask_both(server: &Server, body: &Value) -> (Got, Got) {
    let with = |stream: bool| {
        let mut body = body.clone();
        body["stream"] = json!(stream);
        body
    };
    let plain = post(server, "/responses", &with(false)).await;
    let streamed = post(server, "/responses", &with(true)).await;
    (plain, streamed)
}

/// A message of the user.
pub(crate) fn user(text: &str) -> Value {
    json!({"type": "message", "role": "user", "content": text})
}
