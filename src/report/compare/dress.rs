//! The two dresses of a comparison.

use super::lines::shown;
use super::sections::{headline, sections};
use super::{Block, CAVEAT, Section};
use crate::measure::compare::{Comparison, Edit};
use crate::measure::story::About;
use crate::report::format::{WIDTH, cut, wrap};
use crate::report::grid;
use crate::report::paint::Paint;

/// Columns before changed lines.
const INDENT: &str = "      ";

/// For a terminal.
#[must_use]
pub fn comparison_text(one: &Comparison, paint: Paint) -> String {
    let mut lines = vec![format!("A  {}", side(&one.a)), format!("B  {}", side(&one.b))];
    lines.iter_mut().for_each(|line| *line = cut(line, WIDTH));
    let headline = headline(one);
    lines.push(match one.equal {
        true => paint.green(&headline),
        false => paint.bold(&headline),
    });
    for section in sections(one) {
        lines.push(String::new());
        lines.extend(text_of(&section, paint));
    }
    lines.push(String::new());
    lines.extend(wrap(CAVEAT, WIDTH, "").iter().map(|line| paint.dim(line)));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// For a comment below a pull request.
#[must_use]
pub fn comparison_markdown(one: &Comparison) -> String {
    let mut text = format!("**{}**\n\n", headline(one));
    text.push_str(&format!("A: {}  \nB: {}\n\n", side(&one.a), side(&one.b)));
    for section in sections(one) {
        text.push_str(&format!("#### {}\n\n", section.title));
        text.push_str(&markdown_of(&section));
    }
    text.push_str(&format!("{CAVEAT}\n"));
    text
}

/// One side, or the only one: kind, name and what it was made with.
pub(in crate::report) fn side(about: &About) -> String {
    let parts = [&about.name, &about.provenance, &about.agent, &about.model];
    let parts: Vec<&str> =
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    format!("{} {}", about.kind, parts.join(" · "))
}

fn text_of(section: &Section, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold(&section.title)];
    for block in &section.blocks {
        match block {
            Block::Point(text) => lines.extend(wrap(&format!("  {text}"), WIDTH, "    ")),
            Block::Diff(edits) => {
                let painted = shown(edits, WIDTH - INDENT.len()).into_iter().map(|edit| {
                    let line = format!("{INDENT}{}", signed(&edit));
                    match edit.sign {
                        '-' => paint.red(&line),
                        '+' => paint.green(&line),
                        _ => paint.dim(&line),
                    }
                });
                lines.extend(painted);
            }
            Block::Table(rows) => lines.extend(columns(rows, paint)),
        }
    }
    lines
}

fn signed(edit: &Edit) -> String {
    match edit.sign {
        '~' if edit.text.is_empty() => "…".to_owned(),
        '~' => format!("… {}", edit.text),
        sign => format!("{sign}{}", edit.text),
    }
}

fn columns(rows: &[[String; 4]], paint: Paint) -> Vec<String> {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    let lines = grid::columns(&cells, &[0]).into_iter().map(|line| format!("  {line}"));
    let mut lines: Vec<String> = lines.collect();
    if let Some(head) = lines.first_mut() {
        *head = paint.dim(head);
    }
    lines
}

fn markdown_of(section: &Section) -> String {
    let mut text = String::new();
    for block in &section.blocks {
        match block {
            // Names of tags in a text are no tags.
            Block::Point(point) => text.push_str(&format!("- {}\n", point.replace('<', "&lt;"))),
            Block::Diff(edits) => {
                let fence = fence(edits.iter().map(|edit| edit.text.as_str()));
                text.push_str(&format!("  {fence}diff\n"));
                for edit in shown(edits, WIDTH) {
                    text.push_str(&format!("  {}\n", signed(&edit)));
                }
                text.push_str(&format!("  {fence}\n"));
            }
            Block::Table(rows) => {
                let row = |row: &[String; 4]| format!("| {} |\n", row.join(" | "));
                if let Some((head, rows)) = rows.split_first() {
                    text.push_str(&row(head));
                    text.push_str("| --- | ---: | ---: | ---: |\n");
                    text.extend(rows.iter().map(row));
                }
            }
        }
    }
    text.push('\n');
    text
}

/// A fence that none of these lines can close.
pub(in crate::report) fn fence<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    "`".repeat(lines.map(ticks).max().unwrap_or_default().max(2) + 1)
}

/// The longest run of backticks.
fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}
