//! The commit that a session began at.

use crate::recording::import::millis;
use crate::scenario::seed::{Place, Private};
use std::path::Path;

/// A commit, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) id: String,
    pub(super) how: String,
}

/// What is known of the commit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clues<'a> {
    /// What the caller says.
    pub(super) given: Option<&'a str>,
    /// What the log says.
    pub(super) logged: Option<&'a str>,
    pub(super) branch: Option<&'a str>,
    /// When the session began, as the log writes it.
    pub(super) began: Option<&'a str>,
}

/// Chooses: what is given, else what the log says, else the last commit of the branch (or of what is
/// checked out) before the session began. The error says what is missing.
pub(super) fn choose(repository: &Path, clues: Clues<'_>) -> Result<Chosen, String> {
    let Some(place) = Place::of(repository) else {
        return Err(format!("{}: there is no git repository here", repository.display()));
    };
    let length = place.head().map_or(40, |id| id.len());
    let private = Private::new(&"0".repeat(length), Some(&place))
        .map_err(|error| format!("{}: {error}", repository.display()))?;
    let resolved = |name: &str| {
        let id = place.branch(name).unwrap_or_else(|| name.to_owned());
        let id = if id == "HEAD" { place.head()? } else { id };
        let is_id = id.len() >= 4 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            return None;
        }
        let args = ["rev-parse", "--verify", "-q", &format!("{id}^{{commit}}")].map(str::to_owned);
        let out = private.output(&args.each_ref().map(String::as_str)).ok()?;
        Some(String::from_utf8_lossy(&out).trim().to_owned())
    };
    if let Some(name) = clues.given {
        let id = resolved(name).ok_or_else(|| format!("the repository has no commit `{name}`"))?;
        return Ok(Chosen { id, how: "as given".into() });
    }
    if let Some(name) = clues.logged {
        let id = resolved(name).ok_or_else(|| {
            let shallow = if place.is_shallow() { " (it is a shallow clone)" } else { "" };
            format!("the log names the commit {name}, which the repository does not have{shallow}")
        })?;
        return Ok(Chosen { id, how: "from the log".into() });
    }
    // What git cannot read as a time it takes for now, and one without a zone for this machine's.
    let Some(began) = clues.began.filter(|at| millis(at).is_some()) else {
        return Err("the log names no commit, and no time to choose one by".into());
    };
    let branch = clues.branch.and_then(|name| Some((name, place.branch(name)?)));
    let (what, tip) = match branch {
        Some((name, tip)) => (format!("the branch `{name}`"), tip),
        None => {
            let head = place.head().ok_or("the log names no commit, and nothing is checked out")?;
            ("what is checked out".to_owned(), head)
        }
    };
    let before = format!("--before={began}");
    let found = private.output(&["rev-list", "-1", "--first-parent", &before, &tip]);
    let id = String::from_utf8_lossy(&found.unwrap_or_default()).trim().to_owned();
    if id.is_empty() {
        let shallow = if place.is_shallow() { " (it is a shallow clone)" } else { "" };
        return Err(format!(
            "the log names no commit, and {what} has none before {began}{shallow}"
        ));
    }
    Ok(Chosen { id, how: format!("by time: the last of {what} before {began}") })
}
