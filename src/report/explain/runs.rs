//! All runs of a folder: a row each, the one with the most to mend first.

use super::groups;
use crate::cache::dollars;
use crate::measure::explain::Explanation;
use crate::report::format::{WIDTH, count, cut, plural, quoted, wrap};
use crate::report::grid::columns;
use crate::report::paint::Paint;
use std::cmp::Reverse;

/// The widest name of a run.
const NAME: usize = 40;

/// The text; `path` is the folder as it was named.
#[must_use]
pub fn explanations_text(all: &[Explanation], path: &str, paint: Paint) -> String {
    let mut rows: Vec<&Explanation> = all.iter().collect();
    let again = |one: &Explanation, expected: bool| -> u64 {
        let findings = one.findings.iter().filter(|finding| finding.expected == expected);
        findings.map(|finding| finding.tokens_again).sum()
    };
    rows.sort_by_key(|one| Reverse((again(one, false), mistakes(one), again(one, true))));
    let head = ["run", "req", "found", "expected", "read again", "money", "most of it"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for one in &rows {
        let found = mistakes(one);
        let tokens: u64 = one.findings.iter().map(|finding| finding.tokens_again).sum();
        let money: Option<u64> = one.findings.iter().map(|finding| finding.nano_usd).sum();
        let show = |number: usize| if number == 0 { String::new() } else { number.to_string() };
        let most = groups(one)
            .first()
            .map(|group| format!("{}: {}", group.first().cause, group.first().what.words()));
        cells.push(vec![
            cut(&one.about.name, NAME),
            one.requests.to_string(),
            show(found),
            show(one.findings.len() - found),
            if one.findings.is_empty() { String::new() } else { count(tokens) },
            money.filter(|_| !one.findings.is_empty()).map(dollars).unwrap_or_default(),
            most.unwrap_or_default(),
        ]);
    }
    let mut table = columns(&cells, &[0, 6]).into_iter();
    let mut lines: Vec<String> = table.next().map(|head| paint.dim(&head)).into_iter().collect();
    lines.extend(table);
    let clean = rows.iter().filter(|one| mistakes(one) == 0).count();
    lines.push(format!("{} of {} without a mistake", clean, plural(rows.len(), "run")));
    if let Some(one) = rows.first() {
        lines.extend(
            wrap(
                "found: breaks, changed settings and misses that neither a compaction nor a step back \
                 explains. read again: tokens, the bound of an ideal cache; expected ones included.",
                WIDTH,
                "  ",
            )
            .iter()
            .map(|line| paint.dim(line)),
        );
        let next = format!("one of them: unreel explain {path} {}", quoted(&one.about.name));
        lines.push(paint.dim(&next));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn mistakes(one: &Explanation) -> usize {
    one.findings.iter().filter(|finding| !finding.expected).count()
}
