//! The recorder: turns exchanges, as they complete, into a recording.

use super::{Entry, Header, Recorded, Recording};
use crate::recording::{Anchors, Exchange};
use crate::wire::{Digest, Ending, Raw};
use std::collections::BTreeMap;

/// Collects exchanges. Refused ones have no ending and are left out: the retry that follows says
/// the same again; so are warm-ups, which no model answers. An answer that came in parts, because
/// its stream was cut, is recorded as if it had come whole.
#[derive(Clone, Debug)]
pub struct Recorder {
    recording: Recording,
    anchors: Anchors,
    cut: Option<Cut>,
}

/// An answer whose stream was cut: the request that began it, with the items so far.
#[derive(Clone, Debug)]
struct Cut {
    exchange: Exchange,
    response_id: String,
    answered_by: String,
}

impl Cut {
    /// Whether the client brings the items back. If not, it threw them away.
    fn is_kept_by(&self, exchange: &Exchange) -> bool {
        self.exchange.output.iter().all(|item| exchange.request.input.contains(item))
    }
}

impl Recorder {
    /// An empty recording.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let recording = Recording { header, items: BTreeMap::new(), exchanges: Vec::new() };
        Self { recording, anchors: Anchors::default(), cut: None }
    }

    /// Adds an exchange with the ending and the id of its response and what answered it.
    pub fn push(
        &mut self,
        exchange: &Exchange,
        ending: &Ending,
        response_id: &str,
        answered_by: &str,
    ) {
        if exchange.is_warm_up() {
            return;
        }
        let mut whole = exchange.clone();
        if let Some(cut) = self.cut.take().filter(|cut| cut.is_kept_by(exchange)) {
            if cut.response_id == response_id {
                whole.output.splice(..0, cut.exchange.output);
                whole.request = cut.exchange.request;
            } else {
                // The client goes on from what it has, and is told something else.
                self.add(&cut.exchange, &Ending::Cut, &cut.response_id, &cut.answered_by);
            }
        }
        if *ending == Ending::Cut {
            self.cut = (!whole.output.is_empty()).then(|| Cut {
                exchange: whole,
                response_id: response_id.to_owned(),
                answered_by: answered_by.to_owned(),
            });
        } else {
            self.add(&whole, ending, response_id, answered_by);
        }
    }

    fn add(&mut self, exchange: &Exchange, ending: &Ending, response_id: &str, answered_by: &str) {
        let number = self.recording.exchanges.len() as u32;
        let parent = self.anchors.newest(&exchange.request.input).map(|owned| owned.exchange);
        let thread = match parent {
            Some(parent) => self.recording.exchanges[parent as usize].thread,
            None => self.roots(),
        };
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
        let recorded = Recorded {
            thread,
            parent,
            endpoint: exchange.endpoint,
            fields,
            input_at: request.input_at.map(|at| at as u32),
            input_is_text: request.input_is_text,
            input,
            response_id: response_id.to_owned(),
            ending: ending.clone(),
            output,
            usage: exchange.usage,
            answered_by: answered_by.to_owned(),
        };
        // A client that lost the whole answer asks twice and is told the same. The second time its
        // prompt was cached, and without any anchor it looks like another conversation.
        let again = |earlier: &Recorded| {
            let Recorded { thread, usage, .. } = recorded;
            Recorded { thread, usage, ..earlier.clone() } == recorded
        };
        if self.recording.exchanges.iter().any(again) {
            return;
        }
        self.anchors.mint(number, &exchange.output);
        self.recording.exchanges.push(recorded);
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
