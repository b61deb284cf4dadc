//! The history behind the fixed layers, under a strategy: what is added, cleared, dropped, replaced.

use super::layout::{Compaction, What};
use super::made;
use super::part::{PartId, Parts, Place};
use super::plan::Visible;
use crate::recording::Layer;
use std::collections::VecDeque;

/// The history of one session while its steps are gone through.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) items: Vec<PartId>,
    /// From which item on it differs from what the last request sent.
    pub(super) changed_from: usize,
    /// Tokens of all items.
    tokens: u64,
    /// Where outputs stand that were not cleared.
    open: VecDeque<usize>,
    /// How many items each step added, of those that the window shows.
    steps: VecDeque<usize>,
    pub(super) visible: Visible,
    compactions: u32,
}

impl History {
    /// Takes in what a step adds, then lets the layout drop what it drops.
    pub(super) fn step(&mut self, parts: &mut Parts, what: &What, added: &[PartId]) {
        self.changed_from = self.items.len();
        for id in added {
            let part = parts.get(*id);
            let tokens = part.segment.tokens;
            self.tokens += tokens;
            self.visible.tokens += tokens;
            self.visible.of_tokens += tokens;
            if part.layer == Layer::ToolOutput {
                self.open.push_back(self.items.len());
                self.visible.results += 1;
                self.visible.of_results += 1;
            }
            self.items.push(*id);
        }
        match *what {
            What::Clear { keep, every, stub } => self.clear(parts, keep, every, stub),
            What::Window { turns, keep } if !added.is_empty() => {
                self.steps.push_back(added.len());
                self.window(parts, turns, keep);
            }
            _ => {}
        }
    }

    fn clear(&mut self, parts: &mut Parts, keep: usize, every: usize, stub: Option<u64>) {
        let due = self.open.len().saturating_sub(keep);
        if due < every {
            return;
        }
        for at in self.open.drain(..due) {
            let output = self.items[at];
            let cleared = made::stub(parts, output, stub);
            let (was, is) = (parts.get(output).segment.tokens, parts.get(cleared).segment.tokens);
            self.items[at] = cleared;
            self.tokens = self.tokens + is - was;
            self.visible.tokens -= was;
            self.visible.results -= 1;
            self.changed_from = self.changed_from.min(at);
        }
    }

    fn window(&mut self, parts: &Parts, turns: usize, keep: usize) {
        if self.steps.len() <= turns {
            return;
        }
        let drop: usize = self.steps.drain(..self.steps.len() - keep).sum();
        for id in self.items.drain(..drop) {
            let part = parts.get(id);
            self.tokens -= part.segment.tokens;
            // A summary is no part of what was said.
            if part.layer != Layer::Compaction {
                self.visible.tokens -= part.segment.tokens;
            }
        }
        let gone = self.open.iter().take_while(|at| **at < drop).count();
        self.open.drain(..gone);
        self.visible.results -= gone as u64;
        self.open.iter_mut().for_each(|at| *at -= drop);
        self.changed_from = 0;
    }

    /// Whether a prompt with so many tokens beside the history has to shrink first.
    pub(super) fn is_due(&self, compaction: &Compaction, beside: u64) -> bool {
        compaction
            .threshold
            .is_some_and(|(most, _)| beside + self.tokens > most && !self.items.is_empty())
    }

    /// Puts a summary of so many tokens in the place of everything. What the summary says of it is
    /// not known, so all of it counts as lost.
    pub(super) fn replace(&mut self, parts: &mut Parts, tokens: u64) {
        self.compactions += 1;
        let name = format!("summary {}", self.compactions);
        let raw = made::sized_message(&name, tokens, Layer::Compaction, "user");
        let summary = parts.add(Place::Item, &raw);
        self.items = vec![summary];
        self.tokens = tokens;
        self.open.clear();
        self.steps = VecDeque::from([1]);
        self.visible.tokens = 0;
        self.visible.results = 0;
        self.changed_from = 0;
    }
}
