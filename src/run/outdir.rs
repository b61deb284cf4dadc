//! The folder for results: made fresh, never someone else's.

use super::{RunError, RunErrorKind};
use crate::recording::journal::RunKey;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Files of a report.
const FILES: [&str; 6] =
    ["journal.jsonl", "timing.jsonl", "summary.md", "summary.json", "agents.md", "growth.html"];
/// Folders of a report.
const FOLDERS: [&str; 5] = ["runs", "objects", "tables", "growth", RECORDINGS];
/// What a live model said, a file for each run.
pub const RECORDINGS: &str = "recordings";

/// A folder that holds (or will hold) a journal.
#[derive(Clone, Debug)]
pub struct OutDir {
    path: PathBuf,
}

impl OutDir {
    /// Takes `path`: makes it, or empties it if it holds earlier results and nothing else. A
    /// folder with anything else in it is left alone.
    pub fn prepare(path: &Path) -> Result<Self, RunError> {
        let wrong = |cause: String| RunErrorKind::Out { path: path.to_owned(), cause };
        let io = |cause: std::io::Error| wrong(format!("results cannot be written there: {cause}"));
        match std::fs::read_dir(path) {
            Ok(entries) => {
                let mut names = Vec::new();
                for entry in entries {
                    names.push(entry.map_err(io)?.file_name().to_string_lossy().into_owned());
                }
                names.sort();
                if let Some(name) = names.iter().find(|name| !is_ours(path, name)) {
                    return Err(wrong(format!("the folder holds other things (`{name}`)")).into());
                }
                for name in names {
                    remove(&path.join(name)).map_err(io)?;
                }
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => {}
            Err(cause) if cause.kind() == ErrorKind::NotADirectory => {
                return Err(wrong("this is a file, not a folder".to_owned()).into());
            }
            Err(cause) => return Err(io(cause).into()),
        }
        std::fs::create_dir_all(path.join("runs")).map_err(io)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Where the recording of a run is kept.
    #[must_use]
    pub fn recording(&self, run: &RunKey) -> PathBuf {
        self.path.join(RECORDINGS).join(format!("{run}.jsonl"))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether an earlier matrix, perhaps a killed one, made this.
fn is_ours(out: &Path, name: &str) -> bool {
    let path = out.join(name);
    match name {
        // Others keep folders of this name too; ours hold `SCENARIO@VARIANT#TRIAL` only.
        "runs" | RECORDINGS => std::fs::read_dir(&path).is_ok_and(|runs| {
            runs.flatten().all(|run| {
                let name = run.file_name();
                let name = name.to_string_lossy();
                name.contains('@') && name.contains('#')
            })
        }),
        _ if FOLDERS.contains(&name) => path.is_dir() && out.join("runs").is_dir(),
        // `.partial` is what a file is called until it is whole.
        _ => {
            let stem = name.strip_suffix(".partial");
            let partial = |file: &str| Path::new(file).file_stem() == stem.map(str::as_ref);
            FILES.contains(&name) || stem.is_some() && FILES.iter().any(|file| partial(file))
        }
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::OutDir;
    use std::fs;

    #[test]
    fn earlier_results_are_replaced_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path();
        for place in ["runs/a@base#1", "objects/ab", "tables", "recordings"] {
            fs::create_dir_all(out.join(place)).expect("mkdir");
        }
        for file in [
            "journal.jsonl",
            "summary.md",
            "journal.partial",
            "runs/a@base#1/x",
            "recordings/a@base#1.jsonl",
        ] {
            fs::write(out.join(file), "old").expect("write");
        }
        OutDir::prepare(out).expect("ours");
        let left: Vec<_> = fs::read_dir(out).expect("read").flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(fs::read_dir(out.join("runs")).expect("read").count(), 0);
    }

    #[test]
    fn a_folder_with_anything_else_is_left_alone() {
        let others = [("runs/train-1", "model"), ("objects", "x"), ("src", "main.rs")];
        for (place, file) in others.into_iter().chain([("recordings", "fix@french.jsonl")]) {
            let folder = tempfile::tempdir().expect("a folder");
            let out = folder.path();
            fs::create_dir_all(out.join(place)).expect("mkdir");
            fs::write(out.join(place).join(file), "precious").expect("write");
            let error = OutDir::prepare(out).expect_err("not ours").to_string();
            let first = place.split('/').next().expect("a name");
            assert!(error.contains(&format!("other things (`{first}`)")), "{error}");
            assert!(out.join(place).join(file).exists());
        }
    }
}
