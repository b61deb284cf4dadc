//! Messages of the Anthropic API as items of the Responses API.
//!
//! The bytes of texts and arguments stay: a text is decoded and written again as one JSON string,
//! the input of a tool is the text of the log. A block that has no counterpart is carried over as
//! it is, as an item of its own type.

use super::conversation::made;
use super::tokens;
use crate::wire::{Raw, Usage, escape};
use serde_json::Value;

/// The items of a message's content: a string, or a list of blocks. `Err` says what is wrong.
pub(super) fn items(role: &str, content: &Raw) -> Result<Vec<Raw>, String> {
    if let Value::String(text) = content.value() {
        return Ok(vec![message(role, &[text_part(role, &text)])]);
    }
    let blocks = content.elements().ok_or("`content` is neither a string nor a list")?;
    let (mut items, mut parts) = (Vec::new(), Vec::new());
    for block in blocks {
        let value = block.value();
        let kind = value["type"].as_str().ok_or("a block without `type`")?;
        if let Some(part) = part(role, kind, &value) {
            parts.push(part);
            continue;
        }
        // An answer's texts are messages of their own; a user's blocks are one message up to here.
        flush(role, &mut parts, &mut items);
        items.push(item(kind, &block, &value)?);
    }
    flush(role, &mut parts, &mut items);
    Ok(items)
}

fn flush(role: &str, parts: &mut Vec<String>, items: &mut Vec<Raw>) {
    if !parts.is_empty() {
        items.push(message(role, parts));
        parts.clear();
    }
}

fn message(role: &str, parts: &[String]) -> Raw {
    made(&[
        ("type", escape("message")),
        ("role", escape(role)),
        ("content", format!("[{}]", parts.join(","))),
    ])
}

fn text_part(role: &str, text: &str) -> String {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    format!("{{\"type\":\"{kind}\",\"text\":{}}}", escape(text))
}

/// A block that is a part of a message.
fn part(role: &str, kind: &str, block: &Value) -> Option<String> {
    match kind {
        "text" => Some(text_part(role, block["text"].as_str()?)),
        "image" => {
            let source = &block["source"];
            let url = match source["type"].as_str()? {
                "base64" => format!(
                    "data:{};base64,{}",
                    source["media_type"].as_str()?,
                    source["data"].as_str()?
                ),
                "url" => source["url"].as_str()?.to_owned(),
                _ => return None,
            };
            Some(format!("{{\"type\":\"input_image\",\"image_url\":{}}}", escape(&url)))
        }
        _ => None,
    }
}

fn item(kind: &str, block: &Raw, value: &Value) -> Result<Raw, String> {
    let string = |name: &str| value[name].as_str();
    let need = |name: &str| {
        string(name).map(escape).ok_or_else(|| format!("a `{kind}` block without `{name}`"))
    };
    let field =
        |name: &str| block.fields()?.into_iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
    match kind {
        "tool_use" => {
            let input = field("input").ok_or("a `tool_use` block without `input`")?;
            Ok(made(&[
                ("type", escape("function_call")),
                ("call_id", need("id")?),
                ("name", need("name")?),
                ("arguments", escape(input.as_str())),
            ]))
        }
        "tool_result" => {
            let mut fields = vec![
                ("type", escape("function_call_output")),
                ("call_id", need("tool_use_id")?),
                ("output", output(field("content").as_ref())),
            ];
            // Bookkeeping, which no prompt shows.
            if value["is_error"].as_bool() == Some(true) {
                fields.push(("status", escape("incomplete")));
            }
            Ok(made(&fields))
        }
        "thinking" => {
            let text = escape(string("thinking").ok_or("a `thinking` block without `thinking`")?);
            let mut fields = vec![
                ("type", escape("reasoning")),
                ("summary", "[]".to_owned()),
                ("content", format!("[{{\"type\":\"reasoning_text\",\"text\":{text}}}]")),
            ];
            // Sent back as it came, like sealed reasoning.
            if let Some(signature) = string("signature").filter(|text| !text.is_empty()) {
                fields.push(("encrypted_content", escape(signature)));
            }
            Ok(made(&fields))
        }
        "redacted_thinking" => Ok(made(&[
            ("type", escape("reasoning")),
            ("summary", "[]".to_owned()),
            ("encrypted_content", need("data")?),
        ])),
        _ => Ok(block.clone()),
    }
}

