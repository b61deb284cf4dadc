//! The recorder: turns exchanges, as they complete, into a recording.

use super::{Entry, Header, Recorded, Recording};
use crate::recording::{Anchors, Exchange, Outcome};
use crate::wire::{Digest, Raw};
use std::collections::BTreeMap;

/// Collects exchanges. Failed and cut ones are left out: the retry that follows completes them.
#[derive(Clone, Debug)]
pub struct Recorder {
    recording: Recording,
    anchors: Anchors,
}

impl Recorder {
    /// An empty recording.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let recording = Recording { header, items: BTreeMap::new(), exchanges: Vec::new() };
        Self { recording, anchors: Anchors::default() }
    }

    /// Adds an exchange with the id of its response and what answered it.
    pub fn push(&mut self, exchange: &Exchange, response_id: &str, answered_by: &str) {
        if matches!(exchange.outcome, Outcome::Error | Outcome::Cut) {
            return;
        }
        let number = self.recording.exchanges.len() as u32;
        let parent = self.anchors.newest(&exchange.request.input).map(|owned| owned.exchange);
        let thread = match parent {
            Some(parent) => self.recording.exchanges[parent as usize].thread,
            None => self.roots(),
        };
        self.anchors.mint(number, &exchange.output);
        let mut keep = |raw: &Raw| {
            let digest = raw.digest();
            self.recording.items.entry(digest).or_insert_with(|| Entry::Raw(raw.clone()));
            digest
        };
        let request = &exchange.request;
        let fields: Vec<(String, Digest)> =
            request.fields.iter().map(|(key, value)| (key.clone(), keep(value))).collect();
        let input = request.input.iter().map(&mut keep).collect();
        let output = exchange.output.iter().map(&mut keep).collect();
        self.recording.exchanges.push(Recorded {
            thread,
            parent,
            endpoint: exchange.endpoint,
            fields,
            input_at: request.input_at.map(|at| at as u32),
            input_is_text: request.input_is_text,
            input,
            response_id: response_id.to_owned(),
            outcome: exchange.outcome,
            output,
            usage: exchange.usage,
            answered_by: answered_by.to_owned(),
        });
    }

    fn roots(&self) -> u32 {
        self.recording.exchanges.iter().filter(|exchange| exchange.parent.is_none()).count() as u32
    }

    /// The recording.
    #[must_use]
    pub fn finish(self) -> Recording {
        self.recording
    }
}
