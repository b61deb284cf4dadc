//! The first place where two segments differ, as a JSON pointer.

use super::view::child;
use crate::cache::Segment;
use serde_json::Value;

/// Where `later` first departs from `earlier`; both stand at the same place of their request.
pub(super) fn first_difference(earlier: &Segment, later: &Segment) -> String {
    if let Some(at) = later.differs_at(earlier) {
        return format!("{}{at}", earlier.pointer);
    }
    // Of what was left out nobody knows where it differs.
    if earlier.stands_in() || later.stands_in() {
        return earlier.pointer.clone();
    }
    let parse = |segment: &Segment| serde_json::from_str(&segment.text).unwrap_or(Value::Null);
    descend(earlier.pointer.clone(), &parse(earlier), &parse(later))
}

/// Goes down as long as the difference has one place; texts that parse to equal values (other key
/// order, escapes or number format) differ as a whole.
fn descend(pointer: String, a: &Value, b: &Value) -> String {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) if other == value => {}
                    Some(other) => return descend(child(&pointer, key), value, other),
                    None => return child(&pointer, key),
                }
            }
            match b.keys().find(|key| !a.contains_key(*key)) {
                Some(added) => child(&pointer, added),
                None => pointer,
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
            match (a.get(common), b.get(common)) {
                (Some(a), Some(b)) => descend(format!("{pointer}/{common}"), a, b),
                (None, None) => pointer,
                _ => format!("{pointer}/{common}"),
            }
        }
        _ => pointer,
    }
}

#[cfg(test)]
mod tests {
    use super::descend;
    use serde_json::{Value, json};

    fn pointer(a: &Value, b: &Value) -> String {
        descend("/input/3".into(), a, b)
    }

    #[test]
    fn the_deepest_single_place() {
        let a = json!({"role": "user", "content": [{"text": "a"}, {"text": "b"}]});
        assert_eq!(
            pointer(&a, &json!({"role": "user", "content": [{"text": "a"}, {"text": "c"}]})),
            "/input/3/content/1/text"
        );
        assert_eq!(
            pointer(&a, &json!({"role": "user", "content": [{"text": "a"}]})),
            "/input/3/content/1"
        );
        assert_eq!(pointer(&a, &json!({"role": "user"})), "/input/3/content");
        assert_eq!(pointer(&json!({"role": "user"}), &a), "/input/3/content");
        assert_eq!(pointer(&a, &json!("x")), "/input/3");
        assert_eq!(pointer(&json!({"a/b~": 1}), &json!({"a/b~": 2})), "/input/3/a~1b~0");
    }

    #[test]
    fn equal_values_in_other_bytes_differ_as_a_whole() {
        assert_eq!(pointer(&json!({"a": 1, "b": 2}), &json!({"b": 2, "a": 1})), "/input/3");
    }
}
