//! What `show`, `diff` and `explain` are pointed at: a recording, the log of another program, a
//! journal, one run of it, a folder of results.

use crate::measure::conversation;
use crate::measure::story::About;
use crate::recording::file::Lack;
use crate::recording::import::{detect, load};
use crate::recording::journal::{RunKey, RunLog, read_journal, read_run};
use crate::recording::{Recording, RecordingError, RecordingErrorKind};
use crate::scenario::{ScenarioError, suggest};
use std::path::{Path, PathBuf};

/// Why there is nothing to show. The second is what to do about it.
#[derive(Debug)]
pub(super) struct NoSource {
    what: String,
    help: String,
}

impl std::fmt::Display for NoSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nhelp: {}", self.what, self.help)
    }
}

impl NoSource {
    pub(super) fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into() }
    }

    /// An error that may bring its own help; else `help` is it.
    pub(super) fn of(error: &str, help: &str) -> Self {
        let (what, help) = error.split_once("\nhelp: ").unwrap_or((error, help));
        Self::new(what, help)
    }
}

impl From<ScenarioError> for NoSource {
    fn from(error: ScenarioError) -> Self {
        Self::of(&error.to_string(), "mend unreel.toml")
    }
}

/// One conversation: a recording or a run.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) about: About,
    pub(super) log: RunLog,
    /// When each exchange was sent, in milliseconds after the first, where the file tells.
    pub(super) at_ms: Vec<Option<u64>>,
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found {
    Recording(Box<Recording>),
    /// All runs of a folder of results.
    Report(PathBuf),
    /// One run of it, by the name of its folder.
    Run(PathBuf, String),
}

/// Finds out what is at a path.
pub(super) fn find(path: &Path) -> Result<Found, NoSource> {
    if path.is_dir() {
        return folder(path);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.as_ref() {
        "events.jsonl" => folder(&parent(path)),
        _ if is_journal(path) => Ok(Found::Report(parent(path))),
        _ => match Recording::load(path) {
            Ok(recording) => Ok(Found::Recording(Box::new(recording))),
            Err(error) => foreign(path, error),
        },
    }
}

/// The log of another program, which is read as its recording would be.
fn foreign(path: &Path, error: RecordingError) -> Result<Found, NoSource> {
    let is_another =
        matches!(error.kind(), RecordingErrorKind::Format { .. } | RecordingErrorKind::Line(_));
    match detect(path) {
        Ok(Some(format)) if is_another => match load(format, path) {
            Ok(imported) => Ok(Found::Recording(Box::new(imported.recording))),
            Err(error) => {
                let help = match error.kind() {
                    RecordingErrorKind::Nothing => "name a log in which a model answered",
                    _ => "unreel import FORMAT FILE reads it as what it is, if this is a mistake",
                };
                Err(NoSource::new(error.to_string(), help))
            }
        },
        _ => Err(NoSource::new(error.to_string(), advice(&error))),
    }
}

fn folder(path: &Path) -> Result<Found, NoSource> {
    if path.join("journal.jsonl").is_file() || path.join("runs").is_dir() {
        return Ok(Found::Report(path.to_owned()));
    }
    if path.join("events.jsonl").is_file()
        && let Ok(whole) = path.canonicalize()
        && let (Some(name), Some(out)) = (whole.file_name(), whole.ancestors().nth(2))
    {
        return Ok(Found::Run(out.to_owned(), name.to_string_lossy().into_owned()));
    }
    Err(NoSource::new(
        format!("{}: this folder holds no journal", path.display()),
        "name a recording, a folder of results of `unreel run`, or one of its runs/RUN",
    ))
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Whether the file begins like a journal, whatever it is called.
fn is_journal(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut start));
    read.is_ok_and(|read| start[..read].starts_with(b"{\"unreel\":\"journal\""))
}

fn advice(error: &RecordingError) -> &'static str {
    match error.kind() {
        RecordingErrorKind::Read(_) => "see that the file is there and may be read",
        RecordingErrorKind::Format { .. } => {
            "name a recording or a folder of results; sessions of other tools become recordings by \
             unreel import"
        }
        RecordingErrorKind::Version { found, reads } if (1..*reads).contains(found) => {
            "unreel migrate FILE changes its first line, and nothing else"
        }
        RecordingErrorKind::Version { .. } => "another unreel wrote it; use that one",
        RecordingErrorKind::Cut(_) => "the rest is not in the file; copy or record it again",
        _ => "recordings are not to be edited by hand; record it again",
    }
}

