//! An explanation for an issue or a comment below a pull request.

use super::{Group, also, causes, caveats, groups, headline};
use crate::measure::explain::Explanation;
use crate::report::compare::{fence, side};
use crate::report::format::escaped;
use crate::report::grid::table;

/// One conversation.
#[must_use]
pub fn explanation_markdown(one: &Explanation) -> String {
    let about = literal(&side(&one.about));
    let mut text = format!("**{}**\n\n{about}\n\n", headline(one));
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
        text.push_str(&format!("{}  \n", literal(&caveat)));
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
            escaped(&one.about.name.replace('\n', " ")),
            headline(one),
            explanation_markdown(one)
        ));
    }
    text
}

fn section(group: &Group<'_>) -> String {
    let first = group.first();
    let mut text = format!("#### {}\n\n", group.title());
    text.push_str(&format!("- at {}\n", group.place(literal)));
    let sides = [('-', &first.old), ('+', &first.new)];
    let shown: Vec<String> =
        sides.iter().filter_map(|(sign, side)| Some(format!("{sign}{}", side.as_ref()?))).collect();
    if !shown.is_empty() {
        let fence = fence(shown.iter().map(String::as_str));
        text.push_str(&format!("  {fence}diff\n"));
        shown.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        text.push_str(&format!("  {fence}\n"));
    }
    text.push_str(&format!("- lost {}\n", group.cost()));
    if let Some(server) = group.server() {
        text.push_str(&format!("- the server {server}\n"));
    }
    let (label, advice) = group.advice();
    text.push_str(&format!("- **{label}:** {advice}\n"));
    for one in &first.also {
        text.push_str(&format!("- also {}\n- **fix:** {}\n", also(one, literal), one.advice));
    }
    text.push('\n');
    text
}

/// A text from a log as Markdown that shows just this text.
fn literal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        // Inside a word an underscore means itself.
        let inside = |next: Option<&char>| {
            before.is_alphanumeric() && next.is_some_and(|next| next.is_alphanumeric())
        };
        let means = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '&' => true,
            '_' => !inside(letters.peek()),
            _ => false,
        };
        if means {
            shown.push('\\');
        }
        shown.push(if letter.is_control() { ' ' } else { letter });
        before = letter;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn names_from_a_log_mean_themselves() {
        assert_eq!(literal("/text/format · exec_command"), "/text/format · exec_command");
        assert_eq!(literal("a|b `c` <d> *e* _f_"), r"a\|b \`c\` \<d\> \*e\* \_f\_");
        assert_eq!(
            literal("one\ntwo [x](y) \\| ~~z~~ &lt;"),
            r"one two \[x\](y) \\\| \~\~z\~\~ \&lt;"
        );
    }
}