/// What a tool gave: a string, or a list whose texts and images have counterparts.
fn output(content: Option<&Raw>) -> String {
    let Some(content) = content else { return escape("") };
    match content.value() {
        Value::String(text) => escape(&text),
        Value::Array(blocks) => {
            let raws = content.elements().unwrap_or_default();
            let parts = blocks.iter().zip(&raws).map(|(block, raw)| {
                let kind = block["type"].as_str().unwrap_or_default();
                part("user", kind, block).unwrap_or_else(|| raw.as_str().to_owned())
            });
            format!("[{}]", parts.collect::<Vec<_>>().join(","))
        }
        _ => escape(content.as_str()),
    }
}

/// The counts of a message: what was read from the cache and written to it is input, too.
pub(super) fn usage(usage: &Value) -> Option<Usage> {
    let count = |name: &str| usage.get(name).and_then(tokens);
    let read = count("cache_read_input_tokens").unwrap_or_default();
    let written = count("cache_creation_input_tokens").unwrap_or_default();
    let input = count("input_tokens")? + read + written;
    Some(Usage::new(input, read, written, count("output_tokens")?, 0))
}

#[cfg(test)]
mod tests {
    use super::{items, usage};
    use crate::wire::{Raw, Usage};
    use serde_json::json;

    fn texts(role: &str, content: &str) -> Vec<String> {
        let items = items(role, &Raw::parse(content).unwrap()).unwrap();
        items.iter().map(|raw| raw.as_str().to_owned()).collect()
    }

    #[test]
    fn an_answer_becomes_items_and_arguments_keep_their_bytes() {
        let content = r#"[{"type":"thinking","thinking":"hm\n","signature":"Eq=="},
            {"type":"text","text":"caf\u00e9"},
            {"type":"tool_use","id":"t1","name":"Read","input":{"b": 1e3, "a":"\u00e9"}},
            {"type":"server_tool_use","id":"s1","n":1.0}]"#;
        assert_eq!(
            texts("assistant", content),
            [
                r#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm\n"}],"encrypted_content":"Eq=="}"#,
                r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"café"}]}"#,
                r#"{"type":"function_call","call_id":"t1","name":"Read","arguments":"{\"b\": 1e3, \"a\":\"\\u00e9\"}"}"#,
                r#"{"type":"server_tool_use","id":"s1","n":1.0}"#,
            ]
        );
    }

    #[test]
    fn results_and_texts_of_the_user_keep_their_order() {
        let content = r#"[{"type":"tool_result","tool_use_id":"t1","content":"no","is_error":true},
            {"type":"tool_result","tool_use_id":"t2","content":[{"type":"text","text":"a"},
             {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]},
            {"type":"text","text":"and"},{"type":"text","text":"now"}]"#;
        assert_eq!(
            texts("user", content),
            [
                r#"{"type":"function_call_output","call_id":"t1","output":"no","status":"incomplete"}"#,
                r#"{"type":"function_call_output","call_id":"t2","output":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA"}]}"#,
                r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"and"},{"type":"input_text","text":"now"}]}"#,
            ]
        );
        assert_eq!(
            texts("user", r#""hi""#),
            [r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#]
        );
    }

    #[test]
    fn what_is_wrong_with_a_block_is_said() {
        for (content, wrong) in [
            ("[\"wow\"]", "a block without `type`"),
            ("3", "`content` is neither a string nor a list"),
            (r#"[{"type":"tool_use","id":"x","name":"n"}]"#, "a `tool_use` block without `input`"),
            (r#"[{"type":"tool_result"}]"#, "a `tool_result` block without `tool_use_id`"),
        ] {
            let found = items("user", &Raw::parse(content).unwrap());
            assert_eq!(found.unwrap_err(), wrong, "{content}");
        }
    }

    #[test]
    fn input_is_what_was_sent_read_and_written() {
        let counts = json!({"input_tokens": 14, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 18, "output_tokens": 2});
        assert_eq!(usage(&counts), Some(Usage::new(82, 50, 18, 2, 0)));
        assert_eq!(usage(&json!({"input_tokens": u64::MAX, "output_tokens": 1})), None);
    }
}
