//! A streamed chat completion, put together to the body that it would have been without streaming.

use crate::wire::{Decoder, Raw};
use serde_json::{Map, Value, json};

/// The body; `None` if there is no chunk at all.
pub(super) fn body(stream: &str) -> Option<Raw> {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(stream.as_bytes());
    events.extend(decoder.finish());
    let mut message = Map::from_iter([("role".to_owned(), json!("assistant"))]);
    let mut calls: Vec<(u64, Map<String, Value>)> = Vec::new();
    let (mut id, mut usage, mut reason, mut any) = (Value::Null, Value::Null, Value::Null, false);
    for event in events {
        let Ok(chunk) = serde_json::from_str::<Value>(&event.data) else { continue };
        any |= chunk.get("choices").is_some();
        let set = |to: &mut Value, from: &Value| {
            if !from.is_null() {
                *to = from.clone();
            }
        };
        set(&mut id, &chunk["id"]);
        set(&mut usage, &chunk["usage"]);
        let choice = &chunk["choices"][0];
        set(&mut reason, &choice["finish_reason"]);
        for (key, value) in choice["delta"].as_object().into_iter().flatten() {
            match (key.as_str(), value) {
                ("tool_calls", Value::Array(deltas)) => {
                    deltas.iter().for_each(|delta| add_call(&mut calls, delta));
                }
                (
                    "content" | "refusal" | "reasoning_content" | "reasoning",
                    Value::String(text),
                ) => {
                    append(&mut message, key, text);
                }
                _ => {}
            }
        }
    }
    if !calls.is_empty() {
        let calls = calls.into_iter().map(|(_, call)| Value::Object(call)).collect();
        message.insert("tool_calls".into(), calls);
    }
    let choices = json!([{"index": 0, "message": message, "finish_reason": reason}]);
    any.then(|| Raw::from_value(&json!({"id": id, "choices": choices, "usage": usage})))
}

fn add_call(calls: &mut Vec<(u64, Map<String, Value>)>, delta: &Value) {
    let index = delta["index"].as_u64().unwrap_or_default();
    let at = match calls.iter().position(|(at, _)| *at == index) {
        Some(at) => at,
        None => {
            calls.push((index, Map::from_iter([("type".to_owned(), json!("function"))])));
            calls.len() - 1
        }
    };
    let call = &mut calls[at].1;
    if let Some(id) = delta["id"].as_str() {
        call.insert("id".into(), id.into());
    }
    let function = call.entry("function").or_insert_with(|| json!({}));
    if let Some(function) = function.as_object_mut() {
        for key in ["name", "arguments"] {
            if let Some(text) = delta["function"][key].as_str() {
                append(function, key, text);
            }
        }
    }
}

fn append(object: &mut Map<String, Value>, key: &str, text: &str) {
    match object.get_mut(key) {
        Some(Value::String(all)) => all.push_str(text),
        _ => {
            object.insert(key.to_owned(), text.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn chunks_are_put_together() {
        let stream = concat!(
            "data: {\"id\":\"c1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Hel\"}}]}\n\n",
            "data: {\"id\":\"c1\",\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}}]}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n",
            "data: [DONE]\n\n",
        );
        assert_eq!(
            body(stream).unwrap().as_str(),
            r#"{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","tool_calls":[{"type":"function","id":"t","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#
        );
        assert_eq!(body(""), None);
    }
}
