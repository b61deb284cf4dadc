//! Long sessions repeat themselves: a row whose calls are of a kind that was seen before, and in
//! which nothing else happens, is folded with its neighbours into one.

use super::step::figures;
use crate::measure::story::{Part, Step, Story};
use crate::recording::Outcome;
use crate::report::format::{WIDTH, cut};
use crate::report::paint::Paint;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// Stories of so many exchanges are shown whole.
const SHORT: usize = 30;
/// So often a kind of row is shown before it counts as seen.
const SEEN: usize = 2;
/// Fewer rows are not worth folding.
const LEAST: usize = 3;
/// Programs of which the next word says what they do.
const RUNNERS: [&str; 12] =
    ["sh", "bash", "git", "cargo", "npm", "npx", "node", "python", "python3", "go", "make", "uv"];

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
    if all || story.steps.len() <= SHORT {
        return Folded { rows: story.steps.iter().map(Row::Step).collect(), hidden: 0 };
    }
    let mut times: BTreeMap<BTreeSet<String>, usize> = BTreeMap::new();
    let marked: Vec<(&Step, bool)> = story
        .steps
        .iter()
        .map(|step| {
            let before = times.entry(kinds(step)).or_default();
            *before += 1;
            (step, is_plain(step) && *before > SEEN)
        })
        .collect();
    let (mut rows, mut hidden) = (Vec::new(), 0);
    for group in marked.chunk_by(|a, b| a.1 == b.1 && a.0.thread == b.0.thread) {
        let steps: Vec<&Step> = group.iter().map(|(step, _)| *step).collect();
        if group[0].1 && steps.len() >= LEAST {
            hidden += steps.len();
            rows.push(Row::Folded(steps));
        } else {
            rows.extend(steps.into_iter().map(Row::Step));
        }
    }
    Folded { rows, hidden }
}

/// What a row does: its tools, what they are told in a word, whether that went well.
fn kinds(step: &Step) -> BTreeSet<String> {
    let kind = |part: &Part| match part {
        Part::Call(call) => {
            let mut words = call.brief.split_whitespace();
            let first = words.next().unwrap_or_default();
            let next = words.next().filter(|_| RUNNERS.contains(&first)).unwrap_or_default();
            let failed = call.output.as_ref().and_then(|output| output.exit) > Some(0);
            Some(format!("{} {first} {next} {failed}", call.tool))
        }
        _ => None,
    };
    step.answer.iter().filter_map(kind).collect()
}

/// Whether nothing happens but thoughts, words and calls.
fn is_plain(step: &Step) -> bool {
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
        && !step.answer.iter().any(|part| matches!(part, Part::Other { .. }))
}

/// The row that stands for several.
pub(super) fn line(steps: &[&Step], paint: Paint) -> Vec<String> {
    let mut tools: IndexMap<&str, usize> = IndexMap::new();
    let mut failed = 0;
    for part in steps.iter().flat_map(|step| &step.answer) {
        if let Part::Call(call) = part {
            *tools.entry(call.tool.as_str()).or_default() += 1;
            let exit = call.output.as_ref().and_then(|output| output.exit);
            failed += usize::from(exit.is_some_and(|exit| exit != 0));
        }
    }
    let tools: Vec<String> = tools.iter().map(|(tool, times)| format!("{tool} {times}x")).collect();
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
    let sent = steps.iter().map(|step| step.sent_bytes).sum();
    let new = steps.iter().map(|step| step.new_bytes).sum();
    let figures = figures(":", sent, new, "");
    let failed = match failed {
        0 => String::new(),
        1 => "; 1 exit is not 0".to_owned(),
        failed => format!("; {failed} exits are not 0"),
    };
    let (from, to) = (first.exchange, last.exchange);
    let text = format!("#{from}-#{to}, {} like these: {}{failed}", steps.len(), tools.join(", "));
    let width = WIDTH - figures.chars().count();
    vec![paint.cyan(&format!("{figures}{}", cut(&text, width)))]
}
