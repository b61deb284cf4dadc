//! The workspace of a run: the seed made a repository whose commit id is the same everywhere.

use super::exec::{command, quote};
use super::paths::tidy;
use super::seed::{SeedContent, SeedFile, read_seed};
use super::tree::entries;
use super::{Effective, Scenario, WorkspaceError};
use crate::sandbox::{Entry, Sandbox};
use std::collections::BTreeMap;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Variant;
    use crate::scenario::testing::Folder;

    #[test]
    fn the_variants_files_replace_or_join_the_seed_and_keep_modes() {
        let folder = Folder::new();
        folder.scenario("a", "");
        let scenario = folder.load("a").expect("loads");
        let files = [("./run.sh", "new"), ("b", "joins")];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
        let variant = Variant { files, ..Variant::default() };
        let effective = Effective::new(&scenario, "v", &variant);
        let file = |path: &str, text: &str, executable| SeedFile {
            path: path.into(),
            content: SeedContent::File { bytes: text.into(), executable },
        };
        let seed = vec![file("run.sh", "old", true), file("z", "", false)];
        let expected =
            [file("b", "joins", false), file("run.sh", "new", true), file("z", "", false)];
        assert_eq!(overlay(seed, &effective), expected);
    }
}
