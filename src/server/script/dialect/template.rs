//! Calls by the templates of an agent file.

use super::arguments::Arguments;
use super::plan::PlanStep;
use super::{Dialect, NoTool};
use crate::scenario::{Action, ToolTemplate, Verb};
use crate::server::script::dialect::advertised::ToolKind;
use crate::server::script::mint::Draft;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// The verb of an action, and its values for placeholders; those that it has not are missing.
type Values = IndexMap<&'static str, Value>;

/// The calls for an action, if an agent file says how its verb is done.
pub(super) fn render(dialect: &Dialect<'_>, action: &Action) -> Option<Result<Vec<Draft>, NoTool>> {
    let (verb, values) = values(action)?;
    let template = dialect.map.get(verb)?;
    // A command that leaves a process running is another thing than one that ends: without a place
    // for what is waited for, the template is not meant.
    let waits = |value: &Value| value.to_string().contains("{wait_for}");
    let places = template.arguments.iter().flatten().any(|(_, value)| waits(value))
        || template.input.as_ref().is_some_and(|input| input.contains("{wait_for}"));
    if values.contains_key("wait_for") && !places {
        return None;
    }
    Some(call(dialect, verb, template, &values).map(|draft| vec![draft]))
}

fn values(action: &Action) -> Option<(Verb, Values)> {
    let mut values = Values::new();
    let verb = match action {
        Action::Run(run) => {
            values.insert("cmd", run.cmd.as_str().into());
            let optional = [("workdir", &run.workdir), ("wait_for", &run.wait_for)];
            for (name, text) in optional {
                text.iter().for_each(|text| _ = values.insert(name, text.as_str().into()));
            }
            Verb::Run
        }
        Action::Read(read) => {
            values.insert("path", read.path.as_str().into());
            if let Some((first, last)) = read.lines {
                values.insert("first", first.into());
                values.insert("last", last.into());
                values.insert("count", (last - first + 1).into());
            }
            Verb::Read
        }
        Action::Write(write) => {
            values.insert("path", write.path.as_str().into());
            values.insert("content", write.text.as_str().into());
            Verb::Write
        }
        Action::Patch(text) => {
            values.insert("patch", text.as_str().into());
            Verb::Patch
        }
        Action::Plan(lines) => {
            let steps: Vec<Value> =
                lines.iter().map(|line| PlanStep::parse(line).value()).collect();
            values.insert("plan", lines.join("\n").into());
            values.insert("steps", steps.into());
            Verb::Plan
        }
        Action::View(path) => {
            values.insert("path", path.as_str().into());
            Verb::View
        }
        Action::Say(_) | Action::Reason(_) | Action::Raw(_) => return None,
    };
    Some((verb, values))
}

fn call(
    dialect: &Dialect<'_>,
    verb: Verb,
    template: &ToolTemplate,
    values: &Values,
) -> Result<Draft, NoTool> {
    let custom = template.input.is_some();
    let kind = if custom { ToolKind::Custom } else { ToolKind::Function };
    let tool = dialect.advertised.named(kind, &template.tool).ok_or_else(|| {
        let kind = if custom { "custom tool" } else { "function tool" };
        dialect.none(verb, format!("the {kind} `{}` of the agent file", template.tool))
    })?;
    if let Some(input) = &template.input {
        let (name, namespace) = (tool.name.clone(), tool.namespace.clone());
        return Ok(Draft::Custom { name, namespace, input: inside(input, values) });
    }
    let none = Map::new();
    let mut arguments = Arguments::default();
    for (name, template) in template.arguments.as_ref().unwrap_or(&none) {
        if let Some(value) = filled(template, values) {
            arguments.set(name, value);
        }
    }
    Ok(arguments.call(tool, verb.as_str()))
}

/// A template with its values; `None` if it is nothing but a placeholder that has none.
fn filled(template: &Value, values: &Values) -> Option<Value> {
    Some(match template {
        Value::String(text) => {
            let whole = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            match whole {
                Some(name) if is_name(name) => values.get(name)?.clone(),
                _ => inside(text, values).into(),
            }
        }
        Value::Array(parts) => parts.iter().filter_map(|part| filled(part, values)).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter_map(|(key, part)| Some((key.clone(), filled(part, values)?)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Values inside of a text, in one pass: what a value holds is not looked into.
fn inside(template: &str, values: &Values) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let name = rest.find('}').map(|close| &rest[1..close]).filter(|name| is_name(name));
        match name {
            Some(name) => {
                match values.get(name) {
                    Some(Value::String(text)) => out.push_str(text),
                    Some(other) => out.push_str(&other.to_string()),
                    None => {}
                }
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}
