//! Tables, summaries and terminal output, all computed from measures and these from journals.

mod advice;
mod agents;
mod arms;
mod block_traces;
mod compare;
mod cost;
mod drift;
mod error;
mod explain;
mod files;
mod format;
mod grid;
mod growth;
mod live;
mod markdown;
mod note;
mod outcome;
mod paint;
mod problems;
mod rates;
mod record;
mod review;
mod scan;
mod scan_text;
mod serve;
mod simulate;
mod story;
mod summary;
mod tables;
mod terminal;

pub use arms::{arms_markdown, arms_text};
pub use block_traces::{
    block_traces_csv, block_traces_json, block_traces_markdown, block_traces_text,
};
pub use compare::{comparison_markdown, comparison_text, reports_markdown, reports_text};
pub use cost::{cost_markdown, cost_text};
pub use error::ReportError;
pub use explain::{
    explanation_markdown, explanation_text, explanations_markdown, explanations_text,
};
pub use files::write;
pub use format::{WIDTH, count, percent, plural, quoted, wrap};
pub use growth::{growth_text, write_growth};
pub use live::{Planned, Used, planned, trials_closing};
use outcome::verdict_name;
pub use outcome::{Outcome, outcome, unstable};
pub use paint::Paint;
pub use record::{passed_line, proxying, recorded};
pub use review::{Reviewed, review};
pub use scan::{Scan, ScanRow, Scanned, Sort};
pub use serve::{request_line, served, serving};
pub use simulate::{
    Simulation, SimulationFacts, simulation_json, simulation_text, write_simulation,
};
pub use story::{exchange_text, runs_text, story_text};
pub use summary::Summary;
pub use terminal::terminal;
