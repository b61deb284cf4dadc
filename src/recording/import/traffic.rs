//! Requests with their answers, as a proxy or a client logged them: Responses and chat completions.
//!
//! The API knows no sessions, so threads are found as in any recording: a request continues the
//! exchange whose input and answer it begins with. What clients drop when they send an answer back
//! (ids, reasoning) is not compared.

use super::session::{Books, Draft};
use super::{chat, chat_stream};
use crate::recording::RecordingError;
use crate::wire::{
    Collector, Decoder, Digest, Ending, Endpoint, Kind, Raw, Request, Terminal, Usage,
};
use std::collections::HashMap;

/// Follows traffic.
#[derive(Default)]
pub(super) struct Traffic {
    /// The exchange that ends with this history. Only looked up.
    tails: HashMap<Digest, u32>,
    /// The thread of each exchange.
    threads: Vec<u32>,
    /// What a response id stands for: its whole input and its output. Only looked up.
    stored: HashMap<String, Vec<Raw>>,
}

/// One request with its answer.
pub(super) struct Pair<'a> {
    pub(super) request: &'a str,
    pub(super) response: &'a str,
    /// Whether it went to `/responses/compact`.
    pub(super) compact: bool,
    pub(super) at: Option<i64>,
    /// Its place in the log.
    pub(super) from: String,
}

struct Answer {
    id: String,
    /// Whether a later request may continue it by its id.
    is_stored: bool,
    output: Vec<Raw>,
    usage: Option<Usage>,
    ending: Ending,
}

impl Traffic {
    /// Takes down one pair. `Ok(Some(..))` says why it is left out.
    pub(super) fn pair(
        &mut self,
        books: &mut Books<'_>,
        pair: &Pair<'_>,
    ) -> Result<Option<String>, RecordingError> {
        match read(pair) {
            Ok((request, answer)) => self.push(books, pair, request, answer).map(|()| None),
            Err(why) => Ok(Some(why)),
        }
    }

    fn push(
        &mut self,
        books: &mut Books<'_>,
        pair: &Pair<'_>,
        request: Request,
        answer: Answer,
    ) -> Result<(), RecordingError> {
        let mut input = request.input.clone();
        if let Some(id) = request.text_field("previous_response_id") {
            match self.stored.get(&id) {
                Some(before) => input.splice(..0, before.iter().cloned()).for_each(drop),
                None => books.session.note(
                    None,
                    format!("{}: continues {id}, which the log does not hold", pair.from),
                ),
            }
        }
        let mut chain = Digest::of("");
        let mut parent = None;
        for item in &input {
            if let Some(key) = key(item) {
                chain = Digest::of_parts(&[chain.to_string().as_bytes(), &key]);
                parent = self.tails.get(&chain).copied().or(parent);
            }
        }
        let thread = match parent {
            Some(parent) => self.threads[parent as usize],
            None => books.thread(),
        };
        for key in answer.output.iter().filter_map(key) {
            chain = Digest::of_parts(&[chain.to_string().as_bytes(), &key]);
        }
        if answer.is_stored && request.is_stored() && !answer.id.is_empty() {
            let whole = input.iter().chain(&answer.output).cloned().collect();
            self.stored.insert(answer.id.clone(), whole);
        }
        let fresh: Vec<(Digest, Raw)> = input.into_iter().map(|raw| (raw.digest(), raw)).collect();
        let fields = request.fields.into_iter();
        let exchange = books.push(Draft {
            thread,
            parent,
            fields: fields.filter(|(key, _)| key != "previous_response_id").collect(),
            input: fresh.iter().map(|(digest, _)| *digest).collect(),
            fresh,
            response_id: answer.id,
            ending: answer.ending,
            output: answer.output,
            usage: answer.usage,
            answered_by: pair.from.clone(),
            at: pair.at,
            endpoint: if pair.compact { Endpoint::Compact } else { Endpoint::Responses },
        })?;
        self.threads.push(thread);
        self.tails.insert(chain, exchange);
        Ok(())
    }
}

/// What of an item a client sends back as it was; `None` for what it may leave out.
fn key(raw: &Raw) -> Option<Vec<u8>> {
    let item = raw.item();
    let text = match item.kind() {
        Kind::Reasoning => return None,
        Kind::Message | Kind::Text => format!("{:?} {}", item.role(), item.text()),
        kind if kind.is_output() => format!("{:?} {}", item.call_id(), item.text()),
        Kind::FunctionCall | Kind::CustomToolCall => {
            format!("{:?} {:?} {:?}", item.call_id(), item.str("name"), item.arguments())
        }
        _ => item.id().or(item.encrypted_content()).unwrap_or(raw.as_str()).to_owned(),
    };
    Some(text.into_bytes())
}

