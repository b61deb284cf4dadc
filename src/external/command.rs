//! The command line of a turn.

use super::template::{Values, fill};
use crate::scenario::quote;

/// Where standard error goes: below the home, out of the workspace.
pub(super) const STDERR: &str = "$HOME/.unreel-stderr";

/// Where its standard input comes from, if it has any.
pub(super) const STDIN: &str = "$HOME/.unreel-stdin";

/// The line for `sh -c`. Standard error is kept apart from the events on standard output.
pub(super) fn line(program: &str, arguments: &[String], stdin: bool, values: &Values) -> String {
    let words = arguments.iter().map(|argument| quote(&fill(argument, values)));
    let words: Vec<String> = std::iter::once(quote(program)).chain(words).collect();
    let input = if stdin { format!(" <{STDIN}") } else { String::new() };
    format!("exec {}{input} 2>{STDERR}", words.join(" "))
}
