//! The tools that a request advertises, and which of them it lets the model call.

use crate::wire::Request;
use serde_json::Value;

/// The advertised tools in order, those told in the course of the conversation included.
#[derive(Debug)]
pub(super) struct Tools {
    tools: Vec<Value>,
    choice: Value,
    parallel: bool,
}

impl Tools {
    pub(super) fn of(request: &Request) -> Self {
        let mut tools: Vec<Value> = request.tools().iter().map(|tool| tool.value()).collect();
        for raw in request.input.iter().filter(|raw| raw.as_str().contains("additional_tools")) {
            let item = raw.item();
            if item.str("type") == Some("additional_tools") {
                tools.extend(item.value()["tools"].as_array().cloned().unwrap_or_default());
            }
        }
        let value = |name: &str| request.field(name).map(|raw| raw.value()).unwrap_or_default();
        Self {
            tools,
            choice: value("tool_choice"),
            parallel: value("parallel_tool_calls") != Value::Bool(false),
        }
    }

    /// Whether the request forbids calls.
    pub(super) fn are_forbidden(&self) -> bool {
        self.choice == "none"
    }

    /// Whether one answer may hold several calls.
    pub(super) fn are_parallel(&self) -> bool {
        self.parallel
    }

    /// The tools of a type that may be called: those that `tool_choice` names first or alone.
    pub(super) fn of_type(&self, kind: &str) -> Vec<&Value> {
        let all = || self.tools.iter().filter(|tool| tool["type"] == kind);
        let same = |a: &Value, b: &Value| a["type"] == b["type"] && a["name"] == b["name"];
        let chosen: Vec<&Value> = match self.choice["type"].as_str() {
            Some("allowed_tools") => {
                let allowed = self.choice["tools"].as_array();
                let allowed = allowed.map_or(&[][..], Vec::as_slice);
                all().filter(|tool| allowed.iter().any(|one| same(one, tool))).collect()
            }
            Some(_) => all().filter(|tool| same(&self.choice, tool)).collect(),
            None => Vec::new(),
        };
        if chosen.is_empty() { all().collect() } else { chosen }
    }

    /// The type of the tool that the request demands by name.
    pub(super) fn demanded(&self) -> Option<&str> {
        self.choice["type"].as_str().filter(|kind| *kind != "allowed_tools")
    }
}
