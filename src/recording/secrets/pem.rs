//! Private keys in PEM: what stands between the markers. A key that was cut, by `head` for
//! instance, has no second marker.

use super::Found;
use super::placeholder::is_placeholder;

const KIND: &str = "private key";
const BEGIN: &str = "-----BEGIN ";
/// Fewer characters are no key, but a text about keys.
const SHORTEST: usize = 40;

pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(BEGIN) {
        let label = from + at + BEGIN.len();
        let rest = &text[label..];
        let words =
            rest.bytes().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' ');
        let length = words.count();
        from = label + length;
        let is_key = rest[..length].contains("PRIVATE KEY") && rest[length..].starts_with("-----");
        if !is_key {
            continue;
        }
        let start = from + 5;
        let body = body(&text[start..]);
        from = start + body.len();
        let trimmed = trim(body);
        let range = start + trimmed.0..start + trimmed.1;
        let value = &text[range.clone()];
        let letters = value.bytes().filter(u8::is_ascii_alphanumeric).count();
        if letters >= SHORTEST && !is_placeholder(value) {
            found.push(Found::new(KIND, text, range));
        }
    }
    found
}

/// What may be the inside of a key: up to the next marker, or else the lines that can be of one.
fn body(text: &str) -> &str {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=:,.-_\\ \t\r\n".contains(byte);
    let length = text.bytes().take_while(inside).count();
    let all = &text[..length];
    if let Some(end) = all.find("-----") {
        return &all[..end];
    }
    let mut end = 0;
    loop {
        let gap = leading(&all[end..]);
        let line = all[end + gap..].bytes();
        let line = line.take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
        if line < 16 {
            return &all[..end];
        }
        end += gap + line;
    }
}

/// The part without white space and escaped line breaks around it.
fn trim(body: &str) -> (usize, usize) {
    let start = leading(body);
    let mut end = body.len();
    while end > start {
        let before = &body.as_bytes()[start..end];
        end -= match before {
            [.., b'\\', b'n' | b'r' | b't'] => 2,
            [.., b' ' | b'\t' | b'\r' | b'\n' | b'\\'] => 1,
            _ => break,
        };
    }
    (start, end)
}

/// The length of the white space and escapes at the beginning.
fn leading(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += match &bytes[at..] {
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b' ' | b'\t' | b'\r' | b'\n' | b'\\', ..] => 1,
            _ => return at,
        };
    }
}
