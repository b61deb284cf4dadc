//! What the Open Responses suite asks over HTTP: the shape of a response, streams, roles, tools,
//! images, several turns, compaction, and the requests that must be refused.

use crate::http::{ask_both, conformance, post, start, user};
use serde_json::{Value, json};
use std::sync::Arc;
use unreel::server::{Conformance, Server, ServerConfig};
use unreel::wire::lint_events;

/// The model name is the client's choice.
const MODEL: &str = "whatever-they-name-it";

/// Types that a field of a response may have: `s` text, `n` number, `b` flag, `o` object, `a` list,
/// `0` null. These are all the fields that the suite's schema requires.
const SHAPE: [(&str, &str); 32] = [
    ("id", "s"),
    ("object", "s"),
    ("created_at", "n"),
    ("completed_at", "n0"),
    ("status", "s"),
    ("incomplete_details", "o0"),
    ("model", "s"),
    ("previous_response_id", "s0"),
    ("instructions", "sa0"),
    ("output", "a"),
    ("error", "o0"),
    ("tools", "a"),
    ("tool_choice", "so"),
    ("truncation", "s"),
    ("parallel_tool_calls", "b"),
    ("text", "o"),
    ("top_p", "n"),
    ("presence_penalty", "n"),
    ("frequency_penalty", "n"),
    ("top_logprobs", "n"),
    ("temperature", "n"),
    ("reasoning", "o0"),
    ("user", "s0"),
    ("usage", "o0"),
    ("max_output_tokens", "n0"),
    ("max_tool_calls", "n0"),
    ("store", "b"),
    ("background", "b"),
    ("service_tier", "s"),
    ("metadata", "o"),
    ("safety_identifier", "s0"),
    ("prompt_cache_key", "s0"),
];

fn has_shape(value: &Value, shape: &[(&str, &str)]) {
    for (name, kinds) in shape {
        let found = value.get(name).unwrap_or_else(|| panic!("{name} is missing in {value}"));
        let kind = match found {
            Value::Null => '0',
            Value::Bool(_) => 'b',
            Value::Number(_) => 'n',
            Value::String(_) => 's',
            Value::Array(_) => 'a',
            Value::Object(_) => 'o',
        };
        assert!(kinds.contains(kind), "{name} is {found}");
    }
}

/// A completed response with output, in the shape of the schema.
fn is_complete(response: &Value) {
    has_shape(response, &SHAPE);
    assert_eq!(
        (&response["object"], &response["status"]),
        (&json!("response"), &json!("completed"))
    );
    assert!(response["usage"]["input_tokens_details"]["cached_tokens"].is_u64());
    assert!(response["usage"]["output_tokens_details"]["reasoning_tokens"].is_u64());
    let items = response["output"].as_array().unwrap();
    assert!(!items.is_empty());
    for item in items {
        match item["type"].as_str().unwrap() {
            "message" => {
                has_shape(item, &[("id", "s"), ("status", "s"), ("role", "s"), ("content", "a")]);
                let text = &item["content"][0];
                has_shape(text, &[("type", "s"), ("text", "s"), ("annotations", "a")]);
            }
            "function_call" => {
                let shape = ["id", "call_id", "name", "arguments", "status"].map(|n| (n, "s"));
                has_shape(item, &shape);
            }
            other => panic!("{other}"),
        }
    }
    for tool in response["tools"].as_array().unwrap() {
        let shape = [("name", "s"), ("description", "s0"), ("parameters", "o0"), ("strict", "b0")];
        has_shape(tool, &shape);
    }
}

/// Both transports complete, and say the same but for the cached tokens.
async fn completes(body: Value) -> Value {
    let server = conformance().await;
    let (plain, streamed) = ask_both(&server, &body).await;
    assert_eq!(plain.status, 200, "{}", plain.body);
    let (plain, streamed) = (plain.json(), streamed.response());
    is_complete(&plain);
    is_complete(&streamed);
    assert_eq!((&plain["output"], &plain["id"]), (&streamed["output"], &streamed["id"]));
    plain
}

