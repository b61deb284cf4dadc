//! Reading journals back into [`RunLog`]s, bodies resolved; one run at a time, so that memory does
//! not grow with their number.

use super::write::VERSION;
use super::{CallRecord, Event, JournalHeader, Objects, RequestEvent, RunLog, RunStarted};
use crate::recording::secrets::Secrets;
use crate::recording::{Exchange, Inputs, Outcome, RecordingError, RecordingErrorKind as Kind};
use crate::wire::{Digest, Raw, Request};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Reads `journal.jsonl` in `out` and hands over each run as it is complete, in matrix order.
pub fn read_journal(
    out: &Path,
    mut each: impl FnMut(RunLog),
) -> Result<JournalHeader, RecordingError> {
    let path = out.join("journal.jsonl");
    let failed = |cause| RecordingError::read(&path, cause);
    let mut lines = BufReader::new(File::open(&path).map_err(failed)?).lines();
    let first = lines.next().transpose().map_err(failed)?.unwrap_or_default();
    let header: JournalHeader = serde_json::from_str(&first).map_err(|_| {
        let found = format!("line 1 is {:?}", first.chars().take(60).collect::<String>());
        RecordingError::line(&path, 1, Kind::Format { expected: "journal", found })
    })?;
    if header.version != VERSION {
        let kind = Kind::Version { found: header.version, reads: VERSION };
        return Err(RecordingError::line(&path, 1, kind));
    }
    let mut builder: Option<Builder> = None;
    let mut store = Store::new(out);
    for (index, line) in lines.enumerate() {
        let at = |kind| RecordingError::line(&path, index + 2, kind);
        let event = parse(&line.map_err(failed)?).map_err(at)?;
        match (event, &mut builder) {
            (Event::RunStarted(started), _) => {
                let next = Builder::new(*started, &mut store)?;
                if let Some(whole) = builder.replace(next) {
                    each(whole.log);
                }
            }
            (event, Some(builder)) => builder.add(event, &mut store)?,
            (_, None) => return Err(at(Kind::Line("an event before run_started".into()))),
        }
    }
    if let Some(whole) = builder {
        each(whole.log);
    }
    Ok(header)
}

/// Reads one run's `events.jsonl`; a line cut by a kill is ignored if it is the last.
pub fn read_run(out: &Path, name: &str) -> Result<Option<RunLog>, RecordingError> {
    let path = out.join("runs").join(name).join("events.jsonl");
    let text =
        std::fs::read_to_string(&path).map_err(|cause| RecordingError::read(&path, cause))?;
    let mut store = Store::new(out);
    let mut builder: Option<Builder> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let Some(line) = line.strip_suffix('\n') else { break };
        let event = parse(line).map_err(|kind| RecordingError::line(&path, index + 1, kind))?;
        match (event, &mut builder) {
            (Event::RunStarted(started), None) => {
                builder = Some(Builder::new(*started, &mut store)?);
            }
            (event, Some(builder)) => builder.add(event, &mut store)?,
            (_, None) => {
                let kind = Kind::Line("an event before run_started".into());
                return Err(RecordingError::line(&path, index + 1, kind));
            }
        }
    }
    Ok(builder.map(|builder| builder.log))
}

fn parse(line: &str) -> Result<Event, Kind> {
    serde_json::from_str(line).map_err(|error| Kind::json(&error))
}

/// Objects read once each.
struct Store {
    objects: Objects,
    texts: BTreeMap<Digest, Raw>,
}

impl Store {
    fn new(out: &Path) -> Self {
        Self {
            objects: Objects::new(out.join("objects"), Secrets::default()),
            texts: BTreeMap::new(),
        }
    }

    fn raw(&mut self, digest: Digest) -> Result<Raw, RecordingError> {
        if let Some(raw) = self.texts.get(&digest) {
            return Ok(raw.clone());
        }
        let text = self.objects.text(digest)?;
        let raw = Raw::parse(&text).map_err(|error| {
            let what = format!("object {digest}: {error}");
            RecordingError::file(Path::new("objects"), Kind::Line(what))
        })?;
        self.texts.insert(digest, raw.clone());
        Ok(raw)
    }
}

struct Builder {
    log: RunLog,
    inputs: Inputs,
    turn: u32,
}

