//! Session files of pi: one message a line, answers whole, each with its usage.
//!
//! A compaction says from which entry on the history was kept; newer files name entries by id, older
//! ones by number. A failed or aborted answer without content is an exchange, and no part of the
//! history.

use super::conversation::{Conversation, Mark, made, message};
use super::lines::{Line, Lines};
use super::session::{Books, Session};
use super::sink::Sink;
use super::{Format, time, tokens};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError};
use crate::wire::{Ending, Raw, Usage, escape};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// What stands for the result of a tool that never returned.
const UNANSWERED: &str = "No result provided";

/// How the message begins that holds a summary.
const SUMMARY: &str =
    "The conversation history before this point was compacted into the following summary:";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(rename = "type")]
    kind: Option<String>,
    timestamp: Option<String>,
    id: Option<String>,
    parent_id: Option<String>,
    cwd: Option<String>,
    version: Option<u64>,
    model_id: Option<String>,
    summary: Option<String>,
    first_kept_entry_index: Option<usize>,
    first_kept_entry_id: Option<String>,
    content: Option<Raw>,
    message: Option<Raw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    role: Option<String>,
    content: Option<Raw>,
    model: Option<String>,
    #[serde(default)]
    usage: Value,
    stop_reason: Option<String>,
    error_message: Option<String>,
    tool_call_id: Option<String>,
    response_id: Option<String>,
    command: Option<String>,
    output: Option<String>,
}

struct Log<'s> {
    books: Books<'s>,
    conversation: Conversation,
    model: Option<String>,
    version: Option<u64>,
    /// The number of the entry at hand, and of those with an id. Only looked up.
    entry: usize,
    ids: HashMap<String, usize>,
    last: Option<String>,
    asked_at: Option<i64>,
}

/// Reads a session.
pub(super) fn import(
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let mut lines = Lines::open(path)?;
    let mut log = Log {
        books: Books::new(Format::Pi, path, sink),
        conversation: Conversation::new(UNANSWERED),
        model: None,
        version: None,
        entry: 0,
        ids: HashMap::new(),
        last: None,
        asked_at: None,
    };
    while let Some((number, line)) = lines.next()? {
        let read = match line {
            Line::Text(text) => super::record(text),
            Line::Bad(why) => Err(why),
        };
        let wrong = match read {
            Ok(record) => log.record(number, record)?,
            Err(why) => Some(why),
        };
        if let Some(why) = wrong {
            log.books.skip(number, why);
        }
    }
    log.conversation.close(&mut log.books)?;
    let always = [Lack::Tools, Lack::Instructions, Lack::Bodies, Lack::Events];
    let version = log.version.map(|version| format!("format {version}"));
    log.books.finish("pi", version, &always)
}

