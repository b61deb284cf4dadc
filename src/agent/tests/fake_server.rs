//! A server that gives prepared answers in order and keeps the requests.

use crate::wire::Request;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Mutex;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

pub(super) struct FakeServer(MockServer);

struct Queue(Mutex<VecDeque<ResponseTemplate>>);

impl Respond for Queue {
    fn respond(&self, _: &wiremock::Request) -> ResponseTemplate {
        let next = self.0.lock().unwrap().pop_front();
        next.unwrap_or_else(|| ResponseTemplate::new(404).set_body_string("no answer left"))
    }
}

impl FakeServer {
    pub(super) async fn start(answers: Vec<ResponseTemplate>) -> Self {
        let server = MockServer::start().await;
        let queue = Queue(Mutex::new(answers.into()));
        Mock::given(method("POST")).respond_with(queue).mount(&server).await;
        Self(server)
    }

    pub(super) fn base_url(&self) -> String {
        format!("{}/v1", self.0.uri())
    }

    pub(super) async fn requests(&self) -> Vec<Request> {
        let received = self.0.received_requests().await.unwrap();
        received.iter().map(|request| Request::parse(&request.body).unwrap()).collect()
    }

    pub(super) async fn paths(&self) -> Vec<String> {
        let received = self.0.received_requests().await.unwrap();
        received.iter().map(|request| request.url.path().to_owned()).collect()
    }
}

fn event(value: &Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap())
}

fn sse(items: &[Value], last: Option<Value>) -> ResponseTemplate {
    let done = items.iter().map(|item| json!({"type": "response.output_item.done", "item": item}));
    let body: String = done.chain(last).map(|value| event(&value)).collect();
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
}

/// A whole answer that counts so many tokens.
pub(super) fn counted(total: u64, items: &[Value]) -> ResponseTemplate {
    let usage = json!({"input_tokens": total, "output_tokens": 0, "total_tokens": total});
    let response = json!({"id": "resp_1", "status": "completed", "usage": usage});
    sse(items, Some(json!({"type": "response.completed", "response": response})))
}

/// A whole answer.
pub(super) fn whole(items: &[Value]) -> ResponseTemplate {
    counted(10, items)
}

/// An answer without its end.
pub(super) fn cut(items: &[Value]) -> ResponseTemplate {
    sse(items, None)
}

/// An answer that ends with this event.
pub(super) fn ending(items: &[Value], kind: &str, response: Value) -> ResponseTemplate {
    sse(items, Some(json!({"type": kind, "response": response})))
}

/// An error body.
pub(super) fn status(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"error": {"message": message, "code": code, "type": "x"}}))
}

pub(super) fn say(text: &str) -> Value {
    let part = json!({"type": "output_text", "text": text, "annotations": []});
    json!({"type": "message", "id": format!("msg_{text}"), "role": "assistant", "content": [part]})
}

pub(super) fn call(id: &str, name: &str, arguments: Value) -> Value {
    let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
    json!({"type": "function_call", "id": format!("fc_{id}"), "name": name,
           "arguments": arguments, "call_id": id})
}

pub(super) fn run(id: &str, cmd: &str) -> Value {
    call(id, "exec_command", json!({"cmd": cmd}))
}

pub(super) fn custom(id: &str, name: &str, input: &str) -> Value {
    json!({"type": "custom_tool_call", "id": format!("ctc_{id}"), "call_id": id, "name": name,
           "input": input})
}

pub(super) fn reasoning(blob: &str) -> Value {
    json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": blob})
}
