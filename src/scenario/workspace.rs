//! The workspace of a run: the seed made a repository whose commit id is the same everywhere, and
//! what of it has changed in the end.

use super::paths::tidy;
use super::seed::{SeedContent, SeedFile, read_seed};
use super::{Effective, Scenario, ScenarioError};
use crate::sandbox::{Access, Entry, EntryKind, ExecSpec, Sandbox, SandboxError, Until};
use crate::wire::Digest;
use std::collections::BTreeMap;

/// Why a workspace could not be filled or looked at.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WorkspaceError {
    kind: WorkspaceErrorKind,
}

/// The kinds of [`WorkspaceError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceErrorKind {
    /// The seed cannot be read.
    #[error(transparent)]
    Scenario(ScenarioError),
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(SandboxError),
    /// A command of the harness failed in the workspace.
    #[error("{what} failed in the workspace: {output}")]
    Command {
        /// What it was to do.
        what: &'static str,
        /// What it said.
        output: String,
    },
    /// A pattern of the scenario does not compile; loading refuses such a scenario.
    #[error("{0}")]
    Pattern(String),
    /// The scenario has no `solution.patch`.
    #[error("the scenario has no solution.patch")]
    NoSolution,
}

impl WorkspaceError {
    pub(super) fn new(kind: WorkspaceErrorKind) -> Self {
        Self { kind }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &WorkspaceErrorKind {
        &self.kind
    }
}

impl From<ScenarioError> for WorkspaceError {
    fn from(error: ScenarioError) -> Self {
        Self::new(WorkspaceErrorKind::Scenario(error))
    }
}

impl From<SandboxError> for WorkspaceError {
    fn from(error: SandboxError) -> Self {
        Self::new(WorkspaceErrorKind::Sandbox(error))
    }
}

/// What a filled workspace starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Id of the commit `seed`.
    pub commit: String,
    /// Its files and links without the ignored ones, sorted by path.
    pub entries: Vec<Entry>,
}

/// Makes the repository. The configuration is written as a whole, so that neither the version nor
/// the configuration of git on this machine shows; author, committer and dates come from the
/// sandbox's environment.
const INIT: &str = "set -e
export GIT_DEFAULT_HASH=sha1 GIT_DEFAULT_REF_FORMAT=files
git init -q --template= -b main
cat > .git/config <<'END'
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
\tautocrlf = false
\tsymlinks = true
\tignorecase = false
\tabbrev = 7
[commit]
\tgpgsign = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[advice]
\tdetachedHead = false
END
git add -A
git commit -q --no-verify --allow-empty -m seed
git rev-parse HEAD";

/// Seconds for the harness's own git commands: far beyond what they need.
const GIT_SECONDS: u32 = 120;

/// Fills an empty workspace: the seed's files in sorted order, the variant's files over them, its
/// links, and one commit `seed` on the branch `main`.
///
/// # Errors
/// A seed that cannot be read, or a sandbox or git that fails.
pub async fn fill(
    sandbox: &Sandbox,
    scenario: &Scenario,
    effective: &Effective,
) -> Result<Seeded, WorkspaceError> {
    let files = overlay(read_seed(&scenario.seed)?, effective);
    let mut links = String::new();
    for file in &files {
        match &file.content {
            SeedContent::File { bytes, executable } => {
                sandbox.write(&file.path, bytes, *executable).await?;
            }
            SeedContent::Link { target } => {
                let parent = file.path.rsplit_once('/').map_or(".", |(parent, _)| parent);
                links += &format!(
                    "mkdir -p -- {} && ln -s -- {} {}\n",
                    quote(parent),
                    quote(target),
                    quote(&file.path)
                );
            }
        }
    }
    if !links.is_empty() {
        command(sandbox, "making the seed's links", &format!("set -e\n{links}")).await?;
    }
    let output = command(sandbox, "making the seed commit", INIT).await?;
    let commit = output.lines().last().unwrap_or_default().trim().to_owned();
    Ok(Seeded { commit, entries: entries(sandbox).await? })
}

/// The seed with the variant's files over it; a file keeps its mode.
fn overlay(files: Vec<SeedFile>, effective: &Effective) -> Vec<SeedFile> {
    let mut by_path: BTreeMap<String, SeedContent> =
        files.into_iter().map(|file| (file.path, file.content)).collect();
    for (path, text) in &effective.files {
        let path = tidy(path);
        let executable =
            matches!(by_path.get(&path), Some(SeedContent::File { executable: true, .. }));
        let bytes = text.clone().into_bytes();
        by_path.insert(path, SeedContent::File { bytes, executable });
    }
    by_path.into_iter().map(|(path, content)| SeedFile { path, content }).collect()
}

/// A word of a shell command line.
pub(super) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A finished command of the harness; `code` is `None` when it hung and was killed.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) output: String,
    pub(super) omitted: u64,
}

/// Runs a command at the workspace root, with every file access, and kills it after the budget.
pub(super) async fn run(sandbox: &Sandbox, cmd: &str, seconds: u32) -> Result<Ran, SandboxError> {
    let spec = ExecSpec {
        cmd: cmd.to_owned(),
        workdir: ".".into(),
        access: Access::Full,
        interactive: false,
    };
    let process = sandbox.start_process(&spec).await?;
    let until = Until { text: None, millis: Some(u64::from(seconds) * 1000) };
    let progress = sandbox.wait(process, &until).await?;
    if progress.exited.is_none() || progress.lingering {
        // What it left running must not disturb the checks after it.
        sandbox.kill(process).await?;
    }
    Ok(Ran {
        code: progress.exited.map(|exited| exited.code),
        output: String::from_utf8_lossy(&progress.output).into_owned(),
        omitted: progress.omitted,
    })
}

pub(super) async fn command(
    sandbox: &Sandbox,
    what: &'static str,
    cmd: &str,
) -> Result<String, WorkspaceError> {
    let ran = run(sandbox, cmd, GIT_SECONDS).await?;
    if ran.code == Some(0) {
        return Ok(ran.output);
    }
    let output = match ran.code {
        Some(_) => ran.output.trim_end().to_owned(),
        None => format!("timed out after {GIT_SECONDS} s"),
    };
    Err(WorkspaceError::new(WorkspaceErrorKind::Command { what, output }))
}

/// Lists what git ignores; whole folders end in `/`. Tracked files are never among them.
const IGNORED: &str = "git ls-files -o -i --exclude-standard --directory -z";

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

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quote("it's $x"), r"'it'\''s $x'");
    }
}
