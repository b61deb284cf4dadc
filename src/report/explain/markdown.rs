//! An explanation for an issue or a comment below a pull request.

use super::{Group, causes, caveats, groups, headline};
use crate::measure::explain::Explanation;
use crate::report::compare::{fence, side};
use crate::report::grid::table;

/// One conversation.
#[must_use]
pub fn explanation_markdown(one: &Explanation) -> String {
    let mut text = format!("**{}**\n\n{}\n\n", headline(one), side(&one.about));
    for group in groups(one) {
        text.push_str(&section(&group));
    }
    if !one.causes.is_empty() {
        let rows = causes(one);
        if let Some((head, rows)) = rows.split_first() {
            let head: Vec<&str> = head.iter().map(String::as_str).collect();
            table(&mut text, &head, rows.to_vec());
        }
    }
    for caveat in caveats(one) {
        text.push_str(&format!("{caveat}  \n"));
    }
    text
}

/// Several, each to be opened.
#[must_use]
pub fn explanations_markdown(all: &[Explanation]) -> String {
    let mut text = String::new();
    for one in all {
        text.push_str(&format!(
            "<details><summary>{}: {}</summary>\n\n{}\n</details>\n\n",
            one.about.name,
            headline(one),
            explanation_markdown(one)
        ));
    }
    text
}

fn section(group: &Group<'_>) -> String {
    let first = group.first();
    let mut text = format!("#### {}\n\n", group.title());
    // Names of tags in a text are no tags.
    let point = |text: &str| format!("- {}\n", text.replace('<', "&lt;"));
    text.push_str(&point(&format!("at {}", group.place())));
    let sides = [('-', &first.old), ('+', &first.new)];
    let shown: Vec<String> =
        sides.iter().filter_map(|(sign, side)| Some(format!("{sign}{}", side.as_ref()?))).collect();
    if !shown.is_empty() {
        let fence = fence(shown.iter().map(String::as_str));
        text.push_str(&format!("  {fence}diff\n"));
        shown.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        text.push_str(&format!("  {fence}\n"));
    }
    text.push_str(&point(&format!("lost {}", group.cost())));
    if let Some(server) = group.server() {
        text.push_str(&point(&format!("the server {server}")));
    }
    text.push_str(&point(&format!("**fix:** {}", first.advice)));
    text.push('\n');
    text
}
