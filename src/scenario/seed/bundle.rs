//! A git bundle: the objects of a commit in one file, which can lie beside its scenario.

use super::Unreadable;
use super::repository::Private;
use crate::scenario::error::ScenarioError;
use crate::scenario::yaml::Problem;
use std::ffi::OsStr;
use std::path::Path;
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
