//! `unreel review`: recordings that were made anew, looked at by a person and accepted or rejected.

use super::args::{Common, SandboxChoice};
use super::project::Project;
use super::update::waiting;
use super::{Exit, console, options};
use crate::recording::matching::changes;
use crate::recording::{Recording, RecordingError};
use crate::report::{Reviewed, plural, review as text};
use crate::run::{RunError, RunErrorKind, Subject, recordings_of};
use clap::Args;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

mod play;

use play::{Playground, Stale};

#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// Names of recordings, such as `fix-failing-test` or `role-conflict@swapped` [default: all that
    /// wait]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Take all of them without asking
    #[arg(long, conflicts_with = "reject")]
    accept: bool,
    /// Throw all of them away without asking
    #[arg(long)]
    reject: bool,
    /// Keep the recorded answers: put the requests that the agent sends now in the place of the old
    /// ones, and mark the answers stale
    #[arg(long, requires = "names", conflicts_with = "reject")]
    requests_only: bool,
    /// The agent whose recordings are meant [default: builtin, or as unreel.toml says]
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Where the agent is installed, if not on PATH: its program, or a folder that holds it
    #[arg(long, value_name = "PATH")]
    agent_path: Option<PathBuf>,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Folder that holds the scenarios [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// What to do where the sandbox cannot give every guarantee
    #[arg(long, value_enum, default_value = "best-effort")]
    sandbox: SandboxChoice,
}

/// Reviews.
pub(super) fn review(args: &ReviewArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &ReviewArgs) -> Result<Exit, RunError> {
    let project = Project::here()?;
    let subjects = options::subjects(&project, args.agent.as_slice(), args.agent_path.as_deref())?;
    let subject = subjects.into_iter().next().unwrap_or(Subject::Builtin);
    let folder = recordings_of(&project.recordings(args.recordings.as_deref()), subject.name());
    let files = files(&folder, args)?;
    if files.is_empty() {
        console::out("nothing waits for review\n");
        return Ok(Exit::Good);
    }
    let common = Common {
        scenarios: Vec::new(),
        root: args.root.clone(),
        jobs: Some(1),
        sandbox: args.sandbox,
        cache_dir: None,
    };
    let matrix = options::matrix(&common, 1, 1, true)?;
    let ground = Playground { scenarios: project.scenarios(args.root.as_deref()), matrix, subject };
    let mut left = 0;
    for file in files {
        let one = match args.requests_only {
            true => requests_only(&ground, &file)?,
            false => Pending::of(&ground, &file)?,
        };
        let Some(one) = one else {
            left += 1;
            continue;
        };
        if one.is_unchanged() {
            console::out(&format!("{}: the agent asks what was recorded\n", one.path.display()));
            continue;
        }
        console::out(&text(&one.reviewed));
        match decide(args) {
            Decision::Accept => one.accept()?,
            Decision::Reject => one.reject()?,
            Decision::Skip => left += 1,
        }
    }
    if left > 0 {
        let what = plural(left, "recording");
        console::note(&format!(
            "{what} left to review: unreel review on a terminal, or with --accept or --reject"
        ));
    }
    Ok(if left == 0 { Exit::Good } else { Exit::Failed })
}

/// The recordings that are meant; by themselves, those beside which something waits.
fn files(folder: &Path, args: &ReviewArgs) -> Result<Vec<PathBuf>, RunError> {
    let mut files: Vec<PathBuf> = args
        .names
        .iter()
        .map(|name| folder.join(format!("{}.jsonl", name.trim_end_matches(".jsonl"))))
        .collect();
    if files.is_empty() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let waiting = names.filter_map(|name| Some(name.strip_suffix(".jsonl.new")?.to_owned()));
        files = waiting.map(|name| folder.join(format!("{name}.jsonl"))).collect();
        files.sort();
    }
    for path in files.iter().filter(|_| !args.requests_only) {
        if !waiting(path).is_file() {
            let path = waiting(path);
            return Err(RunErrorKind::NothingWaits { path }.into());
        }
    }
    Ok(files)
}