/// The keys of all runs in a folder of results, and those that pass `wanted`, read.
pub(super) fn runs(
    out: &Path,
    wanted: impl Fn(&RunKey) -> bool,
) -> Result<(Vec<RunKey>, Vec<RunLog>), NoSource> {
    let bad = |error: RecordingError| {
        let help = match error.kind() {
            RecordingErrorKind::Line(_) => "journals are not to be edited by hand; run it again",
            _ => "name a folder of results, with its objects/ beside it",
        };
        NoSource::new(error.to_string(), help)
    };
    let (mut keys, mut logs) = (Vec::new(), Vec::new());
    let mut take = |log: RunLog| {
        keys.push(log.started.run.clone());
        if wanted(&log.started.run) {
            logs.push(log);
        }
    };
    if out.join("journal.jsonl").is_file() {
        read_journal(out, take).map_err(bad)?;
        return Ok((keys, logs));
    }
    // Killed before the journal was put together: the runs are there.
    let entries = std::fs::read_dir(out.join("runs")).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        if let Some(log) = read_run(out, &name).map_err(bad)? {
            take(log);
        }
    }
    Ok((keys, logs))
}

/// Whether a run is meant by what somebody typed: its whole key, the key without its trial, the name
/// as tables show it.
pub(super) fn is_meant(key: &RunKey, said: &str) -> bool {
    let whole = key.to_string();
    let without_trial = whole.rsplit_once('#').map_or(whole.as_str(), |(name, _)| name);
    let short = key.name();
    let with_trial = format!("{short}#{}", key.trial);
    said == whole
        || said == with_trial
        || (key.trial == 1 && [without_trial, &short].contains(&said))
}

/// One run of a folder: the one that was named, or the only one.
pub(super) fn one_run(out: &Path, said: Option<&str>) -> Result<Source, NoSource> {
    let (keys, mut logs) = runs(out, |key| said.is_none_or(|said| is_meant(key, said)))?;
    if logs.is_empty() {
        // A scenario that was run once is known by its name, whatever its variant.
        let mut named = keys.iter().filter(|key| said == Some(key.scenario.as_str()));
        if let (Some(key), None) = (named.next(), named.next()) {
            logs = runs(out, |other| other == key)?.1;
        }
    }
    match logs.len() {
        1 => Ok(Source::of_run(logs.remove(0))),
        _ => Err(no_such_run(out, &keys, said)),
    }
}

/// That a run is not there, or which of them is meant.
pub(super) fn no_such_run(out: &Path, keys: &[RunKey], said: Option<&str>) -> NoSource {
    let out = out.display();
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    match said {
        _ if names.is_empty() => {
            NoSource::new(format!("{out}: the journal holds no run"), "run a scenario into it")
        }
        Some(said) => {
            // Near to a whole key, or to the short name that tables show.
            let short: Vec<String> = keys.iter().map(RunKey::name).collect();
            let names = if said.contains(['@', '#', '+']) { &names } else { &short };
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            NoSource::new(format!("{out}: there is no run `{said}`"), suggest(said, &known))
        }
        None => NoSource::new(
            format!("{out}: which of its {} runs is meant?", names.len()),
            format!("name one: {}", names.join(", ")),
        ),
    }
}

impl Source {
    /// A run.
    pub(super) fn of_run(log: RunLog) -> Self {
        let started = &log.started;
        let about = About {
            kind: "run".into(),
            upstream: None,
            source: None,
            name: started.run.to_string(),
            provenance: started.provenance.clone(),
            agent: started.agent.clone(),
            model: started.model.clone(),
            scenario: started.run.scenario.clone(),
            variant: started.run.variant.clone(),
            rules: Vec::new(),
            lacks: Vec::new(),
        };
        Self { about, log, at_ms: Vec::new() }
    }

    /// A recording.
    pub(super) fn of_recording(path: &Path, recording: &Recording) -> Self {
        let header = &recording.header;
        let about = About {
            kind: "recording".into(),
            upstream: header.upstream.clone(),
            source: header.source.as_ref().map(made_from),
            name: path.display().to_string(),
            provenance: header.provenance.clone(),
            agent: header.agent.clone(),
            model: header.model.clone(),
            scenario: header.scenario.clone(),
            variant: header.variant.clone(),
            rules: header.rules.iter().map(|(name, version)| (name.clone(), *version)).collect(),
            lacks: header.lacks.iter().map(lack).collect(),
        };
        let at_ms = recording.exchanges.iter().map(|exchange| exchange.at_ms).collect();
        Self { about, log: conversation(recording), at_ms }
    }
}

/// A word of the first line, as it stands there.
fn lack(lack: &Lack) -> String {
    let word = serde_json::to_value(lack).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

fn made_from(source: &crate::recording::file::Source) -> String {
    let version = source.version.as_ref().map(|version| format!(" {version}"));
    format!("{}{}", source.format, version.unwrap_or_default())
}
