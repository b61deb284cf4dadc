//! The same API over a WebSocket, driven by a client that is not ours.

use super::{Log, ask, config, send};
use crate::recording::{Delivery, Transport};
use crate::scenario::{Fault, FaultKind};
use crate::server::{Server, ServerConfig};
use crate::wire::{Collector, Request, SseEvent, Terminal, lint_events};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(server: &Server) -> Self {
        let url = format!("ws://{}/v1/responses", server.address());
        let (socket, response) = connect_async(url).await.unwrap();
        assert!(response.headers().get("date").is_none());
        Self(socket)
    }

    async fn send(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The frames of one answer, up to the one that ends it; fewer if the connection ends.
    async fn frames(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(Ok(Message::Text(text))) = self.0.next().await {
            let frame: Value = serde_json::from_str(&text).unwrap();
            let kind = frame["type"].as_str().unwrap().to_owned();
            frames.push(frame);
            if ["response.completed", "error"].contains(&kind.as_str()) {
                break;
            }
        }
        frames
    }

    async fn ask(&mut self, frame: &Value) -> Answer {
        self.send(frame).await;
        Answer(self.frames().await)
    }

    /// Whether the server has ended the connection.
    async fn is_closed(&mut self) -> bool {
        matches!(self.0.next().await, None | Some(Err(_) | Ok(Message::Close(_))))
    }
}

struct Answer(Vec<Value>);

impl Answer {
    fn collected(&self) -> Collector {
        let event =
            |frame: &Value| SseEvent::new(frame["type"].as_str().unwrap(), frame.to_string());
        let events: Vec<SseEvent> = self.0.iter().map(event).collect();
        assert_eq!(lint_events(&events), Vec::<String>::new());
        let mut collector = Collector::new();
        events.iter().for_each(|event| collector.feed(event).unwrap());
        assert_eq!(collector.terminal(), Some(&Terminal::Completed));
        collector
    }

    fn id(&self) -> String {
        self.collected().response_id().unwrap().to_owned()
    }

    fn input_tokens(&self) -> u64 {
        self.collected().usage().unwrap().input_tokens
    }

    /// Status and code of the one error frame.
    fn error(&self) -> (u64, &str) {
        let [error] = self.0.as_slice() else { panic!("not one frame: {:?}", self.0) };
        assert_eq!(error["type"], "error");
        for field in ["message", "type", "param", "code"] {
            assert!(error["error"].get(field).is_some(), "{field} in {error}");
        }
        (error["status"].as_u64().unwrap(), error["error"]["code"].as_str().unwrap_or("null"))
    }
}

fn watched() -> (ServerConfig, Arc<Log>) {
    let log = Arc::new(Log::default());
    let mut config = config();
    config.observer = Some(log.clone());
    (config, log)
}

fn first() -> Value {
    json!({"type": "response.create", "model": "m", "store": false, "tools": [],
        "input": [{"role": "user", "content": "what is the cap?"}]})
}

fn next(previous: &str) -> Value {
    json!({"type": "response.create", "model": "m", "store": false, "previous_response_id": previous,
        "input": [{"type": "function_call_output", "call_id": "call_1", "output": "cap = 37"}]})
}

fn lines(log: &Log) -> Vec<String> {
    log.lines.lock().unwrap().clone()
}

fn last_seen(log: &Log) -> (Request, Delivery) {
    let exchanges = log.exchanges.lock().unwrap();
    let last = exchanges.last().unwrap();
    (last.request.clone(), last.delivery.clone())
}

#[tokio::test]
async fn a_session_goes_on_with_its_new_items_alone() {
    let (config, log) = watched();
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    let one = client.ask(&first()).await;
    assert_eq!(one.collected().items().len(), 2);
    let two = client.ask(&next(&one.id())).await;
    assert_eq!(two.collected().text(), "Done: the cap is 37.");
    let (seen, delivery) = last_seen(&log);
    assert_eq!(seen.input.len(), 4);
    let previous_response_id = Some(one.id());
    let transport = Transport::Websocket;
    assert_eq!(
        delivery,
        Delivery { transport, previous_response_id, sent_from: 3, masked: Vec::new() }
    );
    assert_eq!(two.input_tokens(), seen.to_body().len() as u64);
    let sizes = [first(), next(&one.id())].map(|frame| frame.to_string().len());
    assert_eq!(lines(&log)[0], format!("0 asks, thread 0, {}", sizes[0]));
    assert_eq!(lines(&log)[2], format!("1 asks, thread 0, {}", sizes[1]));
    // The items are those that HTTP would have given.
    let plain = ask(&server, &first()).await.json();
    let items: Vec<Value> = one.collected().items().iter().map(|item| item.value()).collect();
    assert_eq!(plain["output"], json!(items));
    server.stop().await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_warm_up_is_answered_with_nothing_and_can_be_gone_on_from() {
    let (mut config, log) = watched();
    config.faults = vec![Fault { request: 0, kind: FaultKind::Status(503), times: 1 }];
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    let mut frame = first();
    frame["generate"] = json!(false);
    let warm = client.ask(&frame).await;
    let kinds: Vec<&str> = warm.0.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["response.created", "response.in_progress", "response.completed"]);
    let usage = warm.collected().usage().unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (frame.to_string().len() as u64, 0));
    assert!(log.exchanges.lock().unwrap()[0].is_warm_up());

    // No request that a fault could meet: the first one does.
    let mut more = next(&warm.id());
    more["input"] = json!([]);
    assert_eq!(client.ask(&more).await.error().0, 503);
    // Its failure has dropped what was to be continued.
    assert_eq!(client.ask(&more).await.error().1, "previous_response_not_found");
    let warm = client.ask(&frame).await;
    more["previous_response_id"] = json!(warm.id());
    assert_eq!(client.ask(&more).await.collected().items().len(), 2);
    assert_eq!(last_seen(&log).0.input.len(), 1);
}