impl Builder {
    fn new(started: RunStarted, store: &mut Store) -> Result<Self, RecordingError> {
        let facts_json = store.objects.text(started.facts)?;
        let log = RunLog {
            started,
            facts_json,
            exchanges: Vec::new(),
            turns: Vec::new(),
            answered_by: Vec::new(),
            stale: Vec::new(),
            drifts: Vec::new(),
            calls: Vec::new(),
            compactions: Vec::new(),
            rendered: Vec::new(),
            carried: None,
            timeline: Vec::new(),
            restarts: Vec::new(),
            retries: 0,
            checks: Vec::new(),
            finished: None,
        };
        Ok(Self { log, inputs: Inputs::default(), turn: 0 })
    }

    fn add(&mut self, event: Event, store: &mut Store) -> Result<(), RecordingError> {
        match event {
            Event::RunStarted(_) | Event::TurnFinished { .. } | Event::AgentExited { .. } => {}
            Event::TurnStarted { turn } => self.turn = turn,
            Event::Rendered { tools } => self.log.rendered = tools,
            Event::Timeline(event) => {
                if event.action == "restart_server" {
                    self.log.restarts.push(self.log.exchanges.len());
                }
                self.log.timeline.push(event);
            }
            Event::Request(event) => self.request(*event, store)?,
            Event::Response(event) => {
                self.log.stale.extend(event.stale.then_some(event.seq));
                let output: Result<Vec<Raw>, _> =
                    event.output.iter().map(|digest| store.raw(*digest)).collect();
                let output = output?;
                let seq = event.seq;
                let place = self.log.exchanges.iter().rposition(|exchange| exchange.seq == seq);
                if let Some(place) = place {
                    let exchange = &mut self.log.exchanges[place];
                    exchange.status = event.status;
                    exchange.outcome = event.outcome;
                    exchange.incomplete = event.reason;
                    exchange.output = output;
                    exchange.usage = event.usage;
                    exchange.error = event.error;
                    exchange.response_id = event.response_id;
                    self.log.answered_by[place] = event.answered_by;
                }
            }
            Event::Drift(event) => self.log.drifts.push(event),
            Event::Call(event) => self.log.calls.push(CallRecord {
                seq: event.seq,
                index: event.index,
                call_id: event.call_id,
                tool: event.tool,
                arguments: store.objects.text(event.arguments)?,
                output: String::new(),
                raw_bytes: 0,
                exit: None,
                changed: Vec::new(),
            }),
            Event::Output(event) => {
                let output = store.objects.text(event.output)?;
                let call = self
                    .log
                    .calls
                    .iter_mut()
                    .rev()
                    .find(|call| call.seq == event.seq && call.index == event.index);
                if let Some(call) = call {
                    call.output = output;
                    call.raw_bytes = event.raw_bytes;
                    call.exit = event.exit;
                    call.changed = event.changed;
                }
            }
            Event::Compaction(event) => self.log.compactions.push(event),
            Event::Retry { .. } => self.log.retries += 1,
            Event::Check(event) => self.log.checks.push(event),
            Event::RunFinished(event) => self.log.finished = Some(*event),
        }
        Ok(())
    }

    fn request(&mut self, event: RequestEvent, store: &mut Store) -> Result<(), RecordingError> {
        let digests = self.inputs.decode(&event.input).ok_or_else(|| {
            let what = format!("request {}: a run points outside of earlier inputs", event.seq);
            RecordingError::file(Path::new("journal.jsonl"), Kind::Line(what))
        })?;
        let mut fields = Vec::new();
        for (key, digest) in event.fields {
            fields.push((key, store.raw(digest)?));
        }
        let input: Result<Vec<Raw>, _> = digests.iter().map(|digest| store.raw(*digest)).collect();
        let request = Request {
            fields,
            input: input?,
            input_at: event.input_at.map(|at| at as usize),
            input_is_text: event.input_is_text,
        };
        self.log.exchanges.push(Exchange {
            seq: event.seq,
            thread: event.thread,
            endpoint: event.endpoint,
            request,
            delivery: event.delivery,
            wire_bytes: event.wire_bytes,
            status: 0,
            // Until its response event arrives, the answer counts as cut.
            outcome: Outcome::Cut,
            incomplete: None,
            output: Vec::new(),
            usage: None,
            error: None,
            response_id: String::new(),
        });
        self.log.turns.push(self.turn);
        self.log.answered_by.push(String::new());
        Ok(())
    }
}
