//! Which value of a JSON text stands at a byte.

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// The JSON pointer of the innermost value around byte `at`; empty if the text is no JSON.
pub(super) fn of(json: &str, at: usize) -> String {
    let mut pointer = String::new();
    let mut value = json;
    let offset = |part: &str| part.as_ptr() as usize - json.as_ptr() as usize;
    while let Some((key, inner)) = children(value)
        .into_iter()
        .find(|(_, inner)| (offset(inner)..offset(inner) + inner.len()).contains(&at))
    {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        value = inner;
    }
    pointer
}

fn children(value: &str) -> Vec<(String, &str)> {
    match value.trim_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str::<Fields<'_>>(value).map(|fields| fields.0),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(value).map(|elements| {
            let elements = elements.into_iter().enumerate();
            elements.map(|(at, raw)| (at.to_string(), raw.get())).collect()
        }),
        _ => return Vec::new(),
    }
    .unwrap_or_default()
}

/// The fields of an object, which borrow from its text.
struct Fields<'a>(Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    fields.push((key, value.get()));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_innermost_value_is_named() {
        let json = r#"{"a": [1, {"b/c": "here"}], "d": 2}"#;
        assert_eq!(of(json, json.find("here").unwrap()), "/a/1/b~1c");
        assert_eq!(of(json, json.find('2').unwrap()), "/d");
        assert_eq!(of("password: here", 12), "");
    }
}
