//! Stored responses and conversations: what the server knows need not be sent again.

use super::{Bytes, Got, Log, ask, config, post, send};
use crate::recording::volatile::Masked;
use crate::recording::{Delivery, Transport};
use crate::server::{Ledgers, Listen, Mask, Server};
use crate::wire::{Raw, Request};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;

async fn watched() -> (Server, Arc<Log>) {
    let log = Arc::new(Log::default());
    let mut config = config();
    config.observer = Some(log.clone());
    (Server::start(config).await.unwrap(), log)
}

async fn call(server: &Server, method: &str, path: &str, body: &Value) -> Got {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(server, &format!("{method} /v1/{path} HTTP/1.1"), body.as_bytes()).await
}

async fn look(server: &Server, path: &str) -> Got {
    call(server, "GET", path, &Value::Null).await
}

fn first() -> Value {
    json!({"model": "m", "instructions": "be brief", "input": "what is the cap?"})
}

fn output() -> Value {
    json!({"type": "function_call_output", "call_id": "call_1", "output": "cap = 37"})
}

fn next(previous: &str) -> Value {
    json!({"model": "m", "previous_response_id": previous, "input": [output()]})
}

fn id(got: &Got) -> String {
    got.json()["id"].as_str().unwrap().to_owned()
}

/// The exchange that an observer saw last: its body, and how it came.
fn seen(log: &Log) -> (Value, Delivery) {
    let exchanges = log.exchanges.lock().unwrap();
    let last = exchanges.last().unwrap();
    (serde_json::from_str(&last.request.to_body()).unwrap(), last.delivery.clone())
}

#[tokio::test]
async fn a_continuation_is_seen_whole_and_sent_in_part() {
    let (server, log) = watched().await;
    let one = ask(&server, &first()).await;
    let two = ask(&server, &next(&id(&one))).await;
    assert_eq!(two.json()["output"][0]["content"][0]["text"], "Done: the cap is 37.");
    assert_eq!(two.json()["previous_response_id"], id(&one));
    let (body, delivery) = seen(&log);
    let output_one = one.json()["output"].clone();
    assert_eq!(body["input"], json!(["what is the cap?", output_one[0], output_one[1], output()]));
    assert_eq!(body.get("instructions"), None, "instructions are not carried over");
    assert_eq!(two.json()["instructions"], Value::Null);
    let previous_response_id = Some(id(&one));
    let transport = Transport::HttpPrevious;
    assert_eq!(
        delivery,
        Delivery { transport, previous_response_id, sent_from: 3, masked: Vec::new() }
    );
    // Counted is what the model saw; on the wire was what was sent, and it can be told from that.
    assert_eq!(two.json()["usage"]["input_tokens"], body.to_string().len());
    let size = next(&id(&one)).to_string().len();
    assert_eq!(log.lines.lock().unwrap()[2], format!("1 asks, thread 0, {size}"));

    // A third one goes on from the second: the whole chain is there.
    let three = ask(&server, &next(&id(&two))).await;
    assert_eq!(three.status, 200);
    assert_eq!(seen(&log).1.sent_from, 5);
    let counted = post(&server, "/v1/responses/input_tokens", &next(&id(&two)).to_string()).await;
    assert_eq!(counted.json()["input_tokens"], three.json()["usage"]["input_tokens"]);
    let mut compact = next(&id(&two));
    compact["input"] = json!([]);
    let compact = post(&server, "/v1/responses/compact", &compact.to_string()).await;
    assert_eq!((compact.status, seen(&log).1.sent_from), (200, 5));
}

#[tokio::test]
async fn what_is_not_stored_is_not_found() {
    let (server, _) = watched().await;
    let mut body = first();
    body["store"] = json!(false);
    let hidden = id(&ask(&server, &body).await);
    for previous in [hidden.as_str(), "resp_nobody"] {
        let got = ask(&server, &next(previous)).await;
        assert_eq!((got.status, got.code().as_str()), (400, "previous_response_not_found"));
        let told = format!("Previous response with id '{previous}' not found.");
        assert_eq!(got.json()["error"]["message"], told);
        assert_eq!(got.json()["error"]["param"], "previous_response_id");
        for path in [format!("responses/{previous}"), format!("responses/{previous}/input_items")] {
            assert_eq!(look(&server, &path).await.status, 404, "{path}");
        }
    }
    let known = id(&ask(&server, &first()).await);
    let mut both = next(&known);
    both["conversation"] = json!("conv_1");
    assert_eq!(ask(&server, &both).await.status, 400);
    let mut odd = next(&known);
    odd["previous_response_id"] = json!(7);
    assert_eq!(ask(&server, &odd).await.code(), "invalid_type");
}

