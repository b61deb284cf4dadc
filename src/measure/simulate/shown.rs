//! What recorded requests show of what an append-only client would have shown.

use super::base::Base;
use super::part::{PartId, Parts};
use super::plan::Visible;
use super::session::Asked;
use crate::recording::Layer;
use std::collections::{BTreeMap, BTreeSet};

/// Goes through recorded requests in order.
#[derive(Debug)]
pub(super) struct Shown {
    /// Items behind the first request that the append-only history holds.
    held: BTreeSet<PartId>,
    /// What each request adds to that, by its number.
    grows: BTreeMap<usize, (u64, u64)>,
    now: Vec<PartId>,
    visible: Visible,
}

impl Shown {
    pub(super) fn new(base: &Base, parts: &Parts) -> Self {
        let mut held = BTreeSet::new();
        let mut grows = BTreeMap::new();
        for step in &base.steps {
            let results = step.added.iter().filter(|id| is_result(parts, **id)).count() as u64;
            grows.insert(step.asked, (parts.tokens(&step.added), results));
            held.extend(step.added.iter().map(|id| parts.get(*id).same));
        }
        for id in &base.first {
            held.remove(&parts.get(*id).same);
        }
        Self { held, grows, now: Vec::new(), visible: Visible::default() }
    }

    pub(super) fn request(&mut self, parts: &Parts, number: usize, request: &Asked) {
        for id in self.now.split_off(request.keep) {
            if let Some((tokens, results)) = self.weight(parts, id) {
                self.visible.tokens -= tokens;
                self.visible.results -= results;
            }
        }
        for id in &request.rest {
            if let Some((tokens, results)) = self.weight(parts, *id) {
                self.visible.tokens += tokens;
                self.visible.results += results;
            }
        }
        self.now.extend(&request.rest);
        if let Some((tokens, results)) = self.grows.get(&number) {
            self.visible.of_tokens += tokens;
            self.visible.of_results += results;
        }
    }

    pub(super) fn visible(&self) -> Visible {
        self.visible
    }

    fn weight(&self, parts: &Parts, id: PartId) -> Option<(u64, u64)> {
        let part = parts.get(id);
        let counts = self.held.contains(&part.same);
        counts.then(|| (part.segment.tokens, u64::from(is_result(parts, id))))
    }
}

fn is_result(parts: &Parts, id: PartId) -> bool {
    parts.get(id).layer == Layer::ToolOutput
}
