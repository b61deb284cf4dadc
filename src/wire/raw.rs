//! A JSON value kept as the text it came in: number formats, escapes, key order and white space
//! survive, because nothing is ever re-serialised.

use super::{Digest, Item, WireError};
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// One JSON value, verbatim. Cheap to clone; equality is equality of bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Raw(Arc<str>);

impl Raw {
    /// Takes `text` as it is, after checking that it is one JSON value.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let value: &RawValue = serde_json::from_str(text).map_err(WireError::json)?;
        Ok(Self(value.get().into()))
    }

    /// Writes a [`Value`] compactly. For values that we make ourselves, never for received ones.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The bytes as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the text is empty; never true for a parsed value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A parsed copy to look into; writing it out again may change bytes.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    /// A typed, read-only view of an input or output item.
    #[must_use]
    pub fn item(&self) -> Item {
        Item::new(self.value())
    }

    /// The content address of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// The elements of a JSON array, each verbatim; `None` if this is no array.
    #[must_use]
    pub fn elements(&self) -> Option<Vec<Raw>> {
        let parts: Vec<&RawValue> = serde_json::from_str(&self.0).ok()?;
        Some(parts.into_iter().map(|part| Self(part.get().into())).collect())
    }

    /// The fields of a JSON object in the order received, each value verbatim; `None` if this is
    /// no object. Repeated keys are all listed.
    #[must_use]
    pub fn fields(&self) -> Option<Vec<(String, Raw)>> {
        let fields: Fields = serde_json::from_str(&self.0).ok()?;
        Some(fields.0)
    }
}

impl From<&RawValue> for Raw {
    fn from(value: &RawValue) -> Self {
        Self(value.get().into())
    }
}

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(value.get().into()))
    }
}

/// The fields of an object in order: a `MapAccess` keeps order and repeats, a map type would not.
struct Fields(Vec<(String, Raw)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Raw>()? {
                    fields.push((key, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// `text` as a JSON string literal, quotes included.
#[must_use]
pub fn escape(text: &str) -> String {
    Value::from(text).to_string()
}

/// A compact JSON object from fields whose values are kept verbatim.
#[must_use]
pub fn object<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::from("{");
    for (at, (key, value)) in fields.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&escape(key));
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
    text
}
