//! The tools: one file each with its schema, its arguments and what it does.
//!
//! Every error of a tool is a text for the model, never an error of the loop.

mod apply_patch;
mod exec_command;
mod outcome;
mod process;
mod update_plan;
mod view_image;
mod write_stdin;

pub(super) use outcome::{Body, Chunk, Outcome};
pub(super) use process::{Sessions, deadline, envelope};

use super::config::{AgentError, AgentErrorKind};
use super::host::Host;
use crate::scenario::Permissions;
use crate::wire::Kind;
use regex::Regex;
use serde_json::{Value, json};

/// What the tools of one response work with.
#[derive(Debug)]
pub(super) struct Room<'a, H> {
    pub(super) host: &'a H,
    /// Working folder of the session, absolute.
    pub(super) folder: &'a str,
    pub(super) permissions: &'a Permissions,
    pub(super) sessions: &'a Sessions,
    pub(super) volatile: &'a [(Regex, String)],
    /// The end of the budget in seconds.
    pub(super) deadline: tokio::time::Instant,
}

/// A tool of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    ExecCommand,
    WriteStdin,
    ApplyPatch,
    UpdatePlan,
    ViewImage,
}

impl Tool {
    const ALL: [Self; 5] =
        [Self::ExecCommand, Self::WriteStdin, Self::ApplyPatch, Self::UpdatePlan, Self::ViewImage];

    fn name(self) -> &'static str {
        match self {
            Self::ExecCommand => "exec_command",
            Self::WriteStdin => "write_stdin",
            Self::ApplyPatch => "apply_patch",
            Self::UpdatePlan => "update_plan",
            Self::ViewImage => "view_image",
        }
    }

    fn definition(self) -> Value {
        match self {
            Self::ExecCommand => exec_command::definition(),
            Self::WriteStdin => write_stdin::definition(),
            Self::ApplyPatch => apply_patch::definition(),
            Self::UpdatePlan => update_plan::definition(),
            Self::ViewImage => view_image::definition(),
        }
    }

    /// Whether it may run beside other calls of the same response.
    pub(super) fn parallel(self) -> bool {
        !matches!(self, Self::ApplyPatch | Self::UpdatePlan)
    }

    /// Runs a call. `text` is its arguments or input as the model wrote them.
    pub(super) async fn run<H: Host>(self, room: &Room<'_, H>, text: &str) -> Outcome {
        match self {
            Self::ExecCommand => exec_command::run(room, text).await,
            Self::WriteStdin => write_stdin::run(room, text).await,
            Self::ApplyPatch => apply_patch::run(room, text).await,
            Self::UpdatePlan => update_plan::run(text),
            Self::ViewImage => view_image::run(room, text).await,
        }
    }
}

/// The advertised tools, in their order.
#[derive(Clone, Debug)]
pub(super) struct Toolbox {
    tools: Vec<Tool>,
    /// Their definitions as JSON.
    definitions: Vec<String>,
}

impl Toolbox {
    /// All tools, or those named, in the order of the names.
    pub(super) fn new(names: Option<&[String]>) -> Result<Self, AgentError> {
        let find = |name: &String| {
            Tool::ALL.into_iter().find(|tool| tool.name() == name).ok_or_else(|| {
                let known = Tool::ALL.map(Tool::name).join(", ");
                AgentError::new(AgentErrorKind::UnknownTool { name: name.clone(), known })
            })
        };
        let tools = match names {
            Some(names) => names.iter().map(find).collect::<Result<Vec<_>, _>>()?,
            None => Tool::ALL.to_vec(),
        };
        let definitions = tools.iter().map(|tool| tool.definition().to_string()).collect();
        Ok(Self { tools, definitions })
    }

    pub(super) fn len(&self) -> usize {
        self.tools.len()
    }

    /// The `tools` field of a request, in their own order or in this one.
    pub(super) fn json(&self, order: Option<&[usize]>) -> String {
        let definitions: Vec<&str> = match order {
            Some(order) => order.iter().map(|at| self.definitions[*at].as_str()).collect(),
            None => self.definitions.iter().map(String::as_str).collect(),
        };
        format!("[{}]", definitions.join(","))
    }

    /// The tool that a call means; the other way of calling does not find it, nor does a name that
    /// is not advertised.
    pub(super) fn find(&self, call: Kind, name: &str) -> Result<Tool, String> {
        let custom = call == Kind::CustomToolCall;
        let found = self
            .tools
            .iter()
            .find(|tool| tool.name() == name && (**tool == Tool::ApplyPatch) == custom);
        match (found, custom) {
            (Some(tool), _) => Ok(*tool),
            (None, false) => Err(format!("unsupported call: {name}")),
            (None, true) => Err(format!("unsupported custom tool call: {name}")),
        }
    }
}

/// A function tool in the key order that real requests have.
fn function(name: &str, description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "type": "function",
        "name": name,
        "description": description,
        "strict": false,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        },
    })
}

/// Arguments of a function call. Unknown fields are let pass: a model may send what other agents
/// have.
fn arguments<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Box<Outcome>> {
    serde_json::from_str(text).map_err(|error| {
        Box::new(Outcome::text(format!("failed to parse function arguments: {error}")))
    })
}

#[cfg(test)]
mod tests {
    use super::{Tool, Toolbox};
    use crate::wire::Kind;
    use serde_json::Value;

    #[test]
    fn properties_are_alphabetical_and_closed() {
        for tool in Tool::ALL {
            let definition = tool.definition();
            assert_eq!(definition["name"], tool.name());
            if definition["type"] == "custom" {
                assert_eq!(definition["format"]["syntax"], "lark");
                continue;
            }
            let parameters = &definition["parameters"];
            assert_eq!(parameters["additionalProperties"], Value::Bool(false));
            let names: Vec<&String> =
                parameters["properties"].as_object().unwrap().keys().collect();
            let mut sorted = names.clone();
            sorted.sort();
            assert_eq!(names, sorted, "{}", tool.name());
        }
    }

    #[test]
    fn variants_know_the_tools_by_the_same_names() {
        assert_eq!(Tool::ALL.map(Tool::name), crate::scenario::TOOLS);
    }

    #[test]
    fn the_configuration_chooses_and_orders() {
        let names = ["view_image".to_owned(), "exec_command".to_owned()];
        let toolbox = Toolbox::new(Some(&names)).unwrap();
        let json = toolbox.json(None);
        assert!(json.find("view_image").unwrap() < json.find("\"exec_command").unwrap());
        assert!(!json.contains("update_plan"));
        let other = toolbox.json(Some(&[1, 0]));
        assert!(other.find("view_image").unwrap() > other.find("\"exec_command").unwrap());
        assert_eq!(other.len(), json.len());
        let missing = toolbox.find(Kind::FunctionCall, "update_plan");
        assert_eq!(missing, Err("unsupported call: update_plan".into()));
        let error = Toolbox::new(Some(&["shell".to_owned()])).unwrap_err().to_string();
        assert!(error.starts_with("unknown tool \"shell\" in `tools`; known: exec_command"));
    }

    #[test]
    fn the_way_of_calling_counts() {
        let toolbox = Toolbox::new(None).unwrap();
        assert_eq!(toolbox.find(Kind::CustomToolCall, "apply_patch"), Ok(Tool::ApplyPatch));
        let wrong = toolbox.find(Kind::FunctionCall, "apply_patch");
        assert_eq!(wrong, Err("unsupported call: apply_patch".into()));
        let wrong = toolbox.find(Kind::CustomToolCall, "exec_command");
        assert_eq!(wrong, Err("unsupported custom tool call: exec_command".into()));
    }
}
