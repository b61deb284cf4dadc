//! What `simulate` found: for a terminal, as Markdown, JSON and tables. Every form says that answers
//! were held fixed, what the logs lack, and of when the prices are.

mod facts;
mod files;
mod markdown;
mod rows;
mod tables;
mod text;
mod units;

pub use facts::SimulationFacts;
pub use files::write_simulation;
pub use text::simulation_text;

use crate::measure::simulate::{Comparison, Point, Row, compare, pareto, whole};
use serde_json::{Value, json};

/// A simulation with what follows from its rows.
#[derive(Clone, Debug)]
pub struct Simulation<'a> {
    facts: &'a SimulationFacts,
    rows: &'a [Row],
    points: Vec<Point>,
    comparisons: Vec<Comparison>,
}

impl<'a> Simulation<'a> {
    /// Computes points and comparisons, in rayon's current pool.
    #[must_use]
    pub fn of(facts: &'a SimulationFacts, rows: &'a [Row]) -> Self {
        Self { facts, rows, points: pareto(rows), comparisons: compare(rows) }
    }

    /// How many inputs are summed and compared, where these are not all.
    fn left_out(&self) -> Option<String> {
        let (all, whole) = (self.facts.inputs.len(), whole(self.rows).len());
        (whole < all).then(|| format!("{whole} of {all} inputs: those that every layout fits"))
    }
}

/// For programs.
#[must_use]
pub fn simulation_json(simulation: &Simulation<'_>) -> Value {
    let mut value = serde_json::to_value(simulation.facts).unwrap_or_default();
    value["combinations"] = json!(rows::summed(simulation.rows));
    value["pareto"] = json!(simulation.points);
    value["comparisons"] = json!(simulation.comparisons);
    value["sessions"] = json!(simulation.rows);
    value
}
