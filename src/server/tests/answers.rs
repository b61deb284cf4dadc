//! Answers that go well.

use super::{ask, config, post, server};
use crate::recording::seal;
use crate::wire::{Collector, Decoder, SseEvent, Terminal, Usage, lint_events};
use serde_json::{Value, json};

fn first() -> Value {
    json!({"model": "m", "stream": true, "include": ["reasoning.encrypted_content"],
        "input": [{"type": "message", "role": "user", "content": "what is the cap?"}]})
}

fn second() -> Value {
    json!({"model": "m", "stream": true, "input": [
        {"type": "message", "role": "user", "content": "what is the cap?"},
        {"type": "reasoning", "summary": [], "encrypted_content": seal::seal("thought")},
        {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "cap = 37"},
    ]})
}

fn events(body: &[u8]) -> Vec<SseEvent> {
    let mut decoder = Decoder::new();
    let events = decoder.feed(body);
    assert_eq!(decoder.finish(), None);
    events
}

fn collect(body: &[u8]) -> Collector {
    let mut collector = Collector::new();
    events(body).iter().for_each(|event| collector.feed(event).unwrap());
    collector
}

#[tokio::test]
async fn a_tool_turn_streams_legally() {
    let server = server().await;
    let got = ask(&server, &first()).await;
    assert_eq!(got.status, 200);
    assert!(got.head.contains("content-type: text/event-stream"), "{}", got.head);
    assert_eq!(lint_events(&events(&got.body)), Vec::<String>::new());
    let collected = collect(&got.body);
    assert_eq!(collected.items().len(), 2);
    let blob = collected.items()[0].item().encrypted_content().map(str::to_owned);
    assert_eq!(blob.as_deref().map(seal::open), Some(Ok("thought".into())));

    let got = ask(&server, &second()).await;
    assert_eq!(lint_events(&events(&got.body)), Vec::<String>::new());
    let collected = collect(&got.body);
    assert_eq!(collected.text(), "Done: the cap is 37.");
    assert_eq!(collected.terminal(), Some(&Terminal::Completed));
    let sent = [first().to_string().len() as u64, second().to_string().len() as u64];
    let output = collected.items()[0].len() as u64;
    assert_eq!(collected.usage(), Some(Usage::new(sent[1], sent[0], 0, output, 0)));
    server.stop().await;
}

#[tokio::test]
async fn plain_json_holds_the_same_response() {
    let server = server().await;
    let mut body = first();
    let streamed = collect(&ask(&server, &body).await.body);
    body["stream"] = json!(false);
    let got = ask(&server, &body).await;
    assert!(got.head.contains("content-type: application/json"));
    let plain = Collector::of_body(&got.text()).unwrap();
    assert_eq!(plain.items(), streamed.items());
    assert_eq!(got.json()["created_at"], 1_768_435_200);
    assert_eq!(got.json()["usage"]["output_tokens_details"]["reasoning_tokens"], 0);
}

#[tokio::test]
async fn reasoning_is_sealed_in_only_on_demand() {
    let server = server().await;
    let mut body = first();
    body["include"] = json!([]);
    let got = ask(&server, &body).await;
    assert!(!got.text().contains("encrypted_content"), "{}", got.text());
    assert_eq!(lint_events(&events(&got.body)), Vec::<String>::new());
}

#[tokio::test]
async fn compacts_by_endpoint_and_by_trigger() {
    let server = server().await;
    let mut body = second();
    body.as_object_mut().unwrap().remove("stream");
    let got = post(&server, "/v1/responses/compact", &body.to_string()).await;
    let answer = got.json();
    assert_eq!(answer["object"], "response.compaction");
    assert_eq!(answer["created_at"], 1_768_435_200);
    assert!(answer["id"].is_string() && answer["usage"]["total_tokens"].is_u64(), "{answer}");
    let blob = answer["output"][0]["encrypted_content"].as_str().unwrap();
    assert_eq!(seal::open(blob).as_deref(), Ok("cap = 37"));

    let mut body = second();
    body["input"].as_array_mut().unwrap().push(json!({"type": "compaction_trigger"}));
    let got = ask(&server, &body).await;
    assert_eq!(lint_events(&events(&got.body)), Vec::<String>::new());
    assert!(got.text().contains("event: response.compaction.compacting"));
    assert_eq!(collect(&got.body).items()[0].item().encrypted_content(), Some(blob));
}

#[tokio::test]
async fn the_done_marker_comes_where_it_is_switched_on() {
    let mut config = config();
    config.done_marker = true;
    let server = super::Server::start(config).await.unwrap();
    let got = ask(&server, &first()).await;
    assert!(got.text().ends_with("}\n\ndata: [DONE]\n\n"));
    assert_eq!(lint_events(&events(&got.body)), Vec::<String>::new());
}

#[tokio::test]
async fn what_the_client_echoed_is_not_sent_again() {
    let server = server().await;
    let mut body = first();
    body["echo"] = json!(1);
    let got = ask(&server, &body).await;
    assert_eq!(lint_events(&events(&got.body)), Vec::<String>::new());
    let collected = collect(&got.body);
    assert_eq!(collected.items().len(), 1);
    assert_eq!(collected.items()[0].item().id(), Some("fc_1"));
}

#[tokio::test]
async fn counts_tokens_without_accounting_them() {
    let server = server().await;
    let body = first().to_string();
    for path in ["/v1/responses/input_tokens", "/responses/input_tokens"] {
        let got = post(&server, path, &body).await;
        let expected = json!({"object": "response.input_tokens", "input_tokens": body.len()});
        assert_eq!(got.json(), expected);
    }
    let usage = collect(&ask(&server, &first()).await.body).usage();
    assert_eq!(usage.map(|usage| usage.cached()), Some(0));
}

#[tokio::test]
async fn equal_requests_get_equal_bytes() {
    let body = first().to_string();
    let mut raws = Vec::new();
    for path in ["/v1/responses", "/v1/responses", "/responses"] {
        // A server each: the second of two requests to one server would be cached.
        let server = super::Server::start(config()).await.unwrap();
        raws.push(post(&server, path, &body).await.raw);
        server.stop().await;
    }
    assert_eq!(raws[0], raws[1]);
    assert_eq!(raws[0], raws[2]);
}