#[tokio::test]
async fn a_response_can_be_looked_at_and_deleted() {
    let (server, _) = watched().await;
    let one = ask(&server, &first()).await;
    let two = ask(&server, &next(&id(&one))).await;
    let path = format!("responses/{}", id(&two));
    let again = look(&server, &path).await;
    assert_eq!((again.status, &again.body), (200, &two.body), "the object as it was sent");

    let listed = look(&server, &format!("{path}/input_items?order=asc&limit=2")).await.json();
    assert_eq!(listed["data"][0]["content"][0]["text"], "what is the cap?");
    assert_eq!(listed["data"][1]["id"], "rs_1");
    assert_eq!((&listed["has_more"], &listed["last_id"]), (&json!(true), &json!("rs_1")));
    let newest = look(&server, &format!("{path}/input_items?limit=1")).await;
    assert_eq!(newest.json()["data"][0]["output"], "cap = 37");
    let again = look(&server, &format!("{path}/input_items?limit=1")).await;
    assert_eq!(newest.body, again.body, "ids are not random");

    let cancelled = call(&server, "POST", &format!("{path}/cancel"), &Value::Null).await;
    assert_eq!(cancelled.status, 400);
    assert!(cancelled.text().contains("synchronous"), "{}", cancelled.text());
    let deleted = call(&server, "DELETE", &path, &Value::Null).await.json();
    assert_eq!(deleted, json!({"id": id(&two), "object": "response", "deleted": true}));
    assert_eq!(look(&server, &path).await.status, 404);
    assert_eq!(ask(&server, &next(&id(&two))).await.status, 400);
    assert_eq!(ask(&server, &next(&id(&one))).await.status, 200, "the one before is still there");
}

#[tokio::test]
async fn a_conversation_grows_by_what_is_asked_and_answered() {
    let (server, log) = watched().await;
    let rule = json!({"role": "developer", "content": "be exact"});
    let made = json!({"metadata": {"topic": "cap"}, "items": [rule]});
    let made = call(&server, "POST", "conversations", &made).await.json();
    let conversation = made["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made["object"], &made["metadata"]["topic"]),
        (&json!("conversation"), &json!("cap"))
    );
    let path = format!("conversations/{conversation}");
    let mut body = first();
    body["conversation"] = json!(conversation);
    let one = ask(&server, &body).await;
    assert_eq!(one.json()["conversation"], json!({"id": conversation}));
    assert_eq!(seen(&log).0["input"], json!([rule, "what is the cap?"]));
    let more = call(&server, "POST", &format!("{path}/items"), &json!({"items": [output()]})).await;
    let added = more.json()["first_id"].as_str().unwrap().to_owned();
    let body = json!({"model": "m", "conversation": {"id": conversation}, "input": "and now?"});
    assert_eq!(ask(&server, &body).await.json()["output"][0]["id"], "msg_1");
    assert_eq!(seen(&log).1.sent_from, 5);
    assert_eq!(seen(&log).1.transport, Transport::HttpPrevious);

    let listed = look(&server, &format!("{path}/items?order=asc")).await.json();
    let kinds: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|i| i["type"].as_str().unwrap()).collect();
    let call_and_output = ["reasoning", "function_call", "function_call_output"];
    assert_eq!(kinds[..2], ["message", "message"]);
    assert_eq!(kinds[2..5], call_and_output);
    assert_eq!(kinds[5..], ["message", "message"]);
    let item = format!("{path}/items/{added}");
    assert_eq!(look(&server, &item).await.json()["output"], "cap = 37");
    assert_eq!(call(&server, "DELETE", &item, &Value::Null).await.json()["id"], conversation);
    assert_eq!(look(&server, &item).await.status, 404);
    let renamed = call(&server, "POST", &path, &json!({"metadata": {"topic": "x"}})).await.json();
    assert_eq!(look(&server, &path).await.json(), renamed);
    let gone = call(&server, "DELETE", &path, &Value::Null).await.json();
    assert_eq!(gone["object"], "conversation.deleted");
    assert_eq!(ask(&server, &body).await.status, 404);
    let other = call(&server, "POST", "conversations", &Value::Null).await.json();
    assert_ne!(other["id"], conversation, "no id is given twice");
}

#[tokio::test]
async fn items_are_found_by_reference() {
    let (server, log) = watched().await;
    ask(&server, &first()).await;
    let reference = json!({"type": "item_reference", "id": "fc_1"});
    let body = json!({"model": "m", "input": ["what is the cap?", reference, output()]});
    assert_eq!(ask(&server, &body).await.status, 200);
    let (seen, delivery) = seen(&log);
    assert_eq!(seen["input"][1]["call_id"], "call_1");
    assert_eq!((delivery.transport, delivery.sent_from), (Transport::HttpPrevious, 0));
    assert!(log.lines.lock().unwrap()[2].ends_with(&format!("/{}", body.to_string().len())));
    let unknown = json!({"type": "item_reference", "id": "fc_2"});
    let got = ask(&server, &json!({"model": "m", "input": [unknown]})).await;
    assert_eq!(got.status, 404);
}

