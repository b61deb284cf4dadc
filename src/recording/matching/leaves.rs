//! The places inside two values where they differ, each with an excerpt of both sides.

use super::same::same;
use crate::wire::Raw;
use serde_json::Value;

/// How much of each side is shown, and how much of it may stand before the difference.
const SHOWN_CHARS: usize = 72;
const BEFORE_CHARS: usize = 32;

/// A place where two values part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) pointer: String,
    pub(crate) byte: Option<u64>,
    pub(crate) recorded: Option<String>,
    pub(crate) received: Option<String>,
    pub(crate) is_cosmetic: bool,
}

/// All places, in document order; values of one meaning in other bytes give at least one.
pub(crate) fn leaves(pointer: &str, recorded: &Raw, received: &Raw) -> Vec<Leaf> {
    let mut found = Vec::new();
    descend(pointer, "", &recorded.value(), &received.value(), &mut found);
    if found.is_empty() {
        found.push(Leaf {
            is_cosmetic: true,
            ..texts(pointer, recorded.as_str(), received.as_str())
        });
    }
    found
}

/// A value that is on one side only.
pub(crate) fn excerpt(raw: &Raw) -> String {
    let text = raw.item().text();
    shorten(if text.is_empty() { raw.as_str() } else { &text })
}

/// The beginning of a text.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// One more step down a JSON pointer.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn descend(pointer: &str, key: &str, recorded: &Value, received: &Value, found: &mut Vec<Leaf>) {
    let is_cosmetic = || same(key, recorded, received);
    match (recorded, received) {
        (Value::String(a), Value::String(b)) => {
            if a != b {
                found.push(Leaf { is_cosmetic: is_cosmetic(), ..texts(pointer, a, b) });
            }
        }
        (Value::Array(a), Value::Array(b)) => arrays(pointer, key, a, b, found),
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(key.as_str())));
            for key in keys {
                let pointer = child(pointer, key);
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => descend(&pointer, key, a, b, found),
                    (a, b) => found.push(one_sided(&pointer, a, b)),
                }
            }
        }
        _ if recorded == received => {}
        _ => {
            let texts = texts(pointer, &recorded.to_string(), &received.to_string());
            found.push(Leaf { is_cosmetic: is_cosmetic(), ..texts });
        }
    }
}

/// What both begin and end with is equal; between, one is held against the other.
fn arrays(pointer: &str, key: &str, a: &[Value], b: &[Value], found: &mut Vec<Leaf>) {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    for at in 0..a.len().max(b.len()) {
        let pointer = format!("{pointer}/{}", head + at);
        match (a.get(at), b.get(at)) {
            (Some(a), Some(b)) => descend(&pointer, key, a, b, found),
            (a, b) => found.push(one_sided(&pointer, a, b)),
        }
    }
}

fn one_sided(pointer: &str, recorded: Option<&Value>, received: Option<&Value>) -> Leaf {
    let show = |value: &Value| match value {
        Value::String(text) => shorten(text),
        value => shorten(&value.to_string()),
    };
    Leaf {
        pointer: pointer.to_owned(),
        byte: None,
        recorded: recorded.map(show),
        received: received.map(show),
        is_cosmetic: recorded.or(received).is_some_and(Value::is_null),
    }
}

/// Two texts, shown from the same place a little before they part.
fn texts(pointer: &str, recorded: &str, received: &str) -> Leaf {
    let mut byte = recorded.bytes().zip(received.bytes()).take_while(|(a, b)| a == b).count();
    while !recorded.is_char_boundary(byte) || !received.is_char_boundary(byte) {
        byte -= 1;
    }
    let start = start_of(&recorded[..byte]);
    let show = |text: &str| match start {
        0 => shorten(text),
        _ if recorded[..start].ends_with('\n') => shorten(&text[start..]),
        _ => format!("…{}", shorten(&text[start..])),
    };
    Leaf {
        pointer: pointer.to_owned(),
        byte: Some(byte as u64),
        recorded: Some(show(recorded)),
        received: Some(show(received)),
        is_cosmetic: false,
    }
}

/// Where to begin, for a person to find the place: at the beginning of the line, or of a word.
fn start_of(shared: &str) -> usize {
    let earliest = shared.char_indices().rev().nth(BEFORE_CHARS - 1).map_or(0, |(at, _)| at);
    let near = &shared[earliest..];
    if let Some(line) = near.rfind('\n') {
        return earliest + line + 1;
    }
    match near.find(' ') {
        Some(word) if earliest > 0 => earliest + word + 1,
        _ => earliest,
    }
}
