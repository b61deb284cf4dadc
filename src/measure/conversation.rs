//! A recording as the log of a run, so that every measure of runs is one of recordings.
//!
//! A recording holds exchanges and nothing else: turns, calls, outputs and compactions are read from
//! them, as those of an agent that does not tell. Of a run's conditions only what the first line
//! says is known; there are no checks and no end.

use super::derive::Derive;
use super::protocol::is_sampling;
use crate::recording::journal::{
    CallRecord, CompactionEvent, Event, RunKey, RunLog, RunStarted, Sink,
};
use crate::recording::{Exchange, Recording};
use crate::recording::{Layer, layer_of_item};
use crate::wire::{Digest, Raw};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// The strategy of a compaction that no request of the recording made.
pub(super) const UNSEEN: &str = "client";

/// The log of a recording.
#[must_use]
pub fn conversation(recording: &Recording) -> RunLog {
    let header = &recording.header;
    let exchanges = recording.exchanges();
    let stale = recording.exchanges.iter().zip(&exchanges).filter(|(one, _)| one.stale);
    let stale = stale.map(|(_, exchange)| exchange.seq).collect();
    let mut key = RunKey::builtin(&header.scenario, &header.variant, 1);
    key.agent = header.agent.split(' ').next().unwrap_or_default().to_owned();
    let mut log = RunLog {
        started: RunStarted {
            run: key,
            seed: 0,
            agent: header.agent.clone(),
            provenance: header.provenance.clone(),
            // A recording does not know what it was made on.
            scenario_digest: Digest::of(""),
            variant_digest: Digest::of(""),
            cache: String::new(),
            compaction: String::new(),
            model: header.model.clone(),
            facts: Digest::of("[]"),
            expect_fail: None,
            draws: false,
        },
        facts_json: "[]".into(),
        turns: turns(&exchanges),
        answered_by: recording.exchanges.iter().map(|one| one.answered_by.clone()).collect(),
        exchanges,
        stale,
        drifts: Vec::new(),
        calls: Vec::new(),
        compactions: Vec::new(),
        rendered: Vec::new(),
        carried: header.structure.clone(),
        timeline: Vec::new(),
        restarts: Vec::new(),
        // Attempts that came to nothing stand before the answer that at last came.
        retries: recording.exchanges.iter().map(|one| one.attempts.len() as u32).sum(),
        checks: Vec::new(),
        finished: None,
    };
    let told = Told::default();
    let mut threads: BTreeMap<u32, Thread> = BTreeMap::new();
    let mut turn = 0;
    for (index, exchange) in log.exchanges.iter().enumerate() {
        let thread = threads.entry(exchange.thread).or_default();
        if log.turns[index] != turn {
            turn = log.turns[index];
            thread.derive.turn();
            thread.in_turn = false;
        }
        thread.exchange(exchange, &told);
    }
    told.into_log(&mut log);
    log
}

/// Which turn each exchange belongs to: a turn begins where the main thread says something of the
/// user's that it never said before.
fn turns(exchanges: &[Exchange]) -> Vec<u32> {
    let mut known: BTreeMap<Digest, bool> = BTreeMap::new();
    let mut said: BTreeSet<Digest> = BTreeSet::new();
    let mut turn = 0;
    let mut turns = Vec::with_capacity(exchanges.len());
    for exchange in exchanges {
        let mut new = false;
        for raw in exchange.request.input.iter().filter(|_| exchange.thread == 0) {
            let digest = raw.digest();
            let user =
                *known.entry(digest).or_insert_with(|| layer_of_item(&raw.item()) == Layer::User);
            new |= user && said.insert(digest);
        }
        turn += u32::from(new);
        turns.push(turn.max(1));
    }
    turns
}

/// One thread while its exchanges are gone through.
#[derive(Default)]
struct Thread {
    derive: Derive,
    /// The last sampling exchange: number, bytes of its request.
    sampled: Option<(u32, u64)>,
    /// Sealed or written summaries seen.
    summaries: BTreeSet<Digest>,
    in_turn: bool,
}

impl Thread {
    fn exchange(&mut self, exchange: &Exchange, told: &Told) {
        let compactions = told.compactions();
        self.derive.before(exchange, told);
        let fresh = self.fresh_summary(&exchange.request.input);
        if is_sampling(exchange) {
            if fresh && told.compactions() == compactions {
                self.unseen(exchange, told);
            }
            self.sampled = Some((exchange.seq, exchange.wire_bytes));
        }
        self.derive.after(exchange, told);
        self.in_turn = true;
    }

