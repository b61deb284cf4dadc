//! Which program wrote a log, guessed from its beginning.

use super::Format;
use super::lines::{Line, Lines};
use crate::recording::RecordingError;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Lines looked at before a guess is given up.
const LINES: usize = 20;

/// Bytes of a document that are looked at.
const START: u64 = 1 << 16;

/// The format of a log; `None` if it looks like none of them.
pub fn detect(path: &Path) -> Result<Option<Format>, RecordingError> {
    let error = |cause| RecordingError::read(path, cause);
    let mut start = Vec::new();
    let file = File::open(path).map_err(error)?;
    file.take(START).read_to_end(&mut start).map_err(error)?;
    if start.starts_with(b"PK\x03\x04") {
        return Ok(Some(Format::Inspect));
    }
    let text = String::from_utf8_lossy(&start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = text.lines().next().unwrap_or_default();
    let compressed = path.extension().is_some_and(|end| end == "zst");
    if !compressed && serde_json::from_str::<Value>(first).is_err() && text.starts_with(['{', '['])
    {
        // The first line is no JSON: one document over many lines, or one very long line.
        if let Some(format) = document(text) {
            return Ok(Some(format));
        }
    }
    let mut lines = Lines::open(path)?;
    for _ in 0..LINES {
        let Some((_, line)) = lines.next()? else { break };
        let Line::Text(text) = line else { continue };
        let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
        if let Some(format) = record(&value).or_else(|| whole(&value)) {
            return Ok(Some(format));
        }
    }
    Ok(None)
}

/// A document by what its beginning names.
fn document(text: &str) -> Option<Format> {
    if text.starts_with('[') {
        return text.contains("\"role\"").then_some(Format::MiniSweAgent);
    }
    let key = |name: &str| text.contains(&format!("\"{name}\""));
    match () {
        () if key("log") && (key("entries") || key("creator")) => Some(Format::Har),
        () if key("eval") && (key("status") || key("task")) => Some(Format::Inspect),
        () if key("trajectory_format") || (key("messages") && key("info")) => {
            Some(Format::MiniSweAgent)
        }
        () if key("trajectory") || key("environment") || key("history") => Some(Format::SweAgent),
        () => None,
    }
}

/// A document that stands on one line.
fn whole(value: &Value) -> Option<Format> {
    let has = |name: &str| value.get(name).is_some();
    match () {
        () if value.pointer("/log/entries").is_some() => Some(Format::Har),
        () if has("eval") && has("status") => Some(Format::Inspect),
        () if has("trajectory") && has("history") => Some(Format::SweAgent),
        () if has("messages") && has("info") => Some(Format::MiniSweAgent),
        () if value.pointer("/0/role").is_some() => Some(Format::MiniSweAgent),
        () => None,
    }
}

/// A line of a log.
fn record(value: &Value) -> Option<Format> {
    let has = |name: &str| value.get(name).is_some();
    let kind = value["type"].as_str().unwrap_or_default();
    match kind {
        "session_meta" | "response_item" | "turn_context" | "event_msg" if has("payload") => {
            return Some(Format::Codex);
        }
        "session" if has("id") => return Some(Format::Pi),
        "user" | "assistant" | "system" if has("uuid") || has("sessionId") => {
            return Some(Format::ClaudeCode);
        }
        "file-history-snapshot" | "queue-operation" => return Some(Format::ClaudeCode),
        "summary" if has("leafUuid") => return Some(Format::ClaudeCode),
        _ => {}
    }
    let any = |names: [&str; 3]| names.iter().any(|name| has(name));
    let traffic =
        any(["request", "request_body", "req"]) && any(["response", "response_body", "res"]);
    if traffic {
        return Some(Format::ChatCompletions);
    }
    // The first line of the oldest rollouts.
    (kind.is_empty() && has("id") && has("timestamp") && has("instructions"))
        .then_some(Format::Codex)
}
