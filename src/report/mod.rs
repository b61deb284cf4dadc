//! Tables, summaries and terminal output, all computed from measures and these from journals.

mod advice;
mod agents;
mod drift;
mod error;
mod files;
mod format;
mod grid;
mod markdown;
mod outcome;
mod problems;
mod review;
mod serve;
mod summary;
mod tables;
mod terminal;

pub use error::ReportError;
pub use files::write;
pub use format::{plural, wrap};
pub use outcome::{Outcome, outcome, unstable};
pub use review::{Reviewed, review};
pub use serve::{request_line, served, serving};
pub use summary::Summary;
pub use terminal::{WIDTH, terminal};
