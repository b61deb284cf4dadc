//! The one place that writes to the terminal. A closed pipe (`unreel run | head`) ends quietly.

use std::io::Write;

/// Writes to standard output.
pub(super) fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes an error the way all errors look.
pub(super) fn error(error: &dyn std::fmt::Display) {
    note(&format!("error: {error}"));
}
