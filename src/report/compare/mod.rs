//! A comparison for people, as text for a terminal and as Markdown for a pull request: the same
//! sections, the worst first, in two dresses.

mod dress;
mod lines;
mod reports;
mod sections;

pub use dress::{comparison_markdown, comparison_text};
pub(super) use dress::{fence, side};
pub use reports::{reports_markdown, reports_text};
pub(super) use sections::ranges;

use crate::measure::compare::Edit;

/// A part of a comparison.
#[derive(Clone, Debug, Default)]
struct Section {
    /// Its head: severity and name.
    title: String,
    blocks: Vec<Block>,
}

/// What a section consists of.
#[derive(Clone, Debug)]
enum Block {
    /// A point.
    Point(String),
    /// Changed lines below the point before it.
    Diff(Vec<Edit>),
    /// Rows of figures; the first names the columns.
    Table(Vec<[String; 4]>),
}

/// What no comparison of recorded answers can say; stands last.
const CAVEAT: &str = "Recorded answers do not react: this shows what the agent sent and what its \
                      tools did, not how a model would answer the changed requests.";
