//! Errors of files in the formats of this room.

use std::path::{Path, PathBuf};

/// A recording or journal that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {kind}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct RecordingError {
    path: PathBuf,
    line: Option<usize>,
    kind: RecordingErrorKind,
}

/// The kinds of [`RecordingError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingErrorKind {
    /// The file system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A line is not what the format says.
    #[error("{0}")]
    Line(String),
    /// The first line does not say that this is such a file.
    #[error("not an unreel {expected}: {found}")]
    Format {
        /// `recording` or `journal`.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Another version of the format.
    #[error(
        "format version {found}; this unreel reads version {reads}. Make the file again with this version of unreel, or use the unreel that wrote it"
    )]
    Version {
        /// In the file.
        found: u64,
        /// Understood here.
        reads: u64,
    },
    /// The file ends in the middle of a line or before an item that it needs.
    #[error("the file is cut: {0}. Restore it from version control, or record it again")]
    Cut(String),
}

impl RecordingError {
    /// An error about a whole file.
    pub fn file(path: &Path, kind: impl Into<RecordingErrorKind>) -> Self {
        Self { path: path.to_owned(), line: None, kind: kind.into() }
    }

    /// An error at a line, counted from 1.
    pub fn line(path: &Path, line: usize, kind: RecordingErrorKind) -> Self {
        Self { path: path.to_owned(), line: Some(line), kind }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &RecordingErrorKind {
        &self.kind
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
