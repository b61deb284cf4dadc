//! `unreel record --update`: asks again what was recorded, into `NAME.jsonl.new`. The file itself is
//! never touched: a person reviews what changed (`unreel review`).

use super::args::RecordArgs;
use super::live::Wrong;
use super::project::Project;
use super::record::{self, is_expected};
use super::scratch::Scratch;
use super::{Exit, console, interrupt, options, progress::Shown};
use crate::recording::Recording;
use crate::recording::journal::{RunLog, Verdict, read_run};
use crate::recording::matching::Policy;
use crate::run::{
    Live, Matrix, RunError, RunReport, RunSpec, Source, Subject, execute, expand, recordings_of,
};
use crate::scenario::Scenario;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is added to the name of a recording that waits for review.
pub(super) const WAITING: &str = "new";

/// The file that waits beside a recording.
pub(super) fn waiting(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{WAITING}"));
    path.with_file_name(name)
}

/// Updates.
pub(super) fn update(args: &RecordArgs) -> Result<Exit, RunError> {
    let project = Project::here()?;
    let upstream = match args.live.upstream.as_deref().map(|url| args.live.upstream(url)) {
        None => None,
        Some(Ok(upstream)) => Some(upstream),
        Some(Err(Wrong::Run(error))) => return Err(error),
        Some(Err(Wrong::Usage(message))) => {
            console::error(&message);
            return Ok(Exit::Usage);
        }
    };
    let mut scenarios = options::scenarios(&project, &args.common)?;
    let path = args.agent_path.as_deref();
    let mut subjects = options::subjects(&project, args.agent.as_slice(), path)?;
    options::ask_for(args.live.model.as_deref(), &mut scenarios, &mut subjects);
    let folder = project.recordings(args.out.as_deref());
    let out = recordings_of(&folder, subjects[0].name());
    record::writable(&out)?;
    let matrix = options::matrix(&args.common, 1, 1, true)?;
    let cancel = interrupt::flag();
    let source = |scenario: &Scenario, _: &str, _: &Subject| match &upstream {
        Some(upstream) => {
            Ok(Source::Live(Live { upstream: Arc::clone(upstream), allowance: None }))
        }
        None => Source::scripted(scenario),
    };
    let mut specs = expand(scenarios, &args.variant, &subjects, 1, 1, source)?;
    if args.drifted {
        specs = drifted(&matrix, &folder, specs, &cancel)?;
        if cancel.load(Ordering::Relaxed) {
            console::note("interrupted: nothing was asked again");
            return Ok(Exit::Interrupted);
        }
        if specs.is_empty() {
            console::out("no recording drifts: nothing to update\n");
            return Ok(Exit::Good);
        }
    }
    let scratch = Scratch::new("update")?;
    let shown = Shown::new(specs.len());
    let reports = execute(&matrix, scratch.out(), &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let mut exit = Exit::Good;
    for report in reports {
        exit = record::worse(exit, save(report, &out, upstream.is_some())?);
    }
    match cancel.load(Ordering::Relaxed) {
        true => {
            console::note("interrupted: what is named above was asked again, the rest was not");
            Ok(Exit::Interrupted)
        }
        false => Ok(exit),
    }
}

/// Those whose recording the agent, as it is now, no longer keeps to.
fn drifted(
    matrix: &Matrix,
    folder: &Path,
    specs: Vec<RunSpec>,
    cancel: &AtomicBool,
) -> Result<Vec<RunSpec>, RunError> {
    let replayed = |spec: &RunSpec| {
        let key = &spec.key;
        let source = Source::recorded(folder, &spec.scenario, &key.variant, &spec.subject)?;
        Ok::<_, RunError>(RunSpec { source, ..spec.clone() })
    };
    let replays: Vec<RunSpec> = specs.iter().map(replayed).collect::<Result<_, _>>()?;
    // The first difference decides.
    let matrix = Matrix { matching: Policy::Strict, record: false, ..matrix.clone() };
    let scratch = Scratch::new("drifted")?;
    let shown = Shown::new(replays.len());
    let reports = execute(&matrix, scratch.out(), &replays, &shown, cancel)?;
    shown.clear();
    let mut left = Vec::new();
    if cancel.load(Ordering::Relaxed) {
        return Ok(left);
    }
    for spec in specs {
        // What could not be replayed is asked again, and says itself why it cannot be.
        let verdict = reports.iter().find(|one| one.key == spec.key).map(|one| one.verdict);
        let log = read_run(scratch.out().path(), &spec.key.to_string())?;
        if matches!(verdict, Some(Verdict::Error | Verdict::Skipped))
            || log.is_some_and(|log| departs(&log))
        {
            left.push(spec);
        }
    }
    Ok(left)
}

fn departs(log: &RunLog) -> bool {
    let missed = |code: Option<&str>| code == Some("replay_mismatch");
    let mut errors = log.exchanges.iter().filter_map(|exchange| exchange.error.as_ref());
    let unplayed = log.finished.as_ref().is_some_and(|finished| finished.unplayed > 0);
    !log.drifts.is_empty() || unplayed || errors.any(|error| missed(error.code.as_deref()))
}

/// Writes what waits; nothing where the same was said again. That a live model did not do the work
/// is worth a look, too.
fn save(report: RunReport, out: &Path, is_live: bool) -> Result<Exit, RunError> {
    let name = record::name(&report);
    let (path, expected) = (out.join(&name), is_expected(&report));
    let failed = matches!(report.verdict, Verdict::Fail | Verdict::Unfinished | Verdict::Timeout);
    let said = report.recording.as_ref().filter(|recording| !recording.exchanges.is_empty());
    let Some(recording) = said.filter(|_| expected || is_live && failed) else {
        return Ok(record::refuse(
            &report,
            &format!("{name} is left as it was, and nothing waits"),
        ));
    };
    let waiting = waiting(&path);
    let same = |old: Recording| old.to_jsonl() == recording.to_jsonl();
    if path.is_file() && Recording::load(&path).is_ok_and(same) {
        // What waited from an earlier change is out of date.
        let _ = std::fs::remove_file(&waiting);
        console::out(&format!("{}: unchanged\n", path.display()));
        return Ok(Exit::Good);
    }
    recording.save(&waiting)?;
    if !expected {
        let reason = report.reason.as_deref().unwrap_or_default();
        console::warning(&format!("{}: the work was not done: {reason}", report.key));
    }
    console::out(&format!(
        "{}: {} exchanges wait; look at them: unreel review {}\n",
        waiting.display(),
        recording.exchanges.len(),
        name.trim_end_matches(".jsonl")
    ));
    Ok(Exit::Good)
}
