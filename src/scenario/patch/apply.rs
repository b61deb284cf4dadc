//! Hunks to changes: what every file of a patch becomes.

use super::errors::PatchError;
use super::parse::{Hunk, Patch};
use super::paths::key;
use super::update::update;
use std::collections::BTreeMap;

/// What a patch does to one file. Paths are as written in the patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a new file (or overwrites one).
    Add {
        /// The file.
        path: String,
        /// Its content.
        content: String,
    },
    /// Removes a file.
    Delete {
        /// The file.
        path: String,
    },
    /// Changes a file, and perhaps moves it.
    Update {
        /// The file.
        path: String,
        /// Where it goes. A file there is overwritten, as the Codex tool does.
        move_to: Option<String>,
        /// Its new content.
        content: String,
    },
}

impl Patch {
    /// Computes every change from current contents (`None`: no such file). Nothing is half done: an
    /// error leaves all files as they are.
    ///
    /// There is one change per hunk, to be written in order; a later hunk of the same file starts from
    /// the result of the earlier one. Files that are not UTF-8 cannot be updated: the caller refuses
    /// them, since a lossy text would be written back.
    ///
    /// # Errors
    /// A file to update or delete is missing, lines are not found, a file is moved onto itself.
    pub fn apply(&self, read: impl Fn(&str) -> Option<String>) -> Result<Vec<Change>, PatchError> {
        let mut written: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut changes = Vec::new();
        for hunk in &self.hunks {
            changes.push(match hunk {
                Hunk::Add { path, lines } => {
                    let content: String = lines.iter().map(|line| format!("{line}\n")).collect();
                    written.insert(key(path), Some(content.clone()));
                    Change::Add { path: path.clone(), content }
                }
                Hunk::Delete { path } => {
                    if current(&written, path, &read).is_none() {
                        return Err(PatchError::delete_missing(path));
                    }
                    written.insert(key(path), None);
                    Change::Delete { path: path.clone() }
                }
                Hunk::Update { path, move_to, chunks } => {
                    let Some(text) = current(&written, path, &read) else {
                        return Err(PatchError::update_missing(path));
                    };
                    // A plain move leaves the bytes alone, a missing final line feed included.
                    let content =
                        if chunks.is_empty() { text } else { update(path, &text, chunks)? };
                    if let Some(target) = move_to {
                        if key(target) == key(path) {
                            return Err(PatchError::move_onto_itself(path));
                        }
                        written.insert(key(path), None);
                    }
                    let target = move_to.as_ref().unwrap_or(path);
                    written.insert(key(target), Some(content.clone()));
                    Change::Update { path: path.clone(), move_to: move_to.clone(), content }
                }
            });
        }
        Ok(changes)
    }
}

/// The file as the hunks so far leave it.
fn current(
    written: &BTreeMap<String, Option<String>>,
    path: &str,
    read: &impl Fn(&str) -> Option<String>,
) -> Option<String> {
    match written.get(&key(path)) {
        Some(content) => content.clone(),
        None => read(path),
    }
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
