//! Tables, summaries and terminal output, all computed from measures and these from journals.

mod advice;
mod agents;
mod error;
mod files;
mod format;
mod grid;
mod markdown;
mod outcome;
mod problems;
mod scan;
mod scan_text;
mod serve;
mod summary;
mod tables;
mod terminal;

pub use error::ReportError;
pub use files::write;
pub use format::{count, percent, plural, wrap};
pub use outcome::{Outcome, outcome, unstable};
pub use scan::{Scan, ScanRow, Scanned, Sort};
pub use serve::{request_line, served, serving};
pub use summary::Summary;
pub use terminal::{WIDTH, terminal};
