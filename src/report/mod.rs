//! Tables, summaries and terminal output, all computed from measures and these from journals.

mod error;
mod files;
mod format;
mod markdown;
mod outcome;
mod summary;
mod tables;
mod terminal;

pub use error::ReportError;
pub use files::write;
pub use outcome::{Outcome, outcome, unstable};
pub use summary::Summary;
pub use terminal::terminal;
