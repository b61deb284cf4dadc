//! The first difference between a recorded value and a received one, for people.

use crate::wire::Raw;
use serde_json::Value;
use std::fmt;

/// How much of each side is shown.
const SHOWN_CHARS: usize = 60;

/// Where two values part.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// JSON pointer into the request body.
    pub(super) pointer: String,
    /// Byte offset inside a text, where both sides are texts.
    pub(super) byte: Option<usize>,
    /// What was recorded, from there on; `None` if nothing.
    pub(super) recorded: Option<String>,
    /// What came.
    pub(super) received: Option<String>,
}

impl Difference {
    /// Compares below `pointer`. `recorded` is also `None` for an elided value.
    pub(super) fn between(pointer: &str, recorded: Option<&Raw>, received: Option<&Raw>) -> Self {
        match (recorded, received) {
            (Some(recorded), Some(received)) => {
                descend(pointer.to_owned(), &recorded.value(), &received.value())
                    .unwrap_or_else(|| texts(pointer, recorded.as_str(), received.as_str()))
            }
            (recorded, received) => {
                let show = |raw: &Raw| shorten(raw.as_str());
                Self {
                    pointer: pointer.to_owned(),
                    byte: None,
                    recorded: recorded.map(show),
                    received: received.map(show),
                }
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.pointer)?;
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        let side = |side: &Option<String>| match side {
            Some(text) => format!("{text:?}"),
            None => "nothing".to_owned(),
        };
        write!(f, ": recorded {}, received {}", side(&self.recorded), side(&self.received))
    }
}

/// The first place, in document order, where the parsed values differ.
fn descend(pointer: String, recorded: &Value, received: &Value) -> Option<Difference> {
    match (recorded, received) {
        (Value::String(recorded), Value::String(received)) if recorded != received => {
            Some(texts(&pointer, recorded, received))
        }
        (Value::Array(recorded), Value::Array(received)) => {
            let shared = recorded.len().min(received.len());
            (0..shared)
                .find_map(|at| descend(format!("{pointer}/{at}"), &recorded[at], &received[at]))
                .or_else(|| {
                    (recorded.len() != received.len()).then(|| {
                        let side = |list: &[Value]| list.get(shared).map(Value::to_string);
                        Difference {
                            pointer: format!("{pointer}/{shared}"),
                            byte: None,
                            recorded: side(recorded).map(|text| shorten(&text)),
                            received: side(received).map(|text| shorten(&text)),
                        }
                    })
                })
        }
        (Value::Object(recorded), Value::Object(received)) => {
            let keys = recorded
                .keys()
                .chain(received.keys().filter(|key| !recorded.contains_key(key.as_str())));
            keys.into_iter().find_map(|key| {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (recorded.get(key), received.get(key)) {
                    (Some(recorded), Some(received)) => descend(pointer, recorded, received),
                    (recorded, received) => Some(Difference {
                        pointer,
                        byte: None,
                        recorded: recorded.map(|value| shorten(&value.to_string())),
                        received: received.map(|value| shorten(&value.to_string())),
                    }),
                }
            })
        }
        _ if recorded == received => None,
        _ => Some(texts(&pointer, &recorded.to_string(), &received.to_string())),
    }
}

fn texts(pointer: &str, recorded: &str, received: &str) -> Difference {
    let same = recorded.bytes().zip(received.bytes()).take_while(|(a, b)| a == b).count();
    let mut byte = same;
    while !recorded.is_char_boundary(byte) || !received.is_char_boundary(byte) {
        byte -= 1;
    }
    Difference {
        pointer: pointer.to_owned(),
        byte: Some(byte),
        recorded: Some(shorten(&recorded[byte..])),
        received: Some(shorten(&received[byte..])),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Difference;
    use crate::wire::Raw;

    fn between(recorded: &str, received: &str) -> String {
        let (recorded, received) = (Raw::parse(recorded).unwrap(), Raw::parse(received).unwrap());
        Difference::between("/input/0", Some(&recorded), Some(&received)).to_string()
    }

    #[test]
    fn names_the_pointer_and_the_byte() {
        let recorded = r#"{"role":"user","content":[{"text":"run once"}]}"#;
        let received = r#"{"role":"user","content":[{"text":"run twice"}]}"#;
        assert_eq!(
            between(recorded, received),
            r#"at /input/0/content/0/text, byte 4: recorded "once", received "twice""#
        );
    }

    #[test]
    fn names_a_missing_key_and_a_longer_list() {
        assert_eq!(
            between(r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
            r#"at /input/0/b: recorded "2", received nothing"#
        );
        assert_eq!(between("[1]", "[1,2]"), r#"at /input/0/1: recorded nothing, received "2""#);
    }

    #[test]
    fn equal_values_in_other_bytes_differ_too() {
        assert_eq!(
            between(r#"{"a":1}"#, r#"{"a": 1}"#),
            r#"at /input/0, byte 5: recorded "1}", received " 1}""#
        );
    }
}
