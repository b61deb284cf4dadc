//! The recorder: turns exchanges, as they complete, into a recording.
//!
//! What our own server refused, or cut, was a fault of a run and says nothing of the model: it is
//! left out, and an answer that came in parts is recorded as if it had come whole. What another
//! server refused or cut belongs to its side of the conversation and is kept: as attempts before
//! the answer that at last came, or, if none did, as the answer.

use super::{Entry, Header, Recorded, Recording, Sent, Verbatim};
use crate::recording::{Anchors, Exchange};
use crate::wire::{Digest, Ending, Raw};
use std::collections::BTreeMap;

/// Collects exchanges. Warm-ups, which no model answers, are left out.
#[derive(Clone, Debug)]
pub struct Recorder {
    recording: Recording,
    anchors: Anchors,
    cut: Option<Cut>,
    failed: BTreeMap<Digest, Failed>,
}

/// How an exchange was answered, beside what [`Exchange`] has of it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// How the answer ended. An error status is [`Ending::Error`].
    pub ending: &'a Ending,
    /// `resp_..`
    pub response_id: &'a str,
    /// Script step, exchange, or server.
    pub answered_by: &'a str,
    /// The answer as it was sent, where another server sent it.
    pub sent: Option<&'a Sent>,
}

/// Attempts at a request that was not answered yet.
#[derive(Clone, Debug)]
struct Failed {
    exchange: Exchange,
    ending: Ending,
    answered_by: String,
    /// Not empty.
    attempts: Vec<Verbatim>,
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
        Self { recording, anchors: Anchors::default(), cut: None, failed: BTreeMap::new() }
    }

    /// Adds an exchange with its answer.
    pub fn push(&mut self, exchange: &Exchange, answered: &Answered<'_>) {
        if exchange.is_warm_up() {
            return;
        }
        match answered.sent {
            None => self.push_own(exchange, answered),
            Some(sent) => self.push_sent(exchange, answered, sent),
        }
    }

    /// Adds what another server answered.
    fn push_sent(&mut self, exchange: &Exchange, answered: &Answered<'_>, sent: &Sent) {
        let Answered { ending, response_id, answered_by, .. } = *answered;
        let key = asked(exchange);
        let values = values(exchange);
        let verbatim = sent.quoting(&values);
        let nothing = sent.status != 200 || (*ending == Ending::Cut && exchange.output.is_empty());
        if nothing {
            let failed = self.failed.entry(key).or_insert_with(|| Failed {
                exchange: exchange.clone(),
                ending: ending.clone(),
                answered_by: answered_by.to_owned(),
                attempts: Vec::new(),
            });
            failed.ending = ending.clone();
            failed.attempts.push(verbatim);
        } else {
            let attempts = self.failed.remove(&key).map_or_else(Vec::new, |failed| failed.attempts);
            self.add(exchange, ending, response_id, answered_by, Some((verbatim, attempts)));
        }
    }

    /// Adds what our own server answered.
    fn push_own(&mut self, exchange: &Exchange, answered: &Answered<'_>) {
        let Answered { ending, response_id, answered_by, .. } = *answered;
        let mut whole = exchange.clone();
        if let Some(cut) = self.cut.take().filter(|cut| cut.is_kept_by(exchange)) {
            if cut.response_id == response_id {
                whole.output.splice(..0, cut.exchange.output);
                whole.request = cut.exchange.request;
            } else {
                // The client goes on from what it has, and is told something else.
                self.add(&cut.exchange, &Ending::Cut, &cut.response_id, &cut.answered_by, None);
            }
        }
        if *ending == Ending::Cut {
            self.cut = (!whole.output.is_empty()).then(|| Cut {
                exchange: whole,
                response_id: response_id.to_owned(),
                answered_by: answered_by.to_owned(),
            });
        } else {
            self.add(&whole, ending, response_id, answered_by, None);
        }
    }

    fn add(
        &mut self,
        exchange: &Exchange,
        ending: &Ending,
        response_id: &str,
        answered_by: &str,
        sent: Option<(Verbatim, Vec<Verbatim>)>,
    ) {
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
        let (sent, attempts) = match sent {
            Some((sent, attempts)) => (Some(sent), attempts),
            None => (None, Vec::new()),
        };
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
            at_ms: None,
            stale: false,
            sent,
            attempts,
        };
        // A client that lost the whole answer asks twice and is told the same. The second time its
        // prompt was cached, and without any anchor it looks like another conversation.
        let again = |earlier: &Recorded| {
            // The telling parts first: a clone holds a whole input and answer.
            earlier.response_id == recorded.response_id && earlier.input == recorded.input && {
                let Recorded { thread, usage, .. } = recorded;
                Recorded { thread, usage, ..earlier.clone() } == recorded
            }
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

    /// The recording so far: exchanges are only ever added.
    #[must_use]
    pub fn so_far(&self) -> &Recording {
        &self.recording
    }

    /// The recording. Requests that were never answered are its last exchanges.
    #[must_use]
    pub fn finish(mut self) -> Recording {
        let mut failed: Vec<Failed> = std::mem::take(&mut self.failed).into_values().collect();
        failed.sort_by_key(|failed| failed.exchange.seq);
        for Failed { exchange, ending, answered_by, mut attempts } in failed {
            if let Some(last) = attempts.pop() {
                self.add(&exchange, &ending, "", &answered_by, Some((last, attempts)));
            }
        }
        self.recording
    }
}

/// What tells requests apart: a retry asks the same.
fn asked(exchange: &Exchange) -> Digest {
    let request = exchange.request.to_body();
    Digest::of_parts(&[exchange.endpoint.path().as_bytes(), request.as_bytes()])
}

/// The values of an exchange that its answer may repeat.
fn values(exchange: &Exchange) -> Vec<&Raw> {
    let request = &exchange.request;
    let fields = request.fields.iter().map(|(_, value)| value);
    fields.chain(&request.input).chain(&exchange.output).collect()
}