#[tokio::test]
async fn what_was_not_stored_stays_in_its_connection() {
    let (config, _) = watched();
    let server = Server::start(config).await.unwrap();
    let (mut here, mut there) = (Client::connect(&server).await, Client::connect(&server).await);
    let hidden = here.ask(&first()).await.id();
    let unknown = there.ask(&next(&hidden)).await;
    assert_eq!(unknown.error(), (400, "previous_response_not_found"));
    assert_eq!(unknown.0[0]["error"]["param"], "previous_response_id");
    let mut frame = first();
    frame["store"] = json!(true);
    frame["input"][0]["content"] = json!("what is the other cap?");
    let stored = here.ask(&frame).await.id();
    assert_eq!(there.ask(&next(&stored)).await.collected().items().len(), 1);
    let path = format!("GET /v1/responses/{stored} HTTP/1.1");
    assert_eq!(send(&server, &path, b"").await.json()["id"], stored);
    let path = format!("GET /v1/responses/{hidden} HTTP/1.1");
    assert_eq!(send(&server, &path, b"").await.status, 404);
}

#[tokio::test]
async fn a_continuation_that_is_refused_drops_its_response() {
    let (config, _) = watched();
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    let one = client.ask(&first()).await.id();
    let mut wrong = next(&one);
    wrong["input"] = json!([{"role": "user", "content": "off the script"}]);
    assert_eq!(client.ask(&wrong).await.error(), (400, "replay_mismatch"));
    assert_eq!(client.ask(&next(&one)).await.error(), (400, "previous_response_not_found"));
    assert_eq!(client.ask(&first()).await.collected().items().len(), 2, "the connection goes on");
}

#[tokio::test]
async fn streams_are_named_and_frames_taken_in_order() {
    let (config, log) = watched();
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    let (mut a, mut b) = (first(), first());
    a["stream_id"] = json!("lane.a");
    b["stream_id"] = json!("lane.b");
    client.send(&a).await;
    client.send(&b).await;
    for lane in ["lane.a", "lane.b"] {
        let frames = client.frames().await;
        assert!(frames.iter().all(|frame| frame["stream_id"] == lane), "{lane}");
    }
    b["previous_response_id"] = json!("resp_nobody");
    assert_eq!(client.ask(&b).await.0[0]["stream_id"], "lane.b");
    assert_eq!(lines(&log).len(), 6);
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    let (config, log) = watched();
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    client.0.send(Message::text("{oops")).await.unwrap();
    assert_eq!(Answer(client.frames().await).error(), (400, "null"));
    let cancel = json!({"type": "response.cancel", "model": "m"});
    assert_eq!(client.ask(&cancel).await.error(), (400, "invalid_value"));
    assert_eq!(lines(&log)[0], "0 asks, thread 0, 5/5");
    assert_eq!(client.ask(&first()).await.collected().items().len(), 2);
    client.0.send(Message::binary(b"{}".as_slice())).await.unwrap();
    assert_eq!(Answer(client.frames().await).error(), (400, "invalid_frame"));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn faults_are_error_frames_and_cuts_close_the_socket() {
    let (mut config, log) = watched();
    config.faults = vec![
        Fault { request: 0, kind: FaultKind::Status(429), times: 1 },
        Fault { request: 1, kind: FaultKind::CutAfterItems(1), times: 1 },
    ];
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    let limited = client.ask(&first()).await;
    assert_eq!(limited.error(), (429, "rate_limit_exceeded"));
    assert_eq!(limited.0[0]["headers"]["retry-after-ms"], "5");
    let one = client.ask(&first()).await;
    let mut again = first();
    again["previous_response_id"] = json!(one.id());
    let cut = client.ask(&again).await;
    let last = cut.0.last().unwrap();
    assert_eq!(
        (&last["type"], &last["item"]["id"]),
        (&json!("response.output_item.done"), &json!("rs_1"))
    );
    assert!(client.is_closed().await);
    assert!(lines(&log)[5].contains("Cut"), "{:?}", lines(&log));
}

#[tokio::test]
async fn large_frames_pass() {
    let (config, _) = watched();
    let server = Server::start(config).await.unwrap();
    let mut client = Client::connect(&server).await;
    let mut frame = first();
    frame["input"][0]["content"] = json!("x".repeat(20 << 20));
    let answer = client.ask(&frame).await;
    assert_eq!(answer.input_tokens(), frame.to_string().len() as u64);
}

#[tokio::test]
async fn a_handshake_is_answered_without_a_date_or_refused_in_words() {
    let (config, _) = watched();
    let server = Server::start(config).await.unwrap();
    let head = "GET /v1/responses HTTP/1.1\r\nupgrade: websocket";
    let got = send(&server, head, b"").await;
    assert_eq!((got.status, got.code().as_str()), (400, "invalid_handshake"));
    assert_eq!(send(&server, "GET /v1/responses HTTP/1.1", b"").await.status, 405);
}
