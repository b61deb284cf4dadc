//! Long sessions repeat themselves: rows in which nothing happens but calls that go well are folded
//! into one, except for the first and the last of them.

use super::step::figures;
use crate::measure::story::{Part, Step, Story};
use crate::recording::Outcome;
use crate::report::format::cut;
use crate::report::paint::Paint;
use crate::report::terminal::WIDTH;
use indexmap::IndexMap;

/// Stories of so many exchanges are shown whole.
const SHORT: usize = 30;
/// So many rows of a kind are shown before the rest is folded.
const FIRST: usize = 3;
/// Fewer are not worth folding.
const LEAST: usize = 3;

/// What is shown.
pub(super) struct Folded<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// How many exchanges are not.
    pub(super) hidden: usize,
}

/// One row.
pub(super) enum Row<'a> {
    Step(&'a Step),
    Folded(Vec<&'a Step>),
}

/// The rows of a story.
pub(super) fn folded(story: &Story, all: bool) -> Folded<'_> {
    let mut rows = Vec::new();
    let mut hidden = 0;
    if all || story.steps.len() <= SHORT {
        return Folded { rows: story.steps.iter().map(Row::Step).collect(), hidden };
    }
    let alike = |a: &Step, b: &Step| is_plain(a) && is_plain(b) && a.thread == b.thread;
    for group in story.steps.chunk_by(alike) {
        let inner = group.len().saturating_sub(FIRST + 1);
        if inner < LEAST {
            rows.extend(group.iter().map(Row::Step));
            continue;
        }
        rows.extend(group[..FIRST].iter().map(Row::Step));
        rows.push(Row::Folded(group[FIRST..FIRST + inner].iter().collect()));
        rows.extend(group[FIRST + inner..].iter().map(Row::Step));
        hidden += inner;
    }
    Folded { rows, hidden }
}

/// Whether nothing happens but calls that go well.
fn is_plain(step: &Step) -> bool {
    let well = |part: &Part| match part {
        Part::Call(call) => {
            call.output.as_ref().is_none_or(|output| output.exit.is_none_or(|exit| exit == 0))
        }
        Part::Thought { .. } | Part::Text { .. } => true,
        Part::Other { .. } => false,
    };
    step.outcome == Outcome::Completed
        && !step.stale
        && step.endpoint == "responses"
        && step.timeline.is_empty()
        && step.compaction.is_none()
        && step.user.is_empty()
        && step.context.is_empty()
        && step.drift.is_empty()
        && step.broken.is_none()
        && step.answer.iter().any(Part::is_call)
        && step.answer.iter().all(well)
}

/// The row that stands for several.
pub(super) fn line(steps: &[&Step], paint: Paint) -> Vec<String> {
    let mut tools: IndexMap<&str, usize> = IndexMap::new();
    for part in steps.iter().flat_map(|step| &step.answer) {
        if let Part::Call(call) = part {
            *tools.entry(call.tool.as_str()).or_default() += 1;
        }
    }
    let tools: Vec<String> = tools.iter().map(|(tool, times)| format!("{tool} {times}x")).collect();
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
    let sent = steps.iter().map(|step| step.sent_bytes).sum();
    let new = steps.iter().map(|step| step.new_bytes).sum();
    let figures = figures(":", sent, new, "");
    let text = format!(
        "{} more that went well, #{}-#{}: {}",
        steps.len(),
        first.exchange,
        last.exchange,
        tools.join(", ")
    );
    let width = WIDTH - figures.chars().count();
    vec![paint.cyan(&format!("{figures}{}", cut(&text, width)))]
}
