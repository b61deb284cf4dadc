//! A layout and a compaction, applied to a session: the plan of what would have been sent. Answers
//! are held fixed: every request gets the answer that its place in the session got.

use super::base::Base;
use super::fixed::{Around, Fixed};
use super::history::History;
use super::layout::{Compaction, Layout, What};
use super::part::{PartId, Parts};
use super::plan::{About, Plan, Prompt, Writer};
use super::refusal::Refusal;
use super::session::{Asked, Fate, Session};
use super::up::{self, Said};
use crate::recording::{Layer, Transport};

/// Between two requests whose times no log tells, in milliseconds.
pub const GAP_MS: u64 = 1_000;

/// Makes the plan.
pub(super) fn plan(
    session: &Session,
    base: &Base,
    layout: &Layout,
    compaction: &Compaction,
) -> Result<Plan, Refusal> {
    let mut parts = session.parts.clone();
    let times = times(session);
    let mut sender = Sender::new(session, layout.transport());
    if layout.what == What::Recorded {
        recorded(session, base, &parts, &times, &mut sender);
        return Ok(Plan { parts, prompts: sender.prompts });
    }
    let fixed = Fixed::new(session, base, layout, &mut parts)?;
    let mut history = History::default();
    for (number, step) in base.steps.iter().enumerate() {
        let at_ms = times[step.asked];
        let around = fixed.around(&mut parts, number, at_ms);
        // The first step's items are the fixed layers themselves.
        history.step(&mut parts, &layout.what, &step.added);
        let beside = parts.tokens(&around.head) + around.tail.map_or(0, |id| parts.tokens(&[id]));
        if history.is_due(compaction, beside) {
            let (most, to) = compaction.threshold.unwrap_or_default();
            if beside + to >= most {
                return Err(Refusal::too_low(session, &compaction.name, beside + to));
            }
            // It reads the input that would have been too long, and writes the summary.
            sender.place(&parts, &around, &history);
            sender.send(session, &parts, &around, &history, step.asked, at_ms, Some(to));
            history.replace(&mut parts, to);
        }
        sender.place(&parts, &around, &history);
        sender.send(session, &parts, &around, &history, step.asked, at_ms, None);
    }
    Ok(Plan { parts, prompts: sender.prompts })
}

/// When each request is sent: as the log tells, else a fixed time after the one before.
fn times(session: &Session) -> Vec<u64> {
    let mut now = 0;
    let time = |(index, asked): (usize, &Asked)| {
        let next = now + if index == 0 { 0 } else { GAP_MS };
        now = asked.at_ms.map_or(next, |at| at.max(now));
        now
    };
    session.requests.iter().enumerate().map(time).collect()
}

/// Writes prompts down, with the bytes of their bodies.
struct Sender {
    writer: Writer,
    prompts: Vec<Prompt>,
    transport: Transport,
    /// Fixed bytes of a body by set of fields, with the tools as they stand in it.
    known: Option<(u32, Vec<PartId>, (u64, u64))>,
    /// Items of the last request, and whether a next one may go on from it.
    last: Option<Last>,
    /// Tokens of the answers.
    output: Vec<u64>,
}

struct Last {
    items: usize,
    length: u64,
    head: usize,
    fields: u32,
    tools: Vec<PartId>,
    completed: bool,
    output: usize,
}

impl Sender {
    fn new(session: &Session, transport: Transport) -> Self {
        let tokens = |asked: &Asked| session.parts.tokens(&asked.output);
        Self {
            writer: Writer::default(),
            prompts: Vec::new(),
            transport,
            known: None,
            last: None,
            output: session.requests.iter().map(tokens).collect(),
        }
    }

