//! Errors of work in a workspace.

use super::{MissingProgram, ScenarioError};
use crate::sandbox::SandboxError;

/// Why a workspace could not be filled or looked at.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WorkspaceError {
    kind: WorkspaceErrorKind,
}

/// The kinds of [`WorkspaceError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceErrorKind {
    /// The seed cannot be read.
    #[error(transparent)]
    Scenario(ScenarioError),
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(SandboxError),
    /// A command of the harness failed in the workspace.
    #[error("{what} failed in the workspace: {output}")]
    Command {
        /// What it was to do.
        what: &'static str,
        /// What it said.
        output: String,
    },
    /// A command of the scenario's setup failed.
    #[error("the setup of the scenario failed: `{command}` {why}{output}")]
    Setup {
        /// The command.
        command: String,
        /// How it ended.
        why: String,
        /// What it said, after a colon; empty if nothing.
        output: String,
    },
    /// What the setup left cannot be a seed.
    #[error("the setup leaves what no seed may hold: {0}")]
    SetupResult(String),
    /// Results of setups cannot be kept.
    #[error("results of setups cannot be kept: {0} (--cache-dir or UNREEL_CACHE names the folder)")]
    Cache(String),
    /// A pattern of the scenario does not compile; loading refuses such a scenario.
    #[error("{0}")]
    Pattern(String),
    /// A required program does not start in the sandbox.
    #[error(transparent)]
    Program(MissingProgram),
    /// The scenario has no `solution.patch`.
    #[error("the scenario has no solution.patch")]
    NoSolution,
}

impl WorkspaceError {
    pub(super) fn new(kind: WorkspaceErrorKind) -> Self {
        Self { kind }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &WorkspaceErrorKind {
        &self.kind
    }
}

impl From<ScenarioError> for WorkspaceError {
    fn from(error: ScenarioError) -> Self {
        Self::new(WorkspaceErrorKind::Scenario(error))
    }
}

impl From<MissingProgram> for WorkspaceError {
    fn from(error: MissingProgram) -> Self {
        Self::new(WorkspaceErrorKind::Program(error))
    }
}

impl From<SandboxError> for WorkspaceError {
    fn from(error: SandboxError) -> Self {
        Self::new(WorkspaceErrorKind::Sandbox(error))
    }
}
