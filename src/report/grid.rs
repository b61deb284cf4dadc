//! Markdown tables.

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
