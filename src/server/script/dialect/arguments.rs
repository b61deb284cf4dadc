//! The arguments of a function call: what the verb says, and whatever else the schema demands.

use super::advertised::{Tool, allows};
use crate::server::script::mint::Draft;
use serde_json::{Map, Value, json};

/// Arguments in the order they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    known: Map<String, Value>,
}

impl Arguments {
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.known.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.known.insert(name.to_owned(), value.into());
    }

    /// The call. Required arguments that the verb knows nothing of get the plainest value that the
    /// schema allows; texts say what the call is `about`.
    pub(super) fn call(mut self, tool: &Tool, about: &str) -> Draft {
        for name in tool.required() {
            if !self.known.contains_key(name) {
                let schema = tool.property(name).unwrap_or(&Value::Null);
                self.known.insert(name.to_owned(), plainest(name, schema, about));
            }
        }
        Draft::Function {
            name: tool.name.clone(),
            namespace: tool.namespace.clone(),
            arguments: Value::Object(self.known).to_string(),
        }
    }
}

fn plainest(name: &str, schema: &Value, about: &str) -> Value {
    if let Some(value) = schema.get("default").or_else(|| schema.get("const")) {
        return value.clone();
    }
    if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|all| all.first()) {
        return first.clone();
    }
    // Strict schemas list every argument as required and let `null` stand for "not given".
    if allows(schema, "null") {
        return Value::Null;
    }
    let smallest = || schema.get("minimum").cloned();
    if allows(schema, "boolean") {
        json!(false)
    } else if allows(schema, "integer") || allows(schema, "number") {
        // Nothing is meant to be cut short; seconds or milliseconds, this is long enough.
        let long = name.contains("timeout").then(|| json!(120_000));
        long.or_else(smallest).unwrap_or_else(|| json!(0))
    } else if allows(schema, "array") {
        json!([])
    } else if allows(schema, "object") {
        json!({})
    } else {
        json!(about)
    }
}

#[cfg(test)]
mod tests {
    use super::plainest;
    use serde_json::json;

    #[test]
    fn required_arguments_get_the_plainest_value() {
        for (name, schema, value) in [
            ("description", json!({"type": "string"}), json!("Run a command")),
            ("timeout_ms", json!({"type": "number"}), json!(120_000)),
            ("depth", json!({"type": "integer", "minimum": 1}), json!(1)),
            ("mode", json!({"type": "string", "enum": ["fast", "slow"]}), json!("fast")),
            ("shell", json!({"type": ["string", "null"]}), json!(null)),
            ("tty", json!({"type": "boolean"}), json!(false)),
            ("env", json!({"type": "object"}), json!({})),
            ("args", json!({"type": "array"}), json!([])),
            ("n", json!({"type": "integer", "default": 7}), json!(7)),
            ("odd", json!(null), json!("Run a command")),
        ] {
            assert_eq!(plainest(name, &schema, "Run a command"), value, "{name}");
        }
    }
}
