//! The exchanges, one after the other, each with what is new in it.

use super::calls::Outputs;
use super::{Added, Compacted, Part, Step};
use crate::measure::results::{CompactionMeasure, RunMeasure};
use crate::measure::session::Session;
use crate::recording::Layer;
use crate::recording::matching::Difference;
use crate::recording::{Exchange, Outcome};
use crate::wire::Digest;
use std::collections::{BTreeMap, BTreeSet};

impl Part {
    /// Whether it is a call.
    #[must_use]
    pub fn is_call(&self) -> bool {
        matches!(self, Self::Call(_))
    }
}

/// Goes through a session.
pub(super) struct Steps<'a> {
    session: &'a Session<'a>,
    measured: &'a RunMeasure,
    outputs: Outputs<'a>,
    /// The segments that each thread has shown.
    seen: BTreeMap<u32, BTreeSet<Digest>>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(session: &'a Session<'a>, measured: &'a RunMeasure) -> Self {
        let outputs = Outputs::of(session.log);
        Self { session, measured, outputs, seen: BTreeMap::new() }
    }

    pub(super) fn all(mut self) -> Vec<Step> {
        let mut turn = 0;
        let count = self.session.log.exchanges.len();
        let mut steps: Vec<Step> = (0..count).map(|index| self.step(index)).collect();
        for step in &mut steps {
            // What a timeline does stands before the first request of its turn.
            if step.turn > turn {
                let (from, to) = (turn, step.turn);
                turn = to;
                let events = self.session.log.timeline.iter();
                let due = events.filter(|event| from < event.turn && event.turn <= to);
                step.timeline = due.cloned().collect();
            }
        }
        steps
    }

    fn step(&mut self, index: usize) -> Step {
        let exchange = self.session.exchange(index);
        let request = &self.measured.requests[index];
        let (user, context) = self.fresh(index);
        let mut compactions = self.measured.compactions.iter();
        let compacted = compactions.rfind(|one| one.after_seq == Some(exchange.seq));
        Step {
            exchange: exchange.seq,
            thread: exchange.thread,
            turn: request.turn,
            endpoint: request.endpoint.clone(),
            answered_by: request.answered_by.clone(),
            timeline: Vec::new(),
            compaction: compacted.map(compaction),
            user,
            context,
            broken: self.measured.breaks.iter().find(|one| one.seq == exchange.seq).cloned(),
            sent_bytes: request.sent_bytes,
            new_bytes: request.new_bytes,
            sent_tokens: request.sent_tokens,
            new_tokens: request.new_tokens,
            input_tokens: request.input_tokens,
            cached_tokens: request.cached_tokens,
            output_tokens: request.output_tokens,
            answer: self.outputs.answer(exchange),
            outcome: exchange.outcome,
            status: exchange.status,
            problem: problem(exchange),
            drift: self.drift(exchange.seq),
            stale: self.session.log.stale.contains(&exchange.seq),
        }
    }

    /// Where the request differs from the recorded one at its place, what was told before aside.
    fn drift(&self, seq: u32) -> Vec<Difference> {
        let events = self.session.log.drifts.iter().filter(|event| event.seq == seq);
        events.flat_map(|event| event.differences.iter().cloned()).collect()
    }

    /// What the user said, and other context, that no earlier request of the thread had.
    fn fresh(&mut self, index: usize) -> (Vec<String>, Vec<Added>) {
        let exchange = self.session.exchange(index);
        let first = !self.seen.contains_key(&exchange.thread);
        let seen = self.seen.entry(exchange.thread).or_default();
        let (mut user, mut context) = (Vec::new(), Vec::new());
        let parts = self.session.segments[index].iter().zip(&self.session.layers[index]);
        for (segment, layer) in parts {
            if !seen.insert(segment.digest) {
                continue;
            }
            let own = || {
                let at = segment.pointer.strip_prefix("/input/").unwrap_or("0");
                at.parse().ok().and_then(|at: usize| exchange.request.input.get(at))
            };
            match layer {
                Layer::User => user.extend(own().map(|raw| raw.item().text())),
                // Told with the answers and calls that they come from.
                Layer::Model | Layer::ToolOutput => {}
                _ if first => {}
                // What changed there is told as a break.
                Layer::Tools => {}
                _ => {
                    let text = own().map(|raw| raw.item().text()).unwrap_or_default();
                    // A sealed compaction or its trigger is told as what it is.
                    if *layer == Layer::Compaction && text.is_empty() {
                        continue;
                    }
                    context.push(Added {
                        layer: *layer,
                        pointer: segment.pointer.clone(),
                        bytes: segment.bytes(),
                        tokens: segment.tokens,
                        text,
                    });
                }
            }
        }
        (user, context)
    }
}

fn compaction(one: &CompactionMeasure) -> Compacted {
    let of: u32 = one.recall.iter().map(|class| class.of).sum();
    let kept = one.recall.iter().map(|class| class.kept).sum();
    Compacted {
        number: one.number,
        strategy: one.strategy.clone(),
        phase: one.phase.clone(),
        made_by: one.call_seq,
        bytes_before: one.bytes_before,
        bytes_after: one.bytes_after,
        tokens_before: one.tokens_before,
        tokens_after: one.tokens_after,
        facts_kept: (of > 0).then_some((kept, of)),
    }
}

/// Why an answer did not complete.
fn problem(exchange: &Exchange) -> Option<String> {
    let error = exchange.error.as_ref().map(|error| {
        let code = error.code.as_deref().unwrap_or(&error.kind);
        format!("{code}: {}", error.message)
    });
    match exchange.outcome {
        Outcome::Completed => None,
        Outcome::Incomplete => {
            Some(format!("incomplete: {}", exchange.incomplete.as_deref().unwrap_or("no reason")))
        }
        Outcome::Failed => Some(format!("failed: {}", error.unwrap_or_default())),
        Outcome::Error if exchange.status == 200 => {
            Some(format!("error event: {}", error.unwrap_or_default()))
        }
        Outcome::Error => Some(format!("HTTP {}: {}", exchange.status, error.unwrap_or_default())),
        Outcome::Cut => Some("cut: the stream ended before the answer did".to_owned()),
    }
}
