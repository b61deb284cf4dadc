//! Writes prompts down as a client sends them: each as a change of the one before, with the bytes of
//! its body over the layout's transport.

use super::fixed::Around;
use super::history::History;
use super::layout::{Layout, What};
use super::marks::{Placed, Places};
use super::part::{PartId, Parts, Place};
use super::plan::{About, Prompt, Visible, Writer};
use super::session::{Asked, Fate, Session};
use super::up::{self, Said};
use crate::measure::transports::echoes;
use crate::recording::Transport;
use crate::wire::Endpoint;

/// The client.
pub(super) struct Sender {
    pub(super) writer: Writer,
    pub(super) prompts: Vec<Prompt>,
    /// Tokens of the answers.
    pub(super) output: Vec<u64>,
    transport: Transport,
    /// Bytes of the fields of a body, by number of fields, with the tools as they stand in it.
    known: Option<(u32, Vec<PartId>, Option<PartId>, (u64, u64))>,
    /// Where parts stand, if the client's marks have to be found again.
    places: Option<Places>,
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
    chain: u32,
    tools: Vec<PartId>,
    /// Its answer.
    output: Vec<PartId>,
}

impl Sender {
    pub(super) fn new(session: &Session, layout: &Layout) -> Self {
        let tokens = |asked: &Asked| session.parts.tokens(&asked.output);
        // Breakpoints of a layout take the place of the client's own.
        let own = session.parts.are_marked() && !matches!(layout.what, What::Breakpoints { .. });
        Self {
            writer: Writer::default(),
            prompts: Vec::new(),
            output: session.requests.iter().map(tokens).collect(),
            transport: layout.transport(),
            known: None,
            places: own.then(Places::default),
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
        let marks = self.marks(parts, request, keep, &rest);
        let now = &self.writer.now()[..about.head];
        let (mut items, mut length) = (self.writer.now().len(), self.writer.extent().length);
        let mut instructions = None;
        for (id, part) in now.iter().map(|id| (*id, parts.get(*id))) {
            if part.place != Place::Item {
                items -= 1;
                length -= part.length;
            }
            if part.place == Place::Instructions {
                instructions = Some(id);
            }
        }
        let items = items as u64;
        let compact = session.fields[about.fields as usize].endpoint == Endpoint::Compact;
        let over = if compact { Transport::Http } else { self.transport };
        if over == Transport::Websocket && request.restarted {
            self.last = None;
        }
        let fixed = self.fixed(session, parts, (tools, instructions), about.fields, over);
        let chain = session.fields[about.fields as usize].chain;
        let whole = Said { items, length, goes_on: false };
        let goes_on = over != Transport::Http && !about.compacts;
        let said = goes_on.then(|| self.rest(parts, tools, chain, items, length));
        let said = said.flatten().unwrap_or(whole);
        let up = match request.warm_up && over != Transport::Websocket {
            // There is none over HTTP.
            true => 0,
            false => up::body(fixed, request.input, said) + self.marking(parts, &marks, said),
        };
        if !compact {
            self.remember(request, about, chain, tools, items, length);
        }
        let sent = self.writer.extent();
        self.prompts.push(Prompt { keep, rest, about, sent, up, visible, marks });
    }

    /// The client's marks of a request in the prompt that is written.
    fn marks(
        &mut self,
        parts: &Parts,
        request: &Asked,
        keep: usize,
        rest: &[PartId],
    ) -> Vec<Placed> {
        let Some(places) = &mut self.places else { return Vec::new() };
        places.go(parts, keep, rest);
        places.placed(parts, &request.marks)
    }

    /// The bytes of marks in a body that says this.
    fn marking(&self, parts: &Parts, marks: &[Placed], said: Said) -> u64 {
        let now = self.writer.now();
        let from = now.len() - said.items as usize;
        let is_said = |one: &&Placed| one.at >= from || parts.get(now[one.at]).place != Place::Item;
        marks.iter().filter(is_said).map(|one| one.length).sum()
    }

    fn remember(
        &mut self,
        request: &Asked,
        about: About,
        chain: u32,
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
                chain,
                tools: tools.to_vec(),
                output: request.output.clone(),
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
        (tools, instructions): (&[PartId], Option<PartId>),
        fields: u32,
        over: Transport,
    ) -> (u64, u64) {
        if let Some((known, with, text, fixed)) = &self.known
            && (*known == fields && with == tools && *text == instructions)
        {
            return *fixed;
        }
        let listed = parts.are_listed(tools).then(|| up::tools(parts, tools));
        let text = instructions.map(|id| parts.get(id).length);
        let fixed = up::fields(&session.fields[fields as usize], listed, text, over);
        self.known = Some((fields, tools.to_vec(), instructions, fixed));
        fixed
    }

    /// What is new behind the last answer, if the request goes on from it.
    fn rest(
        &self,
        parts: &Parts,
        tools: &[PartId],
        chain: u32,
        items: u64,
        length: u64,
    ) -> Option<Said> {
        let last = self.last.as_ref()?;
        let same = last.chain == chain && last.tools == tools && last.held == last.parts;
        let behind = self.writer.now().get(last.parts..).filter(|_| same)?;
        let answer = behind.get(..last.output.len())?;
        let echo = |(sent, said): (&PartId, &PartId)| {
            sent == said || echoes(&parts.get(*sent).raw, &parts.get(*said).raw)
        };
        if !answer.iter().zip(&last.output).all(echo) {
            return None;
        }
        let said: u64 = answer.iter().map(|id| parts.get(*id).length).sum();
        Some(Said {
            items: items - last.items - answer.len() as u64,
            length: length - last.length - said,
            goes_on: true,
        })
    }
}
