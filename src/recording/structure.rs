//! An item without its text: what a session cost can be shown without what was said.
//!
//! Such an item is a JSON object like any other, so a recording of them is a recording. It keeps
//! kind, role, name of the tool and the pairing of calls with outputs, has digests where texts were,
//! and notes what measures would have found in the text: lengths, tokens, layer, and how much it has
//! in common with exactly those items that it is compared with. Digests are keyed by whoever makes
//! these items, so a short text cannot be guessed from its digest.

use super::Layer;
use crate::wire::{Digest, Item, Raw, escape, object};
use serde::{Deserialize, Serialize};

/// The key that marks an item without its text, first in its object.
const KEY: &str = "unreel_structure";

/// How such an object begins; what follows are the digits of its length.
const HEAD: &str = "{\"unreel_structure\":{\"length\":";

/// What is noted of an item in the place of its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Bytes of the value as it was received.
    pub length: u64,
    /// Keyed digest of the value as it was received.
    pub value: Digest,
    /// Keyed digest of what a prefix cache sees of it.
    pub rendered: Digest,
    /// Bytes of that.
    pub bytes: u64,
    /// Its o200k tokens.
    pub tokens: u64,
    /// Its layer, if it is an item of an input or an answer.
    pub layer: Layer,
    /// Whether it asks for a summary.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_for_summary: bool,
    /// Tokens of what a reasoning item says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thought: Option<u64>,
    /// What a tool printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<Printed>,
    /// Whether an image is in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub image: bool,
    /// Where the client marked it as a place to cache up to, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<CacheMark>,
    /// How it begins like others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<Common>,
}

/// A tool's output, without what an agent writes around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    /// Its length.
    pub bytes: u64,
    /// Its lines that are not empty.
    pub lines: u32,
    /// The exit code that the agent wrote before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
}

/// Where a part ends that the client marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheMark {
    /// Bytes up to there, as prefix caches see them.
    pub bytes: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Whether it asks for an hour instead of five minutes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub long: bool,
}

/// The beginning that an item has in common with another one, as prefix caches see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// The `rendered` digest of the other one.
    pub with: Digest,
    /// Common bytes.
    pub bytes: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Where they first differ: a JSON pointer inside the item.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
}

/// What a recording without texts carries of measures that no item can carry: what was fetched again
/// is told by looking for texts in texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Of each compaction: calls that fetched something again, and bytes of their outputs.
    pub reacquired: Vec<(u32, u64)>,
}

impl Structure {
    /// The item: these notes, and what is left of its own members.
    #[must_use]
    pub fn to_raw(&self, members: &[(&str, String)]) -> Raw {
        let notes = serde_json::to_string(self).unwrap_or_default();
        let members: Vec<(&str, String)> =
            members.iter().map(|(key, text)| (*key, escape(text))).collect();
        let rest = members.iter().map(|(key, text)| (*key, text.as_str()));
        let text = object(std::iter::once((KEY, notes.as_str())).chain(rest));
        // Made of strings and notes: always JSON.
        Raw::parse(&text).unwrap_or_else(|_| Raw::from_value(&serde_json::Value::Null))
    }
}

/// What is noted of an item without its text; `None` for one that has it.
#[must_use]
pub fn structure(raw: &Raw) -> Option<Structure> {
    raw.as_str().starts_with(HEAD).then(|| noted(&raw.item()))?
}

/// The same, of an item that is parsed already.
pub(super) fn noted(item: &Item) -> Option<Structure> {
    Structure::deserialize(item.value().get(KEY)?).ok()
}

/// The length of a value as it was received; of a list, that of the values in it.
#[must_use]
pub fn length(raw: &Raw) -> u64 {
    let text = raw.as_str();
    if let Some(rest) = text.strip_prefix(HEAD) {
        // Asked for each item of each request: too often to parse.
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        return rest[..digits].parse().unwrap_or(0);
    }
    if text.strip_prefix('[').is_some_and(|rest| rest.starts_with(HEAD)) {
        let parts = raw.elements().unwrap_or_default();
        return parts.iter().map(|part| length(part) + 1).sum::<u64>() + 1;
    }
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use super::{Structure, length, structure};
    use crate::recording::{Layer, layer_of_item};
    use crate::wire::{Digest, Kind, Raw};

    #[test]
    fn an_item_keeps_its_kind_and_tells_its_notes() {
        let notes = Structure {
            length: 70,
            value: Digest::of("a"),
            rendered: Digest::of("b"),
            bytes: 60,
            tokens: 9,
            layer: Layer::AgentsMd,
            asks_for_summary: false,
            thought: None,
            printed: None,
            image: false,
            marks: Vec::new(),
            common: Vec::new(),
        };
        let raw = notes.to_raw(&[("type", "message".into()), ("role", "user".into())]);
        assert_eq!(structure(&raw), Some(notes));
        assert_eq!(raw.item().kind(), Kind::Message);
        assert_eq!(layer_of_item(&raw.item()), Layer::AgentsMd, "as noted, there is no text");
        assert_eq!(length(&raw), 70);
        let list = Raw::parse(&format!("[{},{}]", raw.as_str(), raw.as_str())).unwrap();
        assert_eq!(length(&list), 70 * 2 + 3);
        let plain = Raw::parse(r#"["é"]"#).unwrap();
        assert_eq!((structure(&plain), length(&plain)), (None, 6));
    }
}