fn weather() -> Value {
    json!({
        "type": "function", "name": "get_weather", "description": "Current weather of a place",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string", "description": "City and country"}},
            "required": ["location"],
        },
    })
}

#[tokio::test]
async fn basic_text() {
    let response = completes(json!({"model": MODEL, "input": [user("Say hello.")]})).await;
    assert_eq!(response["output"][0]["role"], "assistant");
    assert_eq!(response["model"], MODEL);
    completes(json!({"model": MODEL, "input": "Say hello."})).await;
}

#[tokio::test]
async fn streaming_events() {
    let server = conformance().await;
    let body = json!({"model": MODEL, "input": [user("Count.")], "stream": true});
    let got = post(&server, "/responses", &body).await;
    let events = got.events();
    let kinds: Vec<&str> = events.iter().map(|event| event.event.as_deref().unwrap()).collect();
    let deltas = kinds.iter().filter(|kind| **kind == "response.output_text.delta").count();
    assert!(deltas > 1, "{kinds:?}");
    assert_eq!(kinds[..2], ["response.created", "response.in_progress"]);
    assert_eq!(kinds.last(), Some(&"response.completed"));
    assert!(events.iter().all(|event| event.id.is_none()));
}

/// The specification demands the marker; OpenAI does not send it.
#[tokio::test]
async fn the_done_marker() {
    let mut config = ServerConfig::new(Arc::new(Conformance::new()));
    config.done_marker = true;
    let server = Server::start(config).await.unwrap();
    let body = json!({"model": MODEL, "input": "Count.", "stream": true});
    let got = post(&server, "/responses", &body).await;
    assert_eq!(got.events().last().unwrap().data, "[DONE]");
    is_complete(&got.response());
}

#[tokio::test]
async fn system_prompt() {
    let system = json!({"type": "message", "role": "system", "content": "You are a pirate."});
    completes(json!({"model": MODEL, "input": [system, user("Say hello.")]})).await;
    completes(json!({"model": MODEL, "instructions": "Be brief.", "input": "hello"})).await;
}

#[tokio::test]
async fn tool_calling() {
    let body = json!({"model": MODEL, "input": [user("Weather?")], "tools": [weather()]});
    let response = completes(body.clone()).await;
    let call = &response["output"][0];
    assert_eq!((&call["type"], &call["name"]), (&json!("function_call"), &json!("get_weather")));
    let arguments: Value = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
    assert!(arguments["location"].is_string());

    let server = conformance().await;
    let (_, streamed) = ask_both(&server, &body).await;
    let events = streamed.events();
    for kind in [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
    ] {
        assert!(events.iter().any(|event| event.event.as_deref() == Some(kind)), "{kind}");
    }

    let mut next = body;
    let output =
        json!({"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"});
    next["input"] = json!([user("Weather?"), call, output]);
    assert_eq!(completes(next).await["output"][0]["type"], "message");
}

#[tokio::test]
async fn image_input() {
    let parts = json!([
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    ]);
    let message = json!({"type": "message", "role": "user", "content": parts});
    completes(json!({"model": MODEL, "input": [message]})).await;
}

#[tokio::test]
async fn several_turns() {
    let said = json!({"type": "message", "role": "assistant", "content": "Hello Alice!"});
    let input = json!([user("My name is Alice."), said, user("What is my name?")]);
    completes(json!({"model": MODEL, "input": input})).await;
}

