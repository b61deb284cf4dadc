//! The same session as an append-only client would have held it: fixed layers as in its first
//! request, then whatever was said or done, once each, in the order in which requests first brought
//! it. Every layout but `recorded` is a strategy on top of this.
//!
//! What the recorded client did to its own history is undone: summaries and calls that made them are
//! left out, and what a compaction or a window dropped stays.

use super::part::{PartId, Parts};
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
        let mut length = 0;
        for (asked, request) in session.requests.iter().enumerate() {
            let appends = request.keep == length;
            length = request.keep + request.rest.len();
            let head = session.fields[request.fields as usize].head.len();
            // The part of the rest that is input.
            let items = &request.rest[head.saturating_sub(request.keep).min(request.rest.len())..];
            let fresh: Vec<PartId> = held.fresh(parts, items, appends && request.keep > 0);
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
        use super::part::Place;
        for id in head {
            match parts.get(*id).place {
                Place::Tool => self.tools.push(*id),
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
}

impl Held {
    /// Those of `items` that the history lacks. Where a request appended, all that it appended is
    /// new, even if it says what was said before.
    fn fresh(&mut self, parts: &Parts, items: &[PartId], appends: bool) -> Vec<PartId> {
        let mut fresh = Vec::new();
        for id in items {
            let part = parts.get(*id);
            if part.layer == Layer::Compaction {
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
            fresh.push(*id);
        }
        fresh
    }
}
