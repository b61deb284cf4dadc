//! What a workspace starts from: files and links, wherever they come from.
//!
//! A seed is read whole when its scenario is loaded, so that the scenario's digest covers the very
//! files that runs get, and nothing that happens to the folder or the repository afterwards can come
//! between two runs. The price is memory, which is why seeds have a limit.

mod bundle;
mod folder;
mod git;
mod repository;
mod source;
mod tree;

pub(super) use bundle::make as make_bundle;
pub(super) use repository::{Place, Private};
pub use source::{GitSeed, SeedSource};

use super::error::ScenarioError;
use super::yaml::Problem;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a seed, at most: it is kept in memory and written to a tmpfs for every run.
const MAX_BYTES: u64 = 512 << 20;
/// Files of a seed, at most.
const MAX_FILES: usize = 100_000;

/// The files of a seed, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    files: Arc<[SeedFile]>,
    exact: bool,
    notes: Vec<String>,
}

/// One file or link of a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedFile {
    /// Relative, with `/`.
    pub path: String,
    /// What is there.
    pub content: SeedContent,
}

/// What stands at a path of a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedContent {
    /// A file.
    File {
        /// Its bytes.
        bytes: Arc<[u8]>,
        /// Whether its owner may execute it: all that is kept of its mode.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// Where it leads.
        target: String,
    },
    /// A folder with nothing in it; only a setup leaves such.
    Folder,
}

impl SeedContent {
    /// What identifies it at its path: kind and mode, path, content.
    pub(super) fn parts<'a>(&'a self, path: &'a str) -> [&'a [u8]; 3] {
        let (mode, content): (&[u8], &[u8]) = match self {
            Self::File { bytes, executable: false } => (b"file", bytes),
            Self::File { bytes, executable: true } => (b"exec", bytes),
            Self::Link { target } => (b"link", target.as_bytes()),
            Self::Folder => (b"folder", b""),
        };
        [mode, path.as_bytes(), content]
    }
}

/// Why a seed cannot be read: an objection to a key of `scenario.yaml`, or a file that is at fault.
#[derive(Debug)]
pub(super) enum Unreadable {
    Key(Problem),
    File(ScenarioError),
}

impl From<Problem> for Unreadable {
    fn from(problem: Problem) -> Self {
        Self::Key(problem)
    }
}

impl From<ScenarioError> for Unreadable {
    fn from(error: ScenarioError) -> Self {
        Self::File(error)
    }
}

impl Seed {
    /// Reads the seed of the scenario in `dir`.
    pub(super) fn read(dir: &Path, source: &SeedSource) -> Result<Self, Unreadable> {
        match source {
            SeedSource::Folder(path) => {
                let files = folder::read(&dir.join(path))?;
                Ok(Self { files: files.into(), exact: false, notes: Vec::new() })
            }
            SeedSource::Git(seed) => {
                let (files, notes) = git::read(dir, seed)?;
                Ok(Self { files: files.into(), exact: true, notes })
            }
        }
    }

    /// Its files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[SeedFile] {
        &self.files
    }

    /// Whether each of its files belongs to the commit `seed`, ignored or not: a commit may track
    /// what its own `.gitignore` names, while a plain folder does not say.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// What people should know of it: changes of a working copy that are no part of it, contents
    /// that are only pointers.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// The objection to a seed of this size, if it is too large.
pub(super) fn too_large(files: usize, bytes: u64) -> Option<String> {
    if files > MAX_FILES {
        return Some(format!("the seed has {files} files; {MAX_FILES} is the most"));
    }
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    (bytes > MAX_BYTES)
        .then(|| format!("the seed has {} MiB; {} MiB is the most", mib(bytes), mib(MAX_BYTES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_that_memory_cannot_hold_is_refused_with_its_size() {
        assert_eq!(too_large(MAX_FILES, MAX_BYTES), None);
        let why = too_large(1, MAX_BYTES + 1).expect("too large");
        assert_eq!(why, "the seed has 513 MiB; 512 MiB is the most");
        let why = too_large(MAX_FILES + 1, 0).expect("too many");
        assert_eq!(why, "the seed has 100001 files; 100000 is the most");
    }
}
