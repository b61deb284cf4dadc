//! A scenario out of the log of a real session: what the user said, on the commit it was said of,
//! with checks from what failed early and passed late, and the session's own changes as solution and
//! as script.
//!
//! A log does not hold everything. What it lacks is either asked for (the repository) or named in an
//! account; nothing is made up. The new scenario is tried before it is written, and held to `verify`
//! afterwards by the caller.

mod commit;
mod edits;
mod error;
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
use super::seed::{Place, make_bundle};
use super::{Budgets, Check, Found, GitSeed, Seed, SeedSource, resolve};
use crate::recording::import::Imported;
use crate::sandbox::{Limits, Mode, Sandbox, SandboxSpec};
use commit::Clues;
use places::Places;
use propose::Proposal;
use redact::Redaction;
use replay::Replayed;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use story::Turn;
use tools::Deed;
use write::Content;

/// The name of the bundle in a scenario's folder.
const BUNDLE: &str = "seed.bundle";

/// Bytes of a solution, at most.
const SOLUTION_BYTES: u64 = 64 << 20;

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
            super::seed::Unreadable::Key(problem) => problem.what,
            super::seed::Unreadable::File(error) => error.to_string(),
        })
    })
}

/// What `seed` says: the way to the repository, or the bundle, which has to be kept until it is
/// copied.
type Placed = (Option<(super::seed::Private, PathBuf)>, SeedSource);

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
    let real = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| real(path));
    // The folder itself is not there yet.
    let above = folder.parent().map(real).unwrap_or_default();
    let from = above.join(folder.file_name().unwrap_or_default());
    let git = Some(write::relative(&from, &real(repository)));
    Ok((None, SeedSource::Git(GitSeed { git, bundle: None, commit: commit.to_owned() })))
}

/// Every path that a call names.
fn named_paths(turns: &[Turn]) -> Vec<String> {
    let answers = turns.iter().flat_map(|turn| &turn.answers);
    let deeds = answers.flat_map(|answer| &answer.calls).map(|call| &call.deed);
    let mut out = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Write { path, .. } | Deed::Edit { path, .. } | Deed::Read { path, .. } => {
                out.push(path.clone());
            }
            Deed::Patch { text, workdir: None } => {
                if let Ok(patch) = super::patch::Patch::parse(text) {
                    out.extend(patch.reads().into_iter().map(str::to_owned));
                }
            }
            Deed::Run { cmd, .. } => {
                let words = cmd.split(|c: char| c.is_whitespace() || "'\"=:();|&<>".contains(c));
                out.extend(words.filter(|word| word.contains('/')).map(str::to_owned));
            }
            _ => {}
        }
    }
    out
}

/// A session on its way to a scenario.
struct Drafting<'a> {
    bench: &'a Workbench<'a>,
    seed: &'a Seed,
    missing: Vec<String>,
    redaction: Redaction,
}

/// What came of it.
struct Draft {
    replayed: Replayed,
    requires: Vec<String>,
    checks: Vec<Check>,
    tried: Vec<String>,
    solution: Vec<u8>,
    changed: Vec<String>,
}