enum Decision {
    Accept,
    Reject,
    Skip,
}

/// What was said on the command line, or else at the terminal. Nobody there: nothing is decided.
fn decide(args: &ReviewArgs) -> Decision {
    match (args.accept, args.reject) {
        (true, _) => return Decision::Accept,
        (_, true) => return Decision::Reject,
        _ if !std::io::stdin().is_terminal() => return Decision::Skip,
        _ => {}
    }
    loop {
        console::out("  a accept · r reject · s skip > ");
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
            return Decision::Skip;
        }
        match line.trim() {
            "a" | "accept" => return Decision::Accept,
            "r" | "reject" => return Decision::Reject,
            "s" | "skip" => return Decision::Skip,
            _ => {}
        }
    }
}

/// A recording that may take the place of another.
struct Pending {
    path: PathBuf,
    /// What is put there; `None` where the file that waits is.
    recording: Option<Recording>,
    reviewed: Reviewed,
}

impl Pending {
    /// What waits beside a recording.
    fn of(ground: &Playground, path: &Path) -> Result<Option<Self>, RunError> {
        let new = Recording::load(&waiting(path))?;
        // A variant without a recording of its own was played from that of its scenario.
        let base = path.with_file_name(format!("{}.jsonl", new.header.scenario));
        let old = [path, base.as_path()].into_iter().find(|path| path.is_file());
        let old = old.map(Recording::load).transpose()?;
        let outcomes = match &old {
            Some(old) => ground.outcome(path, old)?.zip(ground.outcome(path, &new)?),
            None => None,
        };
        let reviewed = Reviewed {
            file: path.display().to_string(),
            exchanges: (old.as_ref().map(|old| old.exchanges.len()), new.exchanges.len()),
            changes: old.as_ref().map(|old| changes(old, &new)).unwrap_or_default(),
            outcomes,
            stale: new.exchanges.iter().filter(|exchange| exchange.stale).count(),
        };
        Ok(Some(Self { path: path.to_owned(), recording: None, reviewed }))
    }

    /// Whether there is nothing to decide: the requests are those of the recording.
    fn is_unchanged(&self) -> bool {
        self.recording.is_some() && self.reviewed.changes.is_empty()
    }

    fn accept(self) -> Result<(), RecordingError> {
        let waiting = waiting(&self.path);
        match self.recording {
            Some(recording) => {
                recording.save(&self.path)?;
                // It was made for requests that are answered now.
                let _ = std::fs::remove_file(&waiting);
            }
            None => std::fs::rename(&waiting, &self.path)
                .map_err(|cause| RecordingError::write(&self.path, cause))?,
        }
        console::out(&format!("accepted: {}\n", self.path.display()));
        Ok(())
    }

    fn reject(self) -> Result<(), RecordingError> {
        let waiting = waiting(&self.path);
        if self.recording.is_none() {
            std::fs::remove_file(&waiting)
                .map_err(|cause| RecordingError::write(&waiting, cause))?;
        }
        console::out(&format!("rejected: {} is left as it was\n", self.path.display()));
        Ok(())
    }
}

/// The recorded answers under the requests that the agent sends now.
fn requests_only(ground: &Playground, path: &Path) -> Result<Option<Pending>, RunError> {
    let old = Recording::load(path).map_err(RunErrorKind::NoReplay)?;
    let Stale { recording, before, after } = match ground.stale(path, &old)? {
        Ok(stale) => stale,
        Err(why) => {
            console::error(&format!(
                "{}: {why}\nhelp: ask again instead: unreel record --update {}",
                path.display(),
                old.header.scenario
            ));
            return Ok(None);
        }
    };
    let stale = recording.exchanges.iter().filter(|exchange| exchange.stale).count();
    let reviewed = Reviewed {
        file: path.display().to_string(),
        exchanges: (Some(old.exchanges.len()), recording.exchanges.len()),
        changes: changes(&old, &recording),
        outcomes: Some((before, after)),
        stale,
    };
    Ok(Some(Pending { path: path.to_owned(), recording: Some(recording), reviewed }))
}
