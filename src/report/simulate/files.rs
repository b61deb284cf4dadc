//! The folder of a simulation.

use super::{Simulation, markdown, simulation_json, tables};
use crate::report::ReportError;
use crate::report::files::{frames, text};
use std::path::Path;

/// Writes `tables/*.parquet`, `tables/*.csv`, `summary.json` and `summary.md` into `out`.
pub fn write_simulation(out: &Path, simulation: &Simulation<'_>) -> Result<(), ReportError> {
    let all = tables::all(simulation).map_err(|cause| ReportError::new(out, cause))?;
    frames(&out.join("tables"), all)?;
    let json = serde_json::to_string_pretty(&simulation_json(simulation)).unwrap_or_default();
    text(&out.join("summary.json"), &(json + "\n"))?;
    text(&out.join("summary.md"), &markdown::summary(simulation))
}
