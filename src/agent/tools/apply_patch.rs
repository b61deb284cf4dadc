//! `apply_patch`: a freeform tool. The patch itself is a pure function (`scenario::patch`); here
//! files are read, permissions looked at and changes written.

use super::{Outcome, Room};
use crate::agent::folder::{inside, join, shown, writable};
use crate::agent::host::Host;
use crate::agent::truncate::lossy;
use crate::scenario::SandboxMode;
use crate::scenario::patch::{
    Change, DESCRIPTION, GRAMMAR, Patch, PatchPath, PathKind, success_text,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn definition() -> Value {
    json!({
        "type": "custom",
        "name": "apply_patch",
        "description": DESCRIPTION,
        "format": {"type": "grammar", "syntax": "lark", "definition": GRAMMAR},
    })
}

pub(super) async fn run<H: Host>(room: &Room<'_, H>, text: &str) -> Outcome {
    match patch(room, text).await {
        Ok(outcome) => outcome,
        Err(outcome) => *outcome,
    }
}

async fn patch<H: Host>(room: &Room<'_, H>, text: &str) -> Result<Outcome, Box<Outcome>> {
    let unverified = |reason: &dyn std::fmt::Display| {
        Box::new(Outcome::text(format!("apply_patch verification failed: {reason}")))
    };
    let patch = Patch::parse(text).map_err(|error| unverified(&error))?;
    let mut files = BTreeMap::new();
    for path in patch.reads() {
        if let Some((bytes, _)) = read(room, path).await? {
            // A lossy text must not be written back; to delete a file its content does not matter.
            let changed =
                |named: &PatchPath<'_>| named.path == path && named.kind == PathKind::Modify;
            if patch.paths().iter().any(changed) && std::str::from_utf8(&bytes).is_err() {
                return Err(unverified(&format!("{path} is not UTF-8 text")));
            }
            let content = lossy(&bytes);
            files.insert(path.to_owned(), content);
        }
    }
    let changes =
        patch.apply(|path| files.get(path).cloned()).map_err(|error| unverified(&error))?;
    for change in &changes {
        targets(change).into_iter().try_for_each(|path| allowed(room, path))?;
    }
    write(room, &changes).await
}

async fn read<H: Host>(
    room: &Room<'_, H>,
    path: &str,
) -> Result<Option<(Vec<u8>, bool)>, Box<Outcome>> {
    let path = join(room.folder, path);
    room.host.read(&path).await.map_err(|error| Box::new(Outcome::sandbox("apply_patch", &error)))
}

fn targets(change: &Change) -> Vec<&str> {
    match change {
        Change::Add { path, .. } | Change::Delete { path } => vec![path],
        Change::Update { path, move_to, .. } => {
            std::iter::once(path.as_str()).chain(move_to.as_deref()).collect()
        }
    }
}

fn allowed<H>(room: &Room<'_, H>, path: &str) -> Result<(), Box<Outcome>> {
    let Some(roots) = writable(room.permissions) else { return Ok(()) };
    if room.permissions.sandbox == SandboxMode::ReadOnly {
        return Err(Box::new(Outcome::text("patch rejected: the sandbox is read-only")));
    }
    let whole = join(room.folder, path);
    // A root itself is a folder, never a file to write.
    match roots.iter().any(|root| whole != *root && inside(&whole, root)) {
        true => Ok(()),
        false => Err(Box::new(Outcome::text(format!(
            "patch rejected: {path} is outside of the writable folders ({})",
            roots.join(", ")
        )))),
    }
}

/// Writes all changes. A write that fails still tells the journal what was written before it.
async fn write<H: Host>(room: &Room<'_, H>, changes: &[Change]) -> Result<Outcome, Box<Outcome>> {
    let mut done = BTreeSet::new();
    for change in changes {
        if let Err(mut outcome) = write_one(room, change, &mut done).await {
            outcome.changed = lines(done);
            return Err(outcome);
        }
    }
    let text = format!("Exit code: 0\nWall time: 0 seconds\nOutput:\n{}", success_text(changes));
    Ok(Outcome { changed: lines(done), ..Outcome::text(text) })
}

/// Path and letter, sorted by path.
type Done = BTreeSet<(String, char)>;

fn lines(done: Done) -> Vec<String> {
    done.into_iter().map(|(path, letter)| format!("{letter} {path}")).collect()
}

async fn write_one<H: Host>(
    room: &Room<'_, H>,
    change: &Change,
    done: &mut Done,
) -> Result<(), Box<Outcome>> {
    let failed = |error| Box::new(Outcome::sandbox("apply_patch", &error));
    let mut note = |letter: char, path: &str| {
        done.insert((shown(path).to_owned(), letter));
    };
    match change {
        Change::Add { path, content } => {
            // Overwriting a script leaves it executable, as writing to it would.
            let executable = read(room, path).await?.is_some_and(|(_, executable)| executable);
            let path = join(room.folder, path);
            room.host.write(&path, content.as_bytes(), executable).await.map_err(failed)?;
            note('A', &path);
        }
        Change::Delete { path } => {
            let path = join(room.folder, path);
            room.host.remove(&path).await.map_err(failed)?;
            note('D', &path);
        }
        Change::Update { path, move_to, content } => {
            let executable = read(room, path).await?.is_some_and(|(_, executable)| executable);
            let source = join(room.folder, path);
            let target = move_to.as_deref().map_or(source.clone(), |to| join(room.folder, to));
            room.host.write(&target, content.as_bytes(), executable).await.map_err(failed)?;
            if target == source {
                note('M', &source);
                return Ok(());
            }
            note('A', &target);
            room.host.remove(&source).await.map_err(failed)?;
            note('D', &source);
        }
    }
    Ok(())
}
