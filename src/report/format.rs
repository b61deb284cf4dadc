//! Units for people: three significant digits, no false precision.

use crate::recording::Transport;
use crate::wire::Endpoint;

/// The widest line on a terminal.
pub const WIDTH: usize = 100;

/// `517 B`, `201 kB`, `31.4 MB`.
pub(super) fn bytes(count: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    // 999.5 would round up to four digits.
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{count} B"),
        _ if value < 9.995 => format!("{value:.2} {}", units[unit]),
        _ if value < 99.95 => format!("{value:.1} {}", units[unit]),
        _ => format!("{value:.0} {}", units[unit]),
    }
}

/// `12,345`
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `part / whole` in whole percent; nothing if there is no whole.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => String::new(),
        _ => format!("{:.0} %", part as f64 * 100.0 / whole as f64),
    }
}

/// `part / whole` to one decimal; nothing if there is no whole.
pub(super) fn ratio(part: u64, whole: u64) -> String {
    match whole {
        0 => String::new(),
        _ => format!("{:.1}", part as f64 / whole as f64),
    }
}

/// At most `width` characters.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Lines of at most `width` characters, broken at spaces; all but the first begin with `indent`.
/// A longer word (a path, a digest) stands alone and whole: it may have to be copied.
#[must_use]
pub fn wrap(text: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, part) in text.lines().enumerate() {
        let mut line = if number == 0 { String::new() } else { indent.to_owned() };
        let mut fresh = true;
        for word in part.split(' ') {
            let longer = line.chars().count() + usize::from(!fresh) + word.chars().count();
            if !fresh && longer > width {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
        lines.push(line);
    }
    lines
}

/// What was asked, and how: `POST /responses`.
pub(super) fn call(endpoint: Endpoint, transport: Transport) -> String {
    let method = match transport {
        Transport::Http | Transport::HttpPrevious => "POST",
        Transport::Websocket => "WS",
    };
    format!("{method} /{}", endpoint.path())
}

/// A word as a shell takes it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-@+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// `1 run`, `2 runs`.
#[must_use]
pub fn plural(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}

/// A text as XML and HTML take it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // No XML can hold the others.
            c if c.is_control() && c != '\n' && c != '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, cut, percent, plural, ratio, wrap};

    #[test]
    fn long_texts_are_broken_at_spaces_and_long_words_kept() {
        assert_eq!(wrap("ab cd ef", 5, "  "), ["ab cd", "  ef"]);
        assert_eq!(wrap("a /very/long b", 6, "  "), ["a", "  /very/long", "  b"]);
        assert_eq!(wrap("  a b\nc", 9, "  "), ["  a b", "  c"], "own indentation stays");
        assert_eq!((plural(1, "run"), plural(0, "run")), ("1 run".into(), "0 runs".into()));
    }

    #[test]
    fn units_keep_three_digits() {
        let given = [0, 999, 1_000, 9_994, 9_996, 99_949, 201_400, 999_499, 999_500, 31_400_000];
        let shown = given.map(bytes);
        assert_eq!(
            shown,
            [
                "0 B", "999 B", "1.00 kB", "9.99 kB", "10.0 kB", "99.9 kB", "201 kB", "999 kB",
                "1.00 MB", "31.4 MB"
            ]
        );
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(percent(1, 8), "12 %");
        assert_eq!(ratio(5, 0), "");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
