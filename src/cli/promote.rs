//! `unreel promote`: takes the recording of one live trial for what `unreel run` plays from then on.
//! The file is copied as it is: what was recorded is what will be played.

use super::project::Project;
use super::source::{NoSource, Source, one_run};
use super::{Exit, console, options};
use crate::external::{AgentFile, shipped};
use crate::recording::Recording;
use crate::recording::file::write_text;
use crate::recording::journal::Verdict;
use crate::run::{RECORDINGS, recording_name, recordings_of};
use crate::scenario::{find, parse_yaml};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "exit codes: 0 promoted · 1 refused · 2 wrong command line or file · 3 cannot be \
    written"
)]
pub(super) struct PromoteArgs {
    /// Folder of results of `unreel run --live`
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The trial, as SCENARIO@VARIANT#TRIAL
    #[arg(value_name = "RUN")]
    run: String,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Take a trial that did not succeed, too, and put it in the place of an earlier recording
    #[arg(long)]
    force: bool,
}

/// Promotes.
pub(super) fn promote(args: &PromoteArgs) -> Exit {
    let project = match Project::here() {
        Ok(project) => project,
        Err(error) => {
            console::error(&error);
            return Exit::Usage;
        }
    };
    let source = match one_run(&args.out, Some(&args.run)) {
        Ok(source) => source,
        Err(error) => {
            console::error(&error);
            return Exit::Usage;
        }
    };
    let key = &source.log.started.run;
    let from = args.out.join(RECORDINGS).join(format!("{key}.jsonl"));
    let (recording, text) = match read(&from) {
        Ok(read) => read,
        Err(error) => {
            console::error(&error);
            return Exit::Usage;
        }
    };
    let folder = recordings_of(&project.recordings(args.to.as_deref()), &key.agent);
    let to = folder.join(recording_name(&key.scenario, &key.variant));
    if let Some(why) = refused(&source, &to).filter(|_| !args.force) {
        console::error(&why);
        return Exit::Failed;
    }
    if let Err(error) = write_text(&to, text) {
        return options::fail(&error.into());
    }
    let exchanges = recording.exchanges.len();
    console::out(&format!("{}: {exchanges} exchanges, of {key}\n", to.display()));
    if let Some(model) = other_model(&project, &source) {
        let asked = &source.log.started.model;
        console::warning(&format!(
            "it was asked of the model {asked}, and without --model it would be {model}: play it with \
             `unreel run --model {asked}`, or change `model` in the scenario (of the built-in agent) or \
             in the agent file; else each request differs from the recording"
        ));
    }
    Exit::Good
}

fn read(path: &Path) -> Result<(Recording, String), NoSource> {
    if !path.is_file() {
        return Err(NoSource::new(
            format!("{}: there is no such recording", path.display()),
            "name a trial that asked a live model (unreel run --live); other runs play a recording or \
             follow a script, which unreel record records",
        ));
    }
    let text = std::fs::read_to_string(path);
    let text =
        text.map_err(|error| NoSource::new(format!("{}: {error}", path.display()), "look at it"))?;
    match Recording::load(path) {
        Ok(recording) => Ok((recording, text)),
        Err(error) => Err(NoSource::new(error.to_string(), "take another trial")),
    }
}

/// Why it is better not done.
fn refused(source: &Source, to: &Path) -> Option<NoSource> {
    let key = &source.log.started.run;
    let finished = source.log.finished.as_ref();
    let is_good = matches!(
        (finished.map(|one| one.verdict), &source.log.started.expect_fail),
        (Some(Verdict::Pass), None) | (Some(Verdict::Fail | Verdict::Unfinished), Some(_))
    );
    if !is_good {
        let reason = finished.and_then(|one| one.reason.as_deref());
        let why = reason.unwrap_or(match finished {
            Some(_) => "it passed, unexpectedly",
            None => "it did not come to its end",
        });
        return Some(NoSource::new(
            format!("{key}: not promoted: {why}"),
            "a replay would end in the same way; take another trial, or add --force",
        ));
    }
    to.exists().then(|| {
        NoSource::new(
            format!("{}: there is a recording already", to.display()),
            "add --force to replace it; or name another folder with --to",
        )
    })
}

/// The model that is asked without `--model`, where that is another one than was asked.
fn other_model(project: &Project, source: &Source) -> Option<String> {
    let started = &source.log.started;
    let agent = started.run.agent.as_str();
    let of_agent = match (shipped(agent), project.own()) {
        (Some(text), _) => parse_yaml::<AgentFile>(Path::new(agent), text).ok()?.model,
        (None, Ok(Some(own))) if own.file.name == agent => own.file.model,
        _ => None,
    };
    let wanted = std::slice::from_ref(&started.run.scenario);
    let found = find(&project.scenarios(None), wanted).ok()?.into_iter().next();
    let model = of_agent.or(found.map(|scenario| scenario.file.model))?;
    (model != started.model).then_some(model)
}
