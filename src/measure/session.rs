//! A run's log with every request rendered once: what all measures work on.

use super::protocol::is_sampling;
use crate::cache::{Renderer, Segment};
use crate::recording::journal::{CompactionEvent, RunLog};
use crate::recording::{Exchange, Layer, layer_of};
use crate::wire::Digest;
use std::collections::HashMap;

/// The thread that is measured where a single one is meant.
pub(super) const MAIN: u32 = 0;

/// A log and its renderings; the lists run parallel to `log.exchanges`.
pub(super) struct Session<'a> {
    pub(super) log: &'a RunLog,
    /// The rendering of each request.
    pub(super) segments: Vec<Vec<Segment>>,
    /// The layer of each of its segments.
    pub(super) layers: Vec<Vec<Layer>>,
    /// Whether it asks for the next step.
    pub(super) sampling: Vec<bool>,
}

impl<'a> Session<'a> {
    pub(super) fn new(log: &'a RunLog) -> Self {
        let mut renderer = Renderer::new();
        // Only looked up, never walked.
        let mut known: HashMap<Digest, Layer> = HashMap::new();
        let (mut segments, mut layers) = (Vec::new(), Vec::new());
        for exchange in &log.exchanges {
            let rendered = renderer.request(&exchange.request);
            let layer = |segment: &Segment| {
                let find = || layer_of(&segment.pointer, &exchange.request);
                match segment.pointer.starts_with("/input") {
                    true => *known.entry(segment.digest).or_insert_with(find),
                    false => find(),
                }
            };
            layers.push(rendered.iter().map(layer).collect());
            segments.push(rendered);
        }
        let sampling = log.exchanges.iter().map(is_sampling).collect();
        Self { log, segments, layers, sampling }
    }

    pub(super) fn exchange(&self, index: usize) -> &'a Exchange {
        &self.log.exchanges[index]
    }

    /// The last sampling request of the same thread before this one.
    pub(super) fn predecessor(&self, index: usize) -> Option<usize> {
        let thread = self.exchange(index).thread;
        (0..index).rev().find(|&at| self.sampling[at] && self.exchange(at).thread == thread)
    }

    /// q-: the last sampling request up to the one that the event names.
    pub(super) fn before(&self, event: &CompactionEvent) -> Option<usize> {
        let named = self.log.exchanges.iter().position(|e| e.seq == event.before_seq)?;
        if self.sampling[named] { Some(named) } else { self.predecessor(named) }
    }

    /// q+: the first sampling request of the thread after a compaction.
    pub(super) fn after(&self, event: &CompactionEvent) -> Option<usize> {
        let thread = self.exchange(self.before(event)?).thread;
        let at = made_at(event);
        (0..self.log.exchanges.len()).find(|&index| {
            let exchange = self.exchange(index);
            self.sampling[index] && exchange.thread == thread && exchange.seq > at
        })
    }

    /// The compactions that took place; a failed one left the history as it was.
    pub(super) fn compactions(&self) -> impl Iterator<Item = &'a CompactionEvent> {
        self.log.compactions.iter().filter(|event| event.error.is_none())
    }
}

/// The last exchange that came before the history was replaced.
pub(super) fn made_at(event: &CompactionEvent) -> u32 {
    event.call_seq.map_or(event.before_seq, |call| call.max(event.before_seq))
}
