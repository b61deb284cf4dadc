//! `unreel record`: runs scripts through the recorder. Each recording is written as a whole or
//! not at all, so a failing one leaves the old file as it was.

use super::args::RecordArgs;
use super::project::Project;
use super::scratch::Scratch;
use super::{Exit, console, interrupt, live, options, progress::Shown, update};
use crate::recording::RecordingError;
use crate::recording::journal::Verdict;
use crate::run::{
    RunError, RunReport, Source, Subject, execute, expand, recording_name, recordings_of,
};
use crate::scenario::Scenario;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Records.
pub(super) fn record(args: &RecordArgs) -> Exit {
    let done = match &args.live.upstream {
        _ if args.update => update::update(args),
        Some(url) => live::record(args, url),
        None => all(args),
    };
    match done {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &RecordArgs) -> Result<Exit, RunError> {
    let project = Project::here()?;
    let scenarios = options::scenarios(&project, &args.common)?;
    let path = args.agent_path.as_deref();
    let subjects = options::subjects(&project, args.agent.as_slice(), path)?;
    let source = |scenario: &Scenario, _: &str, _: &Subject| Source::scripted(scenario);
    let specs = expand(scenarios, &args.variant, &subjects, 1, 1, source)?;
    let matrix = options::matrix(&args.common, 1, 1, true)?;
    let out = recordings_of(&project.recordings(args.out.as_deref()), subjects[0].name());
    writable(&out)?;
    let scratch = Scratch::new("record")?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, scratch.out(), &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let mut exit = Exit::Good;
    for report in reports {
        exit = worse(exit, save(report, &out)?);
    }
    match cancel.load(Ordering::Relaxed) {
        true => {
            console::note("interrupted: what is named above was recorded, the rest was not");
            Ok(Exit::Interrupted)
        }
        false => Ok(exit),
    }
}

/// Of two recordings' ends the one to end with: the harness's own failure says more than a run's.
pub(super) fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (_, Exit::Harness) => Exit::Harness,
        (Exit::Good, other) => other,
        (one, _) => one,
    }
}

/// Finds out before the runs whether recordings can be written.
pub(super) fn writable(out: &Path) -> Result<(), RecordingError> {
    let error = |cause| RecordingError::write(out, cause);
    std::fs::create_dir_all(out).map_err(error)?;
    let probe = out.join(format!(".unreel-{}", std::process::id()));
    std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)).map_err(error)
}

/// Whether a run came out as its scenario says.
pub(super) fn is_expected(report: &RunReport) -> bool {
    match report.expect_fail {
        Some(_) => matches!(report.verdict, Verdict::Fail | Verdict::Unfinished),
        None => report.verdict == Verdict::Pass,
    }
}

/// The file name of the recording of a run.
pub(super) fn name(report: &RunReport) -> String {
    recording_name(&report.key.scenario, &report.key.variant)
}

/// Says why a run is not recorded; `left` is what becomes of the file.
pub(super) fn refuse(report: &RunReport, left: &str) -> Exit {
    let key = &report.key;
    let reason = report.reason.as_deref().unwrap_or("it passed, unexpectedly");
    if report.verdict == Verdict::Skipped {
        console::note(&format!("skipped {key}: {reason}"));
        return Exit::Good;
    }
    console::error(&format!("{key}: not recorded: {reason}\nhelp: {left}"));
    match report.verdict {
        Verdict::Error => Exit::Harness,
        _ => Exit::Failed,
    }
}

fn save(report: RunReport, out: &Path) -> Result<Exit, RecordingError> {
    let (name, expected) = (name(&report), is_expected(&report));
    let path = out.join(&name);
    let Some(recording) = report.recording.as_ref().filter(|_| expected) else {
        return Ok(refuse(
            &report,
            &match path.exists() {
                true => format!("{name} is left as it was; mend the script and record again"),
                false => "mend the script and record again".to_owned(),
            },
        ));
    };
    recording.save(&path)?;
    let exchanges = recording.exchanges.len();
    console::out(&format!("{}: {exchanges} exchanges\n", path.display()));
    Ok(Exit::Good)
}
