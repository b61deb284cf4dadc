//! The files of a report.

use super::{ReportError, Summary, agents, markdown, tables, write_growth};
use crate::cache::Prices;
use crate::measure::RunMeasure;
use crate::measure::growth::{Curves, Series, curves};
use polars::prelude::DataFrame;
use polars_io::prelude::*;
use std::fs::File;
use std::path::Path;

/// Writes `tables/*.parquet`, `tables/*.csv`, `growth.html` with `growth/*.svg`, `summary.json` and
/// `summary.md` into `out`, and `agents.md` if another agent than the built-in one ran.
pub fn write(out: &Path, runs: &[RunMeasure], summary: &Summary) -> Result<(), ReportError> {
    let growth = growth(runs);
    let all = tables::all(runs, &growth).map_err(|cause| ReportError::new(out, cause))?;
    frames(&out.join("tables"), all)?;
    let curves: Vec<Curves> = growth.into_iter().map(|(_, curves)| curves).collect();
    write_growth(out, &curves)?;
    let json = serde_json::to_string_pretty(summary).unwrap_or_default()
        + "
";
    text(&out.join("summary.json"), &json)?;
    if let Some(agents) = agents::text(runs) {
        text(&out.join("agents.md"), &agents)?;
    }
    text(&out.join("summary.md"), &markdown::summary(runs, summary))
}

/// Writes each table into a folder, as Parquet and as CSV.
pub(super) fn frames(
    folder: &Path,
    all: Vec<(&'static str, DataFrame)>,
) -> Result<(), ReportError> {
    std::fs::create_dir_all(folder).map_err(|cause| ReportError::new(folder, cause))?;
    for (name, mut frame) in all {
        let path = folder.join(format!("{name}.parquet"));
        replace(&path, |file| {
            let writer = ParquetWriter::new(file)
                // Compression libraries change their output between versions; the tables are small.
                .with_compression(ParquetCompression::Uncompressed);
            writer.finish(&mut frame).map(|_| ()).map_err(|cause| cause.to_string())
        })?;
        let path = folder.join(format!("{name}.csv"));
        replace(&path, |file| {
            CsvWriter::new(file).finish(&mut frame).map_err(|cause| cause.to_string())
        })?;
    }
    Ok(())
}

/// Writes a text.
pub(super) fn text(path: &Path, text: &str) -> Result<(), ReportError> {
    replace(path, |file| {
        std::io::Write::write_all(file, text.as_bytes()).map_err(|cause| cause.to_string())
    })
}

/// The curves of each scenario, variant and agent: of its first trial.
fn growth(runs: &[RunMeasure]) -> Vec<(&RunMeasure, Curves)> {
    // The list comes with the program; without it the usual rates are assumed.
    let Ok(prices) = Prices::shipped() else { return Vec::new() };
    let mut found = Vec::new();
    for run in runs.iter().filter(|run| run.run.trial == 1) {
        let series = Series::of_run(&run.run.name(), run, &prices);
        found.extend(curves(&series).map(|curves| (run, curves)));
    }
    found
}

/// Writes to a temporary file, then renames.
fn replace(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), String>,
) -> Result<(), ReportError> {
    let temporary = path.with_extension("partial");
    let mut file = File::create(&temporary).map_err(|cause| ReportError::new(path, cause))?;
    let filled = fill(&mut file);
    let done =
        filled.and_then(|()| std::fs::rename(&temporary, path).map_err(|cause| cause.to_string()));
    done.map_err(|cause| {
        // The error at hand says more than one about clearing up.
        let _ = std::fs::remove_file(&temporary);
        ReportError::new(path, cause)
    })
}
