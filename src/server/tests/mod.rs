//! The server over real sockets, with a model of three answers and token counts that are plain byte
//! counts.

mod again;
mod answers;
mod cached;
mod endings;
mod faults;
mod protocol;
mod store;
mod websocket;

use super::{
    Accountant, Answer, Ask, Declined, Finished, Ledgers, Model, Observer, Server, ServerConfig,
    Started,
};
use crate::cache::{Accounted, Call};
use crate::recording::matching::Fit;
use crate::recording::{Exchange, seal};
use crate::wire::{ApiError, Digest, Ending, Endpoint, Raw, Request, Usage};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Thinks and calls a tool; answers the call's output with text; compacts when asked to.
#[derive(Debug)]
struct TestModel;

fn raw(value: &Value) -> Raw {
    Raw::from_value(value)
}

impl Model for TestModel {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        let body = ask.request.to_body();
        let said = |kind: &str| body.contains(&format!("\"type\":\"{kind}\""));
        if body.contains("off the script") {
            let error = ApiError::invalid("replay_mismatch", "no exchange follows this history");
            return Err(error.into());
        }
        let items = if ask.endpoint == Endpoint::Compact || said("compaction_trigger") {
            let blob = seal::seal("cap = 37");
            vec![raw(&json!({"id": "cmp_1", "type": "compaction", "encrypted_content": blob}))]
        } else if said("function_call_output") {
            vec![message("msg_1", "Done: the cap is 37.")]
        } else {
            let blob = seal::seal("thought");
            vec![
                raw(&json!({"id": "rs_1", "type": "reasoning", "encrypted_content": blob,
                    "summary": [{"type": "summary_text", "text": "I look first."}]})),
                raw(&json!({"id": "fc_1", "type": "function_call", "status": "completed",
                    "call_id": "call_1", "name": "look", "arguments": "{\"path\":\"a\"}"})),
            ]
        };
        let echoed = usize::from(body.contains("\"echo\":1"));
        Ok(Answer {
            thread: u32::from(body.contains("side thread")),
            response_id: format!("resp_{}", Digest::of(body.as_bytes()).short(16)),
            items,
            echoed,
            ending: ending(&body),
            answered_by: "step test".into(),
            fit: Fit::default(),
            again: None,
        })
    }

    fn knows_blob(&self, blob: &str) -> bool {
        blob == "gAAAA-vendor"
    }
}

/// The ending that a request asks for.
fn ending(body: &str) -> Ending {
    let (code, message) = ("server_error".to_owned(), "it broke".to_owned());
    match () {
        () if body.contains("end incomplete") => Ending::Incomplete("max_output_tokens".into()),
        () if body.contains("end failed") => Ending::Failed { code, message },
        () if body.contains("break off") => Ending::Cut,
        () if body.contains("end in error") => Ending::Error { code, message },
        () => Ending::Completed,
    }
}

fn message(id: &str, text: &str) -> Raw {
    raw(&json!({"id": id, "type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]}))
}

/// Counts bytes; everything sent before counts as cached.
#[derive(Debug, Default)]
struct Bytes {
    sent: u64,
}

impl Accountant for Bytes {
    fn account(&mut self, call: &Call<'_>) -> Accounted {
        let input = self.count(call.request);
        let cached = std::mem::replace(&mut self.sent, input).min(input);
        Usage::new(input, cached, 0, call.output.iter().map(|item| item.len() as u64).sum(), 0)
            .into()
    }

    fn count(&self, request: &Request) -> u64 {
        request.to_body().len() as u64
    }
}

/// What an observer was told, as exchanges and as lines.
#[derive(Debug, Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Observer for Log {
    fn started(&self, started: Started<'_>) {
        let Started { seq, thread, wire_bytes, .. } = started;
        let whole = started.whole.map_or(String::new(), |body| format!("/{}", body.len()));
        let line = format!("{seq} asks, thread {thread}, {wire_bytes}{whole}");
        self.lines.lock().unwrap().push(line);
        self.exchanges.lock().unwrap().push(started.exchange());
    }

    fn finished(&self, seq: u32, finished: Finished) {
        let items = finished.output.len();
        let line = format!(
            "{seq} gets {} {:?}, {items} items, by {}",
            finished.status, finished.outcome, finished.answered_by
        );
        self.lines.lock().unwrap().push(line);
        let mut exchanges = self.exchanges.lock().unwrap();
        finished.end(exchanges.last_mut().unwrap());
    }
}

fn config() -> ServerConfig {
    let ledgers = Ledgers::with(Box::new(Bytes::default()));
    let mut config = ServerConfig::with_ledgers(Arc::new(TestModel), ledgers);
    config.created_at = 1_768_435_200;
    config.models = vec!["unreel-1".into(), "org/unreel-2".into()];
    config
}

async fn server() -> Server {
    Server::start(config()).await.unwrap()
}

/// A whole answer, raw and in parts.
#[derive(Debug)]
struct Got {
    raw: Vec<u8>,
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn code(&self) -> String {
        let body = self.json();
        for field in ["message", "type", "param", "code"] {
            assert!(body["error"].get(field).is_some(), "{field} in {body}");
        }
        body["error"]["code"].as_str().unwrap_or("null").to_owned()
    }
}

async fn send(server: &Server, head: &str, body: &[u8]) -> Got {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let length = body.len();
    let head =
        format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).await.unwrap();
    let split = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(raw[..split].to_vec()).unwrap().to_ascii_lowercase();
    let rest = raw[split + 4..].to_vec();
    let body = if head.contains("transfer-encoding: chunked") { unchunk(&rest) } else { rest };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { raw, status, head, body }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("an orderly last chunk");
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}

async fn post(server: &Server, path: &str, body: &str) -> Got {
    send(server, &format!("POST {path} HTTP/1.1"), body.as_bytes()).await
}

async fn ask(server: &Server, body: &Value) -> Got {
    post(server, "/v1/responses", &body.to_string()).await
}
