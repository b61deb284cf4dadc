//! A value that a JSON schema allows: the smallest that is of use.
//!
//! Required properties, `enum`, `const`, bounds, nested objects and lists, local `$ref`s, `allOf`,
//! the first branch of `anyOf` and `oneOf`. Texts are in [`super::texts`].

use super::texts::text;
use serde_json::{Map, Number, Value};

/// Deeper, a schema that refers to itself is taken for endless.
const DEEPEST: usize = 12;

/// The arguments for the parameters of a tool.
pub(super) fn arguments(parameters: &Value) -> Value {
    let maker = Maker { root: parameters };
    match maker.value(parameters, "", 0, 0) {
        value @ Value::Object(_) => value,
        // No schema, or one that allows more than an object.
        _ => Value::Object(Map::new()),
    }
}

struct Maker<'a> {
    root: &'a Value,
}

impl Maker<'_> {
    /// `name`: of the property; `nth`: the how many-eth of a list whose elements must differ.
    fn value(&self, schema: &Value, name: &str, nth: usize, depth: usize) -> Value {
        let schema = self.whole(schema, depth);
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return values[nth.min(values.len() - 1)].clone();
        }
        match kind(&schema) {
            "object" => self.object(&schema, depth),
            "array" => self.array(&schema, name, depth),
            "integer" => integer(&schema, nth),
            "number" => number(&schema, nth),
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => Value::from(text(&schema, name, nth)),
        }
    }

    /// The schema with its references followed, its branches chosen and its parts put together.
    fn whole(&self, schema: &Value, depth: usize) -> Value {
        let mut whole = match schema {
            Value::Object(fields) => fields.clone(),
            _ => Map::new(),
        };
        let mut parts: Vec<Value> = Vec::new();
        if let Some(Value::String(pointer)) = whole.shift_remove("$ref") {
            let target = pointer.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            parts.extend(target.cloned());
        }
        if let Some(Value::Array(all)) = whole.shift_remove("allOf") {
            parts.extend(all);
        }
        for branches in ["anyOf", "oneOf"] {
            if let Some(Value::Array(all)) = whole.shift_remove(branches) {
                parts.extend(all.into_iter().next());
            }
        }
        if depth < DEEPEST {
            for part in parts {
                if let Value::Object(part) = self.whole(&part, depth + 1) {
                    merge(&mut whole, part);
                }
            }
        }
        Value::Object(whole)
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let add = |object: &mut Map<String, Value>, name: &str| {
            let inner = properties.get(name).unwrap_or(&schema["additionalProperties"]);
            object.insert(name.to_owned(), self.value(inner, name, 0, depth + 1));
        };
        let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
        if depth < DEEPEST {
            required.iter().filter_map(Value::as_str).for_each(|name| add(&mut object, name));
        }
        let least = schema["minProperties"].as_u64().unwrap_or(0) as usize;
        for name in properties.keys() {
            if object.len() < least && !object.contains_key(name) {
                add(&mut object, name);
            }
        }
        for number in object.len()..least {
            add(&mut object, &format!("property{number}"));
        }
        Value::Object(object)
    }

    /// One element where the bounds allow it: an empty list is of little use.
    fn array(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let bound = |key: &str| schema[key].as_u64().map(|bound| bound as usize);
        let first = schema["prefixItems"].as_array().map_or(&[][..], Vec::as_slice);
        let wanted = bound("minItems").unwrap_or(0).max(first.len()).max(1);
        let length = match depth < DEEPEST {
            true => wanted.min(bound("maxItems").unwrap_or(usize::MAX)),
            false => bound("minItems").unwrap_or(0),
        };
        let distinct = schema["uniqueItems"] == true;
        let element = |at: usize| {
            let inner = first.get(at).unwrap_or(&schema["items"]);
            self.value(inner, name, if distinct { at } else { 0 }, depth + 1)
        };
        (0..length).map(element).collect()
    }
}

/// Adds what another part of the schema demands.
fn merge(into: &mut Map<String, Value>, part: Map<String, Value>) {
    for (key, value) in part {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(ours)), Value::Object(theirs)) if key == "properties" => {
                for (name, schema) in theirs {
                    ours.entry(name).or_insert(schema);
                }
            }
            (Some(Value::Array(ours)), Value::Array(theirs)) if key == "required" => {
                ours.extend(theirs);
            }
            (Some(_), _) => {}
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// The type of a schema; of several the first but null; guessed where it is not named.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            let mut named = kinds.iter().filter_map(Value::as_str);
            named.clone().find(|kind| *kind != "null").or_else(|| named.next()).unwrap_or("string")
        }
        _ => {
            let has = |names: &[&str]| names.iter().any(|name| schema.get(name).is_some());
            match () {
                () if has(&["properties", "required", "additionalProperties"]) => "object",
                () if has(&["items", "prefixItems", "minItems"]) => "array",
                () if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) => {
                    "number"
                }
                () => "string",
            }
        }
    }
}

/// The bounds of a number, and whether they themselves are allowed.
fn bounds(schema: &Value) -> (Option<f64>, Option<f64>) {
    let of = |key: &str| schema[key].as_f64();
    // The draft of 2009 has `exclusiveMinimum: true` beside `minimum`.
    let open = |key: &str| schema[key] == true;
    let step = f64::from(1);
    let low = match (of("minimum"), of("exclusiveMinimum")) {
        (Some(low), _) if open("exclusiveMinimum") => Some(low + step),
        (low, exclusive) => {
            [low, exclusive.map(|low| low.floor() + step)].into_iter().flatten().reduce(f64::max)
        }
    };
    let high = match (of("maximum"), of("exclusiveMaximum")) {
        (Some(high), _) if open("exclusiveMaximum") => Some(high - step),
        (high, exclusive) => {
            [high, exclusive.map(|high| high.ceil() - step)].into_iter().flatten().reduce(f64::min)
        }
    };
    (low, high)
}

fn integer(schema: &Value, nth: usize) -> Value {
    let (low, high) = bounds(schema);
    let low = low.map(f64::ceil);
    let start = match (low, high.map(f64::floor)) {
        (Some(low), _) if low > 1.0 => low,
        (_, Some(high)) if high < 1.0 => low.unwrap_or(high - nth as f64),
        _ => 1.0,
    };
    let multiple = schema["multipleOf"].as_f64().filter(|step| *step > 0.0).unwrap_or(1.0);
    let value = (start / multiple).ceil() * multiple + nth as f64 * multiple;
    Value::from(value as i64)
}

fn number(schema: &Value, nth: usize) -> Value {
    let (low, high) = (schema["exclusiveMinimum"].as_f64(), schema["exclusiveMaximum"].as_f64());
    let low = low.or(schema["minimum"].as_f64());
    let high = high.or(schema["maximum"].as_f64());
    let whole = integer(schema, nth);
    let inside = whole.as_f64().is_some_and(|value| {
        low.is_none_or(|low| value > low) && high.is_none_or(|high| value < high)
    });
    match (inside, low, high) {
        // Between two bounds the middle is always inside; each further one is nearer to the upper.
        (false, Some(low), Some(high)) => {
            let share = 1.0 - 0.5f64.powi(nth as i32 + 1);
            let value = Number::from_f64(low + (high - low) * share);
            value.map_or(whole, Value::Number)
        }
        _ => whole,
    }
}
