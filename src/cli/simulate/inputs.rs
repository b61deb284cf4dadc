//! What `simulate` is pointed at: recordings, journals, runs of them, folders of these, and logs of
//! other programs as they are.

use crate::cache::Tokenizer;
use crate::cli::source::{Found, NoSource, find, runs};
use crate::measure::simulate::{Input, Session};
use crate::recording::import::{detect, load};
use crate::recording::journal::RunLog;
use crate::recording::{Recording, RecordingErrorKind};
use crate::wire::Raw;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How sessions are read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) tokenizer: Tokenizer,
    /// Tool definitions for logs that lack them.
    pub(super) tools: Option<Raw>,
}

/// What was read, and how many files of folders were passed over.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) all: Vec<Input>,
    pub(super) passed_over: usize,
    /// Real paths of what was read: a file that is named twice counts once.
    seen: BTreeSet<PathBuf>,
}

impl Inputs {
    /// Adds what is at a path.
    pub(super) fn add(&mut self, path: &Path, reading: &Reading) -> Result<(), NoSource> {
        if path.is_dir() && !is_results(path) {
            let before = self.all.len();
            self.folder(path, reading)?;
            return match self.all.len() > before || before > 0 {
                true => Ok(()),
                false => Err(NoSource::new(
                    format!("{}: this folder holds no recording, journal or log", path.display()),
                    "name files, or a folder of recordings or of results of `unreel run`",
                )),
            };
        }
        match is_log(path) {
            true => self.log(path, reading),
            false => self.own(path, reading),
        }
    }

    /// All of a folder that can be read, in order of names; other files are passed over.
    fn folder(&mut self, folder: &Path, reading: &Reading) -> Result<(), NoSource> {
        let entries = std::fs::read_dir(folder).map_err(|cause| {
            let what = format!("{}: {cause}", folder.display());
            NoSource::new(what, "see that the folder may be read")
        })?;
        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        for path in inside {
            if path.is_dir() && !is_results(&path) {
                self.folder(&path, reading)?;
            } else if path.is_dir() || is_recording(&path) {
                self.own(&path, reading)?;
            } else if is_log(&path) {
                // One broken log among many is told, and does not keep the others.
                if self.log(&path, reading).is_err() {
                    self.passed_over += 1;
                }
            } else {
                self.passed_over += 1;
            }
        }
        Ok(())
    }

    /// Whether nothing at this path was read before.
    fn is_new(&mut self, path: &Path) -> bool {
        self.seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }

    /// A recording, or runs.
    fn own(&mut self, path: &Path, reading: &Reading) -> Result<(), NoSource> {
        match find(path)? {
            Found::Recording(_) if !self.is_new(path) => {}
            Found::Recording(recording) => self.recording(path, &recording, reading),
            Found::Run(out, name) => {
                self.runs(&out, reading, |log| log.started.run.to_string() == name)?
            }
            Found::Report(out) => self.runs(&out, reading, |_| true)?,
        }
        Ok(())
    }

    fn log(&mut self, path: &Path, reading: &Reading) -> Result<(), NoSource> {
        if !self.is_new(path) {
            return Ok(());
        }
        let imported =
            detect(path).and_then(|format| format.map(|format| load(format, path)).transpose());
        match imported {
            Ok(Some(imported)) => {
                self.recording(path, &imported.recording, reading);
                Ok(())
            }
            // `is_log` says that it is one.
            Ok(None) => Ok(()),
            Err(error) if matches!(error.kind(), RecordingErrorKind::Nothing) => Ok(()),
            Err(error) => Err(NoSource::new(error.to_string(), "see `unreel import`")),
        }
    }

    fn recording(&mut self, path: &Path, recording: &Recording, reading: &Reading) {
        let name = path.display().to_string();
        let tools = reading.tools.as_ref();
        let sessions = Session::of_recording(&name, recording, reading.tokenizer, tools);
        self.all.push(Input { name, sessions });
    }

    fn runs(
        &mut self,
        out: &Path,
        reading: &Reading,
        wanted: impl Fn(&RunLog) -> bool,
    ) -> Result<(), NoSource> {
        let (_, logs) = runs(out, |_| true)?;
        for log in logs.iter().filter(|log| wanted(log) && !log.exchanges.is_empty()) {
            // Two folders may hold runs of the same name.
            let path = out.join("runs").join(log.started.run.to_string());
            if !self.is_new(&path) {
                continue;
            }
            let name = path.display().to_string();
            let tools = reading.tools.as_ref();
            let sessions = Session::of_log(&name, log, reading.tokenizer, tools);
            self.all.push(Input { name, sessions });
        }
        Ok(())
    }
}

/// Whether a folder holds results of `unreel run`, or is one run of them.
fn is_results(path: &Path) -> bool {
    let holds = |name: &str| path.join(name).exists();
    holds("journal.jsonl") || holds("events.jsonl") || path.join("runs").is_dir()
}

/// Whether a file begins like a recording.
fn is_recording(path: &Path) -> bool {
    let name = path.to_string_lossy();
    (name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")) && begins_as_ours(path)
}

/// Whether a file is the log of another program.
fn is_log(path: &Path) -> bool {
    path.is_file() && !begins_as_ours(path) && matches!(detect(path), Ok(Some(_)))
}

/// Whether a file, compressed or not, begins like one of ours.
fn begins_as_ours(path: &Path) -> bool {
    use std::io::Read;
    const HEAD: &[u8] = b"{\"unreel\":\"";
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    let mut start = [0; HEAD.len()];
    let read = match path.extension().is_some_and(|end| end == "zst") {
        true => zstd::Decoder::new(file).and_then(|mut text| text.read_exact(&mut start)),
        false => file.read_exact(&mut start),
    };
    read.is_ok() && start == HEAD
}
