//! What counts as the same although the bytes differ: the list behind `cosmetic`.
//!
//! Key order, white space between tokens, escapes, the format of a number, white space at the end
//! of a text, a key that is `null` here and absent there, and the same of the JSON inside a call's
//! arguments, which many clients parse and write again.

use serde_json::{Number, Value};

/// Whether two values mean the same; `key` is the key they stand under.
pub(super) fn same(key: &str, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => same_text(key, a, b),
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(key, a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.into_iter().all(|key| {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned();
                same(key, &of(a).unwrap_or_default(), &of(b).unwrap_or_default())
            })
        }
        _ => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    // Integers beyond 2^53 are told apart by their digits.
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

fn same_text(key: &str, a: &str, b: &str) -> bool {
    if a.trim_end() == b.trim_end() {
        return true;
    }
    if key != "arguments" {
        return false;
    }
    match (serde_json::from_str::<Value>(a), serde_json::from_str::<Value>(b)) {
        (Ok(a), Ok(b)) => same("", &a, &b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::same;
    use serde_json::{Value, json};

    fn equal(a: &str, b: &str) -> bool {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        same("", &parse(a), &parse(b))
    }

    #[test]
    fn other_bytes_of_one_meaning() {
        assert!(equal(r#"{"a":1,"b":[2]}"#, r#"{ "b": [2.0], "a": 1 }"#));
        assert!(equal(r#"{"text":"é\n"}"#, r#"{"text":"\u00e9","id":null}"#));
        assert!(equal("1e2", "100"));
        assert!(!equal("9007199254740993", "9007199254740992"));
        assert!(!equal(r#"" a""#, r#""a""#) && !equal("[1,2]", "[2,1]") && !equal("[]", "null"));
    }

    #[test]
    fn arguments_are_json_inside_json() {
        let call = |arguments: &str| json!({"type": "function_call", "arguments": arguments});
        assert!(same("", &call(r#"{"cmd":"ls","n":1}"#), &call(r#"{"n": 1, "cmd": "ls"}"#)));
        assert!(!same("", &call(r#"{"cmd":"ls"}"#), &call(r#"{"cmd":"ls -l"}"#)));
        let output = |output: &str| json!({"type": "function_call_output", "output": output});
        assert!(!same("", &output(r#"{"a":1}"#), &output(r#"{"a": 1}"#)), "a tool said otherwise");
    }
}
