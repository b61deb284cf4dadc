//! One conversation as a program keeps it: a history, and the answer that is coming in.
//!
//! The items of an answer may be logged over several lines, with outputs of its first calls in
//! between, and its usage after them. So an answer stays open until something shows that it is
//! over; what comes meanwhile from the client's side waits behind it.

use super::session::{Books, Draft};
use crate::recording::RecordingError;
use crate::wire::{Digest, Ending, Endpoint, Kind, Raw, Usage, escape, object};
use std::collections::BTreeSet;

/// One item of a history.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    digest: Digest,
    /// The item, until an exchange has handed it over.
    raw: Option<Raw>,
    /// The exchange whose answer it was.
    owner: Option<u32>,
    pairing: Pairing,
    pub(super) mark: Mark,
}

/// What an importer wants to find again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Whether a turn of the user begins here.
    pub(super) turn: bool,
    /// Whether the program put it there on its own.
    pub(super) context: bool,
    /// The line or entry of the log.
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Pairing {
    None,
    /// A call, and the `type` of its output.
    Call(String, &'static str),
    Output(String),
}

impl Entry {
    pub(super) fn new(raw: Raw, mark: Mark) -> Self {
        let item = raw.item();
        let id = || item.call_id().or(item.id()).unwrap_or_default().to_owned();
        let pairing = match item.kind() {
            Kind::FunctionCall => Pairing::Call(id(), "function_call_output"),
            Kind::CustomToolCall => Pairing::Call(id(), "custom_tool_call_output"),
            Kind::LocalShellCall => Pairing::Call(id(), "local_shell_call_output"),
            kind if kind.is_output() => Pairing::Output(id()),
            _ => Pairing::None,
        };
        Self { digest: raw.digest(), raw: Some(raw), owner: None, pairing, mark }
    }

    fn owned_by(mut self, exchange: u32) -> Self {
        self.owner = Some(exchange);
        self
    }
}

/// The answer that is coming in.
#[derive(Debug)]
pub(super) struct Open {
    /// What tells this answer from the next, where the log has such a thing.
    pub(super) key: String,
    pub(super) fields: Vec<(String, Raw)>,
    pub(super) output: Vec<(Raw, Mark)>,
    pub(super) usage: Option<Usage>,
    pub(super) response_id: String,
    pub(super) ending: Ending,
    pub(super) answered_by: String,
    pub(super) at: Option<i64>,
    input: Vec<Digest>,
    fresh: Vec<(Digest, Raw)>,
    after: Vec<Entry>,
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Conversation {
    /// What stands for the output of a call that never returned.
    unanswered: &'static str,
    pub(super) history: Vec<Entry>,
    open: Option<Open>,
    /// Whether every call has its output and every output its call.
    paired: bool,
    /// Calls without output, for the same.
    waiting: BTreeSet<String>,
    thread: Option<u32>,
    last: Option<u32>,
    /// Whether the history is another one than the last exchange left.
    replaced: bool,
}

impl Conversation {
    pub(super) fn new(unanswered: &'static str) -> Self {
        Self {
            unanswered,
            history: Vec::new(),
            open: None,
            paired: true,
            waiting: BTreeSet::new(),
            thread: None,
            last: None,
            replaced: false,
        }
    }

    /// The answer that is coming in.
    pub(super) fn open(&mut self) -> Option<&mut Open> {
        self.open.as_mut()
    }

    /// Whether something from the client's side came behind the open answer.
    pub(super) fn is_followed(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.after.is_empty())
    }

    /// How long the history will be once the open answer has ended.
    pub(super) fn length(&self) -> usize {
        let open = self.open.as_ref().map_or(0, |open| open.output.len() + open.after.len());
        self.history.len() + open
    }

    /// Adds an item of the client's side.
    pub(super) fn client(&mut self, raw: Raw, mark: Mark) {
        let entry = Entry::new(raw, mark);
        match &mut self.open {
            Some(open) => open.after.push(entry),
            None => self.append(entry),
        }
    }

    /// Begins an answer to the history as it stands; one that is open ends. `from` is its place in
    /// the log.
    pub(super) fn begin(
        &mut self,
        books: &mut Books<'_>,
        key: &str,
        fields: Vec<(String, Raw)>,
        at: Option<i64>,
        from: String,
    ) -> Result<&mut Open, RecordingError> {
        self.close(books)?;
        // Numbered as they begin: the main conversation does so before those that it asks for.
        self.thread.get_or_insert_with(|| books.thread());
        books.begins(at);
        let (input, fresh) = self.input();
        Ok(self.open.insert(Open {
            key: key.to_owned(),
            fields,
            output: Vec::new(),
            usage: None,
            response_id: String::new(),
            ending: Ending::Completed,
            answered_by: from,
            at,
            input,
            fresh,
            after: Vec::new(),
        }))
    }

    /// Ends the open answer: it becomes an exchange, and part of the history. Gives its number.
    pub(super) fn close(&mut self, books: &mut Books<'_>) -> Result<Option<u32>, RecordingError> {
        let Some(open) = self.open.take() else { return Ok(None) };
        let parent = match self.history.iter().rev().find_map(|entry| entry.owner) {
            None if self.replaced => self.last,
            parent => parent,
        };
        self.replaced = false;
        let thread = *self.thread.get_or_insert_with(|| books.thread());
        let exchange = books.push(Draft {
            thread,
            parent,
            fields: open.fields,
            input: open.input,
            fresh: open.fresh,
            response_id: open.response_id,
            ending: open.ending,
            output: open.output.iter().map(|(raw, _)| raw.clone()).collect(),
            usage: open.usage,
            answered_by: open.answered_by,
            at: open.at,
            endpoint: Endpoint::Responses,
        })?;
        self.last = Some(exchange);
        for (raw, mark) in open.output {
            self.append(Entry::new(raw, mark).owned_by(exchange));
        }
        open.after.into_iter().for_each(|entry| self.append(entry));
        Ok(Some(exchange))
    }

    /// Puts another history in the place of this one, after a compaction. Items that are in the old
    /// one, too, stay who they were.
    pub(super) fn replace(&mut self, items: Vec<(Raw, Mark)>) {
        let old = std::mem::take(&mut self.history);
        let owner = |digest: Digest| old.iter().find(|entry| entry.digest == digest)?.owner;
        self.history = items
            .into_iter()
            .map(|(raw, mark)| {
                let entry = Entry::new(raw, mark);
                Entry { owner: owner(entry.digest), ..entry }
            })
            .collect();
        self.replaced = true;
        self.pair();
    }

    /// Says that items were taken out of the history by hand.
    pub(super) fn replaced(&mut self) {
        self.replaced = true;
        self.pair();
    }

    /// Puts a summary in the place of what is not kept.
    pub(super) fn compact(&mut self, summary: (Raw, Mark), keep: impl Fn(&Mark) -> bool) {
        self.history.retain(|entry| keep(&entry.mark));
        self.history.insert(0, Entry::new(summary.0, summary.1));
        self.replaced();
    }

    /// Goes back to an earlier point of the history, and tells how many turns that takes back.
    pub(super) fn truncate(&mut self, len: usize) -> usize {
        let gone = self.history.iter().skip(len).filter(|entry| entry.mark.turn).count();
        self.history.truncate(len);
        self.pair();
        gone
    }

    fn append(&mut self, entry: Entry) {
        match &entry.pairing {
            Pairing::Call(id, _) => {
                self.waiting.insert(id.clone());
            }
            Pairing::Output(id) => self.paired &= self.waiting.remove(id),
            Pairing::None => {}
        }
        self.history.push(entry);
    }

    fn pair(&mut self) {
        self.paired = true;
        self.waiting.clear();
        let history = std::mem::take(&mut self.history);
        history.into_iter().for_each(|entry| self.append(entry));
    }

    /// The input of the next request: the history, with every call answered and every output
    /// without a call left out, as programs send it. Beside it what no exchange has handed over.
    fn input(&mut self) -> (Vec<Digest>, Vec<(Digest, Raw)>) {
        let (mut input, mut fresh) = (Vec::with_capacity(self.history.len()), Vec::new());
        let as_it_is = self.paired && self.waiting.is_empty();
        let mut called: BTreeSet<&str> = BTreeSet::new();
        for entry in &mut self.history {
            if let Pairing::Output(id) = &entry.pairing
                && !as_it_is
                && !called.contains(id.as_str())
            {
                continue;
            }
            if let Some(raw) = entry.raw.take() {
                fresh.push((entry.digest, raw));
            }
            input.push(entry.digest);
            let Pairing::Call(id, output) = &entry.pairing else { continue };
            if as_it_is {
                continue;
            }
            called.insert(id);
            if self.waiting.contains(id) {
                let raw = unanswered(output, id, self.unanswered);
                input.push(raw.digest());
                fresh.push((raw.digest(), raw));
            }
        }
        (input, fresh)
    }
}

fn unanswered(kind: &str, id: &str, text: &str) -> Raw {
    let fields = [("type", escape(kind)), ("call_id", escape(id)), ("output", escape(text))];
    made(&fields)
}

/// An item that this importer writes: compact, with its keys in this order.
pub(super) fn made(fields: &[(&str, String)]) -> Raw {
    let text = object(fields.iter().map(|(key, value)| (*key, value.as_str())));
    // Escaped strings and verbatim values are JSON.
    Raw::parse(&text).unwrap_or_else(|_| Raw::from_value(&serde_json::Value::Null))
}

/// A message of one text.
pub(super) fn message(role: &str, text: &str) -> Raw {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    let part = object([("type", escape(kind).as_str()), ("text", escape(text).as_str())]);
    made(&[("type", escape("message")), ("role", escape(role)), ("content", format!("[{part}]"))])
}
