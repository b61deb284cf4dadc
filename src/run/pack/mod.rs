//! One file that holds a run: the scenario, its recording, the agent's rules, and the events that
//! came of it. Elsewhere it gives the same journal, or says which event is the first that differs.
//!
//! JSON lines, compressed: a first line that says what it is, then a line for each file, sorted. The
//! same run packs to the same bytes. Events name everything else by digest, so that equal events are
//! equal bodies, too.

mod differ;
mod files;

pub use differ::first_difference;
pub use files::{Packed, collect};

use super::{RunError, RunErrorKind};
use crate::recording::journal::RunKey;
use crate::wire::Digest;
use serde::{Deserialize, Serialize};
use std::path::Path;

const VERSION: u64 = 1;
/// How compressed data begins.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// As compression goes; part of the format, since it decides the bytes.
const LEVEL: i32 = 9;

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackHeader {
    /// Always `pack`.
    pub unreel: String,
    /// Version of the format.
    pub version: u64,
    /// The unreel that packed it.
    pub made_by: String,
    /// The agent that ran, with its version.
    pub agent: String,
    /// The run.
    pub run: RunKey,
    /// Seed of the matrix.
    pub seed: u64,
    /// Digest of its events.
    pub journal: Digest,
}

/// A packed run.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// The first line.
    pub header: PackHeader,
    /// Its files: `scenarios/..`, `recordings/..`, and `agents/NAME.yaml` of an external agent.
    pub files: Vec<Packed>,
    /// What the run came to: its `events.jsonl`.
    pub events: String,
}

/// A line behind the first: a file, or the events.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    File(Packed),
    Events(String),
}

impl PackHeader {
    /// The first line for a run that gave these events.
    #[must_use]
    pub fn new(agent: String, run: RunKey, seed: u64, events: &str) -> Self {
        Self {
            unreel: "pack".into(),
            version: VERSION,
            made_by: concat!("unreel ", env!("CARGO_PKG_VERSION")).into(),
            agent,
            run,
            seed,
            journal: Digest::of(events),
        }
    }
}

impl Pack {
    /// Whether a file can be a pack: scenarios are folders, and no other file begins like this.
    #[must_use]
    pub fn is_at(path: &Path) -> bool {
        use std::io::Read;
        let mut start = [0; 4];
        let file = path.is_file().then(|| std::fs::File::open(path).ok()).flatten();
        file.is_some_and(|mut file| file.read_exact(&mut start).is_ok() && start == MAGIC)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// The compressor's own.
    pub fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let mut text = json(&self.header);
        let files = self.files.iter().cloned().map(Line::File);
        for line in files.chain([Line::Events(self.events.clone())]) {
            text.push('\n');
            text.push_str(&json(&line));
        }
        text.push('\n');
        zstd::encode_all(text.as_bytes(), LEVEL)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is no pack, one of another version, or one that is cut.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let wrong = |why: String| RunError::from(RunErrorKind::Pack { path: path.into(), why });
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let text = zstd::decode_all(bytes.as_slice()).ok().and_then(|b| String::from_utf8(b).ok());
        let text = text.ok_or_else(|| wrong("it is cut, or no pack at all".into()))?;
        let mut lines = text.lines().enumerate();
        let first = lines.next().map(|(_, line)| line).unwrap_or_default();
        let start: serde_json::Value = serde_json::from_str(first).unwrap_or_default();
        if start.get("unreel").and_then(|name| name.as_str()) != Some("pack") {
            return Err(wrong("it is no pack of unreel".into()));
        }
        if start.get("version").and_then(serde_json::Value::as_u64) != Some(VERSION) {
            let found = &start["version"];
            return Err(wrong(format!("it has version {found}; this unreel reads {VERSION}")));
        }
        let at =
            |line: usize, error: serde_json::Error| wrong(format!("line {}: {error}", line + 1));
        let header: PackHeader = serde_json::from_str(first).map_err(|error| at(0, error))?;
        let (mut files, mut events) = (Vec::new(), None);
        for (number, line) in lines {
            match serde_json::from_str(line).map_err(|error| at(number, error))? {
                Line::File(file) => files.push(file),
                Line::Events(text) => events = Some(text),
            }
        }
        let events = events.ok_or_else(|| wrong("it is cut: the events are missing".into()))?;
        if Digest::of(&events) != header.journal {
            return Err(wrong("it was edited: its events have another digest than it says".into()));
        }
        Ok(Self { header, files, events })
    }

    /// Writes its files below a folder, which must be empty.
    ///
    /// # Errors
    /// A name that leads out of the folder, or what the system says.
    pub fn unpack(&self, path: &Path, folder: &Path) -> Result<(), RunError> {
        files::unpack(&self.files, folder)
            .map_err(|why| RunErrorKind::Pack { path: path.into(), why }.into())
    }
}

fn json(value: &impl Serialize) -> String {
    // Our own types hold nothing that JSON cannot carry.
    serde_json::to_string(value).unwrap_or_default()
}
