//! The final tree against the seed.

use super::propose::Changed;
use crate::sandbox::Sandbox;
use crate::scenario::exec::{command, quote};
use crate::scenario::seed::{Seed, SeedContent};
use crate::scenario::workspace_error::WorkspaceError;
use std::collections::{BTreeMap, BTreeSet};

/// What differs.
#[derive(Debug)]
pub(super) struct Difference {
    /// What `git apply` turns the seed into.
    pub(super) patch: Vec<u8>,
    /// The paths that differ, sorted.
    pub(super) paths: Vec<String>,
    /// The texts among them, before and after.
    pub(super) texts: Vec<Changed>,
}

/// Where git writes what it finds: out of sight of every listing.
const PATCH: &str = ".git/solution";
const NAMES: &str = ".git/names";

/// Compares the workspace with the commit of its seed; the session may have made further ones.
pub(super) async fn difference(
    sandbox: &Sandbox,
    seed: &Seed,
    commit: &str,
) -> Result<Difference, WorkspaceError> {
    let commit = quote(commit);
    let script = format!(
        "set -e\ngit add -A\n\
         git diff --cached --binary --full-index --no-renames {commit} > {PATCH}\n\
         git diff --cached --name-only --no-renames -z {commit} > {NAMES}"
    );
    command(sandbox, "comparing with the seed", &script).await?;
    let read = async |path: &str| {
        let found = sandbox.read(path).await?;
        Ok::<_, WorkspaceError>(found.map(|(bytes, _)| bytes).unwrap_or_default())
    };
    let patch = read(PATCH).await?;
    let names = read(NAMES).await?;
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut paths: Vec<String> =
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    paths.sort();
    let mut texts = Vec::new();
    for path in &paths {
        let file = seed.files().iter().find(|file| file.path == *path);
        let before = match file.map(|file| &file.content) {
            None => None,
            Some(SeedContent::File { bytes, .. }) => match std::str::from_utf8(bytes) {
                Ok(text) => Some(text.to_owned()),
                Err(_) => continue,
            },
            Some(_) => continue,
        };
        // A link that leads nowhere is no text either.
        let after = match sandbox.read(path).await {
            Ok(Some((bytes, _))) => match String::from_utf8(bytes) {
                Ok(text) => Some(text),
                Err(_) => continue,
            },
            Ok(None) => None,
            Err(_) => continue,
        };
        texts.push(Changed { path: path.clone(), before, after });
    }
    Ok(Difference { patch, paths, texts })
}

/// Gives the workspace, which holds the seed, the files of another commit.
pub(super) async fn become_like(
    sandbox: &Sandbox,
    seed: &Seed,
    last: &Seed,
) -> Result<(), WorkspaceError> {
    let kept: BTreeSet<&str> = last.files().iter().map(|file| file.path.as_str()).collect();
    let before: BTreeMap<&String, &SeedContent> =
        seed.files().iter().map(|file| (&file.path, &file.content)).collect();
    let gone = seed.files().iter().filter(|file| !kept.contains(file.path.as_str()));
    let gone: Vec<u8> = gone.flat_map(|file| file.path.bytes().chain([0])).collect();
    if !gone.is_empty() {
        // By git, which takes folders along that are empty then: a file may come in their place.
        sandbox.write(".git/gone", &gone, false).await?;
        let rm = "git --literal-pathspecs rm -q -f --pathspec-from-file=.git/gone \
                  --pathspec-file-nul && rm .git/gone";
        command(sandbox, "removing what the commit does not have", rm).await?;
    }
    for file in last.files() {
        if before.get(&file.path) == Some(&&file.content) {
            continue;
        }
        match &file.content {
            SeedContent::File { bytes, executable } => {
                sandbox.remove(&file.path).await?;
                sandbox.write(&file.path, bytes, *executable).await?;
            }
            SeedContent::Link { target } => {
                sandbox.remove(&file.path).await?;
                crate::scenario::workspace::make_others(sandbox, &[(&file.path, Some(target))])
                    .await?;
            }
            SeedContent::Folder => {}
        }
    }
    Ok(())
}
