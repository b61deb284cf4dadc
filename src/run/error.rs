//! Errors that stop a matrix, as opposed to runs that fail.

use crate::external::FindError;
use crate::recording::RecordingError;
use crate::sandbox::SandboxError;
use crate::scenario::ScenarioError;
use crate::server::{ServerError, UpstreamError};
use std::path::PathBuf;

/// Why no matrix came about.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct RunError {
    kind: RunErrorKind,
}

/// The kinds of [`RunError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunErrorKind {
    /// A packed run that cannot be made or read.
    #[error("{}: {why}", path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A scenario, script or variant is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A journal or recording cannot be written, or a journal not be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A recording that cannot be replayed.
    #[error("{error}\nhelp: restore the file, or make it again: unreel record {again}")]
    BadRecording {
        /// What is wrong with it.
        error: RecordingError,
        /// Scenario and variant, as words of a command line.
        again: String,
    },
    /// A file that was named as a recording and is none.
    #[error("{0}\nhelp: name a whole recording; `unreel record NAME` makes recordings/NAME.jsonl")]
    NoReplay(RecordingError),
    /// The folder for results cannot be used.
    #[error(
        "{}: {cause}\nhelp: choose an empty or new folder, or one with earlier results, with --out",
        path.display()
    )]
    Out {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// No recording to replay.
    #[error(
        "{}: there is no such recording\nhelp: make it: unreel record {again}; or add --script \
         to follow the script instead", path.display()
    )]
    NoRecording {
        /// Where it was looked for.
        path: PathBuf,
        /// Scenario and variant, as words of a command line.
        again: String,
    },
    /// A recording beside which no other one waits.
    #[error(
        "{}: nothing waits there for review\nhelp: ask again first: unreel record --update", path.display()
    )]
    NothingWaits {
        /// The file that would wait.
        path: PathBuf,
    },
    /// No script to run.
    #[error(
        "{}: there is no script to follow\nhelp: write one (`steps:`), or leave the scenario out",
        path.display()
    )]
    NoScript {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// No agent of this name.
    #[error(
        "unknown agent `{name}`\nhelp: known are {known}; or give the path of an agent file (.yaml), or \
         command: and a command line, as in --agent 'command:python3 agent.py {{prompt}}'"
    )]
    UnknownAgent {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// An agent that cannot be run here.
    #[error(transparent)]
    Agent(FindError),
    /// This machine failed while a scenario was verified.
    #[error("{scenario}: {error}")]
    Harness {
        /// The scenario.
        scenario: String,
        /// What failed.
        error: String,
    },
    /// `--sandbox=require`, and this machine cannot give every guarantee.
    #[error(transparent)]
    Sandbox(SandboxError),
    /// A server that was asked for does not start.
    #[error(transparent)]
    Server(ServerError),
    /// A live upstream where something is to be played.
    #[error(
        "a live upstream is not served\nhelp: record what it says: unreel record --upstream URL"
    )]
    LiveOffer,
    /// An upstream that cannot be one.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The system refuses what a program of many tasks needs.
    #[error("cannot start a runtime: {0}")]
    Runtime(String),
    /// Several scenarios where one is meant.
    #[error("{wanted}: there are {} scenarios here\nhelp: name one of them: {}", names.len(), names.join(", "))]
    Several {
        /// What was asked for.
        wanted: String,
        /// The names found.
        names: Vec<String>,
    },
    /// The thread pool did not start.
    #[error("cannot start the thread pool: {0}")]
    Pool(String),
}

impl RunError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &RunErrorKind {
        &self.kind
    }
}

impl From<RunErrorKind> for RunError {
    fn from(kind: RunErrorKind) -> Self {
        Self { kind }
    }
}

impl From<ScenarioError> for RunError {
    fn from(error: ScenarioError) -> Self {
        RunErrorKind::Scenario(error).into()
    }
}

impl From<RecordingError> for RunError {
    fn from(error: RecordingError) -> Self {
        RunErrorKind::Recording(error).into()
    }
}
