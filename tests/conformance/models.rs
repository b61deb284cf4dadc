//! Every model by its name: streams and bodies agree, loops come to an end, faults are typed.

use crate::http::{ask_both, conformance, post, user};
use serde_json::{Value, json};
use unreel::server::conformance::ANSWERING;
use unreel::wire::{Collector, Terminal};

const OUTPUTS: [(&str, &str); 5] = [
    ("function_call", "function_call_output"),
    ("custom_tool_call", "custom_tool_call_output"),
    ("local_shell_call", "local_shell_call_output"),
    ("shell_call", "shell_call_output"),
    ("apply_patch_call", "apply_patch_call_output"),
];

/// What a client answers a call with.
pub(crate) fn output(call: &Value) -> Option<Value> {
    let (_, kind) = OUTPUTS.iter().find(|(kind, _)| call["type"] == *kind)?;
    let id = &call["call_id"];
    Some(match *kind {
        "local_shell_call_output" => json!({"type": kind, "id": id, "output": "conformance\n"}),
        "shell_call_output" => json!({"type": kind, "call_id": id, "max_output_length": 4096,
        "output": [
            {"stdout": "conformance\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}},
            {"stdout": "/workspace\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}},
        ]}),
        "apply_patch_call_output" => {
            json!({"type": kind, "call_id": id, "status": "completed", "output": "created"})
        }
        _ => json!({"type": kind, "call_id": id, "output": "conformance\n"}),
    })
}

/// Tools of every kind that these models call.
pub(crate) fn tools() -> Value {
    json!([
        {"type": "function", "name": "get_weather", "strict": true, "parameters": {
            "type": "object", "additionalProperties": false, "required": ["location", "unit"],
            "properties": {"location": {"type": "string"}, "unit": {"enum": ["celsius", "kelvin"]}}}},
        {"type": "function", "name": "get_time", "parameters": {
            "type": "object", "properties": {"zone": {"type": "string"}}}},
        {"type": "custom", "name": "apply_patch", "description": "Change files"},
        {"type": "local_shell"},
        {"type": "shell", "environment": {"type": "local"}},
        {"type": "apply_patch"},
        {"type": "web_search"},
    ])
}

pub(crate) fn first(model: &str) -> Value {
    json!({
        "model": model, "instructions": "Work with the tools.", "tools": tools(), "store": false,
        "include": ["reasoning.encrypted_content", "web_search_call.action.sources"],
        "input": [user("Begin.")],
    })
}

/// The next request after an answer; `None` if it asks for nothing.
pub(crate) fn next(body: &Value, answered: &Collector) -> Option<Value> {
    let items: Vec<Value> = answered.items().iter().map(|raw| raw.value()).collect();
    let outputs: Vec<Value> = items.iter().filter_map(output).collect();
    if outputs.is_empty() {
        return None;
    }
    let mut next = body.clone();
    let input = next["input"].as_array_mut().unwrap();
    input.extend(items);
    input.extend(outputs);
    Some(next)
}

#[tokio::test]
async fn every_model_streams_what_its_body_says_and_ends() {
    let server = conformance().await;
    for model in ANSWERING {
        let body = first(model);
        let (plain, streamed) = ask_both(&server, &body).await;
        let collected = streamed.collected();
        let expected = match model {
            "conf-incomplete" => Terminal::Incomplete { reason: Some("max_output_tokens".into()) },
            "conf-failed" | "conf-errorevent" => {
                let code = Some("server_error".to_owned());
                let message = "The server had an error while processing your request. Sorry about \
                               that!"
                    .to_owned();
                match model {
                    "conf-failed" => Terminal::Failed { code, message },
                    _ => Terminal::Error { code, message },
                }
            }
            _ => Terminal::Completed,
        };
        assert_eq!(collected.terminal(), Some(&expected), "{model}");
        if model == "conf-errorevent" {
            let (status, error) = plain.error();
            assert_eq!((status, &error["code"]), (500, &json!("server_error")));
        } else {
            assert_eq!(plain.status, 200);
            let body = Collector::of_body(&plain.body).unwrap();
            assert_eq!(body.items(), collected.items(), "{model}");
            assert_eq!(body.terminal(), Some(&expected), "{model}");
        }
        let mut turn = next(&body, &collected);
        let calls = collected.items().iter().filter(|raw| raw.item().kind().is_call()).count();
        let expected = match model {
            "conf-tools2" => 2,
            "conf-tool" | "conf-custom" | "conf-localshell" | "conf-shell" | "conf-patch" => 1,
            "conf-default" => 1,
            _ => 0,
        };
        assert_eq!(calls, expected, "{model}");
        if let Some(body) = turn.take() {
            let (plain, streamed) = ask_both(&server, &body).await;
            let collected = streamed.collected();
            assert_eq!(collected.terminal(), Some(&Terminal::Completed), "{model}");
            assert!(next(&body, &collected).is_none() && !collected.text().is_empty());
            assert_eq!(Collector::of_body(&plain.body).unwrap().text(), collected.text());
        }
    }
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_included() {
    let server = conformance().await;
    for (model, field) in [
        ("conf-tools2", "encrypted_content"),
        ("conf-reasoning", "encrypted_content"),
        ("conf-search", "sources"),
    ] {
        let mut body = first(model);
        let (with, _) = ask_both(&server, &body).await;
        assert!(with.body.contains(field), "{model}");
        body["include"] = json!([]);
        let (without, streamed) = ask_both(&server, &body).await;
        assert!(!without.body.contains(&format!("\"{field}\"")), "{}", without.body);
        assert!(!streamed.body.contains(&format!("\"{field}\":")), "{}", streamed.body);
        streamed.events();
    }
}

#[tokio::test]
async fn faults_come_with_code_param_and_headers() {
    let server = conformance().await;
    let limit = "x-ratelimit-remaining-requests";
    for (model, status, kind, code, param, retry) in [
        ("conf-401", 401, "invalid_request_error", "invalid_api_key", Value::Null, false),
        ("conf-404", 404, "invalid_request_error", "model_not_found", json!("model"), false),
        ("conf-429", 429, "requests", "rate_limit_exceeded", Value::Null, true),
        ("conf-quota", 429, "insufficient_quota", "insufficient_quota", Value::Null, false),
        ("conf-enc", 400, "invalid_request_error", "invalid_encrypted_content", Value::Null, false),
        ("conf-500", 500, "server_error", "server_error", Value::Null, true),
        ("conf-503", 503, "service_unavailable_error", "server_is_overloaded", Value::Null, true),
    ] {
        let mut body = first(model);
        body["stream"] = json!(true);
        let got = post(&server, "/responses", &body).await;
        let (found, error) = got.error();
        assert_eq!(found, status, "{model}");
        let expected = json!({"type": kind, "code": code, "param": param});
        let seen = json!({"type": error["type"], "code": error["code"], "param": error["param"]});
        assert_eq!(seen, expected, "{model}");
        assert!(got.header("x-request-id").unwrap().starts_with("req_"));
        for name in ["openai-processing-ms", "openai-version", limit, "x-ratelimit-reset-tokens"] {
            assert!(got.header(name).is_some(), "{model}: {name}");
        }
        assert_eq!(got.header("retry-after-ms"), retry.then_some("5"), "{model}");
        assert_eq!(got.header("retry-after"), retry.then_some("1"), "{model}");
        let no_retry = got.header("x-should-retry");
        assert_eq!(no_retry, (model == "conf-quota").then_some("false"), "{model}");
        assert_eq!(got.header(limit) == Some("0"), model == "conf-429");
        // Those that ask for a retry mean it.
        let again = post(&server, "/responses", &body).await;
        assert_eq!(again.status, if retry { 200 } else { status }, "{model}");
        if retry {
            assert_eq!(again.header(limit), Some("9999"));
            assert_eq!(again.collected().terminal(), Some(&Terminal::Completed));
        }
    }
}

#[tokio::test]
async fn a_full_context_fails_the_stream_and_refuses_the_body() {
    let server = conformance().await;
    let (plain, streamed) = ask_both(&server, &first("conf-ctx")).await;
    let (status, error) = plain.error();
    assert_eq!((status, &error["code"]), (400, &json!("context_length_exceeded")));
    assert_eq!(error["param"], "input");
    let response = streamed.response();
    assert_eq!(response["status"], "failed");
    assert_eq!(response["error"]["code"], "context_length_exceeded");
    assert_eq!(response["error"]["message"], error["message"]);
}
