//! The tools that a request advertises, wherever they travel: in `tools`, in an `additional_tools`
//! input item, or inside a `namespace`.

use crate::wire::{Raw, Request};
use serde_json::Value;

/// How a tool is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToolKind {
    /// By JSON arguments.
    Function,
    /// By free text.
    Custom,
    /// By a `local_shell_call`.
    LocalShell,
    /// By a `shell_call`.
    Shell,
    /// By `apply_patch_call` items, one for each file.
    ApplyPatch,
    /// Not by scripts.
    Other,
}

/// One advertised tool.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) kind: ToolKind,
    /// The name, or the type of a tool that has none.
    pub(super) name: String,
    /// The namespace that holds it; its calls say so.
    pub(super) namespace: Option<String>,
    pub(super) description: String,
    /// JSON schema of the arguments of a function; `null` if it has none.
    pub(super) schema: Value,
}

impl Tool {
    fn new(tool: &Value, namespace: Option<&str>) -> Self {
        let text = |field: &str| tool.get(field).and_then(Value::as_str);
        let kind = match text("type") {
            Some("function") => ToolKind::Function,
            Some("custom") => ToolKind::Custom,
            Some("local_shell") => ToolKind::LocalShell,
            Some("shell") => ToolKind::Shell,
            Some("apply_patch") => ToolKind::ApplyPatch,
            _ => ToolKind::Other,
        };
        Self {
            kind,
            name: text("name").or(text("type")).unwrap_or_default().to_owned(),
            namespace: namespace.map(str::to_owned),
            description: text("description").unwrap_or_default().to_owned(),
            schema: tool.get("parameters").cloned().unwrap_or_default(),
        }
    }

    /// The schema of one argument.
    pub(super) fn property(&self, name: &str) -> Option<&Value> {
        self.schema.get("properties")?.get(name)
    }

    /// The first of these names that is an argument of the tool.
    pub(super) fn first_of(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.property(name).is_some())
    }

    /// The arguments that a call must have.
    pub(super) fn required(&self) -> Vec<&str> {
        let names = self.schema.get("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether an argument may be of this JSON type.
    pub(super) fn takes(&self, name: &str, kind: &str) -> bool {
        self.property(name).is_some_and(|schema| allows(schema, kind))
    }
}

/// Whether a schema names this type, alone, in a list or in one of its alternatives.
pub(super) fn allows(schema: &Value, kind: &str) -> bool {
    let by_type = match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(some)) => some.iter().any(|one| one == kind),
        _ => false,
    };
    let any = |key: &str| {
        let alternatives = schema.get(key).and_then(Value::as_array);
        alternatives.is_some_and(|some| some.iter().any(|one| allows(one, kind)))
    };
    by_type || any("anyOf") || any("oneOf")
}

/// All tools of a request, in the order of its prompt.
#[derive(Debug)]
pub(super) struct Advertised {
    tools: Vec<Tool>,
}

impl Advertised {
    pub(super) fn by(request: &Request) -> Self {
        let mut tools = Vec::new();
        for tool in request.tools() {
            add(&tool.value(), None, &mut tools);
        }
        for raw in request.input.iter().filter(|raw| is_additional(raw)) {
            let item = raw.value();
            for tool in item.get("tools").and_then(Value::as_array).into_iter().flatten() {
                add(tool, None, &mut tools);
            }
        }
        Self { tools }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Tool> {
        self.tools.iter()
    }

    /// The one with this name and kind.
    pub(super) fn named(&self, kind: ToolKind, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.kind == kind && tool.name == name)
    }

    /// The function tool with the first of these names that is there.
    pub(super) fn function(&self, names: &[&str]) -> Option<&Tool> {
        names.iter().find_map(|name| self.named(ToolKind::Function, name))
    }

    /// The first tool of a kind.
    pub(super) fn of(&self, kind: ToolKind) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.kind == kind)
    }

    /// Their names, for messages.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.tools.iter().map(|tool| tool.name.as_str()).collect();
        if names.is_empty() { "no tools".to_owned() } else { names.join(", ") }
    }
}

/// Whether a request advertises anything that can be called.
pub(in crate::server::script) fn has_tools(request: &Request) -> bool {
    !request.tools().is_empty() || request.input.iter().any(is_additional)
}

/// Cheap to refuse: parsing every item of a long history for this would cost more than the answer.
fn is_additional(raw: &Raw) -> bool {
    raw.as_str().contains("\"additional_tools\"")
        && raw.item().str("type") == Some("additional_tools")
}

fn add(tool: &Value, namespace: Option<&str>, tools: &mut Vec<Tool>) {
    if tool.get("type").and_then(Value::as_str) == Some("namespace") {
        let name = tool.get("name").and_then(Value::as_str);
        for inner in tool.get("tools").and_then(Value::as_array).into_iter().flatten() {
            add(inner, name, tools);
        }
        return;
    }
    tools.push(Tool::new(tool, namespace));
}

#[cfg(test)]
mod tests {
    use super::{Advertised, ToolKind, allows, has_tools};
    use crate::wire::Request;
    use serde_json::{Value, json};

    fn request(body: &Value) -> Request {
        Request::parse(body.to_string().as_bytes()).expect("a request")
    }

    #[test]
    fn tools_are_found_wherever_they_travel() {
        let request = request(&json!({
            "tools": [{"type": "function", "name": "a"}, {"type": "local_shell"}],
            "input": [
                {"type": "additional_tools", "role": "developer", "tools": [
                    {"type": "namespace", "name": "functions", "tools": [
                        {"type": "custom", "name": "exec", "description": "d"},
                    ]},
                ]},
                {"role": "user", "content": "\"additional_tools\" is only a word here"},
            ],
        }));
        let advertised = Advertised::by(&request);
        assert_eq!(advertised.names(), "a, local_shell, exec");
        let exec = advertised.named(ToolKind::Custom, "exec").expect("there");
        assert_eq!(exec.namespace.as_deref(), Some("functions"));
        assert!(has_tools(&request));
    }

    #[test]
    fn no_tools_are_said_so() {
        let request = request(&json!({"input": "hi", "tools": []}));
        assert_eq!(Advertised::by(&request).names(), "no tools");
        assert!(!has_tools(&request));
    }

    #[test]
    fn a_type_may_be_one_of_several() {
        assert!(allows(&json!({"type": ["string", "null"]}), "null"));
        assert!(allows(&json!({"anyOf": [{"type": "array"}, {"type": "string"}]}), "array"));
        assert!(!allows(&json!({"type": "string"}), "array"));
        assert!(!allows(&json!({}), "string"));
    }
}
