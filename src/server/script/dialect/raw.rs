//! `raw`: a call as it is given. Scripts are written for the tools of the built-in agent, so a raw
//! call of one of these goes to the tool that does the same for an agent that lacks it, as malformed
//! as it is; any other name is meant to be unknown.

use super::advertised::{Tool, ToolKind};
use super::shell::Shell;
use super::{Dialect, javascript};
use crate::scenario::RawCall;
use crate::server::script::mint::Draft;
use crate::wire::Request;
use regex::Regex;
use serde_json::{Map, Value};

/// How long a tool that can only wait by time waits for a reaction to input.
const PATIENCE_MS: u32 = 2_000;

/// The first session id of the built-in agent; it counts on from there.
const FIRST_SESSION: u64 = 1000;

pub(super) fn raw(dialect: &Dialect<'_>, call: &RawCall) -> Vec<Draft> {
    let mapped = match (call.tool.as_str(), &call.input, &call.arguments) {
        ("write_stdin", None, Some(arguments)) => write_stdin(dialect, arguments),
        _ if advertised(dialect, call).is_some() => None,
        ("exec_command", None, Some(arguments)) => exec_command(dialect, arguments),
        ("update_plan", None, Some(arguments)) => update_plan(dialect, arguments),
        ("view_image", None, Some(arguments)) => view_image(dialect, arguments),
        ("apply_patch", Some(input), None) => super::patch::patch(dialect, input).ok(),
        _ => None,
    };
    mapped.unwrap_or_else(|| vec![verbatim(dialect, call)])
}

fn kind(call: &RawCall) -> ToolKind {
    if call.input.is_some() { ToolKind::Custom } else { ToolKind::Function }
}

fn advertised<'a>(dialect: &'a Dialect<'_>, call: &RawCall) -> Option<&'a Tool> {
    dialect.advertised.named(kind(call), &call.tool)
}

fn verbatim(dialect: &Dialect<'_>, call: &RawCall) -> Draft {
    let namespace = advertised(dialect, call).and_then(|tool| tool.namespace.clone());
    let name = call.tool.clone();
    match (&call.input, &call.arguments) {
        (Some(input), _) => Draft::Custom { name, namespace, input: input.clone() },
        (None, arguments) => {
            let arguments = arguments.clone().unwrap_or_else(|| "{}".to_owned());
            Draft::Function { name, namespace, arguments }
        }
    }
}

/// The same text with another key: it need not be JSON.
fn renamed(arguments: &str, from: &str, to: &str) -> String {
    arguments.replacen(&format!("\"{from}\""), &format!("\"{to}\""), 1)
}

fn function(tool: &Tool, arguments: String) -> Draft {
    Draft::Function { name: tool.name.clone(), namespace: tool.namespace.clone(), arguments }
}

fn exec_command(dialect: &Dialect<'_>, arguments: &str) -> Option<Vec<Draft>> {
    match Shell::of(&dialect.advertised)? {
        Shell::Function { tool, command, folder } => {
            let arguments = renamed(arguments, "cmd", command);
            let arguments = renamed(&arguments, "workdir", folder.unwrap_or("workdir"));
            Some(vec![function(tool, arguments)])
        }
        Shell::Code(tool) => Some(vec![javascript::verbatim(tool, "exec_command", arguments)]),
        // Their calls have a fixed form: nothing malformed can be said.
        Shell::Local | Shell::Hosted => None,
    }
}

fn update_plan(dialect: &Dialect<'_>, arguments: &str) -> Option<Vec<Draft>> {
    let tool = dialect.advertised.function(&["todowrite", "todo_write", "TodoWrite"])?;
    Some(vec![function(tool, renamed(arguments, "plan", "todos"))])
}

fn view_image(dialect: &Dialect<'_>, arguments: &str) -> Option<Vec<Draft>> {
    let arguments: Value = serde_json::from_str(arguments).ok()?;
    super::file::view(dialect, arguments.get("path")?.as_str()?).ok()
}

/// Input for a process that was left running. Agents other than the built-in one number their
/// sessions at random and wait by time: the id is taken from what they said, the waiting from us.
fn write_stdin(dialect: &Dialect<'_>, arguments: &str) -> Option<Vec<Draft>> {
    let given: Map<String, Value> = serde_json::from_str(arguments).ok()?;
    let nth = given.get("session_id")?.as_u64()?.checked_sub(FIRST_SESSION)? as usize;
    let chars = given.get("chars").and_then(Value::as_str).unwrap_or_default();
    let Some(tool) = dialect.advertised.function(&["write_stdin"]) else {
        let tool = javascript::tool(&dialect.advertised, "write_stdin")?;
        return Some(vec![javascript::write_stdin(tool, chars, PATIENCE_MS)]);
    };
    let extra = given.keys().any(|key| tool.property(key).is_none());
    if tool.schema.is_null() || !extra {
        return None;
    }
    let session = *sessions(dialect.request).get(nth)?;
    let mut known: Map<String, Value> =
        given.into_iter().filter(|(key, _)| tool.property(key).is_some()).collect();
    known.insert("session_id".into(), session.into());
    if tool.property("yield_time_ms").is_some() {
        known.insert("yield_time_ms".into(), PATIENCE_MS.into());
    }
    Some(vec![function(tool, Value::Object(known).to_string())])
}

/// The ids of running sessions that outputs tell, each once, in order.
fn sessions(request: &Request) -> Vec<u64> {
    let Ok(pattern) = Regex::new(r"(?m)^Process running with session ID (\d+)$") else {
        return Vec::new();
    };
    let mut found: Vec<u64> = Vec::new();
    for item in request.input.iter().map(crate::wire::Raw::item) {
        if !item.kind().is_output() {
            continue;
        }
        for text in item.texts() {
            let ids = pattern.captures_iter(text).filter_map(|found| found[1].parse().ok());
            for id in ids {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
    }
    found
}
