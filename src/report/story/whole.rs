//! One exchange in full. Texts stand there verbatim, however wide; only image data and sealed blobs
//! are named instead, since nobody reads them.

use super::layer_name;
use crate::measure::story::{ItemShown, WholeExchange};
use crate::recording::{Outcome, seal};
use crate::report::format::{bytes, count};
use crate::report::paint::Paint;
use serde_json::Value;

/// Blobs and image data are shown up to here.
const BLOB: usize = 120;

/// The text of an exchange; `name` says of what.
#[must_use]
pub fn exchange_text(one: &WholeExchange, name: &str, paint: Paint) -> String {
    let mut lines = vec![paint.bold(&format!("exchange {} of {name}", one.exchange))];
    let mut parts = vec![format!("thread {}", one.thread), format!("turn {}", one.turn)];
    parts.push(match one.endpoint.as_str() {
        "compact" => "POST /responses/compact".to_owned(),
        _ => "POST /responses".to_owned(),
    });
    if !one.answered_by.is_empty() {
        parts.push(format!("answered by {}", one.answered_by));
    }
    lines.push(parts.join(" · "));
    lines.push(format!(
        "request: prompt {}, {} tokens · body {}",
        bytes(one.sent_bytes),
        count(one.sent_tokens),
        bytes(one.wire_bytes)
    ));
    lines.push(String::new());
    lines.push(paint.bold("fields"));
    let width = one.fields.iter().map(|field| field.name.len()).max().unwrap_or_default();
    for field in &one.fields {
        let value = match (&field.value, &field.elided) {
            (Some(value), _) => value.as_str().to_owned(),
            (None, Some(digest)) => format!("(left out: {}, {digest})", bytes(field.bytes)),
            (None, None) => format!("({}, below)", bytes(field.bytes)),
        };
        let name = format!("{:<width$}", field.name);
        lines.push(format!("  {}  {value}", paint.dim(&name)));
    }
    for item in &one.items {
        lines.extend(shown(item, paint));
    }
    lines.push(String::new());
    lines.push(paint.bold(&format!("answer: {}", answer(one))));
    for item in &one.output {
        lines.extend(shown(item, paint));
    }
    lines.push(String::new());
    lines.push(match &one.usage {
        Some(usage) => format!(
            "usage as reported: {} input tokens, {} of them cached; {} output tokens, {} of them \
             reasoning",
            count(usage.input_tokens),
            count(usage.cached()),
            count(usage.output_tokens),
            count(usage.output_tokens_details.reasoning_tokens)
        ),
        None => "no usage was reported".to_owned(),
    });
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn answer(one: &WholeExchange) -> String {
    let mut parts = vec![
        match one.outcome {
            Outcome::Completed => "completed",
            Outcome::Incomplete => "incomplete",
            Outcome::Failed => "failed",
            Outcome::Error => "error",
            Outcome::Cut => "cut",
        }
        .to_owned(),
    ];
    if one.status != 200 {
        parts.push(format!("HTTP {}", one.status));
    }
    parts.extend(one.incomplete.clone());
    if let Some(error) = &one.error {
        let code = error.code.as_deref().unwrap_or(&error.kind);
        parts.push(format!("{code}: {}", error.message));
    }
    if !one.response_id.is_empty() {
        parts.push(one.response_id.clone());
    }
    parts.join(" · ")
}

fn shown(item: &ItemShown, paint: Paint) -> Vec<String> {
    let what = if item.what.is_empty() { String::new() } else { format!(" · {}", item.what) };
    let mut lines = vec![
        String::new(),
        format!(
            "{} · {}{what} · {}, {} tokens",
            paint.bold(&item.pointer),
            paint.cyan(layer_name(item.layer)),
            bytes(item.bytes),
            count(item.tokens)
        ),
    ];
    match (&item.json, &item.elided) {
        (Some(json), _) => verbatim(&mut lines, "  ", "", &json.value(), paint),
        (None, Some(digest)) => lines.push(format!("  (left out of the file: {digest})")),
        (None, None) => {}
    }
    lines
}

/// A value line by line: keys, and texts as they are.
fn verbatim(lines: &mut Vec<String>, indent: &str, key: &str, value: &Value, paint: Paint) {
    let deeper = format!("{indent}  ");
    let head = match key {
        "" => String::new(),
        key => paint.dim(&format!("{key}: ")),
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            if !key.is_empty() {
                lines.push(format!("{indent}{}", head.trim_end()));
            }
            let inner = if key.is_empty() { indent } else { &deeper };
            fields.iter().for_each(|(key, value)| verbatim(lines, inner, key, value, paint));
        }
        Value::Array(parts) if parts.iter().any(|part| part.is_object() || part.is_array()) => {
            for (at, part) in parts.iter().enumerate() {
                verbatim(lines, indent, &format!("{key}/{at}"), part, paint);
            }
        }
        Value::String(text) => {
            if ["arguments", "output"].contains(&key)
                && let Ok(inner @ Value::Object(_)) = serde_json::from_str(text)
            {
                return verbatim(lines, indent, &format!("{key} (JSON)"), &inner, paint);
            }
            let text = named(key, text);
            match text.contains('\n') {
                true if key.is_empty() => {
                    lines.extend(text.split('\n').map(|line| format!("{indent}{line}")));
                }
                true => {
                    lines.push(format!("{indent}{}", head.trim_end()));
                    lines.extend(text.split('\n').map(|line| match line {
                        "" => String::new(),
                        line => format!("{deeper}{line}"),
                    }));
                }
                false => lines.push(format!("{indent}{head}{text}")),
            }
        }
        other => lines.push(format!("{indent}{head}{other}")),
    }
}

/// A text, or what is known of one that nobody reads.
fn named(key: &str, text: &str) -> String {
    if text.starts_with("data:") && text.len() > BLOB {
        let kind = text.split([',', ';']).next().unwrap_or_default();
        return format!("({kind}, {} as text; --format json has it)", bytes(text.len() as u64));
    }
    if key == "encrypted_content" {
        return match seal::open(text) {
            Ok(plain) => format!("(sealed, {}; it says)\n{plain}", bytes(text.len() as u64)),
            Err(_) => format!("(sealed, {}; --format json has it)", bytes(text.len() as u64)),
        };
    }
    text.to_owned()
}