    fn fresh_summary(&mut self, input: &[Raw]) -> bool {
        let mut fresh = false;
        for raw in input {
            if self.summaries.contains(&raw.digest()) {
                continue;
            }
            if layer_of_item(&raw.item()) == Layer::Compaction {
                fresh |= self.summaries.insert(raw.digest());
            }
        }
        fresh
    }

    /// A summary stands in the history that no recorded request asked for.
    fn unseen(&self, exchange: &Exchange, told: &Told) {
        let Some((before_seq, bytes)) = self.sampled else { return };
        told.event(Event::Compaction(CompactionEvent {
            number: 0,
            strategy: UNSEEN.to_owned(),
            phase: if self.in_turn { "mid_turn" } else { "pre_turn" }.to_owned(),
            before_seq,
            call_seq: None,
            estimate_before: bytes.div_ceil(4),
            estimate_after: exchange.wire_bytes.div_ceil(4),
            error: None,
        }));
    }
}

/// The events that were read from exchanges, and their bodies.
#[derive(Debug, Default)]
struct Told(Mutex<(Vec<Event>, BTreeMap<Digest, String>)>);

impl Told {
    fn compactions(&self) -> usize {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.0.iter().filter(|event| matches!(event, Event::Compaction(_))).count()
    }

    fn into_log(self, log: &mut RunLog) {
        let (events, bodies) = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let body = |digest: &Digest| bodies.get(digest).cloned().unwrap_or_default();
        for event in events {
            match event {
                Event::Call(event) => log.calls.push(CallRecord {
                    seq: event.seq,
                    index: event.index,
                    call_id: event.call_id,
                    tool: event.tool,
                    arguments: body(&event.arguments),
                    output: String::new(),
                    raw_bytes: 0,
                    exit: None,
                    changed: Vec::new(),
                }),
                Event::Output(event) => {
                    let mut calls = log.calls.iter_mut().rev();
                    let same =
                        |call: &&mut CallRecord| call.seq == event.seq && call.index == event.index;
                    if let Some(call) = calls.find(same) {
                        call.output = body(&event.output);
                        call.raw_bytes = event.raw_bytes;
                        call.exit = event.exit;
                    }
                }
                Event::Compaction(mut event) => {
                    event.number = log.compactions.len() as u32 + 1;
                    log.compactions.push(event);
                }
                Event::Retry { .. } => log.retries += 1,
                _ => {}
            }
        }
    }
}

impl Sink for Told {
    fn object(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.1.entry(digest).or_insert_with(|| String::from_utf8_lossy(bytes).into_owned());
        digest
    }

    fn event(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.push(event);
    }
}

#[cfg(test)]
mod tests {
    use super::conversation;
    use crate::measure::measure;
    use crate::recording::Recording;
    use std::path::Path;

    fn shipped(name: &str) -> Recording {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("recordings/{name}.jsonl"));
        Recording::load(&path).unwrap()
    }

    #[test]
    fn calls_and_outputs_are_read_from_the_exchanges() {
        let log = conversation(&shipped("parallel-calls"));
        let first: Vec<(u32, &str, Option<i32>)> = log
            .calls
            .iter()
            .take(4)
            .map(|call| (call.index, call.tool.as_str(), call.exit))
            .collect();
        let shell = |index| (index, "exec_command", Some(0));
        assert_eq!(first, [shell(0), shell(1), shell(2), (3, "view_image", None)]);
        assert!(log.calls[1].output.contains("README"), "{}", log.calls[1].output);
    }

    #[test]
    fn turns_begin_where_the_user_says_something_new() {
        assert!(conversation(&shipped("fix-failing-test")).turns.iter().all(|turn| *turn == 1));
        let long = conversation(&shipped("compaction-keeps"));
        let turns: Vec<u32> = long.turns.to_vec();
        assert!(turns.is_sorted() && turns.last() > Some(&1), "{turns:?}");
    }

    #[test]
    fn a_compaction_is_found_and_measured() {
        let log = conversation(&shipped("compaction-keeps"));
        let found: Vec<(u32, &str)> =
            log.compactions.iter().map(|event| (event.number, event.strategy.as_str())).collect();
        assert_eq!(found, [(1, "remote"), (2, "remote")]);
        let measured = measure(&log);
        assert!(measured.compactions[0].tokens_after < measured.compactions[0].tokens_before);
        assert_eq!(measured.breaks.len(), 2, "one at each: {:?}", measured.breaks);
    }
}
