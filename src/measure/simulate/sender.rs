//! Writes prompts down as a client sends them: each as a change of the one before, with the bytes of
//! its body over the layout's transport.

use super::fixed::Around;
use super::history::History;
use super::part::{PartId, Parts, Place};
use super::plan::{About, Prompt, Visible, Writer};
use super::session::{Asked, Fate, Session};
use super::up::{self, Said};
use crate::recording::{Layer, Transport};
use crate::wire::Endpoint;

/// The client.
pub(super) struct Sender {
    pub(super) writer: Writer,
    pub(super) prompts: Vec<Prompt>,
    /// Tokens of the answers.
    pub(super) output: Vec<u64>,
    transport: Transport,
    /// Bytes of the fields of a body, by number of fields, with the tools as they stand in it.
    known: Option<(u32, Vec<PartId>, (u64, u64))>,
    /// The response that a next request may go on from.
    last: Option<Last>,
    /// Parts of the last request before its history.
    head: usize,
}

/// A request that was answered well, over a transport on which the next one need not repeat it.
struct Last {
    /// Its parts.
    parts: usize,
    /// How many of them all requests since began with.
    held: usize,
    items: u64,
    length: u64,
    fields: u32,
    tools: Vec<PartId>,
    /// Items of its answer.
    output: usize,
}

impl Sender {
    pub(super) fn new(session: &Session, transport: Transport) -> Self {
        let tokens = |asked: &Asked| session.parts.tokens(&asked.output);
        Self {
            writer: Writer::default(),
            prompts: Vec::new(),
            output: session.requests.iter().map(tokens).collect(),
            transport,
            known: None,
            last: None,
            head: 0,
        }
    }

    /// Sets the prompt: what is around the history, and the history as far as it changed.
    pub(super) fn place(&mut self, parts: &Parts, around: &Around, history: &History) {
        let head = around.head.len();
        let same = self.head == head && self.writer.now().get(..head) == Some(&around.head);
        let from = if same { history.changed_from } else { 0 };
        if !same {
            self.writer.truncate(0);
            self.writer.extend(parts, &around.head);
        }
        self.head = head;
        self.writer.truncate(head + from);
        self.writer.extend(parts, &history.items[from..]);
        if let Some(tail) = around.tail {
            self.writer.extend(parts, &[tail]);
        }
    }

    /// Sends what was placed; `summary` has the tokens of one that is asked for.
    pub(super) fn send(
        &mut self,
        session: &Session,
        parts: &Parts,
        around: &Around,
        asked: usize,
        summary: Option<u64>,
        visible: Visible,
    ) {
        let request = &session.requests[asked];
        let about = About {
            asked,
            compacts: summary.is_some(),
            processed: request.fate.is_processed(),
            reported: request.fate.is_reported(),
            fields: request.fields,
            tools: around.tools.len(),
            head: around.head.len(),
            sent_at: request.at_ms,
            output_tokens: summary.unwrap_or(self.output[asked]),
            usage: request.usage.filter(|_| summary.is_none()),
        };
        self.push(session, parts, &around.tools, about, visible);
    }

    pub(super) fn push(
        &mut self,
        session: &Session,
        parts: &Parts,
        tools: &[PartId],
        about: About,
        visible: Visible,
    ) {
        let request = &session.requests[about.asked];
        let (keep, rest) = self.writer.take();
        if let Some(last) = &mut self.last {
            last.held = last.held.min(keep);
        }
        let now = &self.writer.now()[..about.head];
        let (mut items, mut length) = (self.writer.now().len(), self.writer.extent().length);
        for part in now.iter().map(|id| parts.get(*id)).filter(|part| part.place != Place::Item) {
            items -= 1;
            length -= part.length;
        }
        let items = items as u64;
        let compact = session.fields[about.fields as usize].endpoint == Endpoint::Compact;
        let over = if compact { Transport::Http } else { self.transport };
        if over == Transport::Websocket && request.restarted {
            self.last = None;
        }
        let fixed = self.fixed(session, parts, tools, about.fields, over);
        let whole = Said { items, length, goes_on: false };
        let goes_on = over != Transport::Http && !about.compacts;
        let said = goes_on.then(|| self.rest(parts, tools, about.fields, items, length));
        let up = match request.warm_up && over != Transport::Websocket {
            // There is none over HTTP.
            true => 0,
            false => up::body(fixed, request.input, said.flatten().unwrap_or(whole)),
        };
        if !compact {
            self.remember(request, about, tools, items, length);
        }
        let sent = self.writer.extent();
        self.prompts.push(Prompt { keep, rest, about, sent, up, visible });
    }

    fn remember(
        &mut self,
        request: &Asked,
        about: About,
        tools: &[PartId],
        items: u64,
        length: u64,
    ) {
        let parts = self.writer.now().len();
        if request.fate == Fate::Completed && !about.compacts {
            self.last = Some(Last {
                parts,
                held: parts,
                items,
                length,
                fields: about.fields,
                tools: tools.to_vec(),
                output: request.output.len(),
            });
        } else if self.transport == Transport::Websocket {
            // What is stored outlives a failure, a connection does not.
            self.last = None;
        }
    }

    fn fixed(
        &mut self,
        session: &Session,
        parts: &Parts,
        tools: &[PartId],
        fields: u32,
        over: Transport,
    ) -> (u64, u64) {
        if let Some((known, with, fixed)) = &self.known
            && (*known == fields && with == tools)
        {
            return *fixed;
        }
        let listed = parts.are_listed(tools).then(|| up::tools(parts, tools));
        let fixed = up::fields(&session.fields[fields as usize], listed, over);
        self.known = Some((fields, tools.to_vec(), fixed));
        fixed
    }

    /// What is new behind the last answer, if the request goes on from it.
    fn rest(
        &self,
        parts: &Parts,
        tools: &[PartId],
        fields: u32,
        items: u64,
        length: u64,
    ) -> Option<Said> {
        let last = self.last.as_ref()?;
        let same = last.fields == fields && last.tools == tools && last.held == last.parts;
        let behind = self.writer.now().get(last.parts..).filter(|_| same)?;
        let answer = behind.get(..last.output)?;
        // Some clients write items of the answer anew.
        if !answer.iter().all(|id| parts.get(*id).layer == Layer::Model) {
            return None;
        }
        let said: u64 = answer.iter().map(|id| parts.get(*id).length).sum();
        Some(Said {
            items: items - last.items - last.output as u64,
            length: length - last.length - said,
            goes_on: true,
        })
    }
}
