//! The workspace of a run: the seed made a repository whose commit id is the same everywhere.

use super::exec::{command, quote};
use super::paths::tidy;
use super::seed::{SeedContent, SeedFile};
use super::tree::entries;
use super::{Effective, Scenario, WorkspaceError};
use crate::sandbox::{Entry, Sandbox};
use std::borrow::Cow;
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
if [ -e .git/tracked ]; then
	git --literal-pathspecs add -f --pathspec-from-file=.git/tracked --pathspec-file-nul
	rm .git/tracked
fi
git commit -q --no-verify --allow-empty -m seed
git rev-parse HEAD";

/// Where the paths that git must not ignore are written for [`INIT`].
const TRACKED: &str = ".git/tracked";

/// Bytes of a command line that makes links, about: the system takes 128 KiB.
const LINE_BYTES: usize = 32 << 10;

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
    let files = overlay(scenario.seed.files(), effective);
    let mut links = Vec::new();
    for (path, content) in &files {
        match content.as_ref() {
            SeedContent::File { bytes, executable } => {
                sandbox.write(path, bytes, *executable).await?;
            }
            SeedContent::Link { target } => links.push((path.as_ref(), target.as_str())),
        }
    }
    make_links(sandbox, &links).await?;
    if scenario.seed.is_exact() {
        let paths: Vec<u8> = files.keys().flat_map(|path| path.bytes().chain([0])).collect();
        sandbox.write(TRACKED, &paths, false).await?;
    }
    let output = command(sandbox, "making the seed commit", INIT).await?;
    let commit = output.lines().last().unwrap_or_default().trim().to_owned();
    Ok(Seeded { commit, entries: entries(sandbox).await? })
}

async fn make_links(sandbox: &Sandbox, links: &[(&str, &str)]) -> Result<(), WorkspaceError> {
    let mut script = String::new();
    for (i, (path, target)) in links.iter().enumerate() {
        let parent = path.rsplit_once('/').map_or(".", |(parent, _)| parent);
        let (parent, target, path) = (quote(parent), quote(target), quote(path));
        script += &format!("mkdir -p -- {parent} && ln -s -- {target} {path}\n");
        if script.len() > LINE_BYTES || i + 1 == links.len() {
            command(sandbox, "making the seed's links", &format!("set -e\n{script}")).await?;
            script.clear();
        }
    }
    Ok(())
}

/// The seed with the variant's files over it, by path; a file keeps its mode.
fn overlay<'a>(
    files: &'a [SeedFile],
    effective: &Effective,
) -> BTreeMap<Cow<'a, str>, Cow<'a, SeedContent>> {
    let borrowed =
        |file: &'a SeedFile| (Cow::Borrowed(file.path.as_str()), Cow::Borrowed(&file.content));
    let mut by_path: BTreeMap<_, _> = files.iter().map(borrowed).collect();
    for (path, text) in &effective.files {
        let path = tidy(path);
        let old: Option<&Cow<'_, SeedContent>> = by_path.get(path.as_str());
        let executable =
            old.is_some_and(|old| matches!(**old, SeedContent::File { executable: true, .. }));
        let bytes = text.clone().into_bytes();
        let content = SeedContent::File { bytes, executable };
        by_path.insert(Cow::Owned(path), Cow::Owned(content));
    }
    by_path
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
        let laid = overlay(&seed, &effective).into_iter().map(|(path, content)| SeedFile {
            path: path.into_owned(),
            content: content.into_owned(),
        });
        assert_eq!(laid.collect::<Vec<_>>(), expected);
    }
}
