//! What the session's patches, writes and edits do to the files of the workspace.

use super::edits::{as_action, patch_text};
use super::replay::{Work, from};
use super::tools::Edit;
use crate::scenario::Action;
use crate::scenario::patch::{Change, Hunk, Patch};
use crate::scenario::workspace_error::WorkspaceError;
use std::collections::BTreeMap;

impl Work<'_> {
    pub(super) async fn write(&self, path: &str, text: &str) -> Result<(), WorkspaceError> {
        let executable = self.sandbox.read(path).await?.is_some_and(|(_, executable)| executable);
        self.sandbox.write(path, text.as_bytes(), executable).await?;
        Ok(())
    }

    async fn read(&self, path: &str) -> Result<Option<String>, WorkspaceError> {
        let found = self.sandbox.read(path).await?;
        Ok(found.and_then(|(bytes, _)| String::from_utf8(bytes).ok()))
    }

    pub(super) async fn patch(
        &mut self,
        text: &str,
        workdir: Option<&str>,
    ) -> Result<Option<Action>, WorkspaceError> {
        let text = self.redaction.clean_patch(text);
        let failed = |why: &dyn std::fmt::Display| {
            format!("a patch of the session does not apply here ({why}): left out")
        };
        let mut patch = match Patch::parse(&text) {
            Ok(patch) => patch,
            Err(error) => {
                self.out.notes.push(failed(&error));
                return Ok(None);
            }
        };
        for path in paths_of(&mut patch) {
            match self.places.inside(path, workdir) {
                Some(inside) => *path = inside,
                None => {
                    self.outside += 1;
                    return Ok(None);
                }
            }
        }
        let mut files = BTreeMap::new();
        for path in patch.reads() {
            if let Some(content) = self.read(path).await? {
                files.insert(path.to_owned(), content);
            }
        }
        let changes = match patch.apply(|path| files.get(path).cloned()) {
            Ok(changes) => changes,
            Err(error) => {
                self.out.notes.push(failed(&error));
                return Ok(None);
            }
        };
        for change in &changes {
            match change {
                Change::Add { path, content } => self.write(path, content).await?,
                Change::Delete { path } => {
                    self.sandbox.remove(path).await?;
                }
                Change::Update { path, move_to, content } => {
                    self.write(path, content).await?;
                    if let Some(target) = move_to {
                        let executable = self.sandbox.read(path).await?.is_some_and(|(_, x)| x);
                        self.sandbox.write(target, content.as_bytes(), executable).await?;
                        self.sandbox.remove(path).await?;
                    }
                }
            }
        }
        for path in paths_of(&mut patch) {
            *path = from(&self.places.folder, path);
        }
        Ok(Some(Action::Patch(patch_text(&patch))))
    }

    pub(super) async fn edit(
        &mut self,
        path: &str,
        edits: &[Edit],
    ) -> Result<Option<Action>, WorkspaceError> {
        let Some(before) = self.read(path).await? else {
            self.out
                .notes
                .push(format!("{path} is edited in the session and is not there: left out"));
            return Ok(None);
        };
        let mut after = before.clone();
        for edit in edits {
            let new = self.text(&edit.new);
            if edit.old.is_empty() || !after.contains(&edit.old) {
                self.out.notes.push(format!(
                    "an edit of {path} in the session finds other text here: left out"
                ));
                return Ok(None);
            }
            after = match edit.all {
                true => after.replace(&edit.old, &new),
                false => after.replacen(&edit.old, &new, 1),
            };
        }
        self.write(path, &after).await?;
        Ok(Some(as_action(&self.script_path(path), &before, &after)))
    }
}

/// Every path that a patch names.
fn paths_of(patch: &mut Patch) -> Vec<&mut String> {
    let hunks = patch.hunks.iter_mut().flat_map(|hunk| match hunk {
        Hunk::Add { path, .. } | Hunk::Delete { path } => vec![path],
        Hunk::Update { path, move_to, .. } => {
            [Some(path), move_to.as_mut()].into_iter().flatten().collect()
        }
    });
    hunks.collect()
}
