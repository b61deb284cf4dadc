//! `unreel learn`: what differs in an agent's requests from run to run, as rules for its agent file.

use super::args::{Common, LearnArgs};
use super::progress::Shown;
use super::project::Project;
use super::scratch::Scratch;
use super::{Exit, console, interrupt, options};
use crate::external::{EditError, add_rules, rules_as_yaml};
use crate::recording::journal::Verdict;
use crate::recording::volatile::VolatileRule;
use crate::report::plural;
use crate::run::{Learned, RunError, Source, Subject, expand, learn as run_twice};
use crate::scenario::Scenario;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Learns.
pub(super) fn learn(args: &LearnArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &LearnArgs) -> Result<Exit, RunError> {
    let project = Project::here()?;
    let common = Common {
        scenarios: args.scenario.clone().into_iter().collect(),
        root: args.root.clone(),
        jobs: Some(1),
        sandbox: args.sandbox,
        cache_dir: None,
    };
    let mut scenarios = options::scenarios(&project, &common)?;
    let scenario = scenarios.remove(0);
    let name = args.agent.as_deref().or(project.default_agent()).map(str::to_owned);
    let names = name.as_slice();
    let path = args.agent_path.as_deref();
    let find = || Ok::<_, RunError>(options::subjects(&project, names, path)?.remove(0));
    let subject = find()?;
    if let Subject::Builtin = subject {
        console::error(
            &"nothing of the built-in agent's requests varies\nhelp: name another: --agent NAME",
        );
        return Ok(Exit::Usage);
    }
    let file = agent_file(&project, name.as_deref().unwrap_or_default());
    if args.write && file.is_none() {
        console::error(&format!(
            "agent {}: there is no agent file here to write to\nhelp: say `file` in unreel.toml, or \
             name the path of one: --agent mine.agent.yaml",
            subject.name()
        ));
        return Ok(Exit::Usage);
    }
    let cancel = interrupt::flag();
    let (learned, exit) = twice(&common, &scenario, &subject, &cancel)?;
    let (Some(learned), true) = (learned, exit == Exit::Good) else { return Ok(exit) };
    let differs = tell(&learned, subject.name(), &scenario.name);
    let rules = &learned.proposal.rules;
    let Some(file) = file.filter(|_| !rules.is_empty()) else { return Ok(ended(differs)) };
    if !args.write {
        console::out(&format!("unreel learn --write puts them into {}\n", file.display()));
        return Ok(Exit::Failed);
    }
    if let Err(error) = write(&file, rules) {
        console::error(&error);
        return Ok(Exit::Usage);
    }
    let added = plural(rules.len(), "rule");
    console::out(&format!("wrote {added} to {}; once more:\n", file.display()));
    let (learned, exit) = twice(&common, &scenario, &find()?, &cancel)?;
    Ok(match learned {
        Some(learned) if exit == Exit::Good => {
            ended(tell(&learned, subject.name(), &scenario.name))
        }
        _ => exit,
    })
}

fn ended(differs: bool) -> Exit {
    if differs { Exit::Failed } else { Exit::Good }
}

/// The file that the rules of an agent stand in, if it is one of the user's.
fn agent_file(project: &Project, name: &str) -> Option<PathBuf> {
    let own = project.agent_file(name).map(Path::to_owned);
    own.or_else(|| name.ends_with(".yaml").then(|| PathBuf::from(name)))
}

/// Two runs; nothing is learned, and why is said, unless both end well.
fn twice(
    common: &Common,
    scenario: &Scenario,
    subject: &Subject,
    cancel: &Arc<AtomicBool>,
) -> Result<(Option<Learned>, Exit), RunError> {
    let source = |scenario: &Scenario, _: &str, _: &Subject| Source::scripted(scenario);
    let subjects = std::slice::from_ref(subject);
    let base = ["base".to_owned()];
    let spec = expand(vec![scenario.clone()], &base, subjects, 1, 1, source)?.remove(0);
    let matrix = options::matrix(common, 1, 1, false)?;
    let scratch = [Scratch::new("learn-1")?, Scratch::new("learn-2")?];
    let outs = [scratch[0].out(), scratch[1].out()];
    let shown = Shown::new(2);
    let learned = run_twice(&spec, &matrix, outs, &shown, cancel)?;
    shown.clear();
    options::name_missing(&learned.reports);
    let bad = learned.reports.iter().find(|report| report.verdict != Verdict::Pass);
    let Some(bad) = bad else { return Ok((Some(learned), Exit::Good)) };
    let reason = bad.reason.clone().unwrap_or_default();
    let help = "a run must end well before there is anything to compare: unreel run --script";
    console::error(&format!("{}: {reason}\nhelp: {help}", bad.key));
    Ok(match bad.verdict {
        Verdict::Interrupted => (None, Exit::Interrupted),
        Verdict::Error => (None, Exit::Harness),
        _ => (None, Exit::Failed),
    })
}

/// Says what was learned; whether anything differs.
fn tell(learned: &Learned, agent: &str, scenario: &str) -> bool {
    let requests = plural(learned.requests, "request");
    let head = format!("{agent} on {scenario}: {requests}");
    let proposal = &learned.proposal;
    if proposal.rules.is_empty() && proposal.left.is_empty() {
        console::out(&format!("{head}, equal in both runs\n"));
        return false;
    }
    let mut text = format!("{head}, not equal in both runs\n");
    if !proposal.rules.is_empty() {
        text.push_str("for `rules` under `volatile` in the agent file:\n");
        text.push_str(&rules_as_yaml(&proposal.rules, 4));
    }
    if !proposal.left.is_empty() {
        text.push_str("no rule can take away:\n");
        text.extend(proposal.left.iter().map(|left| format!("  {left}\n")));
    }
    console::out(&text);
    true
}

/// Why rules were not written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error("{}: {cause}\nhelp: the file is as it was", path.display())]
    Io { path: PathBuf, cause: std::io::Error },
}

/// The new file stands beside the old one until it is whole.
fn write(path: &Path, rules: &[VolatileRule]) -> Result<(), WriteError> {
    let io = |cause| WriteError::Io { path: path.to_owned(), cause };
    let real = path.canonicalize().map_err(io)?;
    let text = std::fs::read_to_string(&real).map_err(io)?;
    let new = add_rules(path, &text, rules)?;
    let mut partial = real.clone().into_os_string();
    partial.push(".partial");
    let permissions = std::fs::metadata(&real).map_err(io)?.permissions();
    std::fs::write(&partial, new).map_err(io)?;
    std::fs::set_permissions(&partial, permissions).map_err(io)?;
    std::fs::rename(&partial, &real).map_err(io)
}
