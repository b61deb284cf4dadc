//! `unreel run FILE`: a packed run, repeated and compared with what was packed.

use super::super::args::RunArgs;
use super::super::project::Project;
use super::super::scratch::Scratch;
use super::super::{Exit, console, interrupt, options, progress::Shown, report};
use super::events;
use crate::external::shipped;
use crate::recording::journal::BUILTIN;
use crate::run::pack::{Pack, first_difference};
use crate::run::{OutDir, RunError, RunErrorKind, Source, Subject, execute, expand};
use crate::scenario::{Scenario, find};
use crate::wire::Digest;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Runs a pack; the exit code is that of the run, unless its journal is another one.
pub(in crate::cli) fn play(path: &Path, args: &RunArgs) -> Result<Exit, RunError> {
    let start = Instant::now();
    let project = Project::here()?;
    let pack = Pack::read(path)?;
    let scratch = Scratch::new("unpacked")?;
    let folder = scratch.out().path().join("pack");
    pack.unpack(path, &folder)?;
    let agent = &pack.header.run.agent;
    let packed = pack.files.iter().find(|file| file.path == format!("agents/{agent}.yaml"));
    if agent != BUILTIN && packed.and_then(|file| file.text.as_deref()) != shipped(agent) {
        let why = format!("it was packed with other rules for {agent} than this unreel has");
        return Err(RunErrorKind::Pack { path: path.into(), why }.into());
    }
    let scenarios =
        find(&folder.join("scenarios"), std::slice::from_ref(&pack.header.run.scenario))?;
    let subjects =
        options::subjects(&project, std::slice::from_ref(agent), args.agent_path.as_deref())?;
    let recordings = folder.join("recordings");
    let source = |scenario: &Scenario, variant: &str, subject: &Subject| {
        Source::recorded(&recordings, scenario, variant, subject)
    };
    let variants = [pack.header.run.variant.clone()];
    let seed = pack.header.seed;
    let mut specs = expand(scenarios, &variants, &subjects, 1, seed, source)?;
    options::cached(&mut specs, args.cache.as_ref());
    let mut matrix = options::matrix(&args.common, seed, 1, false)?;
    matrix.matching = options::matching(args.matching);
    let out = OutDir::prepare(&project.report(args.out.as_deref()))?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, &out, &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let wall = format!("{:.1} s", start.elapsed().as_secs_f64());
    let exit = report::of(out.path(), args.all, &wall);
    if cancel.load(Ordering::Relaxed) {
        return Ok(Exit::Interrupted);
    }
    let Some(spec) = specs.first() else { return Ok(exit) };
    let found = events(out.path(), spec)?;
    let (made_by, expected) = (&pack.header.made_by, pack.header.journal);
    match first_difference(&pack.events, &found) {
        None => {
            console::out(&format!("journal {expected}: as packed by {made_by}\n"));
            Ok(exit)
        }
        Some(difference) => {
            console::error(&format!(
                "journal {}, not {expected} as packed by {made_by}\n{difference}\nhelp: the run \
                 depends on something that is not in the pack: programs, their versions, the agent \
                 ({})",
                Digest::of(&found),
                pack.header.agent
            ));
            Ok(if exit == Exit::Good { Exit::Failed } else { exit })
        }
    }
}
