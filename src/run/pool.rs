//! Runs in parallel; results in matrix order whatever the number of jobs.

use super::one::{RunReport, run_one};
use super::{Matrix, OutDir, RunError, RunErrorKind, RunSpec};
use crate::recording::RecordingError;
use crate::recording::journal::{JournalHeader, RunKey, assemble};
use rayon::prelude::*;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

/// Hears of runs as they start and end, from any thread.
pub trait Progress: Sync {
    /// A run starts.
    fn started(&self, run: &RunKey);
    /// A run has ended.
    fn finished(&self, report: &RunReport);
}

/// Runs everything and writes `journal.jsonl` and `timing.jsonl`. After `cancel` is set no run
/// starts, and those under way end as interrupted; the journal is written all the same.
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
    let run = |spec: &RunSpec| {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        progress.started(&spec.key);
        let report = run_one(spec, matrix, out, cancel);
        if let Ok(report) = &report {
            progress.finished(report);
        }
        Some(report)
    };
    let results: Vec<_> = pool.install(|| specs.par_iter().map(run).collect());
    let interrupted = cancel.load(Ordering::Relaxed);
    let keys = specs.iter().map(|spec| spec.key.clone()).collect();
    let header = JournalHeader::new(matrix.seed, matrix.trials, keys, interrupted);
    assemble(out.path(), &header)?;
    let reports: Result<Vec<RunReport>, RunError> = results.into_iter().flatten().collect();
    let reports = reports?;
    write_timing(out, &reports)?;
    Ok(reports)
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
