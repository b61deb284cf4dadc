//! A git bundle: the objects of a commit in one file, which can lie beside its scenario.

use super::Unreadable;
use super::repository::{Place, Private};
use crate::scenario::error::ScenarioError;
use crate::scenario::yaml::Problem;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Unpacks the bundle into a repository of ours.
pub(super) fn open(path: &Path, commit: &str) -> Result<Private, Unreadable> {
    let bad = |what: String| Problem::new("seed/bundle", what);
    if !path.is_file() {
        return Err(bad("there is no such file".into())
            .help("git bundle create FILE BRANCH writes one, with all that the branch needs")
            .into());
    }
    let real = path.canonicalize().map_err(|error| ScenarioError::io(path, &error))?;
    let private = Private::new(commit, None).map_err(|error| ScenarioError::io(path, &error))?;
    let args = [OsStr::new("bundle"), OsStr::new("unbundle"), real.as_os_str()];
    // It lists the branches, which do not matter here.
    let said = super::repository::run(private.git(&args).stdout(Stdio::null()));
    match said {
        Ok(_) => Ok(private),
        Err(said) if said.contains("lacks these prerequisite") => {
            Err(bad("the bundle builds upon commits that are not in it".into())
                .help("make a whole one: git bundle create FILE BRANCH, without a range")
                .into())
        }
        Err(said) if said.contains("does not look like") => {
            Err(bad("this is not a git bundle".into()).into())
        }
        Err(said) => Err(bad(format!("git cannot unpack the bundle: {said}")).into()),
    }
}

/// A bundle of the files of a commit, without the history before it: the repository of ours that
/// holds it, its file there, and the id of the one commit in it, which depends on the files alone.
pub(in crate::scenario) fn make(
    place: &Place,
    commit: &str,
) -> Result<(Private, PathBuf, String), String> {
    let private = Private::new(commit, Some(place)).map_err(|error| error.to_string())?;
    let who =
        [("NAME", "unreel"), ("EMAIL", "unreel@example.invalid"), ("DATE", "2026-01-01T00:00:00Z")];
    let tree = format!("{commit}^{{tree}}");
    let mut command = private.git(&["commit-tree", "-m", "seed", &tree].map(OsStr::new));
    for (what, value) in who {
        command.env(format!("GIT_AUTHOR_{what}"), value);
        command.env(format!("GIT_COMMITTER_{what}"), value);
    }
    let id = String::from_utf8_lossy(&super::repository::run(&mut command)?).trim().to_owned();
    private.output(&["update-ref", "refs/heads/seed", &id])?;
    private.output(&["bundle", "create", "-q", "bundle", "refs/heads/seed"])?;
    let file = private.path("bundle");
    Ok((private, file, id))
}
