//! Arguments against a validator of our own.

use super::arguments::arguments;
use regex::Regex;
use serde_json::{Value, json};

/// Whether a schema allows a value, for the keywords that the generator knows.
fn allows(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(rules) = schema.as_object() else { return schema != &Value::Bool(false) };
    let number = |key: &str| schema[key].as_f64();
    let all = |list: &Value, test: &dyn Fn(&Value) -> bool| {
        list.as_array().is_none_or(|list| list.iter().all(test))
    };
    let any = |list: &Value| {
        list.as_array().is_none_or(|list| list.iter().any(|one| allows(root, one, value)))
    };
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let typed = match rules.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is),
        Some(kind) => is(kind),
        None => true,
    };
    let referred = rules.get("$ref").is_none_or(|pointer| {
        let pointer = pointer.as_str().unwrap().strip_prefix('#').unwrap();
        allows(root, root.pointer(pointer).unwrap(), value)
    });
    let chosen = all(&schema["allOf"], &|one| allows(root, one, value))
        && any(&schema["anyOf"])
        && any(&schema["oneOf"])
        && rules.get("const").is_none_or(|constant| constant == value)
        && rules.get("enum").is_none_or(|list| list.as_array().unwrap().contains(value));
    let sized = value.as_f64().is_none_or(|found| {
        number("minimum").is_none_or(|low| found >= low)
            && number("maximum").is_none_or(|high| found <= high)
            && number("exclusiveMinimum").is_none_or(|low| found > low)
            && number("exclusiveMaximum").is_none_or(|high| found < high)
            && number("multipleOf").is_none_or(|step| (found / step).fract() == 0.0)
    });
    let worded = value.as_str().is_none_or(|text| {
        let length = text.chars().count() as f64;
        number("minLength").is_none_or(|least| length >= least)
            && number("maxLength").is_none_or(|most| length <= most)
            && schema["pattern"]
                .as_str()
                .is_none_or(|pattern| Regex::new(pattern).unwrap().is_match(text))
    });
    let listed = value.as_array().is_none_or(|list| {
        let length = list.len() as f64;
        let first = schema["prefixItems"].as_array().map_or(&[][..], Vec::as_slice);
        let rest = list.iter().skip(first.len());
        number("minItems").is_none_or(|least| length >= least)
            && number("maxItems").is_none_or(|most| length <= most)
            && first.iter().zip(list).all(|(schema, one)| allows(root, schema, one))
            && rules
                .get("items")
                .is_none_or(|items| rest.clone().all(|one| allows(root, items, one)))
            && (schema["uniqueItems"] != true
                || (1..list.len()).all(|at| !list[..at].contains(&list[at])))
    });
    let fielded = value.as_object().is_none_or(|fields| {
        let none = json!({});
        let properties = schema.get("properties").unwrap_or(&none);
        all(&schema["required"], &|name| fields.contains_key(name.as_str().unwrap()))
            && number("minProperties").is_none_or(|least| fields.len() as f64 >= least)
            && fields.iter().all(|(name, one)| match properties.get(name) {
                Some(schema) => allows(root, schema, one),
                None => rules.get("additionalProperties").is_none_or(|s| allows(root, s, one)),
            })
    });
    typed && referred && chosen && sized && worded && listed && fielded
}

fn schemas() -> Vec<Value> {
    let property = |schema: Value| {
        json!({"type": "object", "properties": {"it": schema}, "required": ["it"],
            "additionalProperties": false})
    };
    let single = [
        json!({"type": "string"}),
        json!({"type": ["null", "string"]}),
        json!({"type": "string", "minLength": 30}),
        json!({"type": "string", "maxLength": 3}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "string", "pattern": "^[a-z]{2}[0-9]{2}$"}),
        json!({"type": "string", "pattern": "^[0-9a-f]{40}$", "minLength": 40}),
        json!({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}),
        json!({"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}),
        json!({"type": "string", "enum": ["north", "south"]}),
        json!({"const": {"a": [1, 2]}}),
        json!({"type": "integer"}),
        json!({"type": "integer", "minimum": 7}),
        json!({"type": "integer", "maximum": -3}),
        json!({"type": "integer", "minimum": -9, "maximum": -5}),
        json!({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3}),
        json!({"type": "integer", "minimum": 10, "multipleOf": 7}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        json!({"type": "number", "minimum": 0.25, "maximum": 0.5}),
        json!({"type": "number", "minimum": 2.5}),
        json!({"minimum": 5}),
        json!({"type": "boolean"}),
        json!({"type": "null"}),
        json!({"type": "array", "items": {"type": "integer"}}),
        json!({"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": true}),
        json!({"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": true}),
        json!({"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "minItems": 3, "uniqueItems": true}),
        json!({"type": "array", "maxItems": 0}),
        json!({"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}, "minItems": 4}),
        json!({"properties": {"a": {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]}}, "required": ["a"]}),
        json!({"type": "object", "minProperties": 3, "properties": {"a": {"type": "integer"}}}),
        json!({"type": "object", "required": ["x"], "additionalProperties": {"type": "integer"}}),
        json!({"anyOf": [{"type": "integer", "minimum": 4}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]}, {"type": "string"}]}),
        json!({"allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        ]}),
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
            "anyOf": [{"required": ["b"], "properties": {"b": {"type": "integer"}}}]}),
        json!({}),
        json!(true),
    ];
    let mut all: Vec<Value> = single.into_iter().map(property).collect();
    all.push(json!({
        "type": "object", "properties": {"tree": {"$ref": "#/$defs/node"}}, "required": ["tree"],
        "$defs": {"node": {
            "type": "object", "required": ["name", "children"],
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "parent": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
        }},
    }));
    all.push(json!({
        "type": "object", "properties": {"at": {"$ref": "#/definitions/place"}}, "required": ["at"],
        "definitions": {"place": {"allOf": [{"$ref": "#/definitions/point"}]},
            "point": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
    }));
    all
}

#[test]
fn arguments_satisfy_their_schema() {
    for schema in schemas() {
        let made = arguments(&schema);
        assert!(made.is_object(), "{schema}");
        assert!(allows(&schema, &schema, &made), "{schema}\n{made}");
        // The validator is no rubber stamp: without its only property no object is allowed.
        assert!(!allows(&schema, &schema, &json!({})), "{schema}");
    }
    for none in [json!(null), json!({}), json!({"type": "object", "properties": {}})] {
        assert_eq!(arguments(&none), json!({}));
    }
}

#[test]
fn a_command_and_a_path_are_harmless() {
    let schema = json!({"type": "object", "required": ["cmd", "filePath"],
        "properties": {"cmd": {"type": "string"}, "filePath": {"type": "string"}}});
    let expected = json!({"cmd": "echo conformance", "filePath": "conformance.txt"});
    assert_eq!(arguments(&schema), expected);
}
