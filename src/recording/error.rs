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
    /// The file system does not give it.
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// The file system does not take it.
    #[error("cannot be written: {0}")]
    Write(std::io::Error),
    /// A line is not what the format says.
    #[error("{0}")]
    Line(String),
    /// The first line does not say that this is such a file.
    #[error("this is no unreel {expected}: {found}")]
    Format {
        /// `recording` or `journal`.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Another version of the format.
    #[error(
        "the file has format version {found}; this unreel reads version {reads}{}",
        if *found > 0 && found < reads { "; `unreel migrate` brings older files to it" } else { "" }
    )]
    Version {
        /// In the file.
        found: u64,
        /// Understood here.
        reads: u64,
    },
    /// A recording without texts, where one is to be played.
    #[error(
        "it was made by `unreel pack --structure-only`: it holds figures and no texts, so it can \
             be measured and not played"
    )]
    NoTexts,
    /// A log without a single answer.
    #[error("the log holds no answer of a model")]
    Nothing,
    /// The file ends in the middle of a line or before an item that it needs.
    #[error("the file is cut: {0}")]
    Cut(String),
}

impl RecordingErrorKind {
    /// A line that is no JSON, or not of the shape that it must have; a line is one JSON text, so
    /// the parser's line number says nothing.
    pub(super) fn json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        // The list of all that it could be helps nobody who did not write the file.
        let what = what.split_once(", expected one of").map_or(what, |(what, _)| what);
        Self::Line(format!("column {}: {what}", error.column()))
    }
}

impl RecordingError {
    /// An error about a whole file.
    pub fn file(path: &Path, kind: RecordingErrorKind) -> Self {
        Self { path: path.to_owned(), line: None, kind }
    }

    /// A file that cannot be read.
    #[must_use]
    pub fn read(path: &Path, cause: std::io::Error) -> Self {
        Self::file(path, RecordingErrorKind::Read(cause))
    }

    /// A file that cannot be written.
    #[must_use]
    pub fn write(path: &Path, cause: std::io::Error) -> Self {
        Self::file(path, RecordingErrorKind::Write(cause))
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

    /// The line, from 1, if one is meant.
    #[must_use]
    pub fn at(&self) -> Option<usize> {
        self.line
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
