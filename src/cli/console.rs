//! The one place that writes to the terminal. A closed pipe (`unreel run | head`) ends quietly.

use super::Exit;
use super::source::NoSource;
use crate::report::{WIDTH, wrap};
use std::io::{IsTerminal, Write};

/// Writes to standard output.
pub(super) fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Whether standard output is a terminal that shows colours.
pub(super) fn is_colourful() -> bool {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    wanted && std::io::stdout().is_terminal()
}

/// Writes to standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a warning, as prose.
pub(super) fn warning(text: &str) {
    note(&wrap(&format!("warning: {text}"), WIDTH, "  ").join("\n"));
}

/// Writes an error the way all errors look.
pub(super) fn error(error: &dyn std::fmt::Display) {
    let text = format!("error: {error}");
    // Lines of a snippet stay as they are; help is prose.
    let lines = text.lines().flat_map(|line| match line.starts_with("help: ") {
        true => wrap(line, WIDTH, "  "),
        false => vec![line.to_owned()],
    });
    note(&lines.collect::<Vec<_>>().join("\n"));
}

/// JSON for programs, as text; values as they were received stay as they are.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Writes what a command that only looks has found, or why it could not.
pub(super) fn tell(found: Result<String, NoSource>) -> Exit {
    match found {
        Ok(text) => {
            out(&text);
            Exit::Good
        }
        Err(cause) => {
            error(&cause);
            Exit::Usage
        }
    }
}
