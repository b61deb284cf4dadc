//! The files that are meant, and what they are.

use crate::recording::file::read_text;
use crate::recording::{RecordingError, RecordingErrorKind};
use crate::run::RunError;
use std::path::{Path, PathBuf};

/// A file to look at.
pub(in crate::cli) struct File {
    pub(in crate::cli) path: PathBuf,
    /// Whether it must be a recording: it lies where the project has its recordings.
    recording: bool,
}

/// What a file holds.
pub(super) enum Content {
    Recording(String),
    Text(String),
    Binary,
}

/// All files of these files and folders, sorted; `recordings` is where recordings lie.
pub(in crate::cli) fn find(paths: &[PathBuf], recordings: &Path) -> Result<Vec<File>, RunError> {
    let mut found = Vec::new();
    for path in paths {
        // A file that is named is meant, even by a link; links that are met may lead anywhere.
        if path.is_file() {
            found.push(path.clone());
            continue;
        }
        walk(path, &mut found).map_err(|cause| RecordingError::read(path, cause))?;
    }
    found.sort();
    found.dedup();
    let file =
        |path: PathBuf| File { recording: is_named(&path) && path.starts_with(recordings), path };
    Ok(found.into_iter().map(file).collect())
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let meta = std::fs::symlink_metadata(path)?;
    if meta.is_symlink() {
        return Ok(());
    }
    if !meta.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() != ".git" {
            walk(&entry.path(), found)?;
        }
    }
    Ok(())
}

/// Whether a recording would be named like this.
pub(in crate::cli) fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
}

impl File {
    /// What it holds. In the folder of recordings every `.jsonl` is one, however broken; elsewhere
    /// the first line tells.
    pub(super) fn read(&self) -> Result<Content, RunError> {
        let text = match read_text(&self.path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), RecordingErrorKind::Read(_)) => {
                return Err(error.into());
            }
            Err(_) if self.recording => String::new(),
            Err(_) => return Ok(Content::Binary),
        };
        let first = text.lines().next().unwrap_or_default();
        Ok(match self.recording || first.starts_with("{\"unreel\":\"recording\"") {
            true => Content::Recording(text),
            false => Content::Text(text),
        })
    }
}
