//! Headers: `Bearer ..` and `Basic ..` wherever they stand, and cookies.

use super::super::Found;
use super::super::placeholder::is_placeholder;
use super::super::random::{is_id, is_random, is_stand_in, is_wordy};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;
use std::sync::LazyLock;

static SCHEMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?-u)(?i:(bearer)|(basic))(?:[ \t]{1,4}|%20|\+)([A-Za-z0-9._~+/=-]{8,})";
    Regex::new(pattern).ok()
});

/// How far before the scheme the name of its header may end.
const NEAR: usize = 24;

/// Credentials behind the name of their scheme.
pub(super) fn schemes(text: &str) -> Vec<Found> {
    let Some(regex) = SCHEMES.as_ref() else { return Vec::new() };
    let found = |captures: regex::Captures<'_>| {
        let (whole, value) = (captures.get(0)?, captures.get(3)?);
        let bearer = captures.get(1).is_some();
        let trimmed = value.as_str().trim_end_matches('.');
        let range = value.start()..value.start() + trimmed.len();
        let before = &text.as_bytes()[whole.start().saturating_sub(NEAR)..whole.start()];
        let header = String::from_utf8_lossy(before).to_ascii_lowercase().contains("authorization");
        let secret = match bearer {
            true => is_bearer(trimmed, header),
            false => is_basic(trimmed),
        };
        let kind = if bearer { "bearer token" } else { "basic credentials" };
        secret.then(|| Found::new(kind, text, range))
    };
    regex.captures_iter(text).filter_map(found).collect()
}

fn is_bearer(value: &str, header: bool) -> bool {
    if is_placeholder(value) || is_stand_in(value) {
        return false;
    }
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    match header {
        true => digit && letter || value.len() >= 16 && !is_wordy(value),
        false => digit && letter && !is_wordy(value) && (value.len() >= 16 || !is_id(value)),
    }
}

fn is_basic(value: &str) -> bool {
    let decoded = STANDARD_NO_PAD.decode(value.trim_end_matches('='));
    let pair = |bytes: &Vec<u8>| {
        let printable = bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
        printable
            && bytes.iter().position(|byte| *byte == b':').is_some_and(|at| at + 1 < bytes.len())
    };
    let decoded = decoded.ok().filter(pair);
    decoded.is_some_and(|bytes| !String::from_utf8_lossy(&bytes).contains("REDACTED"))
}

/// The values of a header of cookies that look like sessions.
pub(super) fn cookies(text: &str, at: usize) -> Vec<Found> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let quotes = bytes[at..].iter().take(4).take_while(|b| b"\\\"'".contains(b)).count();
    let mut start = at + quotes;
    // As many as a browser may send.
    for _ in 0..64 {
        let ends = |byte: &u8| b";\"'\\\r\n,".contains(byte);
        let length = bytes[start..].iter().take_while(|byte| !ends(byte)).count();
        let pair = &text[start..start + length];
        if let Some(equals) = pair.find('=') {
            let value = pair[equals + 1..].trim_end();
            let from = start + equals + 1;
            let hex = value.len() >= 32 && is_id(value);
            if (hex || is_random(value, 16)) && !is_placeholder(value) {
                found.push(Found::new("cookie", text, from..from + value.len()));
            }
        }
        start += length;
        if bytes.get(start) != Some(&b';') {
            break;
        }
        start += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pattern_of_schemes_compiles() {
        assert!(super::SCHEMES.is_some());
    }
}
