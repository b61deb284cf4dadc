//! `plan`: a plan tool, or else the plan is printed. An answer that only says something ends the
//! turn, so a message instead of a call would stop agents without a plan tool in the middle of the
//! work; printing it has no effect on the repository either, and the turn goes on.

use super::advertised::{Tool, allows};
use super::arguments::Arguments;
use super::command::Command;
use super::quote::{heredoc, quoted};
use super::{Dialect, NoTool, javascript};
use crate::scenario::Verb;
use crate::server::script::mint::Draft;
use serde_json::{Map, Value, json};

/// One line of a plan.
pub(super) struct PlanStep<'a> {
    pub(super) status: &'a str,
    pub(super) text: &'a str,
}

impl<'a> PlanStep<'a> {
    pub(super) fn parse(line: &'a str) -> Self {
        let (status, text) = line.split_once(':').unwrap_or(("pending", line));
        Self { status: status.trim(), text: text.trim() }
    }

    pub(super) fn value(&self) -> Value {
        json!({"step": self.text, "status": self.status})
    }
}

pub(super) fn plan(dialect: &Dialect<'_>, lines: &[String]) -> Result<Vec<Draft>, NoTool> {
    let steps: Vec<PlanStep<'_>> = lines.iter().map(|line| PlanStep::parse(line)).collect();
    let about = "Update the plan";
    if let Some(tool) = dialect.advertised.function(&["update_plan"]) {
        let plan: Vec<Value> = steps.iter().map(PlanStep::value).collect();
        return Ok(vec![Arguments::default().with("plan", plan).call(tool, about)]);
    }
    if let Some(tool) = dialect.advertised.function(&["todowrite", "todo_write", "TodoWrite"]) {
        let todo = |(at, step): (usize, &PlanStep<'_>)| todo(tool, at, step);
        let todos: Vec<Value> = steps.iter().enumerate().map(todo).collect();
        return Ok(vec![Arguments::default().with("todos", todos).call(tool, about)]);
    }
    if let Some(tool) = javascript::any(&dialect.advertised) {
        return Ok(vec![javascript::text(tool, &lines.join("\n"))]);
    }
    let cmd = match lines {
        [line] => format!("echo {}", quoted(line)),
        _ => heredoc("cat", &lines.iter().map(|line| format!("{line}\n")).collect::<String>()),
    };
    let command = Command { cmd: &cmd, about, ..Command::default() };
    dialect.shell(Verb::Plan, "`update_plan`, `todowrite` or a shell", &command)
}

/// An entry with whatever fields its schema demands.
fn todo(tool: &Tool, at: usize, step: &PlanStep<'_>) -> Value {
    let schema = tool.property("todos").and_then(|todos| todos.get("items"));
    let required = schema.and_then(|schema| schema.get("required")).and_then(Value::as_array);
    let mut entry = Map::new();
    entry.insert("content".into(), step.text.into());
    entry.insert("status".into(), step.status.into());
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let field = schema.and_then(|schema| schema.get("properties")?.get(name));
        let number = field.is_some_and(|field| !allows(field, "string"));
        let value: Value = match name {
            "priority" => "medium".into(),
            "id" if number => (at + 1).into(),
            "id" => (at + 1).to_string().into(),
            _ => step.text.into(),
        };
        entry.entry(name).or_insert(value);
    }
    entry.into()
}
