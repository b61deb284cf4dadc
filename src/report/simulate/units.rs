//! Tokens and waits for people.

use crate::report::format::bytes;

/// Tokens with three digits: `517`, `12.3k`, `22.3M`.
pub(super) fn tokens(count: u64) -> String {
    let text = bytes(count);
    text.strip_suffix('B').unwrap_or(&text).replace(' ', "")
}

/// A wait in microseconds, with three digits.
pub(super) fn seconds(us: u64) -> String {
    let seconds = us as f64 / 1e6;
    match seconds {
        _ if seconds < 99.95 => format!("{seconds:.1} s"),
        _ if seconds < 599.5 => format!("{seconds:.0} s"),
        _ if seconds < 5_970.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}
