//! The folder for results: made fresh, never someone else's.

use super::{RunError, RunErrorKind};
use std::path::{Path, PathBuf};

/// A folder that holds (or will hold) a journal.
#[derive(Clone, Debug)]
pub struct OutDir {
    path: PathBuf,
}

impl OutDir {
    /// Takes `path`: makes it, or empties it if it holds earlier results. A folder with anything
    /// else in it is left alone.
    pub fn prepare(path: &Path) -> Result<Self, RunError> {
        let wrong = |cause: String| RunErrorKind::Out { path: path.to_owned(), cause };
        let io = |cause: std::io::Error| {
            wrong(format!("cannot write there: {cause}. Choose another folder with --out"))
        };
        if path.exists() {
            let entries = std::fs::read_dir(path).map_err(io)?;
            let empty = entries.count() == 0;
            let ours = path.join("journal.jsonl").exists() || path.join("runs").is_dir();
            if !empty && !ours {
                let cause = "the folder holds other files; choose an empty or new one with --out";
                return Err(wrong(cause.to_owned()).into());
            }
            for name in ["journal.jsonl", "timing.jsonl", "summary.md", "summary.json"] {
                remove(&path.join(name)).map_err(io)?;
            }
            for name in ["runs", "objects", "tables"] {
                remove(&path.join(name)).map_err(io)?;
            }
        }
        std::fs::create_dir_all(path.join("runs")).map_err(io)?;
        Ok(Self { path: path.to_owned() })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    let result = match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    };
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
