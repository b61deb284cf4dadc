//! What another server sent is sent again as it was.

use super::config;
use crate::recording::file::Body;
use crate::recording::{Answered, Delivery, Exchange, Header, Outcome, Recorder, Recording, Sent};
use crate::server::replay::Replay;
use crate::server::{Server, ServerConfig};
use crate::wire::{ApiError, Collector, Decoder, Ending, Endpoint, Raw, Request};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// A stream as no server of ours would send it: other key order, spaces, no sequence numbers, and
/// an echo of the instructions.
fn stream(id: &str, instructions: &str) -> String {
    let item = format!(
        r#"{{"content":[{{"type": "output_text","annotations":[],"text":"{}"}}],"role":"assistant","type":"message","id":"msg_{id}"}}"#,
        "long enough to be told apart. ".repeat(6)
    );
    format!(
        "event: response.created\ndata: {{\"type\":\"response.created\",\"response\":{{\"id\":\"{id}\",\
         \"instructions\":{instructions}}}}}\n\n: a comment\n\nevent: response.output_item.done\n\
         data: {{\"type\": \"response.output_item.done\",\"item\":{item}}}\n\nevent: response.completed\n\
         data: {{\"type\":\"response.completed\",\"response\":{{\"id\":\"{id}\",\"output\":[],\"usage\":\
         {{\"input_tokens\":7,\"output_tokens\":2}}}}}}\n\ndata: [DONE]\n\n"
    )
}

fn instructions() -> String {
    format!("\"{}\"", "You are an agent. ".repeat(9))
}

fn request() -> Request {
    let body = format!(
        r#"{{"model":"m","stream":true,"instructions":{},"input":[{{"role":"user","content":"go"}}]}}"#,
        instructions()
    );
    Request::parse(body.as_bytes()).unwrap()
}

fn exchange(seq: u32, status: u16, output: &[Raw], outcome: Outcome) -> Exchange {
    let request = request();
    Exchange {
        seq,
        thread: 0,
        endpoint: Endpoint::Responses,
        delivery: Delivery::default(),
        wire_bytes: request.to_body().len() as u64,
        request,
        status,
        outcome,
        incomplete: None,
        output: output.to_vec(),
        usage: None,
        error: None,
        response_id: String::new(),
    }
}

/// A recorder that saw a 429, a stream that broke, and the answer.
fn recorded() -> Recording {
    let mut recorder = Recorder::new(Header::new("recorded", "test", "m", "", ""));
    let limited = ApiError::of_code("rate_limit_exceeded", "slower");
    let refusal = Sent {
        status: 429,
        headers: vec![("retry-after".into(), "1".into()), ("content-type".into(), "a/b".into())],
        body: Body::Whole(limited.body()),
        torn: false,
    };
    let ending = Ending::from(limited);
    let answered = |ending, id, sent| Answered {
        ending,
        response_id: id,
        answered_by: "upstream",
        sent: Some(sent),
    };
    recorder.push(&exchange(0, 429, &[], Outcome::Error), &answered(&ending, "", &refusal));
    let headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
    let whole = stream("resp_a", &instructions());
    let torn = Sent {
        status: 200,
        headers: headers.clone(),
        body: Body::Sse(whole[..80].to_owned()),
        torn: true,
    };
    recorder.push(&exchange(1, 200, &[], Outcome::Cut), &answered(&Ending::Cut, "resp_x", &torn));
    let mut collector = Collector::new();
    for event in Decoder::new().feed(whole.as_bytes()) {
        collector.feed(&event).unwrap();
    }
    let output = collector.into_items();
    let sent = Sent { status: 200, headers, body: Body::Sse(whole), torn: false };
    let answered = answered(&Ending::Completed, "resp_a", &sent);
    recorder.push(&exchange(2, 200, &output, Outcome::Completed), &answered);
    recorder.finish()
}

/// Status, headers and body; no body where the connection broke.
struct Got {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Option<String>,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

async fn send(server: &Server, body: &str) -> Got {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/v1/responses", server.address());
    let response = client.post(url).body(body.to_owned()).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Got { status, headers, body: response.text().await.ok() }
}

fn playing(recording: Recording) -> ServerConfig {
    ServerConfig { model: Arc::new(Replay::new("r.jsonl", recording)), ..config() }
}

#[test]
fn a_file_keeps_every_byte_and_names_what_the_table_has() {
    let recording = recorded();
    let text = recording.to_jsonl();
    let read = Recording::parse(Path::new("r.jsonl"), &text).unwrap();
    assert_eq!(read, recording);
    assert_eq!(read.exchanges.len(), 1, "{text}");
    let sent = read.exchanges[0].sent.as_ref().unwrap();
    assert_eq!(sent.digests().count(), 2, "instructions and the item: {text}");
    let whole = read.sent(sent, &[]).unwrap();
    assert_eq!(whole.texts(), [stream("resp_a", &instructions())]);
}

#[tokio::test]
async fn attempts_fail_again_and_then_every_byte_comes() {
    let server = Server::start(playing(recorded())).await.unwrap();
    let body = request().to_body();
    let limited = send(&server, &body).await;
    assert_eq!(limited.status, 429);
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert_eq!(limited.header("content-type"), Some("a/b"));
    assert!(limited.body.unwrap().contains("slower"));
    assert_eq!(send(&server, &body).await.body, None, "the connection breaks");
    for _ in 0..2 {
        let got = send(&server, &body).await;
        assert_eq!(got.body.as_deref(), Some(stream("resp_a", &instructions()).as_str()));
        assert_eq!(got.header("openai-version"), None, "no header of ours");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_elided_echo_comes_from_the_request_and_another_form_from_the_items() {
    let mut recording = recorded();
    let digest = request().field("instructions").unwrap().digest();
    let elided = crate::recording::file::Elided { bytes: 1, tokens: 1 };
    recording.items.insert(digest, crate::recording::Entry::Elided(elided));
    recording.exchanges[0].attempts.clear();
    let server = Server::start(playing(recording)).await.unwrap();
    let got = send(&server, &request().to_body()).await;
    assert_eq!(got.body.as_deref(), Some(stream("resp_a", &instructions()).as_str()));
    let plain = request().to_body().replace("\"stream\":true", "\"stream\":false");
    let got = send(&server, &plain).await;
    let value: serde_json::Value = serde_json::from_str(&got.body.unwrap()).unwrap();
    assert_eq!((&value["id"], &value["status"]), (&json!("resp_a"), &json!("completed")));
    server.stop().await;
}