    /// Sets the prompt: what is around the history, and the history as far as it changed.
    fn place(&mut self, parts: &Parts, around: &Around, history: &History) {
        let head = around.head.len();
        let same = self.writer.now().get(..head) == Some(&around.head);
        let from = match (same, &self.last) {
            (true, Some(last)) if last.head == head => history.changed_from,
            _ => {
                self.writer.truncate(0);
                self.writer.extend(parts, &around.head);
                0
            }
        };
        self.writer.truncate(head + from);
        self.writer.extend(parts, &history.items[from..]);
        if let Some(tail) = around.tail {
            self.writer.extend(parts, &[tail]);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn send(
        &mut self,
        session: &Session,
        parts: &Parts,
        around: &Around,
        history: &History,
        asked: usize,
        at_ms: u64,
        summary: Option<u64>,
    ) {
        let request = &session.requests[asked];
        let head = around.head.len();
        let fields = session.requests[asked].fields;
        let lengths = around.head[..head - around.items].iter();
        let before: u64 = lengths.map(|id| parts.get(*id).length).sum();
        let items = self.writer.now().len() - (head - around.items);
        let about = About {
            asked,
            compacts: summary.is_some(),
            processed: request.fate.is_processed(),
            reported: request.fate.is_reported(),
            fields,
            at_ms,
            output_tokens: summary.unwrap_or(self.output[asked]),
            usage: request.usage.filter(|_| summary.is_none()),
        };
        let length = self.writer.extent().length - before;
        let shape = Shape { fields, tools: &around.tools, head, items, length };
        self.push(session, parts, request, about, &shape, history.visible);
    }

    fn push(
        &mut self,
        session: &Session,
        parts: &Parts,
        request: &Asked,
        about: About,
        shape: &Shape<'_>,
        visible: super::plan::Visible,
    ) {
        let (keep, rest) = self.writer.take();
        let fixed = self.fixed(session, parts, shape);
        let said = self.said(session, parts, shape, keep, &rest);
        let up = up::body(fixed, request.input, said);
        let sent = self.writer.extent();
        self.last = Some(Last {
            items: shape.items,
            length: shape.length,
            head: shape.head,
            fields: shape.fields,
            tools: shape.tools.to_vec(),
            completed: request.fate == Fate::Completed && !about.compacts,
            output: request.output.len(),
        });
        self.prompts.push(Prompt { keep, rest, about, sent, up, visible });
    }

    fn fixed(&mut self, session: &Session, parts: &Parts, shape: &Shape<'_>) -> (u64, u64) {
        if let Some((fields, tools, fixed)) = &self.known
            && (*fields == shape.fields && tools == shape.tools)
        {
            return *fixed;
        }
        let all = &session.fields[shape.fields as usize];
        let listed = super::fixed::are_listed(parts, shape.tools);
        let tools = listed.then(|| up::tools(parts, shape.tools));
        let fixed = up::fields(all, tools, self.transport);
        self.known = Some((shape.fields, shape.tools.to_vec(), fixed));
        fixed
    }

    /// What the body has to say: everything, or what is new behind the last answer.
    fn said(
        &self,
        session: &Session,
        parts: &Parts,
        shape: &Shape<'_>,
        keep: usize,
        rest: &[PartId],
    ) -> Said {
        let whole = Said { items: shape.items as u64, length: shape.length, goes_on: false };
        let Some(last) = self.last.as_ref().filter(|_| self.transport != Transport::Http) else {
            return whole;
        };
        let same = last.fields == shape.fields && last.tools == shape.tools;
        let goes_on = last.completed && same && keep == self.last_length();
        let is_answer = |id: &&PartId| parts.get(**id).layer == Layer::Model;
        let echoed = rest.iter().take_while(is_answer).count();
        let _ = session;
        if !goes_on || echoed < last.output {
            return whole;
        }
        let answer: u64 = rest[..last.output].iter().map(|id| parts.get(*id).length).sum();
        Said {
            items: (shape.items - last.items - last.output) as u64,
            length: shape.length - last.length - answer,
            goes_on: true,
        }
    }

    fn last_length(&self) -> usize {
        self.prompts.last().map_or(0, |last| last.keep + last.rest.len())
    }
}

/// The outer measures of a prompt.
struct Shape<'a> {
    fields: u32,
    tools: &'a [PartId],
    /// Parts before the history.
    head: usize,
    /// Items of the input.
    items: usize,
    /// Their bytes in a body.
    length: u64,
}

/// What the log holds, as it is.
fn recorded(session: &Session, base: &Base, parts: &Parts, times: &[u64], sender: &mut Sender) {
    let mut shown = super::shown::Shown::new(base, parts);
    for (asked, request) in session.requests.iter().enumerate() {
        sender.writer.truncate(request.keep);
        sender.writer.extend(parts, &request.rest);
        shown.request(parts, asked, request);
        let head = &session.fields[request.fields as usize].head;
        let before: u64 = head.iter().map(|id| parts.get(*id).length).sum();
        let is_tool = |id: &&PartId| parts.get(**id).place == super::part::Place::Tool;
        let tools: Vec<PartId> = head.iter().take_while(is_tool).copied().collect();
        let shape = Shape {
            fields: request.fields,
            tools: &tools,
            head: head.len(),
            items: sender.writer.now().len() - head.len(),
            length: sender.writer.extent().length - before,
        };
        let about = About {
            asked,
            compacts: false,
            processed: request.fate.is_processed(),
            reported: request.fate.is_reported(),
            fields: request.fields,
            at_ms: times[asked],
            output_tokens: sender.output[asked],
            usage: request.usage,
        };
        sender.push(session, parts, request, about, &shape, shown.visible());
    }
}
