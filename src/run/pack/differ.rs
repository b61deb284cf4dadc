//! Where two logs of events part.

use serde_json::Value;

/// How much of a value is shown.
const SHOWN: usize = 120;

/// The first event that differs, in words for people; `None` if none does.
#[must_use]
pub fn first_difference(packed: &str, found: &str) -> Option<String> {
    let (mut one, mut other) = (packed.lines(), found.lines());
    let mut number = 0;
    loop {
        number += 1;
        let (a, b) = match (one.next(), other.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), None) => return Some(format!("event {number} is missing: {}", what(a))),
            (None, Some(b)) => return Some(format!("event {number} is one more: {}", what(b))),
            (Some(a), Some(b)) => (a, b),
        };
        if what(a) != what(b) {
            return Some(format!("event {number}: packed {}, found {}", what(a), what(b)));
        }
        let (x, y) = (value(a), value(b));
        let place = place("", &x, &y).unwrap_or_default();
        let side = |value: &Value| {
            let text = value.pointer(&place).map_or("nothing".to_owned(), Value::to_string);
            match text.char_indices().nth(SHOWN) {
                Some((at, _)) => format!("{}…", &text[..at]),
                None => text,
            }
        };
        let what = what(a);
        return Some(format!(
            "event {number}, {what}, at {place}: packed {}, found {}",
            side(&x),
            side(&y)
        ));
    }
}

fn value(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_default()
}

/// What an event is: `request 3`.
fn what(line: &str) -> String {
    let value = value(line);
    let name = value["event"].as_str().unwrap_or("nothing that can be read");
    match value["seq"].as_u64() {
        Some(seq) => format!("{name} {seq}"),
        None => name.to_owned(),
    }
}

/// The first place where two values differ.
fn place(at: &str, a: &Value, b: &Value) -> Option<String> {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let keys = x.keys().chain(y.keys());
            let inner = |key: &String| {
                let null = Value::Null;
                let (x, y) = (x.get(key).unwrap_or(&null), y.get(key).unwrap_or(&null));
                place(&format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), x, y)
            };
            keys.into_iter().find_map(inner)
        }
        (Value::Array(x), Value::Array(y)) => {
            let both = x.iter().zip(y).enumerate();
            let differs =
                |(n, (x, y)): (usize, (&Value, &Value))| place(&format!("{at}/{n}"), x, y);
            let longer = (x.len() != y.len()).then(|| format!("{at}/{}", x.len().min(y.len())));
            both.map(differs).find_map(|found| found).or(longer)
        }
        _ => (a != b).then(|| at.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_event_that_differs_is_named() {
        let one =
            "{\"event\":\"run_started\"}\n{\"event\":\"request\",\"seq\":3,\"input\":[1,2]}\n";
        assert_eq!(first_difference(one, one), None);
        let other = one.replace("[1,2]", "[1,3]");
        insta::assert_snapshot!(first_difference(one, &other).unwrap(), @"event 2, request 3, at /input/1: packed 2, found 3");
        let other = one.replace("request", "response");
        insta::assert_snapshot!(first_difference(one, &other).unwrap(), @"event 2: packed request 3, found response 3");
        let short = one.lines().next().unwrap();
        insta::assert_snapshot!(first_difference(one, short).unwrap(), @"event 2 is missing: request 3");
    }
}
