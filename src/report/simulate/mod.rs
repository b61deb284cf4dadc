//! What `simulate` found: for a terminal, as Markdown, JSON and tables. Every form says that answers
//! were held fixed, what the logs lack, and of when the prices are.

mod facts;
mod rows;
mod text;

pub use facts::SimulationFacts;
pub use text::{simulation_json, simulation_text};