impl Log<'_> {
    /// `Some` says why the line is skipped.
    fn record(&mut self, number: usize, record: Record) -> Result<Option<String>, RecordingError> {
        let Some(kind) = record.kind.clone() else {
            return Ok(Some("an object without `type`".into()));
        };
        let entry = self.entry;
        self.entry += 1;
        if kind != "session" {
            self.go_to(&record);
        }
        let mark = Mark { at: entry, ..Mark::default() };
        let at = record.timestamp.as_deref().and_then(time::millis);
        match kind.as_str() {
            "session" => {
                let session = &mut self.books.session;
                session.id = record.id;
                session.started = record.timestamp;
                session.folder = record.cwd;
                self.model = record.model_id;
                self.version = record.version;
            }
            "model_change" => self.model = record.model_id,
            "message" => return self.message(number, &record, mark, at),
            "custom_message" => {
                let content = record.content.as_ref().map(|raw| items("user", raw));
                for raw in content.transpose().unwrap_or_default().unwrap_or_default() {
                    self.conversation.client(raw, Mark { context: true, ..mark });
                }
            }
            "compaction" | "branch_summary" => {
                let Some(summary) = &record.summary else {
                    return Ok(Some("a compaction without `summary`".into()));
                };
                let text = format!("{SUMMARY}\n\n<summary>\n{summary}\n</summary>");
                if kind == "branch_summary" {
                    self.conversation
                        .client(message("user", &text), Mark { context: true, ..mark });
                    return Ok(None);
                }
                self.conversation.close(&mut self.books)?;
                let by_id = record.first_kept_entry_id.as_ref().and_then(|id| self.ids.get(id));
                let first = by_id.copied().or(record.first_kept_entry_index).unwrap_or(entry);
                self.conversation
                    .compact((message("user", &text), Mark { context: true, ..mark }), |old| {
                        old.at >= first
                    });
                self.books.session.compactions.push(self.books.count);
            }
            _ => {}
        }
        Ok(None)
    }

    /// Newer files are trees: an entry that does not continue the last one continues its parent.
    fn go_to(&mut self, record: &Record) {
        let Some(id) = record.id.clone() else { return };
        if let Some(parent) = &record.parent_id
            && self.last.as_ref() != Some(parent)
            && let Some(at) = self.ids.get(parent).copied()
        {
            let kept = self.conversation.history.iter().take_while(|entry| entry.mark.at <= at);
            let kept = kept.count();
            let gone = self.conversation.truncate(kept);
            self.books.session.unsay(gone);
        }
        self.ids.insert(id.clone(), self.entry - 1);
        self.last = Some(id);
    }

    fn message(
        &mut self,
        number: usize,
        record: &Record,
        mark: Mark,
        at: Option<i64>,
    ) -> Result<Option<String>, RecordingError> {
        let message: Message = match record.message.as_ref().map(|raw| raw.as_str()) {
            None => return Ok(Some("a line without `message`".into())),
            Some(text) => match super::record(text) {
                Ok(message) => message,
                Err(why) => return Ok(Some(format!("/message: {why}"))),
            },
        };
        let role = message.role.as_deref().unwrap_or_default();
        if role == "bashExecution" {
            let command = message.command.unwrap_or_default();
            let text = format!("Ran `{command}`\n{}", message.output.unwrap_or_default());
            let raw = super::conversation::message("user", &text);
            self.conversation.client(raw, Mark { context: true, ..mark });
            self.asked_at = at.or(self.asked_at);
            return Ok(None);
        }
        let Some(content) = &message.content else {
            return Ok(Some("/message: no `content`".into()));
        };
        let items = match (role, &message.tool_call_id) {
            ("toolResult", Some(id)) => result(id, content),
            ("toolResult", None) => Err("no `toolCallId`".to_owned()),
            ("user" | "assistant", _) => items(role, content),
            // Messages of extensions, which pi shows and does not send.
            _ => return Ok(None),
        };
        let items = match items {
            Ok(items) => items,
            Err(why) => return Ok(Some(format!("/message/content: {why}"))),
        };
        if role != "assistant" {
            let turn = role == "user";
            if turn {
                let texts: Vec<String> = items.iter().map(|raw| raw.item().text()).collect();
                self.books.session.said.push(texts.join("\n"));
            }
            for (at, raw) in items.into_iter().enumerate() {
                self.conversation.client(raw, Mark { turn: turn && at == 0, ..mark });
            }
            self.asked_at = at.or(self.asked_at);
            return Ok(None);
        }
        let model = message.model.as_deref().or(self.model.as_deref()).unwrap_or("unknown");
        let model = Raw::parse(&escape(model)).ok().map(|raw| ("model".to_owned(), raw));
        let (at, fields) = (self.asked_at.or(at), model.into_iter().collect());
        let from = format!("line {number}");
        let open = self.conversation.begin(&mut self.books, "", fields, at, from)?;
        open.output.extend(items.into_iter().map(|raw| (raw, mark)));
        open.usage = usage(&message.usage);
        open.response_id = message.response_id.unwrap_or_default();
        open.ending = match message.stop_reason.as_deref() {
            Some("length") => Ending::Incomplete("max_output_tokens".into()),
            Some("aborted") => Ending::Cut,
            Some("error") => Ending::Failed {
                code: "server_error".into(),
                message: message.error_message.unwrap_or_default(),
            },
            _ => Ending::Completed,
        };
        self.conversation.close(&mut self.books)?;
        Ok(None)
    }
}

