//! What the names promise.

use super::{ANSWERING, Conformance};
use crate::recording::seal;
use crate::server::{Answer, Ask, Model};
use crate::wire::{ApiError, Ending, Endpoint, Kind, Request};
use serde_json::{Value, json};

fn asked(model: &Conformance, body: &Value) -> Result<Answer, ApiError> {
    let request = Request::parse(body.to_string().as_bytes()).unwrap();
    model
        .answer(&Ask { endpoint: Endpoint::Responses, request: &request })
        .map_err(|declined| declined.error)
}

fn types(answer: &Answer) -> Vec<String> {
    answer.items.iter().map(|raw| raw.item().str("type").unwrap().to_owned()).collect()
}

#[test]
fn every_name_gives_what_it_says() {
    let weather = json!({"type": "function", "name": "get_weather", "parameters": {
        "type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}});
    let clock = json!({"type": "function", "name": "clock"});
    let notes = json!({"type": "custom", "name": "jot"});
    let ask = |model: &str, extra: Value| {
        let mut body = json!({"model": model, "input": "hi", "tools": [weather, notes, clock]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        asked(&Conformance::new(), &body)
    };
    let named = |answer: &Answer| -> Vec<String> {
        let names = answer.items.iter().filter_map(|raw| raw.item().str("name").map(str::to_owned));
        names.collect()
    };
    for (model, expected) in [
        ("conf-text", &["message"][..]),
        ("conf-tool", &["function_call"]),
        ("conf-tools2", &["reasoning", "function_call", "function_call"]),
        ("conf-custom", &["custom_tool_call"]),
        ("conf-reasoning", &["reasoning", "message"]),
        ("conf-localshell", &["local_shell_call"]),
        ("conf-shell", &["shell_call"]),
        ("conf-patch", &["apply_patch_call"]),
        ("conf-search", &["web_search_call", "message"]),
        ("conf-compaction", &["compaction", "message"]),
        ("conf-incomplete", &["message"]),
        ("conf-failed", &[]),
        ("conf-errorevent", &["message"]),
        ("conf-default", &["function_call"]),
        ("gpt-9", &["function_call"]),
    ] {
        let answer = ask(model, json!({})).unwrap();
        assert_eq!(types(&answer), expected, "{model}");
        assert_eq!(
            ask(model, json!({"stream": true, "store": false, "client_metadata": {"turn": 1}})),
            Ok(answer.clone())
        );
        let ending = match model {
            "conf-incomplete" => Some("response.incomplete"),
            "conf-failed" => Some("response.failed"),
            "conf-errorevent" => Some("error"),
            _ => Some("response.completed"),
        };
        assert_eq!(answer.ending.event(), ending, "{model}");
        let ids = answer.items.iter().map(|raw| raw.item().id().unwrap().to_owned());
        let ids: std::collections::BTreeSet<String> = ids.collect();
        assert_eq!(ids.len(), answer.items.len());
    }
    assert_eq!(named(&ask("conf-tools2", json!({})).unwrap()), ["get_weather", "clock"]);
    assert_eq!(named(&ask("conf-custom", json!({})).unwrap()), ["jot"]);
    assert_eq!(named(&ask("conf-tool", json!({"tools": []})).unwrap()), ["lookup"]);
    assert_eq!(types(&ask("any", json!({"tools": []})).unwrap()), ["message"]);
    assert_eq!(types(&ask("any", json!({"tool_choice": "none"})).unwrap()), ["message"]);
    let by_name = json!({"tool_choice": {"type": "function", "name": "clock"}});
    assert_eq!(named(&ask("any", by_name).unwrap()), ["clock"]);
    let custom = json!({"tool_choice": {"type": "custom", "name": "jot"}});
    assert_eq!(named(&ask("any", custom).unwrap()), ["jot"]);
    let alone = ask("conf-tools2", json!({"parallel_tool_calls": false})).unwrap();
    assert_eq!(types(&alone), ["reasoning", "function_call"]);
    let arguments = ask("conf-tool", json!({})).unwrap().items[0].value()["arguments"].clone();
    assert_eq!(arguments, r#"{"location":"Copenhagen"}"#);
}

#[test]
fn whatever_the_name_an_output_is_answered_and_a_trigger_compacts() {
    for model in ANSWERING {
        let body = |last: Value| json!({"model": model, "input": [{"role": "user", "content": "a"}, last]});
        for kind in ["function", "custom_tool", "shell", "local_shell", "apply_patch"] {
            let output =
                json!({"type": format!("{kind}_call_output"), "call_id": "c", "output": ""});
            let answer = asked(&Conformance::new(), &body(output)).unwrap();
            assert_eq!(
                (types(&answer), answer.ending),
                (vec!["message".into()], Ending::Completed)
            );
        }
        let trigger = json!({"type": "compaction_trigger"});
        let answer = asked(&Conformance::new(), &body(trigger)).unwrap();
        assert_eq!(answer.items[0].item().kind(), Kind::Compaction);
        let blob = answer.items[0].item().encrypted_content().map(seal::open).unwrap();
        assert_eq!(blob.as_deref(), Ok("The conformance model compacted 1 input items."));
    }
}

#[test]
fn faults_are_typed_and_some_recover() {
    let model = Conformance::new();
    let ask = |name: &str, text: &str| {
        asked(&model, &json!({"model": name, "input": text}))
            .map(|answer| answer.items.len())
            .map_err(|error| (error.status, error.code.unwrap_or_default()))
    };
    for (name, status, code) in [
        ("conf-401", 401, "invalid_api_key"),
        ("conf-404", 404, "model_not_found"),
        ("conf-quota", 429, "insufficient_quota"),
        ("conf-ctx", 400, "context_length_exceeded"),
        ("conf-enc", 400, "invalid_encrypted_content"),
    ] {
        for _ in 0..3 {
            assert_eq!(ask(name, "a"), Err((status, code.to_owned())));
        }
    }
    for (name, status, code) in [
        ("conf-429", 429, "rate_limit_exceeded"),
        ("conf-500", 500, "server_error"),
        ("conf-503", 503, "server_is_overloaded"),
    ] {
        let failed = Err((status, code.to_owned()));
        // Each request is counted by itself.
        assert_eq!((ask(name, "a"), ask(name, "b")), (failed.clone(), failed.clone()));
        assert_eq!((ask(name, "a"), ask(name, "b")), (Ok(1), Ok(1)));
        assert_eq!(ask(name, "a"), failed);
    }
    let streamed = json!({"model": "conf-ctx", "input": "a", "stream": true});
    let ending = asked(&model, &streamed).unwrap().ending;
    let Ending::Failed { code, .. } = ending else { panic!("{ending:?}") };
    assert_eq!(code, "context_length_exceeded");
}

#[test]
fn compaction_keeps_the_users_messages() {
    let body = r#"{"model":"m","input":[{"role":"user","content":"one"},
        {"role":"assistant","content":"no"},
        {"type":"message","id":"msg_7","role":"user","content":[{"type":"input_text","text":"t\u00e9","n":1e3}]}]}"#;
    let request = Request::parse(body.as_bytes()).unwrap();
    let model = Conformance::new();
    let answer = model.answer(&Ask { endpoint: Endpoint::Compact, request: &request }).unwrap();
    assert_eq!(types(&answer), ["message", "message", "compaction"]);
    let first = answer.items[0].value();
    assert_eq!(first["content"], json!([{"type": "input_text", "text": "one"}]));
    assert!(first["id"].is_string() && first["status"] == "completed");
    let second = answer.items[1].as_str();
    assert!(second.starts_with(r#"{"id":"msg_7""#), "{second}");
    assert!(second.contains(r#"{"type":"input_text","text":"t\u00e9","n":1e3}"#), "{second}");
    let text = Request::parse(br#"{"model":"m","input":"one"}"#).unwrap();
    let answer = model.answer(&Ask { endpoint: Endpoint::Compact, request: &text }).unwrap();
    assert_eq!(answer.items[0].value()["content"], first["content"]);
}
