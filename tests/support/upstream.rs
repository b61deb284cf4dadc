//! A Responses endpoint of somebody else, for the recording proxy: slow, broken or well, as the model
//! name in the request asks for.
#![allow(dead_code, reason = "no test file uses all of it")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, Response};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The endpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upstream {
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Lets the rest of a `slow` answer go.
    pub(crate) gate: Arc<Notify>,
    refused: Arc<Mutex<BTreeSet<Vec<u8>>>>,
}

impl Upstream {
    /// Listens on the current runtime.
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let upstream = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = upstream.clone().router();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (upstream, address)
    }

    /// The routes.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    /// What has come.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// The blocks of a streamed answer that says `text` in pieces.
pub(crate) fn stream(id: &str, pieces: &[&str]) -> Vec<String> {
    let mut blocks = vec![format!(
        "event: response.created\ndata: {{\"type\":\"response.created\",  \"response\":{{\"id\":\"{id}\",\"status\":\"in_progress\"}}}}\n\n"
    )];
    blocks.extend(pieces.iter().map(|piece| {
        format!(
            "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"{piece}\",\"obfuscation\":\"x\"}}\n\n"
        )
    }));
    let item = item(id, &pieces.concat());
    blocks.push(format!(
        "event: response.output_item.done\ndata: {{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{item}}}\n\n"
    ));
    blocks.push(format!(
        "event: response.completed\ndata: {{\"type\":\"response.completed\",\"response\":{}}}\n\n",
        response(id, &item)
    ));
    blocks.push("data: [DONE]\n\n".to_owned());
    blocks
}

fn item(id: &str, text: &str) -> String {
    format!(
        "{{\"id\":\"msg_{id}\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{{\"type\":\"output_text\",\"text\":\"{text}\",\"annotations\":[]}}]}}"
    )
}

fn response(id: &str, item: &str) -> String {
    // Unusual white space and numbers: nobody may write this anew.
    format!(
        "{{\"id\":\"{id}\", \"object\":\"response\",\"temperature\":1.0e0,\"status\":\"completed\",\"output\":[{item}],\"usage\":{{\"input_tokens\":11,\"input_tokens_details\":{{\"cached_tokens\":5}},\"output_tokens\":3,\"total_tokens\":14}}}}"
    )
}

/// The answer to a request that wants none of the other ones.
pub(crate) fn usual(body: &[u8]) -> (String, Vec<String>) {
    let id = format!("resp_{}", unreel::wire::Digest::of(body).short(12));
    let blocks = stream(&id, &["Hel", "lo."]);
    (response(&id, &item(&id, "Hello.")), blocks)
}

async fn answer(State(upstream): State<Upstream>, request: Request) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let line = format!("{} {}", parts.method, parts.uri);
    let headers = parts.headers.clone();
    if headers.contains_key("upgrade") {
        upstream.seen.lock().unwrap().push(Seen { line, headers, body: Vec::new() });
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.unwrap();
        return upgrade.protocols(["unreel-test"]).on_upgrade(converse);
    }
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    upstream.seen.lock().unwrap().push(Seen { line: line.clone(), headers, body: body.clone() });
    let text = String::from_utf8_lossy(&body).into_owned();
    let says = |word: &str| text.contains(&format!("\"model\":\"{word}\""));
    let built = Response::builder()
        .header("x-request-id", "req_upstream")
        .header("set-cookie", "session=very-secret-cookie-value")
        .header("openai-organization", "org-secret-name")
        .header("x-ratelimit-remaining-requests", "41");
    let json = "application/json";
    if !line.starts_with("POST") || line.contains("input_tokens") {
        return built
            .header("content-type", json)
            .body(Body::from("{\"object\":  \"list\"}"))
            .unwrap();
    }
    if line.ends_with("/compact") {
        let body = "{\"id\":\"resp_c\",\"object\":\"response.compaction\",\"output\":[{\"type\":\"compaction\",\"id\":\"cmp_1\",\"encrypted_content\":\"gAAAAA1\"}]}";
        return built.header("content-type", json).body(Body::from(body)).unwrap();
    }
    if says("flaky") && upstream.refused.lock().unwrap().insert(body.clone()) {
        let body = "{\"error\":{\"message\":\"slow down\", \"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}";
        let built = built.status(429).header("retry-after-ms", "7").header("content-type", json);
        return built.body(Body::from(body)).unwrap();
    }
    if says("broken") {
        return built.status(500).header("content-type", json).body(Body::from("{}")).unwrap();
    }
    let (whole, mut blocks) = usual(&body);
    if says("leaky") {
        let key = "kq7-Xk2Vb9.Tz4Lm8Rw3";
        blocks = stream("resp_leak", &["your key is kq7-Xk2V", "b9.Tz4L", "m8Rw3, is it not?"]);
        assert!(blocks.concat().contains(key));
    }
    if !text.contains("\"stream\":true") {
        return built.header("content-type", json).body(Body::from(whole)).unwrap();
    }
    let built = built.header("content-type", "text/event-stream");
    let gate = Arc::clone(&upstream.gate);
    let (is_slow, is_torn) = (says("slow"), says("torn"));
    if is_torn {
        blocks.truncate(4);
    }
    let blocks =
        futures_util::stream::iter(blocks.into_iter().enumerate()).then(move |(number, block)| {
            let gate = Arc::clone(&gate);
            async move {
                if is_slow && number == 1 {
                    gate.notified().await;
                }
                if is_torn && number == 3 {
                    // What was said before has left by then.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    return Err(io::Error::other("torn on purpose"));
                }
                Ok(Bytes::from(block))
            }
        });
    built.body(Body::from_stream(blocks)).unwrap()
}

async fn converse(mut socket: axum::extract::ws::WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        if !text.contains("response.create") {
            continue;
        }
        if text.contains("\"model\":\"leave\"") {
            return;
        }
        let (_, blocks) = usual(text.as_bytes());
        for block in blocks {
            let data = block.lines().find_map(|line| line.strip_prefix("data: "));
            let data = data.filter(|data| *data != "[DONE]");
            if let Some(data) = data
                && socket.send(Message::Text(data.into())).await.is_err()
            {
                return;
            }
        }
    }
}
