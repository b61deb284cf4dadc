//! A recording as the log of a run, so that every measure works on it.
//!
//! A recording has no events, so calls, outputs and compactions are read from its exchanges: an
//! output is what the first later request shows for a call, and a compaction is where a request
//! holds a summary or a sealed compaction that the one before it did not, instead of what that held.

use super::protocol::{is_sampling, is_summary};
use crate::recording::journal::{CallRecord, CompactionEvent, RunKey, RunLog, RunStarted};
use crate::recording::{Exchange, Recording};
use crate::wire::{Digest, Item, Kind};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The log that a run of this recording would have left, as far as it can be told.
#[must_use]
pub fn log_of(recording: &Recording) -> RunLog {
    let exchanges = recording.to_exchanges();
    let header = &recording.header;
    let mut key = RunKey::builtin(&header.scenario, &header.variant, 1);
    if let Some(source) = &header.source {
        key.agent.clone_from(&source.format);
    }
    let digest = Digest::of("");
    let started = RunStarted {
        run: key,
        seed: 0,
        agent: header.agent.clone(),
        provenance: header.provenance.clone(),
        scenario_digest: digest,
        variant_digest: digest,
        cache: "provider".into(),
        compaction: "agent".into(),
        model: header.model.clone(),
        facts: Digest::of("[]"),
        expect_fail: None,
    };
    RunLog {
        started,
        facts_json: "[]".into(),
        turns: Vec::new(),
        answered_by: recording.exchanges.iter().map(|one| one.answered_by.clone()).collect(),
        calls: calls(&exchanges),
        compactions: compactions(recording, &exchanges),
        exchanges,
        rendered: Vec::new(),
        timeline: Vec::new(),
        restarts: Vec::new(),
        retries: 0,
        checks: Vec::new(),
        finished: None,
    }
}

fn id(item: &Item) -> String {
    item.call_id().or(item.id()).unwrap_or_default().to_owned()
}

fn calls(exchanges: &[Exchange]) -> Vec<CallRecord> {
    // Each item is looked at once, however many requests repeat it.
    let mut seen: HashSet<Digest> = HashSet::new();
    let mut outputs: HashMap<String, String> = HashMap::new();
    for raw in exchanges.iter().flat_map(|exchange| &exchange.request.input) {
        if seen.insert(raw.digest()) {
            let item = raw.item();
            if item.kind().is_output() {
                outputs.entry(id(&item)).or_insert_with(|| item.text());
            }
        }
    }
    let mut calls = Vec::new();
    for exchange in exchanges {
        let items = exchange.output.iter().map(|raw| raw.item());
        for (index, item) in items.filter(|item| item.kind().is_call()).enumerate() {
            let call_id = id(&item);
            let output = outputs.get(&call_id).cloned().unwrap_or_default();
            let arguments = match item.arguments() {
                Some(arguments) => arguments.to_owned(),
                None => item.value().get("action").map(ToString::to_string).unwrap_or_default(),
            };
            calls.push(CallRecord {
                seq: exchange.seq,
                index: index as u32,
                call_id,
                tool: item.str("name").or(item.str("type")).unwrap_or_default().to_owned(),
                arguments,
                raw_bytes: output.len() as u64,
                output,
                exit: None,
                changed: Vec::new(),
            });
        }
    }
    calls
}

/// The last sampling request of a thread, and what came to it since.
#[derive(Default)]
struct Before {
    sampled: Option<(u32, HashSet<Digest>)>,
    call: Option<(u32, &'static str)>,
}

fn compactions(recording: &Recording, exchanges: &[Exchange]) -> Vec<CompactionEvent> {
    let mut threads: BTreeMap<u32, Before> = BTreeMap::new();
    let mut marks: HashMap<Digest, Option<&'static str>> = HashMap::new();
    let mut found = Vec::new();
    for (exchange, recorded) in exchanges.iter().zip(&recording.exchanges) {
        let before = threads.entry(exchange.thread).or_default();
        if !is_sampling(exchange) {
            let last = exchange.request.input.last().map(|raw| raw.item().kind());
            let remote = last == Some(Kind::CompactionTrigger);
            before.call = Some((exchange.seq, if remote { "remote" } else { "summary" }));
            continue;
        }
        let (call, old) = (before.call.take(), before.sampled.take());
        if let Some((before_seq, old)) = old {
            let items = exchange.request.input.iter().zip(&recorded.input);
            let strategy =
                items.filter(|(_, digest)| !old.contains(*digest)).find_map(|(raw, digest)| {
                    *marks.entry(*digest).or_insert_with(|| {
                        let item = raw.item();
                        match item.kind() {
                            Kind::Compaction => Some("remote"),
                            _ if is_summary(&item) => Some("summary"),
                            _ => None,
                        }
                    })
                });
            if let Some(strategy) = strategy {
                let bytes = |seq: u32| exchanges[seq as usize].wire_bytes.div_ceil(4);
                found.push(CompactionEvent {
                    number: found.len() as u32 + 1,
                    strategy: call.map_or(strategy, |(_, named)| named).to_owned(),
                    phase: "unknown".into(),
                    before_seq,
                    call_seq: call.map(|(seq, _)| seq),
                    estimate_before: bytes(before_seq),
                    estimate_after: bytes(exchange.seq),
                    error: None,
                });
            }
        }
        before.sampled = Some((exchange.seq, recorded.input.iter().copied().collect()));
    }
    found
}
