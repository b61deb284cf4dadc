//! Errors of reports.

use std::path::{Path, PathBuf};

/// A report file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {cause}\nhelp: see that the folder can be written to and that there is room", path.display())]
pub struct ReportError {
    path: PathBuf,
    cause: String,
}

impl ReportError {
    pub(super) fn new(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self { path: path.to_owned(), cause: cause.to_string() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
