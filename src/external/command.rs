//! The command line of a turn.

use super::template::{Values, fill};
use crate::scenario::quote;

/// Where standard error goes: below the home, out of the workspace.
pub(super) const STDERR: &str = "$HOME/.unreel-stderr";

/// The line for `sh -c`. Standard input is empty already, and standard error is kept apart from the
/// events on standard output.
pub(super) fn line(program: &str, arguments: &[String], values: &Values) -> String {
    let words = arguments.iter().map(|argument| quote(&fill(argument, values)));
    let words: Vec<String> = std::iter::once(quote(program)).chain(words).collect();
    format!("exec {} 2>{STDERR}", words.join(" "))
}
