//! From what was said to what the library takes; errors become messages and exit codes here.

use super::args::{Common, MatchChoice};
use super::project::Project;
use super::{Exit, console};
use crate::recording::RecordingErrorKind;
use crate::recording::journal::BUILTIN;
use crate::recording::matching::Policy;
use crate::run::{
    Agents, Host, Matrix, RunError, RunErrorKind, RunReport, RunSpec, Subject, ready,
};
use crate::scenario::{CacheSpec, Scenario, find};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The scenarios that were asked for.
pub(super) fn scenarios(project: &Project, common: &Common) -> Result<Vec<Scenario>, RunError> {
    let found = find(&project.scenarios(common.root.as_deref()), &common.scenarios)?;
    for scenario in &found {
        for note in scenario.seed.notes() {
            console::note(&format!("{}: {note}", scenario.name));
        }
    }
    Ok(found)
}

/// The machine and the pool; refuses a machine that cannot do what is required.
pub(super) fn matrix(
    common: &Common,
    seed: u64,
    trials: u32,
    record: bool,
) -> Result<Matrix, RunError> {
    let jobs = match common.jobs {
        Some(jobs) => usize::from(jobs),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let host = Host {
        helper: std::env::current_exe().unwrap_or_else(|_| "unreel".into()),
        path: std::env::var_os("PATH").unwrap_or_default(),
        scratch: std::env::temp_dir(),
        cache: cache(common.cache_dir.as_deref()),
        sandbox: common.sandbox.into(),
        front: None,
    };
    ready(&host)?;
    let matching = Policy::default();
    Ok(Matrix { host, jobs, seed, trials, matching, record, keep: false })
}

/// Puts a cache policy in force, if one was asked for.
pub(super) fn cached(specs: &mut [RunSpec], cache: Option<&CacheSpec>) {
    for spec in specs {
        if let Some(cache) = cache {
            Arc::make_mut(&mut spec.effective).cache.clone_from(cache);
        }
    }
}

/// The policy that was asked for; else the one that suits who looks at the result.
pub(super) fn matching(choice: Option<MatchChoice>) -> Policy {
    match choice {
        Some(choice) => choice.into(),
        None if std::env::var_os("CI").is_some_and(|value| !value.is_empty()) => Policy::Strict,
        None => Policy::Report,
    }
}

/// The folder of what can be made again: as given, as in UNREEL_CACHE, or the usual one.
fn cache(given: Option<&Path>) -> PathBuf {
    let variable = |name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    if let Some(folder) = given.map(Path::to_owned).or_else(|| variable("UNREEL_CACHE")) {
        return folder;
    }
    // Relative paths there are to be ignored, says the specification of XDG_CACHE_HOME.
    let usual = variable("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
    let usual = usual.or_else(|| variable("HOME").map(|home| home.join(".cache")));
    usual.unwrap_or_else(std::env::temp_dir).join("unreel")
}

/// The agents that were asked for, or else the project's, or else the built-in one; notes versions
/// that nobody tested.
pub(super) fn subjects(
    project: &Project,
    names: &[String],
    given: Option<&Path>,
) -> Result<Vec<Subject>, RunError> {
    let usual = [project.default_agent().unwrap_or(BUILTIN).to_owned()];
    let names = if names.is_empty() { &usual } else { names };
    // A broken agent file is of no concern to runs of the built-in loop.
    let own = match names.iter().all(|name| name == BUILTIN) {
        true => None,
        false => project.own()?,
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folder = std::env::current_dir().unwrap_or_else(|_| ".".into());
    let agents = Agents { path: &path, given, folder, own: own.as_ref() };
    let subjects: Vec<Subject> =
        names.iter().map(|name| agents.find(name)).collect::<Result<_, _>>()?;
    for subject in &subjects {
        if let Subject::External(agent) = subject
            && let Some(tested) = agent.untested()
        {
            console::note(&format!(
                "agent {}: tested with {}; this version may differ in what is volatile",
                agent.label(),
                tested.join(", ")
            ));
        }
    }
    Ok(subjects)
}

/// Asks for another model: scenarios say it to the built-in agent, agent files to the others.
pub(super) fn ask_for(model: Option<&str>, scenarios: &mut [Scenario], subjects: &mut [Subject]) {
    let Some(model) = model else { return };
    scenarios.iter_mut().for_each(|scenario| model.clone_into(&mut scenario.file.model));
    subjects.iter_mut().for_each(|subject| subject.ask_for(model));
}

/// Prints an error and picks the exit code.
pub(super) fn fail(error: &RunError) -> Exit {
    match error.kind() {
        RunErrorKind::Recording(cause) if matches!(cause.kind(), RecordingErrorKind::Write(_)) => {
            let help = "look at the folder, its permissions and the free space";
            console::error(&format!("{error}\nhelp: {help}"));
            Exit::Harness
        }
        RunErrorKind::Out { .. }
        | RunErrorKind::Harness { .. }
        | RunErrorKind::Sandbox(_)
        | RunErrorKind::Server(_)
        | RunErrorKind::Runtime(_)
        | RunErrorKind::Pool(_) => {
            console::error(error);
            Exit::Harness
        }
        _ => {
            console::error(error);
            Exit::Usage
        }
    }
}

/// Names, once, what the sandbox could not give.
pub(super) fn name_missing(reports: &[RunReport]) {
    let missing: BTreeSet<_> = reports.iter().flat_map(|report| &report.missing).collect();
    for (guarantee, reason) in missing {
        console::note(&format!("sandbox: missing {guarantee}: {reason}"));
    }
}
