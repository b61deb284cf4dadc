//! Tables: for Markdown, and in columns for a terminal.

use super::format::{WIDTH, cut};

/// A Markdown table; the first two columns are text, the rest figures.
pub(super) fn table(text: &mut String, head: &[&str], rows: Vec<Vec<String>>) {
    let escape = |cell: &String| cell.replace('|', "\\|").replace('\n', " ");
    text.push_str(&format!("| {} |\n", head.join(" | ")));
    let rule: Vec<&str> = head.iter().map(|_| "---").collect();
    text.push_str(&format!("| {} |\n", rule.join(" | ")));
    for row in rows {
        let cells: Vec<String> = row.iter().map(escape).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text.push('\n');
}

/// Cells in columns, words on the left, figures on the right; lines are cut at the width.
pub(super) fn columns(cells: &[Vec<String>], words: &[usize]) -> Vec<String> {
    let length = |cell: &String| cell.chars().count();
    let width = |at: usize| cells.iter().filter_map(|row| row.get(at)).map(length).max();
    let most = cells.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let mut text = String::new();
        for (at, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[at] - length(cell));
            match words.contains(&at) {
                true => text.push_str(&format!("{cell}{pad}  ")),
                false => text.push_str(&format!("{pad}{cell}  ")),
            }
        }
        cut(text.trim_end(), WIDTH)
    };
    cells.iter().map(line).collect()
}
