//! `unreel record`: runs scripts through the recorder. Each recording is written as a whole or
//! not at all, so a failing one leaves the old file as it was.

use super::args::RecordArgs;
use super::project::Project;
use super::scratch::Scratch;
use super::{Exit, console, interrupt, options, progress::Shown};
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
    match all(args) {
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
    let out = recordings_of(&project.recordings(args.out.as_deref()), &subjects[0]);
    writable(&out)?;
    let scratch = Scratch::new("record")?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, scratch.out(), &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let mut exit = Exit::Good;
    for report in reports {
        match save(report, &out)? {
            Exit::Good => {}
            // The harness's own failure says more than a run's.
            Exit::Harness => exit = Exit::Harness,
            other if exit == Exit::Good => exit = other,
            _ => {}
        }
    }
    match cancel.load(Ordering::Relaxed) {
        true => {
            console::note("interrupted: what is named above was recorded, the rest was not");
            Ok(Exit::Interrupted)
        }
        false => Ok(exit),
    }
}

/// Finds out before the runs whether recordings can be written.
fn writable(out: &Path) -> Result<(), RecordingError> {
    let error = |cause| RecordingError::write(out, cause);
    std::fs::create_dir_all(out).map_err(error)?;
    let probe = out.join(format!(".unreel-{}", std::process::id()));
    std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)).map_err(error)
}

fn save(report: RunReport, out: &Path) -> Result<Exit, RecordingError> {
    let expected = match report.expect_fail {
        Some(_) => matches!(report.verdict, Verdict::Fail | Verdict::Unfinished),
        None => report.verdict == Verdict::Pass,
    };
    let key = &report.key;
    let name = recording_name(&key.scenario, &key.variant);
    let Some(recording) = report.recording.filter(|_| expected) else {
        let reason = report.reason.unwrap_or_else(|| "it passed, unexpectedly".to_owned());
        if report.verdict == Verdict::Skipped {
            console::note(&format!("skipped {key}: {reason}"));
            return Ok(Exit::Good);
        }
        let old = match out.join(&name).exists() {
            true => format!("\nhelp: {name} is left as it was; mend the script and record again"),
            false => "\nhelp: mend the script and record again".to_owned(),
        };
        console::error(&format!("{key}: not recorded: {reason}{old}"));
        return Ok(match report.verdict {
            Verdict::Error => Exit::Harness,
            _ => Exit::Failed,
        });
    };
    let path = out.join(name);
    recording.save(&path)?;
    let exchanges = recording.exchanges.len();
    console::out(&format!("{}: {exchanges} exchanges\n", path.display()));
    Ok(Exit::Good)
}