#[tokio::test]
async fn a_rebuilt_server_knows_the_same_responses() {
    let (server, log) = watched().await;
    let made = call(&server, "POST", "conversations", &Value::Null).await.json();
    let one = ask(&server, &first()).await;
    let two = ask(&server, &next(&id(&one))).await;
    let mut talk = first();
    talk["conversation"] = made["id"].clone();
    ask(&server, &talk).await;
    let mut half = next(&id(&two));
    half["input"] = json!([{"role": "user", "content": "end incomplete"}]);
    let half = ask(&server, &half).await;
    assert_eq!(half.json()["incomplete_details"]["reason"], "max_output_tokens");
    let again = look(&server, &format!("responses/{}", id(&half))).await;
    assert_eq!(again.body, half.body, "the object as it was sent");
    let paths = [
        format!("responses/{}", id(&half)),
        format!("responses/{}", id(&one)),
        format!("responses/{}", id(&two)),
        format!("responses/{}/input_items", id(&two)),
        format!("conversations/{}/items", made["id"].as_str().unwrap()),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(look(&server, path).await.body);
    }
    server.stop().await;
    let mut config = config();
    config.ledgers = Ledgers::with(Box::new(Bytes::default()));
    config.ledgers.replay(&log.exchanges.lock().unwrap());
    let server = Server::start(config).await.unwrap();
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(look(&server, path).await.body, before, "{path}");
    }
    assert_eq!(ask(&server, &next(&id(&two))).await.status, 200);
}

/// The model gives both the same id, since it knows nothing but the request's shape.
#[tokio::test]
async fn two_histories_never_share_an_id() {
    let (server, log) = watched().await;
    #[derive(Debug)]
    struct SameId;
    impl crate::server::Model for SameId {
        fn answer(
            &self,
            ask: &crate::server::Ask<'_>,
        ) -> Result<crate::server::Answer, crate::server::Declined> {
            let answer = super::TestModel.answer(ask)?;
            Ok(crate::server::Answer { response_id: "resp_same".into(), ..answer })
        }
    }
    server.stop().await;
    let mut config = config();
    config.model = Arc::new(SameId);
    config.observer = Some(log.clone());
    let server = Server::start(config).await.unwrap();
    let a = json!({"model": "m", "input": "a"});
    let b = json!({"model": "m", "input": "b"});
    let (one, two) = (ask(&server, &a).await, ask(&server, &b).await);
    assert_eq!(id(&one), "resp_same");
    assert_ne!(id(&one), id(&two));
    assert_eq!(id(&ask(&server, &a).await), id(&one), "a retry is told the same");
    assert_eq!(id(&ask(&server, &b).await), id(&two));
    ask(&server, &next(&id(&two))).await;
    assert_eq!(seen(&log).0["input"][0], "b");
}

/// Replaces what stands in angle brackets.
#[derive(Debug)]
struct Toy;

impl Mask for Toy {
    fn mask(&self, request: &Request) -> Masked {
        let mut request = request.clone();
        for raw in &mut request.input {
            *raw = Raw::parse(&raw.as_str().replace("<random>", "<1>")).unwrap();
        }
        Masked { request, bytes: Vec::new() }
    }
}

#[tokio::test]
async fn a_masked_request_is_what_everybody_sees_but_its_sender() {
    let log = Arc::new(Log::default());
    let mut config = config();
    config.observer = Some(log.clone());
    config.mask = Some(Arc::new(Toy));
    let server = Server::start(config).await.unwrap();
    let body = json!({"model": "m", "input": "read <random>", "metadata": {"id": "<random>"}});
    let got = ask(&server, &body).await;
    assert_eq!(got.json()["metadata"]["id"], "<random>");
    assert_eq!(seen(&log).0["input"], "read <1>");
    let masked = body.to_string().len() - "random".len() + "1".len();
    assert_eq!(got.json()["usage"]["input_tokens"], masked);
    assert_eq!(log.lines.lock().unwrap()[0], format!("0 asks, thread 0, {masked}"));
    let items = look(&server, &format!("responses/{}/input_items", id(&got))).await;
    assert!(items.text().contains("read <1>"), "{}", items.text());
    // What was sent before is masked already and changes no length a second time.
    let more = next(&id(&got));
    ask(&server, &more).await;
    let size = more.to_string().len();
    assert_eq!(log.lines.lock().unwrap()[2], format!("1 asks, thread 0, {size}"));
}

#[tokio::test]
async fn serves_on_a_socket_that_was_opened_elsewhere() {
    let bound = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = bound.local_addr().unwrap();
    let mut config = config();
    config.listen = Listen::On(bound);
    let server = Server::start(config).await.unwrap();
    assert_eq!(server.address(), address);
    assert_eq!(ask(&server, &first()).await.status, 200);
    server.stop().await;
}
