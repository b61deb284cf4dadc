//! Sessions from what holds conversations: recordings, and logs of runs.
//!
//! No body is put together: a recording lists its inputs by digest, and the bodies of a log share their
//! items, so an item is looked into when it is met first and recognised from then on. What a request
//! begins with is compared with the one before, a digest or an address for each item.

use super::part::{PartId, common};
use super::session::{Builder, Fate, InputShape, Session, Told};
use crate::cache::Tokenizer;
use crate::recording::file::Lack;
use crate::recording::journal::RunLog;
use crate::recording::{Outcome, Recording};
use crate::wire::{Digest, Raw};
use std::collections::{BTreeMap, HashMap};

impl Session {
    /// The threads of a recording, in order of their first requests.
    #[must_use]
    pub fn of_recording(
        name: &str,
        recording: &Recording,
        tokenizer: Tokenizer,
        tools: Option<&Raw>,
    ) -> Vec<Self> {
        // A side conversation of a log that has tools may well have none.
        let lacks = recording.header.lacks.contains(&Lack::Tools);
        let mut threads: BTreeMap<u32, Builder> = BTreeMap::new();
        let mut last: BTreeMap<u32, &Vec<Digest>> = BTreeMap::new();
        for (seq, one) in recording.exchanges.iter().enumerate() {
            let builder = threads.entry(one.thread).or_insert_with(|| {
                Builder::new(name, one.thread, tokenizer)
                    .with_tools(tools.filter(|_| one.thread == 0 || lacks))
            });
            let value = |digest: &Digest| recording.value(digest);
            let fields = builder.fields(one.endpoint, one.fields.clone(), || {
                one.fields.iter().map(|(key, digest)| (key.clone(), value(digest))).collect()
            });
            let mut item = |digest: &Digest| builder.item(*digest, || value(digest));
            // Whatever the request before said is known: only the rest is looked at.
            let before = last.insert(one.thread, &one.input).map_or(&[][..], Vec::as_slice);
            let held = common(before, &one.input);
            let items: Vec<_> = one.input[held..].iter().map(&mut item).collect();
            let output = one.output.iter().map(&mut item).collect();
            let status = one.sent.as_ref().map_or(200, |sent| sent.status);
            let told = Told {
                seq: seq as u32,
                endpoint: one.endpoint,
                input: shape(one.input_at.is_some(), one.input_is_text),
                warm_up: false,
                fate: fate(Outcome::from(&one.ending), status),
                at_ms: one.at_ms,
                usage: one.usage,
                restarted: false,
            };
            builder.request(told, fields, held, &items, output);
        }
        let header = &recording.header;
        let finish = |builder: Builder| {
            builder.finish(|session| {
                session.model.clone_from(&header.model);
                session.lacks.clone_from(&header.lacks);
                session.lacks.retain(|lack| *lack != Lack::Tools || tools.is_none());
                if !header.scenario.is_empty() && header.source.is_none() {
                    session.cluster.clone_from(&header.scenario);
                }
            })
        };
        threads.into_values().map(finish).collect()
    }

    /// The threads of a run. No measured figure of the log is read but the provider's usage, which
    /// is shown beside.
    #[must_use]
    pub fn of_log<'a>(
        name: &str,
        log: &'a RunLog,
        tokenizer: Tokenizer,
        tools: Option<&Raw>,
    ) -> Vec<Self> {
        let mut known = Known::default();
        let mut threads: BTreeMap<u32, Builder> = BTreeMap::new();
        let mut last: BTreeMap<u32, &Vec<Raw>> = BTreeMap::new();
        for (index, one) in log.exchanges.iter().enumerate() {
            let builder = threads.entry(one.thread).or_insert_with(|| {
                Builder::new(name, one.thread, tokenizer)
                    .with_tools(tools.filter(|_| one.thread == 0))
            });
            let request = &one.request;
            let key = request.fields.iter().map(|(key, raw)| (key.clone(), known.digest(raw)));
            let fields = builder.fields(one.endpoint, key.collect(), || request.fields.clone());
            let mut items = |all: &'a [Raw]| -> Vec<PartId> {
                all.iter().map(|raw| builder.item(known.digest(raw), || raw.clone())).collect()
            };
            let before = last.insert(one.thread, &request.input).map_or(&[][..], Vec::as_slice);
            let held = common(before, &request.input);
            let (items, output) = (items(&request.input[held..]), items(&one.output));
            let told = Told {
                seq: one.seq,
                endpoint: one.endpoint,
                input: shape(request.input_at.is_some(), request.input_is_text),
                warm_up: one.is_warm_up(),
                fate: fate(one.outcome, one.status),
                at_ms: None,
                usage: one.usage,
                restarted: log.restarts.contains(&index),
            };
            builder.request(told, fields, held, &items, output);
        }
        let finish = |builder: Builder| {
            builder.finish(|session| {
                session.model.clone_from(&log.started.model);
                session.facts.clone_from(&log.facts_json);
                session.cluster.clone_from(&log.started.run.scenario);
            })
        };
        threads.into_values().map(finish).collect()
    }
}

/// Digests by address: while a log is borrowed its values stay where they are, and a value that
/// requests share is hashed once.
#[derive(Default)]
struct Known<'a>(HashMap<(*const u8, usize), Digest>, std::marker::PhantomData<&'a RunLog>);

impl<'a> Known<'a> {
    fn digest(&mut self, raw: &'a Raw) -> Digest {
        let text = raw.as_str();
        *self.0.entry((text.as_ptr(), text.len())).or_insert_with(|| raw.digest())
    }
}

fn shape(is_there: bool, is_text: bool) -> InputShape {
    match (is_there, is_text) {
        (false, _) => InputShape::None,
        (true, true) => InputShape::Text,
        (true, false) => InputShape::List,
    }
}

/// What became of a request, by the rule of the server's own ledger.
fn fate(outcome: Outcome, status: u16) -> Fate {
    match outcome {
        Outcome::Completed => Fate::Completed,
        Outcome::Incomplete | Outcome::Failed => Fate::Answered,
        Outcome::Error if status == 200 => Fate::Answered,
        Outcome::Error => Fate::Refused,
        Outcome::Cut => Fate::Cut,
    }
}
