//! `unreel record`: runs scripts through the recorder.

use super::args::RecordArgs;
use super::{Exit, console, interrupt, options, progress::Shown};
use crate::recording::journal::Verdict;
use crate::run::{OutDir, RunError, RunErrorKind, Source, execute, expand, recording_name};

/// Records.
pub(super) fn record(args: &RecordArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &RecordArgs) -> Result<Exit, RunError> {
    let scenarios = options::scenarios(&args.common)?;
    let specs =
        expand(scenarios, &args.variant, 1, 1, |scenario, _, _| Source::scripted(scenario))?;
    let matrix = options::matrix(&args.common, 1, 1, true)?;
    let scratch = std::env::temp_dir().join(format!("unreel-record-{}", std::process::id()));
    let out = OutDir::prepare(&scratch)?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, &out, &specs, &shown, &cancel);
    shown.clear();
    let removed = std::fs::remove_dir_all(&scratch);
    let reports = reports?;
    removed.map_err(|cause| RunErrorKind::Out { path: scratch, cause: cause.to_string() })?;
    let mut exit = Exit::Good;
    for report in reports {
        let expected = match report.expect_fail {
            Some(_) => matches!(report.verdict, Verdict::Fail | Verdict::Unfinished),
            None => report.verdict == Verdict::Pass,
        };
        let name = recording_name(&report.key.scenario, &report.key.variant);
        let Some(recording) = report.recording.filter(|_| expected) else {
            let reason = report.reason.unwrap_or_else(|| "it passed, unexpectedly".to_owned());
            console::error(&format!("{}: not recorded: {reason}", report.key));
            exit = Exit::Failed;
            continue;
        };
        let path = args.out.join(name);
        recording.save(&path)?;
        let exchanges = recording.exchanges.len();
        console::out(&format!("{}: {exchanges} exchanges\n", path.display()));
    }
    Ok(exit)
}
