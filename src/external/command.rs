//! The command line of a turn.

use super::template::{Values, fill};
use crate::scenario::quote;

/// Where standard error goes: below the home, out of the workspace.
pub(super) const STDERR: &str = "$HOME/.unreel-stderr";

/// Where its standard input comes from, if it has any.
pub(super) const STDIN: &str = "$HOME/.unreel-stdin";

/// Variable that says where the folder of a user's own agent is.
pub(super) const PROJECT_VARIABLE: &str = "UNREEL_PROJECT";

/// Folders that lie elsewhere where there is no sandbox, which the environment knows, but not we.
const FOLDERS: [(&str, &str); 2] = [("{project}", PROJECT_VARIABLE), ("{home}", "HOME")];

/// The line for `sh -c`. Standard error is kept apart from the events on standard output.
pub(super) fn line(program: &str, arguments: &[String], stdin: bool, values: &Values) -> String {
    let program = std::iter::once(program);
    let words = program.chain(arguments.iter().map(String::as_str));
    let words: Vec<String> = words.map(|argument| word(argument, values)).collect();
    let input = if stdin { format!(" <{STDIN}") } else { String::new() };
    format!("exec {}{input} 2>{STDERR}", words.join(" "))
}

/// One word of the line: what is filled in is quoted, and only names of folders are left to `sh`.
fn word(text: &str, values: &Values) -> String {
    let first = |(name, variable)| Some((text.find(name)?, name, variable));
    let Some((at, name, variable)) = FOLDERS.into_iter().filter_map(first).min() else {
        return quote(&fill(text, values));
    };
    let (before, after) = (&text[..at], &text[at + name.len()..]);
    let rest = |part: &str| if part.is_empty() { String::new() } else { word(part, values) };
    format!("{}\"${variable}\"{}", rest(before), rest(after))
}

#[cfg(test)]
mod tests {
    use super::{Values, line};

    #[test]
    fn only_names_of_folders_are_left_to_the_shell() {
        let values = Values::from([("prompt".to_owned(), "in {home}: it's \"$HOME\"".to_owned())]);
        let words = ["{project}/a b.py", "--to={home}/h-{project}", "{prompt}"].map(str::to_owned);
        assert_eq!(
            line("{project}/run", &words, false, &values),
            "exec \"$UNREEL_PROJECT\"'/run' \"$UNREEL_PROJECT\"'/a b.py' \
             '--to='\"$HOME\"'/h-'\"$UNREEL_PROJECT\" 'in {home}: it'\\''s \"$HOME\"' \
             2>$HOME/.unreel-stderr"
        );
    }
}
