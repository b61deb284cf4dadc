//! A layout and a compaction, applied to a session: the plan of what would have been sent. Answers
//! are held fixed: every request gets the answer that its place in the session got.

use super::base::Base;
use super::fixed::Fixed;
use super::history::History;
use super::layout::{Compaction, Layout, What};
use super::part::{PartId, Parts, Place};
use super::plan::{About, Plan};
use super::refusal::Refusal;
use super::sender::Sender;
use super::session::Session;
use crate::cache::{Clock, Fields};
use crate::wire::Request;

/// Makes the plan.
pub(super) fn plan(
    session: &Session,
    base: &Base,
    layout: &Layout,
    compaction: &Compaction,
) -> Result<Plan, Refusal> {
    let mut parts = session.parts.clone();
    let mut sender = Sender::new(session, layout);
    if layout.what == What::Recorded {
        recorded(session, base, &parts, &mut sender);
        return Ok(Plan { parts, fields: fields(session), prompts: sender.prompts });
    }
    let fixed = Fixed::new(session, base, layout, &mut parts)?;
    let mut history = History::default();
    // As the log tells, else virtual time.
    let mut clock = Clock::new(1, false);
    for (number, step) in base.steps.iter().enumerate() {
        let (at, output) = (session.requests[step.asked].at_ms, sender.output[step.asked]);
        let drawn = |parts: &mut Parts, sender: &Sender, clock: &Clock| {
            let begins = clock.clone().exchange(0, at, 0).begins;
            fixed.around(parts, number, sender.prompts.len(), begins)
        };
        let mut around = drawn(&mut parts, &sender, &clock);
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
            sender.send(session, &parts, &around, step.asked, Some(to), history.visible);
            clock.exchange(0, at, to);
            history.replace(&mut parts, to);
            // What differs from request to request differs from that call, too.
            around = drawn(&mut parts, &sender, &clock);
        }
        sender.place(&parts, &around, &history);
        sender.send(session, &parts, &around, step.asked, None, history.visible);
        clock.exchange(0, at, output);
    }
    Ok(Plan { parts, fields: fields(session), prompts: sender.prompts })
}

/// The fields of all requests, as far as caches look at them.
fn fields(session: &Session) -> Vec<Fields> {
    let of = |fields: &super::session::Fields| {
        let all = fields.all.clone();
        let (input, input_at) = (Vec::new(), None);
        let request = Request { fields: all, input, input_at, input_is_text: false };
        Fields::of(fields.endpoint, &request)
    };
    session.fields.iter().map(of).collect()
}

/// What the log holds, as it is.
fn recorded(session: &Session, base: &Base, parts: &Parts, sender: &mut Sender) {
    let mut shown = super::shown::Shown::new(base, parts);
    for (asked, request) in session.requests.iter().enumerate() {
        sender.writer.truncate(request.keep);
        sender.writer.extend(parts, &request.rest);
        shown.request(parts, asked, request);
        let head = &session.fields[request.fields as usize].head;
        let is_tool = |id: &&PartId| parts.get(**id).place == Place::Tool;
        let tools: Vec<PartId> = head.iter().take_while(is_tool).copied().collect();
        let about = About {
            asked,
            compacts: false,
            processed: request.fate.is_processed(),
            reported: request.fate.is_reported(),
            fields: request.fields,
            tools: tools.len(),
            head: head.len(),
            sent_at: request.at_ms,
            output_tokens: sender.output[asked],
            usage: request.usage,
        };
        sender.push(session, parts, &tools, about, shown.visible());
    }
}
