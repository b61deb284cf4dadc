//! An explanation for a terminal.

use super::{Group, also, causes, caveats, groups, headline};
use crate::measure::explain::Explanation;
use crate::report::compare::side;
use crate::report::format::{WIDTH, cut, wrap};
use crate::report::grid::columns;
use crate::report::paint::Paint;

/// Columns of the labels.
const INDENT: &str = "         ";

/// The text; `again` is the command line that gives it.
#[must_use]
pub fn explanation_text(one: &Explanation, again: &str, paint: Paint) -> String {
    let mut lines = vec![cut(&side(&one.about), WIDTH)];
    let headline = headline(one);
    let is_bad = one.findings.iter().any(|finding| !finding.expected);
    for line in wrap(&headline, WIDTH, "  ") {
        lines.push(if is_bad { paint.bold(&line) } else { paint.green(&line) });
    }
    let groups = groups(one);
    for group in &groups {
        lines.push(String::new());
        lines.extend(block(group, paint));
    }
    if !groups.is_empty() {
        lines.push(String::new());
        let mut table = columns(&causes(one), &[0]).into_iter();
        lines.extend(table.next().map(|head| paint.dim(&head)));
        lines.extend(table);
    }
    let caveats = caveats(one);
    if !caveats.is_empty() {
        lines.push(String::new());
    }
    for caveat in caveats {
        lines.extend(wrap(&caveat, WIDTH, "  ").iter().map(|line| paint.dim(line)));
    }
    if let Some(group) = groups.iter().find(|group| group.0.len() > 1) {
        let last = group.0.last().map_or(0, |finding| finding.seq);
        lines.push(paint.dim(&format!("one of them: {again} --exchange {last}")));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn block(group: &Group<'_>, paint: Paint) -> Vec<String> {
    let first = group.first();
    let mut lines: Vec<String> =
        wrap(&group.title(), WIDTH, "  ").iter().map(|line| paint.bold(line)).collect();
    let line = |label: &str, text: &str| wrap(&format!("  {label:<7}{text}"), WIDTH, INDENT);
    lines.extend(line("at", &group.place(str::to_owned)));
    let shown = |sign: char, text: &str| cut(&format!("  {sign}      {text}"), WIDTH);
    lines.extend(first.old.iter().map(|text| paint.red(&shown('-', text))));
    lines.extend(first.new.iter().map(|text| paint.green(&shown('+', text))));
    lines.extend(line("lost", &group.cost()));
    lines.extend(group.server().iter().flat_map(|server| line("server", server)));
    let (label, advice) = group.advice();
    lines.extend(line(label, advice));
    for one in &first.also {
        lines.extend(line("also", &also(one, str::to_owned)));
        lines.extend(line("fix", &one.advice));
    }
    lines
}
