//! One sample of an Inspect log.

use crate::recording::RecordingError;
use crate::recording::import::conversation::{Conversation, Mark};
use crate::recording::import::session::{Books, Draft};
use crate::recording::import::{broken, chat, time};
use crate::wire::{Digest, Endpoint, Raw, escape};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What stands for the result of a tool that never returned.
const UNANSWERED: &str = "[no result]";

/// How a text in the table is named where it belongs.
const NAMES: [&str; 2] = ["attachment://", "tc://"];

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    epoch: Value,
    #[serde(default)]
    messages: Vec<Raw>,
    #[serde(default)]
    events: Vec<Raw>,
    #[serde(default)]
    attachments: BTreeMap<String, String>,
    transcript: Option<Transcript>,
}

/// Where older logs keep events and table.
#[derive(Deserialize)]
struct Transcript {
    #[serde(default)]
    events: Vec<Raw>,
    #[serde(default)]
    content: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ModelEvent {
    timestamp: Option<String>,
    model: Option<String>,
    #[serde(default)]
    input: Vec<Raw>,
    tools: Option<Raw>,
    output: Option<Raw>,
    error: Option<String>,
}

/// Takes down one sample. `Some` says why it is left out.
pub(super) fn take(
    books: &mut Books<'_>,
    text: &str,
    eval: &Value,
) -> Result<Option<String>, RecordingError> {
    let mut sample: Sample = match serde_json::from_str(text) {
        Ok(sample) => sample,
        Err(error) => return Ok(Some(broken(&error))),
    };
    let older = sample.transcript.take();
    let (events, table) = match older {
        Some(older) if sample.events.is_empty() => (older.events, older.content),
        _ => (std::mem::take(&mut sample.events), std::mem::take(&mut sample.attachments)),
    };
    let name = format!("sample {} epoch {}", sample.id, sample.epoch);
    let (before, mut thread) = (books.count, Thread::default());
    for raw in &events {
        if raw.value()["event"] != "model" {
            continue;
        }
        let raw = resolve(raw, &table);
        if let Err(why) = thread.event(books, &raw, &name)? {
            books.session.note(None, format!("{name}: {why}"));
        }
    }
    if books.count == before {
        return messages(books, &sample, eval, &name);
    }
    Ok(None)
}

/// The conversation of a sample.
#[derive(Default)]
struct Thread {
    number: Option<u32>,
    last: Option<u32>,
}

impl Thread {
    fn event(
        &mut self,
        books: &mut Books<'_>,
        raw: &Raw,
        name: &str,
    ) -> Result<Result<(), String>, RecordingError> {
        let event: ModelEvent = match serde_json::from_str(raw.as_str()) {
            Ok(event) => event,
            Err(error) => return Ok(Err(broken(&error))),
        };
        let output = event.output.as_ref().map(Raw::value).unwrap_or_default();
        let message = event.output.as_ref().and_then(message_of);
        let Some(message) = message else {
            let why = event.error.unwrap_or_else(|| "a model event without an answer".into());
            return Ok(Err(why));
        };
        let converted = (|| {
            let mut input = Vec::new();
            for message in &event.input {
                input.extend(chat::items(message)?);
            }
            Ok::<_, String>((input, chat::items(&message)?))
        })();
        let (input, answer) = match converted {
            Ok(converted) => converted,
            Err(why) => return Ok(Err(why)),
        };
        let model = output["model"].as_str().or(event.model.as_deref()).unwrap_or("unknown");
        let model = Raw::parse(&escape(model)).ok().map(|raw| ("model".to_owned(), raw));
        let tools = event.tools.as_ref().and_then(chat::tools);
        let tools = tools.map(|raw| ("tools".to_owned(), raw));
        let fresh: Vec<(Digest, Raw)> = input.into_iter().map(|raw| (raw.digest(), raw)).collect();
        let call = raw.value();
        let id = call["call"]["response"]["id"].as_str().unwrap_or_default();
        let thread = *self.number.get_or_insert_with(|| books.thread());
        let exchange = books.push(Draft {
            thread,
            parent: self.last,
            fields: model.into_iter().chain(tools).collect(),
            input: fresh.iter().map(|(digest, _)| *digest).collect(),
            fresh,
            response_id: id.to_owned(),
            ending: chat::ending(output["choices"][0]["stop_reason"].as_str()),
            output: answer,
            usage: chat::usage(&output["usage"]),
            answered_by: name.to_owned(),
            at: event.timestamp.as_deref().and_then(time::millis),
            endpoint: Endpoint::Responses,
        })?;
        self.last = Some(exchange);
        Ok(Ok(()))
    }
}

/// The message of the first choice.
fn message_of(output: &Raw) -> Option<Raw> {
    let within = |raw: &Raw, name: &str| {
        raw.fields()?.into_iter().find(|(key, _)| key == name).map(|(_, raw)| raw)
    };
    let first = within(output, "choices")?.elements()?.into_iter().next()?;
    within(&first, "message")
}

/// A sample without events: its messages are one history.
fn messages(
    books: &mut Books<'_>,
    sample: &Sample,
    eval: &Value,
    name: &str,
) -> Result<Option<String>, RecordingError> {
    let before = books.count;
    let mut conversation = Conversation::new(UNANSWERED);
    let model = eval["model"].as_str().unwrap_or("unknown");
    for (at, raw) in sample.messages.iter().enumerate() {
        let raw = resolve(raw, &sample.attachments);
        let items = match chat::items(&raw) {
            Ok(items) => items,
            Err(why) => return Ok(Some(format!("/messages/{at}: {why}"))),
        };
        let mark = Mark { at, ..Mark::default() };
        if !chat::is_answer(&raw.value()) {
            for raw in items {
                conversation.client(raw, mark);
            }
            continue;
        }
        let model = Raw::parse(&escape(model)).ok().map(|raw| ("model".to_owned(), raw));
        let fields = model.into_iter().collect();
        let from = format!("{name}, message {at}");
        let open = conversation.begin(books, "", fields, None, from)?;
        open.output.extend(items.into_iter().map(|raw| (raw, mark)));
        conversation.close(books)?;
    }
    Ok((books.count == before).then(|| "no message of a model, and no model events".to_owned()))
}

/// Puts the texts of the table where they are named: a string that is a name, and nothing else.
fn resolve(raw: &Raw, table: &BTreeMap<String, String>) -> Raw {
    let text = raw.as_str();
    if table.is_empty() || !NAMES.iter().any(|name| text.contains(name)) {
        return raw.clone();
    }
    let (mut resolved, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('"') {
        resolved.push_str(&rest[..at]);
        let end = literal_end(&rest[at..]);
        let literal = &rest[at..at + end];
        let inner = literal.trim_matches('"');
        let key = NAMES.iter().find_map(|name| inner.strip_prefix(name));
        match key.and_then(|key| table.get(key)) {
            Some(text) => resolved.push_str(&escape(text)),
            None => resolved.push_str(literal),
        }
        rest = &rest[at + end..];
    }
    resolved.push_str(rest);
    Raw::parse(&resolved).unwrap_or_else(|_| raw.clone())
}

/// The length of the string literal that a text begins with.
fn literal_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
