//! Messages of the chat completions API, and their relatives in the logs of harnesses, as items of
//! the Responses API. Texts and arguments keep their bytes, as in [`super::anthropic`].

use super::conversation::made;
use super::tokens;
use crate::wire::{Ending, Raw, Usage, escape};
use serde_json::Value;

/// The fields of a message that are read; all may be absent.
struct Message {
    fields: Vec<(String, Raw)>,
}

impl Message {
    fn raw(&self, name: &str) -> Option<&Raw> {
        let found = self.fields.iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
        found.filter(|raw| raw.as_str() != "null")
    }

    fn text(&self, name: &str) -> Option<String> {
        self.raw(name)?.value().as_str().map(str::to_owned)
    }
}

/// Whether a message is one of the model.
pub(super) fn is_answer(message: &Value) -> bool {
    message["role"].as_str() == Some("assistant")
}

/// The items of one message.
pub(super) fn items(message: &Raw) -> Result<Vec<Raw>, String> {
    let fields = message.fields().ok_or("a message that is no object")?;
    let message = Message { fields };
    let role = message.text("role").ok_or("a message without `role`")?;
    match role.as_str() {
        "assistant" | "model" => answer(&message),
        "tool" | "function" => Ok(vec![output(&message)?]),
        _ => {
            let parts = parts(&role, message.raw("content"))?;
            Ok(vec![made(&[
                ("type", escape("message")),
                ("role", escape(&role)),
                ("content", format!("[{}]", parts.join(","))),
            ])])
        }
    }
}

fn answer(message: &Message) -> Result<Vec<Raw>, String> {
    let mut items = Vec::new();
    let reasoning = message.text("reasoning_content").or_else(|| message.text("reasoning"));
    items.extend(reasoning.filter(|text| !text.is_empty()).map(|text| thought(&text)));
    if let Some(Value::Array(blocks)) = message.raw("content").map(Raw::value) {
        let texts = blocks.iter().filter(|block| block["type"] == "reasoning");
        items.extend(texts.filter_map(|block| block["reasoning"].as_str()).map(thought));
    }
    let parts = parts("assistant", message.raw("content"))?;
    let refused = message.text("refusal");
    let refusal =
        refused.map(|text| format!("{{\"type\":\"refusal\",\"refusal\":{}}}", escape(&text)));
    let parts: Vec<String> = parts.into_iter().chain(refusal).collect();
    if !parts.is_empty() {
        items.push(made(&[
            ("type", escape("message")),
            ("role", escape("assistant")),
            ("content", format!("[{}]", parts.join(","))),
        ]));
    }
    for call in message.raw("tool_calls").and_then(Raw::elements).unwrap_or_default() {
        items.push(self::call(&call)?);
    }
    Ok(items)
}

fn thought(text: &str) -> Raw {
    let part = format!("{{\"type\":\"reasoning_text\",\"text\":{}}}", escape(text));
    made(&[
        ("type", escape("reasoning")),
        ("summary", "[]".to_owned()),
        ("content", format!("[{part}]")),
    ])
}

/// The parts of a content; an empty text of the model is none.
fn parts(role: &str, content: Option<&Raw>) -> Result<Vec<String>, String> {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    let text = |text: &str| format!("{{\"type\":\"{kind}\",\"text\":{}}}", escape(text));
    let Some(content) = content else { return Ok(Vec::new()) };
    match content.value() {
        Value::String(empty) if empty.is_empty() && role == "assistant" => Ok(Vec::new()),
        Value::String(content) => Ok(vec![text(&content)]),
        Value::Array(blocks) => {
            let raws = content.elements().unwrap_or_default();
            let parts = blocks.iter().zip(&raws).filter_map(|(block, raw)| {
                match (block["type"].as_str(), block["text"].as_str()) {
                    (Some("text" | "input_text" | "output_text"), Some(block)) => Some(text(block)),
                    (Some("reasoning"), _) => None,
                    (Some("image_url"), _) => {
                        let url = block["image_url"]["url"].as_str()?;
                        let url = escape(url);
                        Some(format!("{{\"type\":\"input_image\",\"image_url\":{url}}}"))
                    }
                    (Some("image"), _) => {
                        let url = escape(block["image"].as_str()?);
                        Some(format!("{{\"type\":\"input_image\",\"image_url\":{url}}}"))
                    }
                    _ => Some(raw.as_str().to_owned()),
                }
            });
            Ok(parts.collect())
        }
        _ => Err("`content` is neither a string nor a list".into()),
    }
}

