//! The folder of a simulation.

use super::{Simulation, markdown, simulation_json, tables};
use crate::cache::Prices;
use crate::measure::growth::{Curves, Series, curves};
use crate::report::files::{frames, text};
use crate::report::{ReportError, write_growth};
use std::path::Path;

/// Writes `tables/*.parquet`, `tables/*.csv`, `growth.html` with `growth/*.svg`, `summary.json` and
/// `summary.md` into `out`.
pub fn write_simulation(
    out: &Path,
    simulation: &Simulation<'_>,
    prices: &Prices,
) -> Result<(), ReportError> {
    let all = tables::all(simulation).map_err(|cause| ReportError::new(out, cause))?;
    frames(&out.join("tables"), all)?;
    let series = simulation.rows.iter().map(|row| Series::of_row(row, prices));
    let all: Vec<Curves> = series.filter_map(|series| curves(&series)).collect();
    write_growth(out, &all)?;
    let json = serde_json::to_string_pretty(&simulation_json(simulation)).unwrap_or_default();
    text(&out.join("summary.json"), &(json + "\n"))?;
    text(&out.join("summary.md"), &markdown::summary(simulation))
}
