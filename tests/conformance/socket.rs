//! What the Open Responses suite asks over WebSocket: answers one after the other, continuation
//! without storage, what a connection does not know, and what a failure makes it forget.

use crate::http::{conformance, post, user};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use unreel::server::Server;
use unreel::wire::{SseEvent, lint_events};

const MODEL: &str = "whatever-they-name-it";

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server) -> Self {
        let url = server.base_url().replacen("http", "ws", 1) + "/responses";
        Self(connect_async(url).await.unwrap().0)
    }

    /// Sends a frame and gives the events of its answer, up to the last.
    async fn ask(&mut self, mut frame: Value) -> Vec<Value> {
        frame["type"] = json!("response.create");
        self.0.send(Message::text(frame.to_string())).await.unwrap();
        let mut events: Vec<Value> = Vec::new();
        loop {
            let Some(Ok(Message::Text(text))) = self.0.next().await else { panic!("{events:?}") };
            events.push(serde_json::from_str(&text).unwrap());
            let kind = events.last().unwrap()["type"].as_str().unwrap();
            if ["response.completed", "error"].contains(&kind) {
                return events;
            }
        }
    }

    /// The response that a frame is answered with, after the lint has passed its events.
    async fn response(&mut self, frame: Value) -> Value {
        let events = self.ask(frame).await;
        let event =
            |event: &Value| SseEvent::new(event["type"].as_str().unwrap(), event.to_string());
        let listed: Vec<SseEvent> = events.iter().map(event).collect();
        assert_eq!(lint_events(&listed), Vec::<String>::new());
        events.last().unwrap()["response"].clone()
    }

    /// The status and code of the error that a frame is answered with.
    async fn refused(&mut self, frame: Value) -> (u64, String) {
        let events = self.ask(frame).await;
        assert_eq!((events.len(), &events[0]["type"]), (1, &json!("error")), "{events:?}");
        let error = &events[0]["error"];
        assert!(error["message"].is_string() && error["type"].is_string(), "{error}");
        (events[0]["status"].as_u64().unwrap(), error["code"].as_str().unwrap_or("").to_owned())
    }
}

fn says(text: &str) -> Value {
    json!({"model": MODEL, "store": false, "input": [user(text)]})
}

fn continues(response: &Value, input: Value) -> Value {
    json!({"model": MODEL, "store": false, "previous_response_id": response["id"], "input": [input]})
}

#[tokio::test]
async fn answers_come_one_after_the_other_on_one_connection() {
    let server = conformance().await;
    let mut socket = Socket::open(&server).await;
    let (one, two) = (socket.response(says("One.")).await, socket.response(says("Two.")).await);
    assert_ne!(one["id"], two["id"]);
    for response in [one, two] {
        assert_eq!(response["status"], "completed");
        assert_eq!(response["output"][0]["role"], "assistant");
    }
}

#[tokio::test]
async fn a_response_that_is_not_stored_is_continued_on_its_connection_alone() {
    let server = conformance().await;
    let mut socket = Socket::open(&server).await;
    let one = socket.response(says("My name is Ada.")).await;
    let two = socket.response(continues(&one, user("What is my name?"))).await;
    assert_eq!(two["previous_response_id"], one["id"]);
    let count = |response: &Value| response["usage"]["input_tokens"].as_u64().unwrap();
    assert!(count(&two) > count(&one), "the whole context counts");
    drop(socket);
    let mut socket = Socket::open(&server).await;
    let refused = socket.refused(continues(&two, user("And now?"))).await;
    assert_eq!(refused, (400, "previous_response_not_found".into()));
}

#[tokio::test]
async fn a_failed_continuation_makes_the_connection_forget() {
    let server = conformance().await;
    let mut socket = Socket::open(&server).await;
    let one = socket.response(says("Hello.")).await;
    let orphan = json!({"type": "function_call_output", "call_id": "call_openresponses_missing",
        "output": "{}"});
    assert_eq!(socket.refused(continues(&one, orphan)).await.0, 400);
    let refused = socket.refused(continues(&one, user("Hello again."))).await;
    assert_eq!(refused, (400, "previous_response_not_found".into()));
    assert_eq!(socket.response(says("Hello.")).await["status"], "completed");
}

#[tokio::test]
async fn a_tool_is_called_and_answered() {
    let server = conformance().await;
    let mut socket = Socket::open(&server).await;
    let parameters = json!({"type": "object", "properties": {"place": {"type": "string"}}});
    let tools = json!([{"type": "function", "name": "get_weather", "parameters": parameters}]);
    let mut ask = says("How is the weather in Oslo?");
    ask["tools"] = tools.clone();
    let one = socket.response(ask).await;
    let call = &one["output"][0];
    assert_eq!((&call["type"], &call["name"]), (&json!("function_call"), &json!("get_weather")));
    let output =
        json!({"type": "function_call_output", "call_id": call["call_id"], "output": "snow"});
    let mut answer = continues(&one, output);
    answer["tools"] = tools;
    assert_eq!(socket.response(answer).await["output"][0]["type"], "message");
}

#[tokio::test]
async fn a_compacted_window_begins_a_new_chain() {
    let server = conformance().await;
    let mut socket = Socket::open(&server).await;
    let one = socket.response(says("Remember the number 43.")).await;
    let window =
        json!({"model": MODEL, "input": [user("Remember the number 43."), one["output"][0]]});
    let compacted = post(&server, "/responses/compact", &window).await.json();
    let mut input = compacted["output"].as_array().unwrap().clone();
    assert!(input.iter().any(|item| item["type"] == "compaction"), "{compacted}");
    input.push(user("Which number was it?"));
    let frame = json!({"model": MODEL, "store": false, "input": input});
    let two = socket.response(frame).await;
    assert_eq!((&two["status"], &two["previous_response_id"]), (&json!("completed"), &Value::Null));
    assert_eq!(socket.response(continues(&two, user("Sure?"))).await["status"], "completed");
}

#[tokio::test]
async fn a_warm_up_says_nothing_and_can_be_continued() {
    let server = conformance().await;
    let mut socket = Socket::open(&server).await;
    let mut frame = says("Hello.");
    frame["generate"] = json!(false);
    let warm = socket.response(frame).await;
    assert_eq!((&warm["output"], &warm["usage"]["output_tokens"]), (&json!([]), &json!(0)));
    let one = socket.response(continues(&warm, user("Go on."))).await;
    assert_eq!(one["output"][0]["type"], "message");
    let cached = &one["usage"]["input_tokens_details"]["cached_tokens"];
    assert_eq!(cached, &warm["usage"]["input_tokens"], "the prompt was there already");
}
