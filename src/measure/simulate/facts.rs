//! Planted facts that the last request of a main thread still shows.

use super::base::Base;
use super::part::{PartId, Parts, Place};
use super::plan::Plan;
use super::session::Session;
use crate::measure::{Sought, View};
use crate::scenario::Fact;
use crate::wire::Request;

/// How many facts a plan keeps, of those that an append-only client would show in the end.
pub(super) fn kept(session: &Session, base: &Base, plan: &Plan) -> (u64, u64) {
    // The run wrote this list itself; one that does not parse is none.
    let facts: Vec<Fact> = serde_json::from_str(&session.facts).unwrap_or_default();
    if facts.is_empty() || session.thread != 0 {
        return (0, 0);
    }
    let mut now: Vec<PartId> = Vec::new();
    for prompt in &plan.prompts {
        now.truncate(prompt.keep);
        now.extend(&prompt.rest);
    }
    let all = base.first.iter().chain(base.steps.iter().flat_map(|step| &step.added));
    let whole = view(&session.parts, all.copied());
    let last = view(&plan.parts, now.into_iter());
    let shown = |fact: &&Sought| fact.in_view(&whole).survives();
    let sought: Vec<Sought> = facts.iter().map(Sought::new).collect();
    let asked: Vec<&Sought> = sought.iter().filter(shown).collect();
    let kept = asked.iter().filter(|fact| fact.in_view(&last).survives()).count();
    (kept as u64, asked.len() as u64)
}

fn view(parts: &Parts, ids: impl Iterator<Item = PartId>) -> View {
    let items = ids.map(|id| parts.get(id)).filter(|part| part.place == Place::Item);
    View::of(&Request {
        fields: Vec::new(),
        input: items.map(|part| part.raw.clone()).collect(),
        input_at: Some(0),
        input_is_text: false,
    })
}