impl Drafting<'_> {
    async fn work(
        &mut self,
        asked: &FromSession<'_>,
        places: &Places,
        turns: &[Turn],
    ) -> Result<Draft, FromSessionError> {
        let wanted = wanted(turns);
        let (found, absent) = self.programs(&wanted);
        let (sandbox, commit) = self.sandbox(&found).await?;
        let replayed = replay::replay(&sandbox, places, &mut self.redaction, turns).await?;
        let sandbox = match asked.solution {
            None => sandbox,
            Some(name) => self.solution(asked.repository, name, &found).await?,
        };
        let difference = tree::difference(&sandbox, self.seed, &commit).await?;
        if difference.paths.is_empty() {
            return Err(FromSessionError::Nothing {
                what: "the session's changes, done again on the commit, leave every file as it is: \
                       there is nothing to check",
                because: gaps(&replayed),
            });
        }
        let proposals = propose::proposals(&replayed.commands);
        let mut requires: BTreeSet<String> = BTreeSet::new();
        let (mut checks, mut tried) = (Vec::new(), Vec::new());
        let untouched =
            if proposals.is_empty() { None } else { Some(self.sandbox(&found).await?.0) };
        for proposal in &proposals {
            let needs = propose::programs(&proposal.cmd);
            let lacking = needs.iter().find(|name| absent.contains(*name));
            let check = match (lacking, &untouched) {
                (Some(name), _) => {
                    let shown = replay::shown(&proposal.cmd);
                    self.missing.push(format!("`{shown}` could not be tried: {name} is not here"));
                    Some((propose::check(proposal, proposal.first), true))
                }
                (None, Some(untouched)) => self.tried(untouched, &sandbox, proposal).await?,
                (None, None) => None,
            };
            if let Some((check, decides)) = check {
                requires.extend(needs);
                tried.push((replay::shown(&proposal.cmd), decides));
                let check = propose::named_apart(check, &checks);
                checks.push(check);
            }
        }
        if !tried.iter().any(|(_, decides)| *decides) {
            self.missing.push(match proposals.is_empty() {
                true => {
                    "no command failed early and passed late: checks compare lines of files, write \
                         better ones"
                        .to_owned()
                }
                false => {
                    "no command tells the seed from the solution: checks compare lines of files, \
                          write better ones"
                        .to_owned()
                }
            });
            checks.extend(propose::text_checks(&difference.texts));
        }
        if checks.is_empty() {
            return Err(FromSessionError::Nothing {
                what: "nothing that the session did can be checked",
                because: gaps(&replayed),
            });
        }
        let effects =
            replayed.commands.iter().filter(|ran| super::checks::command_writes(&ran.cmd));
        requires.extend(effects.flat_map(|ran| propose::programs(&ran.cmd)));
        self.missing.extend(gaps(&replayed));
        Ok(Draft {
            replayed,
            requires: requires.into_iter().collect(),
            checks,
            tried: tried.into_iter().map(|(cmd, _)| cmd).collect(),
            solution: difference.patch,
            changed: difference.paths,
        })
    }

    /// A check out of a proposal that holds on the final tree, and whether the seed fails it.
    async fn tried(
        &mut self,
        seed: &Sandbox,
        last: &Sandbox,
        proposal: &Proposal,
    ) -> Result<Option<(Check, bool)>, FromSessionError> {
        let shown = replay::shown(&proposal.cmd);
        let how = |exit: Option<i32>| match exit {
            Some(exit) => format!("ends with exit code {exit}"),
            None => "does not end".to_owned(),
        };
        let end = propose::trial(last, proposal).await?;
        if end != Some(0) {
            let how = how(end);
            self.missing
                .push(format!("`{shown}` passed in the session, and {how} here: no check of it"));
            return Ok(None);
        }
        let before = propose::trial(seed, proposal).await?;
        let Some(exit) = before else {
            self.missing.push(format!("`{shown}` {} on the seed: no check of it", how(before)));
            return Ok(None);
        };
        if exit == 0 {
            self.missing.push(format!(
                "`{shown}` failed in the session, and passes on the seed: what made it fail came later"
            ));
        }
        Ok(Some((propose::check(proposal, exit), exit != 0)))
    }

    /// The programs that are here, and the names of those that are not.
    fn programs(&self, wanted: &BTreeSet<String>) -> (Vec<Found>, BTreeSet<String>) {
        let (mut found, mut absent) = (Vec::new(), BTreeSet::new());
        for name in wanted {
            match resolve(std::slice::from_ref(name), self.bench.path) {
                Ok(some) => found.extend(some),
                Err(_) => {
                    absent.insert(name.clone());
                }
            }
        }
        (found, absent)
    }

    /// A sandbox with the seed in it, and the commit of that.
    async fn sandbox(&self, found: &[Found]) -> Result<(Sandbox, String), FromSessionError> {
        let mut programs = Vec::new();
        for program in found.iter().filter_map(|one| one.program.clone()) {
            if !programs.contains(&program) {
                programs.push(program);
            }
        }
        let spec = SandboxSpec {
            mode: self.bench.mode,
            programs,
            env: Vec::new(),
            limits: Limits { output_bytes: SOLUTION_BYTES, ..Limits::default() },
            scratch: self.bench.scratch.to_owned(),
            listen: None,
        };
        let sandbox = Sandbox::start(self.bench.helper, &spec).await?;
        let files = self.seed.files().iter();
        let files = files.map(|file| (file.path.clone(), file.content.clone())).collect();
        let commit = super::workspace::make(&sandbox, self.seed, &files).await?;
        Ok((sandbox, commit))
    }

    /// A sandbox with the seed's commit and the files of another one.
    async fn solution(
        &self,
        repository: &Path,
        name: &str,
        found: &[Found],
    ) -> Result<Sandbox, FromSessionError> {
        let clues = Clues { given: Some(name), ..Clues::default() };
        let chosen = commit::choose(repository, clues).map_err(FromSessionError::Lacks)?;
        let last = seed_at(repository, &chosen.id)?;
        let (sandbox, _) = self.sandbox(found).await?;
        tree::become_like(&sandbox, self.seed, &last).await?;
        Ok(sandbox)
    }
}