fn read(pair: &Pair<'_>) -> Result<(Request, Answer), String> {
    let raw = Raw::parse(pair.request).map_err(|error| format!("request: {error}"))?;
    let fields = raw.fields().ok_or("request: not an object")?;
    match fields.iter().find(|(key, _)| key == "messages") {
        Some((_, messages)) => {
            let request = chat_request(&fields, messages)?;
            Ok((request, chat_answer(pair.response)?))
        }
        None => {
            let request = Request::parse(pair.request.as_bytes());
            let mut request = request.map_err(|error| format!("request: {error}"))?;
            if request.input_is_text {
                let text = request.input.first().map(Raw::value);
                let text = text.as_ref().and_then(|text| text.as_str()).unwrap_or_default();
                request.input = vec![super::conversation::message("user", text)];
            }
            Ok((request, answer(pair.response)?))
        }
    }
}

fn chat_request(fields: &[(String, Raw)], messages: &Raw) -> Result<Request, String> {
    let messages = messages.elements().ok_or("request: /messages: not a list")?;
    let mut input = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let items = chat::items(message);
        input.extend(items.map_err(|why| format!("request: /messages/{at}: {why}"))?);
    }
    let fields = fields.iter().filter(|(key, _)| key != "messages").map(|(key, raw)| {
        let raw = match key.as_str() {
            "tools" => chat::tools(raw).unwrap_or_else(|| raw.clone()),
            _ => raw.clone(),
        };
        (key.clone(), raw)
    });
    Ok(Request { input_at: None, fields: fields.collect(), input, input_is_text: false })
}

/// Whether a body is a stream of events and no JSON.
fn is_stream(body: &str) -> bool {
    !body.trim_start().starts_with(['{', '['])
}

fn chat_answer(body: &str) -> Result<Answer, String> {
    let raw = match is_stream(body) {
        true => chat_stream::body(body).ok_or("response: neither JSON nor a stream of chunks")?,
        false => Raw::parse(body).map_err(|error| format!("response: {error}"))?,
    };
    let within = |raw: &Raw, name: &str| {
        raw.fields()?.into_iter().find(|(key, _)| key == name).map(|(_, raw)| raw)
    };
    let value = raw.value();
    let choices = within(&raw, "choices").and_then(|choices| choices.elements());
    let first = choices.and_then(|choices| choices.into_iter().next());
    let message = first.and_then(|choice| within(&choice, "message"));
    let Some(message) = message else {
        let why = value["error"]["message"].as_str().unwrap_or("no `choices`");
        return Err(format!("response: {why}"));
    };
    Ok(Answer {
        id: value["id"].as_str().unwrap_or_default().to_owned(),
        is_stored: false,
        output: chat::items(&message).map_err(|why| format!("response: {why}"))?,
        usage: chat::usage(&value["usage"]),
        ending: chat::ending(value["choices"][0]["finish_reason"].as_str()),
    })
}

fn answer(body: &str) -> Result<Answer, String> {
    let collected = if is_stream(body) {
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(body.as_bytes());
        events.extend(decoder.finish());
        let mut collector = Collector::new();
        let mut fed = Ok(());
        for event in &events {
            fed = fed.and_then(|()| collector.feed(event));
        }
        fed.map(|()| collector)
    } else {
        Collector::of_body(body)
    };
    let collected = collected.map_err(|error| format!("response: {error}"))?;
    let text = |code: &Option<String>| code.clone().unwrap_or_else(|| "server_error".into());
    let ending = match collected.terminal() {
        Some(Terminal::Completed) => Ending::Completed,
        Some(Terminal::Incomplete { reason }) => {
            Ending::Incomplete(reason.clone().unwrap_or_else(|| "unknown".into()))
        }
        Some(Terminal::Failed { code, message }) => {
            Ending::Failed { code: text(code), message: message.clone() }
        }
        Some(Terminal::Error { code, message }) => {
            Ending::Error { code: text(code), message: message.clone() }
        }
        None => Ending::Cut,
    };
    if ending == Ending::Cut && collected.items().is_empty() {
        return Err("response: cut before its first item".into());
    }
    Ok(Answer {
        id: collected.response_id().unwrap_or_default().to_owned(),
        is_stored: true,
        output: collected.items().to_vec(),
        usage: collected.usage().filter(plausible),
        ending,
    })
}

/// Whether the counts can be counts; sums of others would overflow.
fn plausible(usage: &Usage) -> bool {
    let details = [usage.cached(), usage.input_tokens_details.cache_write_tokens];
    let counts = [usage.input_tokens, usage.output_tokens, usage.total_tokens];
    counts.into_iter().chain(details).all(|count| count < super::MOST_TOKENS)
}
