//! Verbs into the calls of the tools that a request advertises.

use super::mint::Draft;
use crate::scenario::Action;
use crate::wire::Request;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// The tools of a request, by name.
pub(super) struct Tools {
    names: Vec<String>,
}

/// A verb that none of the advertised tools can do.
#[derive(Debug, thiserror::Error)]
#[error("the verb `{verb}` needs the tool `{tool}`")]
pub(super) struct NoTool {
    verb: &'static str,
    tool: &'static str,
}

impl Tools {
    /// Reads the advertised tools.
    pub(super) fn advertised(request: &Request) -> Self {
        let name = |tool: crate::wire::Raw| tool.item().str("name").map(str::to_owned);
        Self { names: request.tools().into_iter().filter_map(name).collect() }
    }

    /// Their names, for messages.
    pub(super) fn names(&self) -> String {
        match self.names.is_empty() {
            true => "no tools".to_owned(),
            false => self.names.join(", "),
        }
    }

    /// The item for a verb, with `{name}` replaced by bound values.
    pub(super) fn render(
        &self,
        action: &Action,
        values: &IndexMap<String, String>,
    ) -> Result<Draft, NoTool> {
        let function = |name: &str, arguments: Value| Draft::Function {
            name: name.to_owned(),
            arguments: arguments.to_string(),
        };
        Ok(match action.fill(values) {
            Action::Say(text) => Draft::Message(text),
            Action::Reason(text) => Draft::Reasoning(text),
            Action::Run(run) => {
                self.need("run", "exec_command")?;
                let mut arguments = Map::new();
                arguments.insert("cmd".into(), run.cmd.into());
                if let Some(workdir) = run.workdir {
                    arguments.insert("workdir".into(), workdir.into());
                }
                if let Some(text) = run.wait_for {
                    arguments.insert("wait_for".into(), text.into());
                }
                function("exec_command", arguments.into())
            }
            Action::Read(read) => {
                self.need("read", "exec_command")?;
                let path = quoted(&read.path);
                let cmd = match read.lines {
                    Some((from, to)) => format!("sed -n '{from},{to}p' {path}"),
                    None => format!("cat {path}"),
                };
                function("exec_command", json!({"cmd": cmd}))
            }
            Action::Patch(input) => {
                self.need("patch", "apply_patch")?;
                Draft::Custom { name: "apply_patch".into(), input }
            }
            Action::Write(write) => {
                self.need("write", "apply_patch")?;
                let added: String = write.text.lines().map(|line| format!("+{line}\n")).collect();
                let path = write.path;
                let input =
                    format!("*** Begin Patch\n*** Add File: {path}\n{added}*** End Patch\n");
                Draft::Custom { name: "apply_patch".into(), input }
            }
            Action::Plan(steps) => {
                self.need("plan", "update_plan")?;
                let step = |line: &String| {
                    let (status, step) = line.split_once(':').unwrap_or(("pending", line));
                    json!({"step": step.trim(), "status": status.trim()})
                };
                function("update_plan", json!({"plan": steps.iter().map(step).collect::<Vec<_>>()}))
            }
            Action::View(path) => {
                self.need("view", "view_image")?;
                function("view_image", json!({"path": path}))
            }
            Action::Raw(call) => match (call.input, call.arguments) {
                (Some(input), _) => Draft::Custom { name: call.tool, input },
                (None, arguments) => Draft::Function {
                    name: call.tool,
                    arguments: arguments.unwrap_or_else(|| "{}".to_owned()),
                },
            },
        })
    }

    fn need(&self, verb: &'static str, tool: &'static str) -> Result<(), NoTool> {
        match self.names.iter().any(|name| name == tool) {
            true => Ok(()),
            false => Err(NoTool { verb, tool }),
        }
    }
}

/// A path for `sh`: quoted only where it must be, so that plain paths read well.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+@".contains(c);
    match path.chars().all(plain) && !path.is_empty() {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}