/// A call: `function: {name, arguments}` with the arguments as a string, or, in logs of harnesses,
/// `function: name` with the arguments as an object.
fn call(call: &Raw) -> Result<Raw, String> {
    let value = call.value();
    let id = value["id"].as_str().ok_or("a tool call without `id`")?;
    if let Some(custom) = value["custom"].as_object() {
        let text = |name: &str| custom.get(name).and_then(Value::as_str).unwrap_or_default();
        return Ok(made(&[
            ("type", escape("custom_tool_call")),
            ("call_id", escape(id)),
            ("name", escape(text("name"))),
            ("input", escape(text("input"))),
        ]));
    }
    let name = value["function"]["name"].as_str().or(value["function"].as_str());
    let name = name.ok_or("a tool call without the name of its function")?;
    let within = |raw: &Raw, name: &str| {
        raw.fields()?.into_iter().find(|(key, _)| key == name).map(|(_, raw)| raw)
    };
    let arguments = within(call, "function").and_then(|function| within(&function, "arguments"));
    let arguments = arguments.or_else(|| within(call, "arguments"));
    let arguments = arguments.map_or_else(String::new, |raw| match raw.value() {
        Value::String(text) => text,
        _ => raw.as_str().to_owned(),
    });
    Ok(made(&[
        ("type", escape("function_call")),
        ("call_id", escape(id)),
        ("name", escape(name)),
        ("arguments", escape(&arguments)),
    ]))
}

fn output(message: &Message) -> Result<Raw, String> {
    let several = message.raw("tool_call_ids").map(Raw::value);
    let id = message
        .text("tool_call_id")
        .or_else(|| Some(several.as_ref()?.get(0)?.as_str()?.to_owned()))
        .or_else(|| message.text("name"))
        .ok_or("a message of a tool without `tool_call_id`")?;
    let output = match message.raw("content").map(Raw::value) {
        None => escape(""),
        Some(Value::String(text)) => escape(&text),
        _ => format!("[{}]", parts("tool", message.raw("content"))?.join(",")),
    };
    Ok(made(&[
        ("type", escape("function_call_output")),
        ("call_id", escape(&id)),
        ("output", output),
    ]))
}

/// The advertised tools of a request, in the shape of the Responses API: what stands in `function`
/// goes one level up.
pub(super) fn tools(tools: &Raw) -> Option<Raw> {
    let tools = tools.elements()?;
    let flat = tools.iter().map(|tool| {
        let fields = tool.fields().unwrap_or_default();
        let inner = fields.iter().find(|(key, _)| key == "function" || key == "custom");
        let kind = fields.iter().find(|(key, _)| key == "type").map(|(_, raw)| raw.as_str());
        let inner = match inner {
            Some((_, inner)) => inner.fields().unwrap_or_default(),
            None => fields.iter().filter(|(key, _)| key != "type").cloned().collect(),
        };
        let kind = ("type", kind.unwrap_or("\"function\""));
        let inner = inner.iter().map(|(key, raw)| (key.as_str(), raw.as_str()));
        crate::wire::object(std::iter::once(kind).chain(inner))
    });
    Raw::parse(&format!("[{}]", flat.collect::<Vec<_>>().join(","))).ok()
}

/// The counts of an answer, in the words of this API or of a harness.
pub(super) fn usage(usage: &Value) -> Option<Usage> {
    let count = |pointer: &str| usage.pointer(pointer).and_then(tokens);
    let cached = count("/prompt_tokens_details/cached_tokens")
        .or(count("/prompt_cache_hit_tokens"))
        .or(count("/input_tokens_details/cached_tokens"))
        .or(count("/input_tokens_cache_read"))
        .unwrap_or_default();
    let written = count("/input_tokens_cache_write").unwrap_or_default();
    let reasoning = count("/completion_tokens_details/reasoning_tokens")
        .or(count("/output_tokens_details/reasoning_tokens"))
        .or(count("/reasoning_tokens"));
    Some(Usage::new(
        count("/prompt_tokens").or(count("/input_tokens"))?,
        cached,
        written,
        count("/completion_tokens").or(count("/output_tokens"))?,
        reasoning.unwrap_or_default(),
    ))
}

/// How an answer ended, by its finish or stop reason.
pub(super) fn ending(reason: Option<&str>) -> Ending {
    match reason {
        Some("length" | "max_tokens" | "model_length") => {
            Ending::Incomplete("max_output_tokens".into())
        }
        Some("content_filter") => Ending::Incomplete("content_filter".into()),
        _ => Ending::Completed,
    }
}
