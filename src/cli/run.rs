//! `unreel run`, with recordings or scripts; with a live model see `live/trials.rs`.

use super::args::RunArgs;
use super::project::Project;
use super::{Exit, interrupt, live, options, pack, progress::Shown, report};
use crate::run::pack::Pack;
use crate::run::{OutDir, RunError, Source, Subject, execute, expand};
use crate::scenario::Scenario;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Runs the matrix, writes the report, prints the table.
pub(super) fn run(args: &RunArgs) -> Exit {
    let done = match (&args.live.url, args.common.scenarios.as_slice()) {
        (Some(url), _) => live::run(args, url),
        (None, [one]) if Pack::is_at(Path::new(one)) => pack::play(Path::new(one), args),
        _ => matrix(args),
    };
    match done {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn matrix(args: &RunArgs) -> Result<Exit, RunError> {
    let start = Instant::now();
    let project = Project::here()?;
    let mut scenarios = options::scenarios(&project, &args.common)?;
    let mut subjects = options::subjects(&project, &args.agent, args.agent_path.as_deref())?;
    options::ask_for(args.model.as_deref(), &mut scenarios, &mut subjects);
    let recordings = project.recordings(args.recordings.as_deref());
    let source = |scenario: &Scenario, variant: &str, subject: &Subject| match args.script {
        true => Source::scripted(scenario),
        false => Source::standing(&recordings, scenario, variant, subject),
    };
    let mut specs = expand(scenarios, &args.variant, &subjects, args.trials, args.seed, source)?;
    options::cached(&mut specs, args.cache.as_ref());
    let mut matrix = options::matrix(&args.common, args.seed, args.trials, false)?;
    matrix.matching = options::matching(args.matching);
    let out = OutDir::prepare(&project.report(args.out.as_deref()))?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, &out, &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let wall = format!("{:.1} s", start.elapsed().as_secs_f64());
    let exit = report::of(out.path(), args.all, &wall);
    Ok(if cancel.load(Ordering::Relaxed) { Exit::Interrupted } else { exit })
}
