//! The same session as an append-only client would have held it: fixed layers as in its first
//! request, then whatever was said or done, once each, in the order in which requests first brought
//! it. Every layout but `recorded` is a strategy on top of this.
//!
//! What the recorded client did to its own history is undone: summaries and calls that made them are
//! left out, and what a compaction or a window dropped stays. A summary that was there before the first
//! answer is another matter: what it stands for is in no request, so it is what the session began with.

use super::part::{PartId, Parts, Place, common};
use super::session::Session;
use crate::recording::Layer;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An append-only session.
#[derive(Clone, Debug)]
pub(super) struct Base {
    /// Tools in the order of the first request.
    pub(super) tools: Vec<PartId>,
    pub(super) instructions: Option<PartId>,
    /// The items of the first request.
    pub(super) first: Vec<PartId>,
    pub(super) steps: Vec<Step>,
}

/// One request that asks for the next step, and what it adds to the one before it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its number among the requests of the session.
    pub(super) asked: usize,
    pub(super) added: Vec<PartId>,
}

impl Base {
    pub(super) fn of(session: &Session) -> Self {
        let parts = &session.parts;
        let mut base =
            Self { tools: Vec::new(), instructions: None, first: Vec::new(), steps: Vec::new() };
        let mut held = Held::default();
        // The request before, by what a cache takes for the same: a mark that moved on changes nothing.
        let mut before: Vec<PartId> = Vec::new();
        for (asked, request) in session.requests.iter().enumerate() {
            let rest: Vec<PartId> = request.rest.iter().map(|id| parts.get(*id).same).collect();
            let again = common(&before[request.keep..], &rest);
            let appends = !before.is_empty() && request.keep + again == before.len();
            before.truncate(request.keep);
            before.extend(rest);
            let head = session.fields[request.fields as usize].head.len();
            // The part of the rest that is input and was not there before.
            let from = head.saturating_sub(request.keep).max(again).min(request.rest.len());
            let fresh: Vec<PartId> = held.fresh(parts, &request.rest[from..], appends);
            held.answers |= !request.output.is_empty();
            if !request.sampling {
                // What it brought first comes with the next request, unless that is a summary.
                held.waiting.extend(fresh);
                continue;
            }
            let mut added = std::mem::take(&mut held.waiting);
            added.extend(fresh);
            if base.steps.is_empty() {
                let head = &session.fields[request.fields as usize].head;
                base.set_head(parts, head);
                base.first = std::mem::take(&mut added);
            }
            base.steps.push(Step { asked, added });
        }
        base
    }

    fn set_head(&mut self, parts: &Parts, head: &[PartId]) {
        for id in head {
            match parts.get(*id).place {
                Place::Tool => self.tools.push(parts.bare(*id)),
                _ => self.instructions = Some(*id),
            }
        }
    }
}

/// What the history holds so far.
#[derive(Default)]
struct Held {
    parts: BTreeSet<PartId>,
    answered: BTreeSet<Arc<str>>,
    waiting: Vec<PartId>,
    /// Whether a request was answered: only then can a summary be one of this session.
    answers: bool,
}

impl Held {
    /// Those of `items` that the history lacks. Where a request appended, all that it appended is
    /// new, even if it says what was said before.
    fn fresh(&mut self, parts: &Parts, items: &[PartId], appends: bool) -> Vec<PartId> {
        let mut fresh = Vec::new();
        for id in items {
            let part = parts.get(*id);
            if part.layer == Layer::Compaction && (self.answers || part.asks_to_compact) {
                continue;
            }
            let is_output = part.layer == Layer::ToolOutput;
            let answered =
                is_output && part.call.as_ref().is_some_and(|c| self.answered.contains(c));
            let held = !self.parts.insert(part.same);
            if answered || (held && !appends) {
                continue;
            }
            if let (true, Some(call)) = (is_output, &part.call) {
                self.answered.insert(call.clone());
            }
            fresh.push(parts.bare(*id));
        }
        fresh
    }
}
