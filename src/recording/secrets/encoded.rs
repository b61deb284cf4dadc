//! Secrets inside base64 and inside text with `%XX`.
//!
//! The encoded text is decoded, searched and encoded again with its placeholders: what surrounds a
//! secret keeps its characters, and whoever decodes the result finds the same placeholder as in
//! plain text.

use super::{Form, Found, Hit};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

/// Shorter texts hold no secret.
const SHORTEST: usize = 16;
/// Bytes in a row that can be read; fewer are chance.
const READABLE: usize = 10;

type Inner<'a> = &'a dyn Fn(&str) -> Vec<Found>;

/// All secrets of the encoded parts of a text; `inner` finds those of a decoded one.
pub(super) fn find(text: &str, inner: Inner<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for run in runs(text) {
        found.extend(base64(text, &run, inner));
    }
    for word in text.split(|c: char| c.is_whitespace() || "\"'<>`\\".contains(c)) {
        if word.contains('%') {
            let at = word.as_ptr() as usize - text.as_ptr() as usize;
            found.extend(percent(word, at, inner));
        }
    }
    found
}

/// The characters of one base64 text: several lines count as one, if they are as long as encoders
/// make them.
type Run = Vec<Range<usize>>;

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

fn runs(text: &str) -> Vec<Run> {
    let bytes = text.as_bytes();
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    // Where the next line of the last run would begin.
    let mut next_line = None;
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            at += escape(&bytes[at..]);
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| is_base64(**byte)).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let line = at..at + length;
        at += length;
        match runs.last_mut().filter(|_| next_line == Some(line.start)) {
            Some(run) => run.push(line.clone()),
            None if length < SHORTEST => continue,
            None => runs.push(vec![line.clone()]),
        }
        let full = matches!(length, 64 | 76);
        next_line =
            full.then(|| line.end + line_break(&bytes[line.end..])).filter(|at| *at > line.end);
    }
    runs
}

/// The length of a line break, escaped or not; 0 if there is none.
fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] | [b'\\', b'n', ..] => 2,
        [b'\n', ..] => 1,
        [b'\\', b'\\', b'n', ..] => 3,
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        _ => 0,
    }
}

/// The length of an escape, as far as it looks like one.
fn escape(bytes: &[u8]) -> usize {
    match bytes {
        [_, b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => 6,
        [_, b'n' | b'r' | b't' | b'b' | b'f', ..] => 2,
        _ => 1,
    }
}

fn base64(text: &str, run: &Run, inner: Inner<'_>) -> Vec<Found> {
    let mut letters: String = run.iter().map(|line| &text[line.clone()]).collect();
    // What is left over is no whole byte, and stays as it is.
    let whole = letters.len() - usize::from(letters.len() % 4 == 1);
    letters.truncate(whole);
    let url = letters.contains(['-', '_']);
    if url && letters.contains(['+', '/']) {
        return Vec::new();
    }
    let lenient = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone);
    let engine = GeneralPurpose::new(if url { &URL_SAFE } else { &STANDARD }, lenient);
    let Ok(mut bytes) = engine.decode(&letters) else { return Vec::new() };
    let mut hits: Vec<(&'static str, Range<usize>)> = Vec::new();
    for stretch in readable(&bytes) {
        let Ok(part) = std::str::from_utf8(&bytes[stretch.clone()]) else { continue };
        let part = part.to_owned();
        for Found { hit, new } in inner(&part) {
            let range = stretch.start + hit.range.start..stretch.start + hit.range.end;
            bytes[range.clone()].copy_from_slice(new.as_bytes());
            hits.push((hit.kind, range));
        }
    }
    if hits.is_empty() {
        return Vec::new();
    }
    let encoded = engine.encode(&bytes);
    let place = |letter: usize| {
        let mut left = letter;
        for line in run {
            if left < line.len() {
                return line.start + left;
            }
            left -= line.len();
        }
        run.last().map_or(0, |line| line.end)
    };
    let found = |(kind, range): (&'static str, Range<usize>)| {
        let (first, last) = (range.start * 8 / 6, (range.end * 8 - 1) / 6);
        let mut put = String::new();
        let whole = place(first)..place(last) + 1;
        let mut at = whole.start;
        for letter in first..=last {
            let place = place(letter);
            put.push_str(&text[at..place]);
            put.push_str(&encoded[letter..=letter]);
            at = place + 1;
        }
        Found { hit: Hit { kind, range: whole, form: Form::Base64 }, new: put }
    };
    hits.into_iter().map(found).collect()
}

/// The stretches of decoded bytes that are text.
fn readable(bytes: &[u8]) -> Vec<Range<usize>> {
    let text = |byte: u8| (0x20..0x7f).contains(&byte) || b"\t\r\n".contains(&byte);
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| text(**byte)).count();
        if length >= READABLE {
            stretches.push(at..at + length);
        }
        at += length.max(1);
    }
    stretches
}

fn percent(word: &str, at: usize, inner: Inner<'_>) -> Vec<Found> {
    let bytes = word.as_bytes();
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let mut decoded = Vec::new();
    // Where each decoded byte stands; the last one is the end.
    let mut places = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        places.push(from);
        let pair =
            |from: usize| Some(hex(*bytes.get(from + 1)?)? * 16 + hex(*bytes.get(from + 2)?)?);
        match pair(from).filter(|_| bytes[from] == b'%') {
            Some(code) => {
                decoded.push(code as u8);
                from += 3;
            }
            None => {
                decoded.push(bytes[from]);
                from += 1;
            }
        }
    }
    places.push(from);
    if decoded.len() == bytes.len() {
        return Vec::new();
    }
    let Ok(text) = String::from_utf8(decoded) else { return Vec::new() };
    let found = |Found { hit, new }: Found| {
        let range = places[hit.range.start]..places[hit.range.end];
        let mut put = String::new();
        for (letter, byte) in hit.range.clone().zip(new.bytes()) {
            match places[letter + 1] - places[letter] {
                3 => put.push_str(&format!("%{byte:02X}")),
                _ => put.push(char::from(byte)),
            }
        }
        // A part without codes is found in the text as it is.
        let form = if range.len() == hit.range.len() { hit.form } else { Form::Url };
        Found {
            hit: Hit { kind: hit.kind, range: at + range.start..at + range.end, form },
            new: put,
        }
    };
    inner(&text).into_iter().map(found).collect()
}