#[tokio::test]
async fn structured_output() {
    let schema = json!({"type": "object", "properties": {"age": {"type": "integer", "minimum": 18}},
        "required": ["age"], "additionalProperties": false});
    let format = json!({"type": "json_schema", "name": "person", "schema": schema, "strict": true});
    let response =
        completes(json!({"model": MODEL, "input": "Who?", "text": {"format": format}})).await;
    let text = response["output"][0]["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json!({"age": 18}));
}

#[tokio::test]
async fn compaction() {
    let server = conformance().await;
    let said = json!({"type": "message", "role": "assistant", "content": "Noted."});
    let body = json!({"model": MODEL, "input": [user("Remember slate."), said, user("And jade.")]});
    let got = post(&server, "/responses/compact", &body).await;
    let compacted = got.json();
    let shape =
        [("id", "s"), ("object", "s"), ("output", "a"), ("created_at", "n"), ("usage", "o")];
    has_shape(&compacted, &shape);
    assert_eq!(compacted["object"], "response.compaction");
    let items = compacted["output"].as_array().unwrap();
    let kinds: Vec<&str> = items.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message", "message", "compaction"]);
    for item in &items[..2] {
        has_shape(item, &[("id", "s"), ("status", "s"), ("role", "s"), ("content", "a")]);
        assert_eq!(item["role"], "user");
    }
    has_shape(&items[2], &[("id", "s"), ("encrypted_content", "s")]);

    // The output is the next input; a blob that was touched is refused.
    let mut input = items.clone();
    input.push(user("Go on."));
    completes(json!({"model": MODEL, "input": input})).await;
    let blob = input[2]["encrypted_content"].as_str().unwrap();
    input[2]["encrypted_content"] = json!(format!("{}x", &blob[..blob.len() - 1]));
    let got = post(&server, "/responses", &json!({"model": MODEL, "input": input})).await;
    assert_eq!(got.error().1["code"], "invalid_encrypted_content");

    let got = post(&server, "/responses/compact", &json!({"input": [user("x")]})).await;
    let (status, error) = got.error();
    assert_eq!((status, &error["code"]), (400, &json!("missing_required_parameter")));
}

#[tokio::test]
async fn a_trigger_compacts_within_the_stream() {
    let server = start(Arc::new(Conformance::new()), None).await;
    let input = json!([user("Remember slate."), {"type": "compaction_trigger"}]);
    let (plain, streamed) = ask_both(&server, &json!({"model": MODEL, "input": input})).await;
    assert_eq!(plain.json()["output"], streamed.response()["output"]);
    assert_eq!(plain.json()["output"][0]["type"], "compaction");
    let kinds: Vec<String> =
        streamed.events().into_iter().filter_map(|event| event.event).collect();
    assert_eq!(
        kinds[2..5],
        [
            "response.output_item.added",
            "response.compaction.compacting",
            "response.output_item.done"
        ]
    );
}

/// Refusals are plain JSON, never a stream.
#[tokio::test]
async fn what_must_be_refused() {
    let server = conformance().await;
    let orphan = |kind: &str| json!([user("hi"), {"type": kind, "call_id": "call_openresponses_missing", "output": "x"}]);
    for (mut body, code, param, told) in [
        (json!({"input": "hi"}), json!("missing_required_parameter"), json!("model"), "model"),
        (
            json!({"previous_response_id": "resp_openresponses_missing", "input": "hi"}),
            json!("previous_response_not_found"),
            json!("previous_response_id"),
            "resp_openresponses_missing",
        ),
        (
            json!({"input": orphan("function_call_output")}),
            Value::Null,
            json!("input"),
            "No tool call found for function call output with call_id call_openresponses_missing",
        ),
        (
            json!({"input": orphan("custom_tool_call_output")}),
            Value::Null,
            json!("input"),
            "No tool call found for custom tool call output",
        ),
    ] {
        if code != "missing_required_parameter" {
            body["model"] = json!(MODEL);
        }
        for stream in [false, true] {
            body["stream"] = json!(stream);
            let got = post(&server, "/responses", &body).await;
            let (status, error) = got.error();
            assert_eq!(status, 400);
            assert_eq!((&error["code"], &error["param"]), (&code, &param), "{error}");
            assert!(error["message"].as_str().unwrap().contains(told), "{error}");
            assert!(lint_events(&[]).len() == 1 && !got.body.contains("event:"));
        }
    }
}
