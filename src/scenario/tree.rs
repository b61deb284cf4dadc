//! What the workspace holds now, and what of it differs from the seed.

use super::exec::{GIT_SECONDS, run};
use super::workspace_error::{WorkspaceError, WorkspaceErrorKind};
use crate::sandbox::{Entry, EntryKind, Sandbox};
use crate::wire::Digest;
use std::collections::BTreeMap;

/// Lists what git ignores; whole folders end in `/`. Tracked files are never among them.
const IGNORED: &str = "git ls-files -o -i --exclude-standard --directory -z 2>/dev/null";

/// The files and links of the workspace as they are now, without `.git` and ignored files.
pub(super) async fn entries(sandbox: &Sandbox) -> Result<Vec<Entry>, WorkspaceError> {
    let all = sandbox.list(".").await?;
    let ran = run(sandbox, IGNORED, GIT_SECONDS).await?;
    if ran.omitted > 0 {
        let output = format!("{} bytes of paths are ignored", ran.output.len());
        let what = "listing the ignored files";
        return Err(WorkspaceError::new(WorkspaceErrorKind::Command { what, output }));
    }
    // Without a working repository (the agent may have broken it) nothing is ignored.
    let ignored = if ran.code == Some(0) { ran.output } else { String::new() };
    Ok(kept(all, &ignored))
}

fn kept(all: Vec<Entry>, ignored: &str) -> Vec<Entry> {
    let ignored: Vec<&str> = ignored.split('\0').filter(|path| !path.is_empty()).collect();
    let is_ignored = |path: &str| {
        ignored
            .iter()
            .any(|one| if one.ends_with('/') { path.starts_with(one) } else { path == *one })
    };
    let mut out: Vec<Entry> = all
        .into_iter()
        .filter(|entry| entry.kind != EntryKind::Dir && !is_ignored(&entry.path))
        .collect();
    out.sort();
    out
}

/// Digest of the workspace as it is now: paths, modes and content, without `.git`, ignored files
/// and empty folders. Take it before the checks, whose commands may leave files.
///
/// # Errors
/// A sandbox that fails.
pub async fn final_tree(sandbox: &Sandbox) -> Result<Digest, WorkspaceError> {
    Ok(tree_digest(&entries(sandbox).await?))
}

fn tree_digest(entries: &[Entry]) -> Digest {
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| {
            let kind = match (entry.kind, entry.executable) {
                (EntryKind::Link, _) => "link",
                (EntryKind::File, true) => "exec",
                (EntryKind::File, false) => "file",
                (EntryKind::Dir, _) => "dir",
            };
            let digest = entry.digest.map(|digest| digest.to_string()).unwrap_or_default();
            format!("{kind} {digest} {}", entry.path)
        })
        .collect();
    let parts: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    Digest::of_parts(&parts)
}

/// The paths that differ from the seed, sorted, as `A p`, `M p`, `D p` (a changed mode is `M`).
///
/// # Errors
/// A sandbox that fails.
pub async fn changed_paths(
    sandbox: &Sandbox,
    seed: &[Entry],
) -> Result<Vec<String>, WorkspaceError> {
    Ok(changes(seed, &entries(sandbox).await?))
}

fn changes(before: &[Entry], after: &[Entry]) -> Vec<String> {
    let by_path = |entries: &[Entry]| -> BTreeMap<String, Entry> {
        entries.iter().map(|entry| (entry.path.clone(), entry.clone())).collect()
    };
    let (before, after) = (by_path(before), by_path(after));
    let mut out: Vec<(&String, char)> = Vec::new();
    for (path, entry) in &after {
        match before.get(path) {
            None => out.push((path, 'A')),
            Some(old) if old != entry => out.push((path, 'M')),
            Some(_) => {}
        }
    }
    out.extend(before.keys().filter(|path| !after.contains_key(*path)).map(|path| (path, 'D')));
    out.sort();
    out.into_iter().map(|(path, how)| format!("{how} {path}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str, executable: bool) -> Entry {
        let digest = Some(Digest::of(text));
        Entry { path: path.into(), kind: EntryKind::File, executable, digest }
    }

    #[test]
    fn changes_are_added_modified_and_deleted_in_path_order() {
        let before = [file("a", "1", false), file("b", "1", false), file("c", "1", false)];
        let after = [file("a", "1", true), file("b", "1", false), file("aa", "", false)];
        assert_eq!(changes(&before, &after), ["M a", "A aa", "D c"]);
        assert!(changes(&before, &before).is_empty());
    }

    #[test]
    fn ignored_files_and_folders_are_left_out() {
        let folder = Entry { kind: EntryKind::Dir, digest: None, ..file("src", "", false) };
        let all = vec![
            folder,
            file("src/a", "", false),
            file("target/x", "", false),
            file("targets", "", false),
            file("x.log", "", false),
        ];
        let paths = |ignored: &str| -> Vec<String> {
            kept(all.clone(), ignored).into_iter().map(|entry| entry.path).collect()
        };
        assert_eq!(paths("target/\0x.log\0"), ["src/a", "targets"]);
        assert_eq!(paths("").len(), 4);
    }

    #[test]
    fn the_tree_digest_knows_paths_modes_and_content() {
        let digest = |entry: Entry| tree_digest(&[entry]);
        let plain = digest(file("a", "1", false));
        assert_eq!(plain, digest(file("a", "1", false)));
        for other in [file("b", "1", false), file("a", "2", false), file("a", "1", true)] {
            assert_ne!(plain, digest(other));
        }
    }
}
