//! The workspace of a run: the seed made a repository whose commit id is the same everywhere.

use super::exec::{command, quote};
use super::paths::tidy;
use super::seed::{Seed, SeedContent, SeedFile};
use super::setup::Files;
use super::tree::entries;
use super::{Effective, Scenario, Workshop, WorkspaceError};
use crate::sandbox::{Entry, Sandbox};

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

/// Fills an empty workspace: the seed's files with the variant's files over them, or what the setup
/// makes of these, in sorted order; links; and one commit `seed` on the branch `main`.
///
/// # Errors
/// A setup that fails, or a sandbox or git that does.
pub async fn fill(
    sandbox: &Sandbox,
    scenario: &Scenario,
    effective: &Effective,
    workshop: &Workshop<'_>,
) -> Result<Seeded, WorkspaceError> {
    let mut files = overlay(scenario.seed.files(), effective);
    if !scenario.file.setup.is_empty() {
        files = workshop.prepared(scenario, files, sandbox.missing()).await?;
    }
    let commit = make(sandbox, &scenario.seed, &files).await?;
    Ok(Seeded { commit, entries: entries(sandbox).await? })
}

/// Writes the files and makes the commit, in which are all that are not ignored, and of a seed that
/// is a commit the ignored ones too.
pub(super) async fn make(
    sandbox: &Sandbox,
    seed: &Seed,
    files: &Files,
) -> Result<String, WorkspaceError> {
    let plain = files.iter().filter_map(|(path, content)| match content {
        SeedContent::File { bytes, executable } => Some((path.as_str(), &bytes[..], *executable)),
        SeedContent::Link { .. } | SeedContent::Folder => None,
    });
    sandbox.write_all(plain).await?;
    let others = files.iter().filter_map(|(path, content)| match content {
        SeedContent::File { .. } => None,
        SeedContent::Link { target } => Some((path.as_str(), Some(target.as_str()))),
        SeedContent::Folder => Some((path.as_str(), None)),
    });
    let others: Vec<_> = others.collect();
    make_others(sandbox, &others).await?;
    if seed.is_exact() {
        let tracked = seed.files().iter().map(|file| &file.path);
        let tracked = tracked.filter(|path| files.contains_key(*path));
        let paths: Vec<u8> = tracked.flat_map(|path| path.bytes().chain([0])).collect();
        sandbox.write(TRACKED, &paths, false).await?;
    }
    let output = command(sandbox, "making the seed commit", INIT).await?;
    Ok(output.lines().last().unwrap_or_default().trim().to_owned())
}

/// Links to their targets, and folders.
pub(super) async fn make_others(
    sandbox: &Sandbox,
    others: &[(&str, Option<&str>)],
) -> Result<(), WorkspaceError> {
    let mut script = String::new();
    for (i, (path, target)) in others.iter().enumerate() {
        let parent = path.rsplit_once('/').map_or(".", |(parent, _)| parent);
        script += &match target {
            Some(target) => {
                let (parent, target, path) = (quote(parent), quote(target), quote(path));
                format!("mkdir -p -- {parent} && ln -s -- {target} {path}\n")
            }
            None => format!("mkdir -p -- {}\n", quote(path)),
        };
        if script.len() > LINE_BYTES || i + 1 == others.len() {
            command(sandbox, "making the seed's links", &format!("set -e\n{script}")).await?;
            script.clear();
        }
    }
    Ok(())
}

/// The seed with the variant's files over it; a file keeps its mode.
pub(super) fn overlay(seed: &[SeedFile], effective: &Effective) -> Files {
    let mut files: Files =
        seed.iter().map(|file| (file.path.clone(), file.content.clone())).collect();
    for (path, text) in &effective.files {
        let path = tidy(path);
        let executable =
            matches!(files.get(&path), Some(SeedContent::File { executable: true, .. }));
        let bytes = text.as_bytes().into();
        files.insert(path, SeedContent::File { bytes, executable });
    }
    files
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
            content: SeedContent::File { bytes: text.as_bytes().into(), executable },
        };
        let seed = vec![file("run.sh", "old", true), file("z", "", false)];
        let expected =
            [file("b", "joins", false), file("run.sh", "new", true), file("z", "", false)];
        let laid = overlay(&seed, &effective).into_iter();
        let laid = laid.map(|(path, content)| SeedFile { path, content });
        assert_eq!(laid.collect::<Vec<_>>(), expected);
    }
}
