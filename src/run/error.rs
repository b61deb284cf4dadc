//! Errors that stop a matrix, as opposed to runs that fail.

use crate::recording::RecordingError;
use crate::sandbox::SandboxError;
use crate::scenario::ScenarioError;
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
    /// A scenario, script or variant is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A recording or journal cannot be read or written.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The folder for results cannot be used.
    #[error("{}: {cause}", path.display())]
    Out {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it and what to do.
        cause: String,
    },
    /// No recording to replay.
    #[error(
        "{scenario}: no recording at {}. Run its script with --script, or make the recording with \
         `unreel record {scenario}`", path.display()
    )]
    NoRecording {
        /// The scenario.
        scenario: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// No script to run.
    #[error(
        "{scenario}: no script.yaml beside scenario.yaml, so there is nothing to run with --script"
    )]
    NoScript {
        /// The scenario.
        scenario: String,
    },
    /// `--sandbox=require`, and this machine cannot give every guarantee.
    #[error(transparent)]
    Sandbox(SandboxError),
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
