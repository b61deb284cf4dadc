//! A seed out of a commit.

use super::repository::{Place, Private, run};
use super::tree::files;
use super::{GitSeed, SeedContent, SeedFile, Unreadable, bundle};
use crate::scenario::error::ScenarioError;
use crate::scenario::yaml::Problem;
use std::ffi::OsStr;
use std::path::Path;

/// So many paths are named in a note.
const NAMED: usize = 3;

/// What every pointer file of the large file storage begins with.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// The files of the commit, and what people should know.
pub(super) fn read(dir: &Path, seed: &GitSeed) -> Result<(Vec<SeedFile>, Vec<String>), Unreadable> {
    let mut notes = Vec::new();
    let (private, place) = match (&seed.git, &seed.bundle) {
        (Some(path), _) => {
            let path = dir.join(path);
            let place = Place::of(&path).ok_or_else(|| not_a_repository(&path))?;
            let private = Private::new(&seed.commit, Some(&place));
            (private.map_err(|error| ScenarioError::io(&path, &error))?, Some(place))
        }
        (None, Some(path)) => (bundle::open(&dir.join(path), &seed.commit)?, None),
        // `SeedSource::check` comes first.
        (None, None) => return Err(Problem::new("seed", "no place of the commit").into()),
    };
    is_commit(&private, seed, place.as_ref())?;
    let files = files(&private, &seed.commit)?;
    if let Some(place) = &place
        && let Some(changed) = uncommitted(&private, place, &seed.commit)
    {
        notes.push(format!(
            "the working copy has uncommitted changes ({}); the seed is the commit, without them",
            named(&changed)
        ));
    }
    let pointers: Vec<&str> = files.iter().filter(|file| is_pointer(file)).map(path).collect();
    if !pointers.is_empty() {
        notes.push(format!(
            "Git LFS: of {} the seed has the pointer only, as the commit has",
            named(&pointers)
        ));
    }
    Ok((files, notes))
}

fn path(file: &SeedFile) -> &str {
    &file.path
}

fn is_pointer(file: &SeedFile) -> bool {
    matches!(&file.content, SeedContent::File { bytes, .. } if bytes.starts_with(LFS))
}

fn named(paths: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = paths.iter().take(NAMED).map(AsRef::as_ref).collect();
    match paths.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn not_a_repository(path: &Path) -> Problem {
    let what = match path.exists() {
        true => "there is no git repository here: no `.git`, and it is not a bare one",
        false => "there is no such folder",
    };
    Problem::new("seed/git", what)
        .help("the root of a working copy or a bare repository, relative to the scenario's folder")
}

/// Holds the id against what it names.
fn is_commit(private: &Private, seed: &GitSeed, place: Option<&Place>) -> Result<(), Problem> {
    let wrong = |what: &str| Problem::new("seed/commit", what);
    let kind = private.output(&["cat-file", "-t", &seed.commit]);
    match kind.as_deref().map(<[u8]>::trim_ascii) {
        Ok(b"commit") => Ok(()),
        Ok(b"tag") => Err(wrong("this is the id of a tag, not of a commit")
            .help(format!("git rev-parse '{}^{{commit}}' gives that of its commit", seed.commit))),
        Ok(other) => {
            let other = String::from_utf8_lossy(other).into_owned();
            Err(wrong(&format!("this is the id of a {other}, not of a commit")))
        }
        Err(said) if said.starts_with("cannot start git") => {
            Err(Problem::new("seed", said.as_str())
                .help("git is needed in /usr/bin, /bin or /usr/local/bin"))
        }
        Err(_) if place.is_some_and(Place::is_shallow) => {
            Err(wrong("the repository does not have this commit: it is a shallow clone")
                .help("git fetch --unshallow, or fetch the commit"))
        }
        Err(_) if place.is_some() => Err(wrong("the repository does not have this commit")
            .help("fetch it, or look at `git log` for the right one")),
        Err(_) => Err(wrong("the bundle does not have this commit")
            .help("git bundle create FILE BRANCH, for a branch that holds it")),
    }
}

/// What differs between the commit, if it is the one checked out, and the working copy. The
/// comparison uses a copy of the repository's index for the sake of its times; where that does not
/// work, nothing is said.
fn uncommitted(private: &Private, place: &Place, commit: &str) -> Option<Vec<String>> {
    let files = place.files.as_ref()?.canonicalize().ok()?;
    if place.head().as_deref() != Some(commit) {
        return None;
    }
    let index = private.path("index");
    std::fs::copy(place.git_dir.join("index"), &index).ok()?;
    let ask = |args: &[&str]| {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let mut command = private.git(&args);
        command.env("GIT_WORK_TREE", &files).env("GIT_INDEX_FILE", &index).current_dir(&files);
        run(&mut command).ok()
    };
    // Into a submodule that is only staged, git would look with that one's own configuration.
    let changed = ask(&["diff-index", "--name-only", "--ignore-submodules=all", "-z", commit])?;
    let new = ask(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    let paths = [changed, new].concat();
    let paths = paths.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    let mut paths: Vec<String> =
        paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    paths.sort();
    paths.dedup();
    (!paths.is_empty()).then_some(paths)
}