fn items(role: &str, content: &Raw) -> Result<Vec<Raw>, String> {
    if let Value::String(text) = content.value() {
        return Ok(vec![message(role, &text)]);
    }
    let blocks = content.elements().ok_or("neither a string nor a list")?;
    let (mut items, mut parts) = (Vec::new(), Vec::new());
    let flush = |parts: &mut Vec<String>, items: &mut Vec<Raw>| {
        if !parts.is_empty() {
            items.push(made(&[
                ("type", escape("message")),
                ("role", escape(role)),
                ("content", format!("[{}]", parts.join(","))),
            ]));
            parts.clear();
        }
    };
    for block in blocks {
        let value = block.value();
        if let Some(part) = part(role, &value) {
            parts.push(part);
            continue;
        }
        flush(&mut parts, &mut items);
        items.push(item(&block, &value)?);
    }
    flush(&mut parts, &mut items);
    Ok(items)
}

fn part(role: &str, block: &Value) -> Option<String> {
    match block["type"].as_str()? {
        "text" => {
            let kind = if role == "assistant" { "output_text" } else { "input_text" };
            let text = escape(block["text"].as_str()?);
            Some(format!("{{\"type\":\"{kind}\",\"text\":{text}}}"))
        }
        "image" => {
            let (kind, data) = (block["mimeType"].as_str()?, block["data"].as_str()?);
            let url = escape(&format!("data:{kind};base64,{data}"));
            Some(format!("{{\"type\":\"input_image\",\"image_url\":{url}}}"))
        }
        _ => None,
    }
}

fn item(block: &Raw, value: &Value) -> Result<Raw, String> {
    let text = |name: &str| value[name].as_str();
    match text("type").ok_or("a block without `type`")? {
        "toolCall" => {
            let fields = block.fields().unwrap_or_default();
            let arguments = fields.iter().find(|(key, _)| key == "arguments");
            let arguments = arguments.map_or("{}", |(_, raw)| raw.as_str());
            Ok(made(&[
                ("type", escape("function_call")),
                ("call_id", escape(text("id").ok_or("a `toolCall` without `id`")?)),
                ("name", escape(text("name").ok_or("a `toolCall` without `name`")?)),
                ("arguments", escape(arguments)),
            ]))
        }
        "thinking" => {
            let thought = escape(text("thinking").unwrap_or_default());
            let mut fields = vec![
                ("type", escape("reasoning")),
                ("summary", "[]".to_owned()),
                ("content", format!("[{{\"type\":\"reasoning_text\",\"text\":{thought}}}]")),
            ];
            if let Some(sealed) = text("thinkingSignature").filter(|text| !text.is_empty()) {
                fields.push(("encrypted_content", escape(sealed)));
            }
            Ok(made(&fields))
        }
        _ => Ok(block.clone()),
    }
}

/// The result of a tool: one text where it is one, as most providers are sent it.
fn result(id: &str, content: &Raw) -> Result<Vec<Raw>, String> {
    let output = match content.value() {
        Value::String(text) => escape(&text),
        Value::Array(blocks) => match blocks.as_slice() {
            [block] if block["text"].is_string() => block["text"].to_string(),
            _ => {
                let raws = content.elements().unwrap_or_default();
                let parts = blocks.iter().zip(&raws).map(|(block, raw)| {
                    part("user", block).unwrap_or_else(|| raw.as_str().to_owned())
                });
                format!("[{}]", parts.collect::<Vec<_>>().join(","))
            }
        },
        _ => return Err("neither a string nor a list".into()),
    };
    let fields =
        [("type", escape("function_call_output")), ("call_id", escape(id)), ("output", output)];
    Ok(vec![made(&fields)])
}

fn usage(usage: &Value) -> Option<Usage> {
    let count = |name: &str| usage.get(name).and_then(tokens);
    let (read, written) = (count("cacheRead").unwrap_or(0), count("cacheWrite").unwrap_or(0));
    Some(Usage::new(count("input")? + read + written, read, written, count("output")?, 0))
}
