//! Why no scenario came of a session.

use crate::sandbox::SandboxError;
use crate::scenario::{ScenarioError, WorkspaceError};
use std::path::PathBuf;

/// Why no scenario came of a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FromSessionError {
    /// The log or the repository lacks what a scenario needs.
    #[error("{0}")]
    Lacks(String),
    /// The session, done again, leaves nothing that a check could look at.
    #[error("{what}")]
    Nothing {
        /// What there is not.
        what: &'static str,
        /// What could not be done again.
        because: Vec<String>,
    },
    /// A name that no scenario can have.
    #[error(
        "`{0}` cannot be the name of a scenario\nhelp: letters, digits, `-`, `_` and `.` only, not \
         starting with `.`"
    )]
    Name(String),
    /// There is a folder of that name.
    #[error("{}: there is such a folder already\nhelp: choose another name with --name", .0.display())]
    Exists(PathBuf),
    /// The folder cannot be written.
    #[error("{}: cannot write: {cause}", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// What was made is no scenario.
    #[error("what was made of the session is no scenario: {0}")]
    Scenario(#[from] ScenarioError),
    /// A workspace cannot be made.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl FromSessionError {
    pub(super) fn lacks(what: &str) -> Self {
        Self::Lacks(what.to_owned())
    }
}
