//! A scenario out of the log of a real session: what the user said, on the commit it was said of,
//! with checks from what failed early and passed late, and the session's own changes as solution and
//! as script.
//!
//! A log does not hold everything. What it lacks is either asked for (the repository) or named in an
//! account; nothing is made up. The new scenario is tried before it is written, and held to `verify`
//! afterwards by the caller.

mod account;
mod commit;
mod drafting;
mod edits;
mod error;
mod files;
mod outcome;
mod places;
mod propose;
mod redact;
mod replay;
mod story;
mod tools;
mod tree;
mod write;

pub use error::FromSessionError;

use super::paths::is_name;
use super::seed::{Place, Private, Unreadable, make_bundle};
use super::{GitSeed, Seed, SeedSource};
use crate::recording::import::Imported;
use crate::sandbox::Mode;
use account::{about_session, account, budgets, date, name_of, summary};
use commit::Clues;
use drafting::{Draft, Drafting, named_paths};
use places::Places;
use redact::Redaction;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use write::Content;

/// The name of the bundle in a scenario's folder.
const BUNDLE: &str = "seed.bundle";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct FromSession<'a> {
    /// The repository that the session worked in, on this machine.
    pub repository: &'a Path,
    /// The commit it began at, where the log does not tell it or is not to be believed.
    pub commit: Option<&'a str>,
    /// A commit whose files are the solution, instead of what the session's own changes give.
    pub solution: Option<&'a str>,
    /// Whether the seed goes into the scenario's folder as a bundle.
    pub bundle: bool,
    /// The folder of the scenarios.
    pub out: &'a Path,
    /// Name of the scenario; without it, one made of the first message.
    pub name: Option<&'a str>,
}

/// What the machine lends.
#[derive(Clone, Copy, Debug)]
pub struct Workbench<'a> {
    /// The unreel binary, started as the sandbox's helper.
    pub helper: &'a Path,
    /// Where programs are looked for.
    pub path: &'a OsStr,
    /// A folder for workspaces where the sandbox needs a real one.
    pub scratch: &'a Path,
    /// How much of the sandbox must be there.
    pub mode: Mode,
}

/// A scenario that was written, and an account of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// Its folder.
    pub folder: PathBuf,
    /// What was found: a word, and what there is to say.
    pub account: Vec<(&'static str, String)>,
    /// What could not be recovered.
    pub missing: Vec<String>,
}

/// Makes the scenario.
///
/// # Errors
/// What the log or the repository lacks, a folder that is there, or a sandbox that fails.
pub async fn from_session(
    bench: &Workbench<'_>,
    asked: &FromSession<'_>,
    imported: &Imported,
) -> Result<Drafted, FromSessionError> {
    let session = &imported.session;
    if session.said.iter().all(|text| text.trim().is_empty()) {
        return Err(FromSessionError::lacks("the log holds no message of a user"));
    }
    let turns = story::story(imported);
    let calls = || turns.iter().flat_map(|turn| &turn.answers).flat_map(|answer| &answer.calls);
    if calls().next().is_none() {
        return Err(FromSessionError::lacks(
            "the session never ran a command and changed no file: there is nothing to check",
        ));
    }
    let name = match asked.name {
        Some(name) if is_name(name) => name.to_owned(),
        Some(name) => return Err(FromSessionError::Name(name.to_owned())),
        None => name_of(&session.said),
    };
    let folder = asked.out.join(&name);
    if folder.exists() {
        return Err(FromSessionError::Exists(folder));
    }
    let clues = Clues {
        given: asked.commit,
        logged: session.commit.as_deref(),
        branch: session.branch.as_deref(),
        began: session.started.as_deref(),
    };
    let chosen = commit::choose(asked.repository, clues).map_err(FromSessionError::Lacks)?;
    let seed = seed_at(asked.repository, &chosen.id)?;
    let tree: BTreeSet<&str> = seed.files().iter().map(|file| file.path.as_str()).collect();
    let places = Places::find(session.folder.as_deref(), &named_paths(&turns), &tree);
    let mut drafting =
        Drafting { bench, seed: &seed, missing: Vec::new(), redaction: Redaction::default() };
    let draft = drafting.work(asked, &places, &turns).await?;
    let Drafting { mut missing, redaction, .. } = drafting;
    missing.extend(seed.notes().iter().cloned());
    missing.extend(redaction.note());
    about_session(imported, &mut missing);

    let header = &imported.recording.header;
    let began =
        session.started.clone().unwrap_or_else(|| "at a time that the log does not tell".into());
    let head = format!(
        "Made of a session of {}, begun {began}.\nCommit: {}. Read it before you rely on it.",
        header.agent, chosen.how
    );
    let (bundle, seed_source) = place_of_seed(asked, &folder, &chosen.id)?;
    let account = account(imported, &chosen, &places, &draft);
    let Draft { replayed, requires, checks, solution, .. } = draft;
    let content = Content {
        head,
        summary: summary(&replayed.messages),
        seed: seed_source,
        requires,
        date: session.started.as_deref().and_then(date),
        folder: places.folder.clone(),
        budgets: budgets(replayed.steps.len()),
        messages: replayed.messages,
        checks,
        steps: replayed.steps,
        solution,
        bundle: bundle.as_ref().map(|(_, file)| file.clone()),
    };
    write::write(&folder, &content)?;
    Ok(Drafted { folder, account, missing })
}

/// The seed of a commit, and what is wrong with it in the words of this command.
fn seed_at(repository: &Path, commit: &str) -> Result<Seed, FromSessionError> {
    let git = GitSeed {
        git: Some(repository.display().to_string()),
        bundle: None,
        commit: commit.to_owned(),
    };
    Seed::read(Path::new(""), &SeedSource::Git(git)).map_err(|error| {
        FromSessionError::Lacks(match error {
            Unreadable::Key(problem) => problem.what,
            Unreadable::File(error) => error.to_string(),
        })
    })
}

/// What `seed` says: the way to the repository, or the bundle, which has to be kept until it is
/// copied.
type Placed = (Option<(Private, PathBuf)>, SeedSource);

fn place_of_seed(
    asked: &FromSession<'_>,
    folder: &Path,
    commit: &str,
) -> Result<Placed, FromSessionError> {
    let repository = asked.repository;
    if asked.bundle {
        let place =
            Place::of(repository).ok_or_else(|| FromSessionError::lacks("no repository"))?;
        let (private, file, id) = make_bundle(&place, commit).map_err(FromSessionError::Lacks)?;
        let seed = GitSeed { git: None, bundle: Some(BUNDLE.into()), commit: id };
        return Ok((Some((private, file)), SeedSource::Git(seed)));
    }
    // As far as it is there already: `..` and links are no levels to count.
    let real = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let there = |up: &Path| Some(up.canonicalize().ok()?.join(path.strip_prefix(up).ok()?));
        path.ancestors().find_map(there).unwrap_or_else(|| path.clone())
    };
    // The folder itself is not there yet.
    let above = folder.parent().map(real).unwrap_or_default();
    let from = above.join(folder.file_name().unwrap_or_default());
    let git = Some(write::relative(&from, &real(repository)));
    Ok((None, SeedSource::Git(GitSeed { git, bundle: None, commit: commit.to_owned() })))
}
