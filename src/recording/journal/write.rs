//! Writing a journal: one `events.jsonl` a run as it happens, one `journal.jsonl` at the end.

use super::{Event, Objects, RequestEvent, RunKey, Sink};
use crate::recording::secrets::Secrets;
use crate::recording::{Exchange, Inputs, RecordingError};
use crate::wire::{Digest, Raw};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The version of the journal's format.
pub(super) const VERSION: u64 = 1;

/// The first line of `journal.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalHeader {
    /// Always `journal`.
    pub unreel: String,
    /// Version of the format.
    pub version: u64,
    /// Seed of the matrix.
    pub seed: u64,
    /// Number of trials of each scenario and variant.
    pub trials: u32,
    /// The sequence of runs.
    pub runs: Vec<RunKey>,
    /// Whether the matrix was stopped before its end.
    pub interrupted: bool,
    /// Why it was stopped before its end, if not by the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl JournalHeader {
    /// A header of the current version.
    #[must_use]
    pub fn new(seed: u64, trials: u32, runs: Vec<RunKey>, interrupted: bool) -> Self {
        let (unreel, version, stopped) = ("journal".into(), VERSION, None);
        Self { unreel, version, seed, trials, runs, interrupted, stopped }
    }
}

/// Appends the events of one run; each line is flushed, so that a killed run stays readable.
#[derive(Debug)]
pub struct RunWriter {
    folder: PathBuf,
    objects: Objects,
    secrets: Secrets,
    unique: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    inputs: Inputs,
    /// The first thing that could not be written; later events are dropped, the run fails.
    failed: Option<RecordingError>,
}

impl RunWriter {
    /// Starts `out/runs/KEY/events.jsonl`; `secrets` do not reach the disk.
    pub fn create(out: &Path, run: &RunKey, secrets: Secrets) -> Result<Self, RecordingError> {
        let folder = out.join("runs").join(run.to_string());
        let path = folder.join("events.jsonl");
        let error = |cause: std::io::Error| RecordingError::write(&path, cause);
        std::fs::create_dir_all(&folder).map_err(error)?;
        let file = File::create(&path).map_err(error)?;
        let state = State { file, inputs: Inputs::default(), failed: None };
        Ok(Self {
            folder,
            objects: Objects::new(out.join("objects"), secrets.clone()),
            secrets,
            unique: run.to_string(),
            state: Mutex::new(state),
        })
    }

    /// Appends the request of an exchange, its body split into objects; `whole` is the body itself
    /// where fields and items do not give its bytes back.
    pub fn request(&self, exchange: &Exchange, whole: Option<&[u8]>) {
        let request = &exchange.request;
        let keep = |raw: &Raw| self.object(raw.as_str().as_bytes());
        let fields = request.fields.iter().map(|(key, value)| (key.clone(), keep(value))).collect();
        let input: Vec<Digest> = request.input.iter().map(keep).collect();
        let refs = self.lock().inputs.encode(&input);
        self.event(Event::Request(Box::new(RequestEvent {
            seq: exchange.seq,
            thread: exchange.thread,
            endpoint: exchange.endpoint,
            wire_bytes: exchange.wire_bytes,
            fields,
            input_at: request.input_at.map(|at| at as u32),
            input_is_text: request.input_is_text,
            input: refs,
            body: whole.map(|body| self.object(body)),
            delivery: exchange.delivery.clone(),
        })));
    }

    /// Keeps what an external agent printed, for people. The name says that it is no part of what
    /// repeats: times and random ids stand in it.
    pub fn agent_log(&self, text: &str) -> Result<(), RecordingError> {
        let path = self.folder.join("timing.agent.log");
        let text = self.secrets.redact(text).0;
        std::fs::write(&path, &*text).map_err(|cause| RecordingError::write(&path, cause))
    }

    /// The first failure to write, if any.
    pub fn failure(&self) -> Result<(), RecordingError> {
        match self.lock().failed.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while holding the lock leaves whole lines only.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Sink for RunWriter {
    fn object(&self, bytes: &[u8]) -> Digest {
        match self.objects.put(bytes, &self.unique) {
            Ok(digest) => digest,
            Err(error) => {
                self.lock().failed.get_or_insert(error);
                Digest::of(bytes)
            }
        }
    }

    fn event(&self, event: Event) {
        let line = serde_json::to_string(&event).unwrap_or_default();
        // What an agent says or a check prints; digests are none.
        let mut line = self.secrets.redact(&line).0.into_owned();
        line.push('\n');
        let mut state = self.lock();
        if state.failed.is_some() {
            return;
        }
        if let Err(cause) = state.file.write_all(line.as_bytes()) {
            state.failed = Some(RecordingError::write(Path::new("events.jsonl"), cause));
        }
    }
}

/// Joins the events of all runs, in matrix order, into `journal.jsonl`.
pub fn assemble(out: &Path, header: &JournalHeader) -> Result<(), RecordingError> {
    let path = out.join("journal.jsonl");
    let error = |cause: std::io::Error| RecordingError::write(&path, cause);
    let temporary = path.with_extension("partial");
    let mut file = std::io::BufWriter::new(File::create(&temporary).map_err(error)?);
    let first = serde_json::to_string(header).unwrap_or_default();
    writeln!(file, "{first}").map_err(error)?;
    for run in &header.runs {
        let events = out.join("runs").join(run.to_string()).join("events.jsonl");
        // A run that never started has no file.
        if let Ok(mut events) = File::open(events) {
            std::io::copy(&mut events, &mut file).map_err(error)?;
        }
    }
    file.flush().map_err(error)?;
    std::fs::rename(&temporary, &path).map_err(error)
}