/// So many notes of one kind are shown.
const NOTES: usize = 10;

/// What of the session could not be done again.
fn gaps(replayed: &Replayed) -> Vec<String> {
    let mut out: Vec<String> = replayed.notes.iter().take(NOTES).cloned().collect();
    if replayed.notes.len() > NOTES {
        out.push(format!("and {} more of such", replayed.notes.len() - NOTES));
    }
    if !replayed.foreign.is_empty() {
        let tools: Vec<String> =
            replayed.foreign.iter().map(|(tool, count)| format!("{count} {tool}")).collect();
        out.push(format!("calls that a script has no word for: {}", tools.join(", ")));
    }
    out
}

/// The programs that commands of the session may need.
fn wanted(turns: &[Turn]) -> BTreeSet<String> {
    let answers = turns.iter().flat_map(|turn| &turn.answers);
    let deeds = answers.flat_map(|answer| &answer.calls).map(|call| &call.deed);
    let commands = deeds.filter_map(|deed| match deed {
        Deed::Run { cmd, .. } => Some(cmd),
        _ => None,
    });
    commands.flat_map(|cmd| propose::programs(cmd)).collect()
}

/// What the log says of itself.
fn about_session(imported: &Imported, missing: &mut Vec<String>) {
    let session = &imported.session;
    if !session.compactions.is_empty() {
        let count = session.compactions.len();
        missing.push(format!("the session was compacted {count} times; the scenario is not"));
    }
    let threads: BTreeSet<u32> =
        imported.recording.exchanges.iter().map(|exchange| exchange.thread).collect();
    if threads.len() > 1 {
        let count = threads.len() - 1;
        missing.push(format!(
            "{count} conversations of sub-agents: what they did is done by the main one"
        ));
    }
    missing.extend(session.notes.iter().map(|note| format!("log, {note}")));
    if session.more_notes > 0 {
        missing.push(format!("log: {} more notes", session.more_notes));
    }
}

fn account(
    imported: &Imported,
    chosen: &commit::Chosen,
    places: &Places,
    draft: &Draft,
) -> Vec<(&'static str, String)> {
    let header = &imported.recording.header;
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let answers = count(imported.recording.exchanges.len(), "answer");
    let messages = count(draft.replayed.messages.len(), "message");
    let verbs: Vec<String> =
        draft.replayed.verbs.iter().map(|(verb, count)| format!("{count} {verb}")).collect();
    let root = match places.root() {
        "" => "the log names no folder".to_owned(),
        root => format!("{root} is the root of the repository"),
    };
    let folder = if places.folder.is_empty() { "." } else { &places.folder };
    let checks = match draft.tried.as_slice() {
        [] => format!("{}, of lines in files", count(draft.checks.len(), "check")),
        tried => format!("failed early, passed late: {}", tried.join("; ")),
    };
    vec![
        ("session", format!("{}, {messages}, {answers}", header.agent)),
        ("commit", format!("{} ({})", chosen.id, chosen.how)),
        ("folder", format!("{folder} ({root})")),
        ("changed", draft.changed.join(", ")),
        ("checks", checks),
        ("script", format!("{}: {}", count(draft.replayed.steps.len(), "step"), verbs.join(", "))),
    ]
}

/// The first words of the first message, as a name.
fn name_of(said: &[String]) -> String {
    let text =
        said.iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.take(6).map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    match name.is_empty() {
        true => "session".to_owned(),
        false => name.chars().take(48).collect::<String>().trim_end_matches('-').to_owned(),
    }
}

fn summary(messages: &[String]) -> String {
    let text = messages.iter().flat_map(|text| text.lines()).map(str::trim);
    let line = text.into_iter().find(|line| !line.is_empty()).unwrap_or("a session");
    line.chars().take(80).collect()
}

/// The day of a time as logs write it.
fn date(time: &str) -> Option<String> {
    let day = time.get(..10)?;
    let shape = day.bytes().enumerate().all(|(i, byte)| match i {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (shape && day >= "1970-01-01").then(|| day.to_owned())
}

/// Room for as many steps.
fn budgets(steps: usize) -> Budgets {
    let usual = Budgets::default();
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    Budgets {
        requests: usual.requests.max(steps.saturating_mul(2)),
        bytes: usual.bytes.max(u64::from(steps) << 21),
        seconds: usual.seconds.max(steps.saturating_mul(10)),
        ..usual
    }
}
