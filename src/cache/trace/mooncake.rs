//! Mooncake's format: one JSON object a line. What decides is `input_length`, `hash_ids` and, where
//! it stands, `block_size`; times and outputs are no matter of a block cache, and keys beyond those
//! are passed over.
//!
//! A good line is read straight into its type. A line that fails is read once more as any JSON, to
//! say what is wrong with it in the words of the format.

use super::error::TraceErrorKind as Kind;
use super::intern::Id;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;
use std::num::NonZeroU32;

/// Most tokens of a block.
const MOST: u64 = u32::MAX as u64;

/// A request.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Line {
    pub(super) input_length: u64,
    pub(super) hash_ids: Vec<BlockId>,
    pub(super) block_size: Option<NonZeroU32>,
}

/// An id: a whole number of 64 bits, with or without a sign.
#[derive(Debug)]
pub(super) struct BlockId(pub(super) Id);

impl<'de> Deserialize<'de> for BlockId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = BlockId;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<BlockId, E> {
                Ok(BlockId(id.into()))
            }

            fn visit_i64<E: Error>(self, id: i64) -> Result<BlockId, E> {
                Ok(BlockId(id.into()))
            }
        }
        deserializer.deserialize_u64(Number)
    }
}

/// One line.
pub(super) fn parse(line: &[u8]) -> Result<Line, Kind> {
    // A list in the order of the keys would be read as an object.
    if line.trim_ascii_start().starts_with(b"[") {
        return Err(Kind::NoObject);
    }
    serde_json::from_slice(line).map_err(|error| wrong(line, &error))
}

/// What is wrong with a line that could not be read.
fn wrong(line: &[u8], error: &serde_json::Error) -> Kind {
    let json = |error: &serde_json::Error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        Kind::Json { column: error.column(), what: what.to_owned() }
    };
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return json(&error),
    };
    let Value::Object(object) = value else { return Kind::NoObject };
    let wrong = |place: &str, wanted, found: &Value| {
        let found = shown(found);
        Kind::Type { place: place.to_owned(), wanted, found }
    };
    let whole = |value: &Value| value.is_u64() || value.is_i64();
    match object.get("input_length") {
        None => return Kind::Missing("input_length"),
        Some(length) if !length.is_u64() => {
            return wrong("input_length", "a number of tokens", length);
        }
        Some(_) => {}
    }
    match object.get("hash_ids") {
        None => return Kind::Missing("hash_ids"),
        Some(Value::Array(ids)) => {
            if let Some(at) = ids.iter().position(|id| !whole(id)) {
                return wrong(&format!("hash_ids/{at}"), "a whole number of 64 bits", &ids[at]);
            }
        }
        Some(other) => return wrong("hash_ids", "a list of block ids", other),
    }
    match object.get("block_size") {
        Some(size)
            if !size.is_null() && size.as_u64().is_none_or(|size| size == 0 || size > MOST) =>
        {
            wrong("block_size", "a number of tokens", size)
        }
        // A key that stands there twice, for one.
        _ => json(error),
    }
}

/// A value, if need be cut.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        _ => value.to_string().chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use proptest::prelude::*;

    fn error(line: &str) -> String {
        parse(line.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_needed_may_be_missing_or_more() {
        let line =
            br#"{"delay":1.5,"hash_ids":[1,-2,18446744073709551615],"input_length":1030,"x":{}}"#;
        let line = parse(line).unwrap();
        assert_eq!((line.input_length, line.block_size), (1030, None));
        assert_eq!(
            line.hash_ids.iter().map(|id| id.0).collect::<Vec<_>>(),
            [1, -2, u64::MAX.into()]
        );
    }

    #[test]
    fn each_mistake_has_its_words() {
        assert_eq!(error(r#"{"input_length": 5, "#), "column 20: EOF while parsing a value");
        assert_eq!(error("[1]"), "no JSON object, as the lines of a Mooncake trace are");
        assert_eq!(error(r#"{"hash_ids": []}"#), "`input_length` is missing");
        assert_eq!(error(r#"{"input_length": 5}"#), "`hash_ids` is missing");
        assert_eq!(
            error(r#"{"input_length": -5, "hash_ids": []}"#),
            "/input_length: a number of tokens is expected, not -5"
        );
        assert_eq!(
            error(r#"{"input_length": 5, "hash_ids": [0, "a", 1]}"#),
            "/hash_ids/1: a whole number of 64 bits is expected, not \"a\""
        );
        assert_eq!(
            error(r#"{"input_length": 5, "hash_ids": [0.5]}"#),
            "/hash_ids/0: a whole number of 64 bits is expected, not 0.5"
        );
        assert_eq!(
            error(r#"{"input_length": 5, "hash_ids": {}}"#),
            "/hash_ids: a list of block ids is expected, not an object"
        );
        assert_eq!(
            error(r#"{"input_length": 5, "hash_ids": [0], "block_size": "16"}"#),
            "/block_size: a number of tokens is expected, not \"16\""
        );
        assert!(
            error(r#"{"input_length": 5, "hash_ids": [], "hash_ids": []}"#).contains("duplicate")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(line in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&line);
        }

        /// Lines that are nearly right get farther.
        #[test]
        fn any_values_are_read_or_refused(
            values in prop::collection::vec("[-0-9a.e\\[\\],\"{}: ]{0,12}", 3)
        ) {
            let [length, ids, size] = &values[..] else { unreachable!() };
            let line = format!(
                r#"{{"input_length": {length}, "hash_ids": {ids}, "block_size": {size}}}"#
            );
            let _ = parse(line.as_bytes());
        }
    }
}
