//! `simulate`: what a recorded conversation would have sent, cached, written, cost and waited under
//! another cache, another prompt layout, another compaction. Answers are held fixed.
//!
//! A conversation becomes a [`Session`] once; a layout and a compaction make a plan of it; every
//! cache accounts the same plan.

mod account;
mod apply;
mod base;
mod cells;
mod compare;
mod draw;
mod facts;
mod fixed;
mod generate;
mod grid;
#[cfg(test)]
mod growth_tests;
mod history;
mod latency;
mod layout;
mod layout_spec;
mod made;
mod marks;
mod model;
#[cfg(test)]
mod naive_tests;
mod pareto;
mod part;
mod plan;
mod read;
mod refusal;
#[cfg(test)]
mod regression_tests;
mod sender;
mod session;
mod shown;
mod totals;
mod up;
mod whole;

pub use cells::simulate;
pub use compare::{Comparison, LEAST_CLUSTERS, Metric, RESAMPLES, SEED, compare};
pub use generate::Generate;
pub use grid::{Grid, Input, Row, Simulated};
pub use latency::Latency;
pub use layout::{Compaction, Layout};
pub use layout_spec::{Known, LAYOUTS, split_specs};
pub use pareto::{Point, pareto};
pub use refusal::Refusal;
pub use session::Session;
pub use totals::{Request, Totals};
pub use whole::whole;
