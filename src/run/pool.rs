//! Runs in parallel; results in matrix order whatever the number of jobs.

use super::one::{RunReport, run_one};
use super::{Matrix, OutDir, RunError, RunErrorKind, RunSpec, Source};
use crate::recording::RecordingError;
use crate::recording::journal::{JournalHeader, RunKey, Verdict, assemble};
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Hears of runs as they start and end, from any thread.
pub trait Progress: Sync {
    /// A run starts.
    fn started(&self, run: &RunKey);
    /// A run has ended.
    fn finished(&self, report: &RunReport);
}

/// Runs everything and writes `journal.jsonl` and `timing.jsonl`. After `cancel` is set no run
/// starts, and those under way end as interrupted; so it is when a live model may not be asked any
/// more. The journal is written all the same.
pub fn execute(
    matrix: &Matrix,
    out: &OutDir,
    specs: &[RunSpec],
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Vec<RunReport>, RunError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(matrix.jobs)
        .thread_name(|index| format!("run-{index}"))
        .build()
        .map_err(|error| RunErrorKind::Pool(error.to_string()))?;
    let failed = AtomicBool::new(false);
    let run = |spec: &RunSpec| {
        let is_used_up = spec.source.allowance().is_some_and(|one| one.used_up().is_some());
        if cancel.load(Ordering::Relaxed) || failed.load(Ordering::Relaxed) || is_used_up {
            return None;
        }
        progress.started(&spec.key);
        let report =
            run_one(spec, matrix, out, cancel).and_then(|report| kept(report, matrix, out));
        match &report {
            Ok(report) => progress.finished(report),
            // What cannot be written ends the matrix; nothing more is asked for.
            Err(_) => failed.store(true, Ordering::Relaxed),
        }
        Some(report)
    };
    let (order, next) = (order(specs), AtomicUsize::new(0));
    let taken = pool.broadcast(|_| {
        let mut done = Vec::new();
        while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((*at, run(&specs[*at])));
        }
        done
    });
    let mut results: Vec<_> = taken.into_iter().flatten().collect();
    results.sort_by_key(|(at, _)| *at);
    let results: Vec<_> = results.into_iter().map(|(_, result)| result).collect();
    let interrupted = cancel.load(Ordering::Relaxed);
    let stopped = stopped(specs, &results).filter(|_| !interrupted);
    let keys = specs.iter().map(|spec| spec.key.clone()).collect();
    let is_whole = !interrupted && stopped.is_none() && !failed.load(Ordering::Relaxed);
    let header = JournalHeader {
        stopped,
        ..JournalHeader::new(matrix.seed, matrix.trials, keys, !is_whole)
    };
    assemble(out.path(), &header)?;
    let reports: Result<Vec<RunReport>, RunError> = results.into_iter().flatten().collect();
    let reports = reports?;
    write_timing(out, &reports)?;
    Ok(reports)
}

/// In which order runs start: as in the matrix. Those of a live model go trial by trial, each once
/// through all scenarios and variants, so that whatever changes at the provider in the meantime
/// changes for all of them.
fn order(specs: &[RunSpec]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..specs.len()).collect();
    if specs.iter().any(|spec| matches!(spec.source, Source::Live(_))) {
        order.sort_by_key(|at| specs[*at].key.trial);
    }
    order
}

/// Puts a recording where recordings of runs are kept.
fn kept(mut report: RunReport, matrix: &Matrix, out: &OutDir) -> Result<RunReport, RunError> {
    if matrix.keep
        && let Some(recording) = report.recording.take()
        && !recording.exchanges.is_empty()
    {
        recording.save(&out.recording(&report.key))?;
    }
    Ok(report)
}

/// Why some runs did not start, or not end, if a live model may not be asked any more.
fn stopped(specs: &[RunSpec], results: &[Option<Result<RunReport, RunError>>]) -> Option<String> {
    let is_missing = |result: &Option<Result<RunReport, RunError>>| match result {
        None => true,
        Some(Ok(report)) => report.verdict == Verdict::Interrupted,
        Some(Err(_)) => false,
    };
    let why = specs.iter().find_map(|spec| spec.source.allowance()?.used_up())?;
    results.iter().any(is_missing).then_some(why)
}

/// The only file with wall-clock readings and facts about the machine.
fn write_timing(out: &OutDir, reports: &[RunReport]) -> Result<(), RunError> {
    let path = out.path().join("timing.jsonl");
    let line = |report: &RunReport| {
        let missing: Vec<String> =
            report.missing.iter().map(|(_, reason)| reason.clone()).collect();
        let run = report.key.to_string();
        let (wall, programs) = (report.wall_ms, &report.programs);
        format!(
            "{}\n",
            json!({"run": run, "wall_ms": wall, "programs": programs, "missing": missing})
        )
    };
    let text: String = reports.iter().map(line).collect();
    std::fs::write(&path, text).map_err(|cause| RecordingError::write(&path, cause))?;
    Ok(())
}
