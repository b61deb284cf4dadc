//! `update_plan`: the model's own list of steps. Nothing is kept: the call in the history is the
//! plan.

use super::{Outcome, arguments, function};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[expect(dead_code, reason = "read only to check the types")]
struct Args {
    explanation: Option<String>,
    plan: Vec<Step>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read only to check the types")]
struct Step {
    step: String,
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    InProgress,
    Completed,
}

pub(super) fn definition() -> Value {
    function(
        "update_plan",
        "Replaces the plan of the task. At most one step is in_progress.",
        &["plan"],
        json!({
            "explanation": {"type": "string", "description": "Why the plan changed."},
            "plan": {
                "type": "array",
                "description": "The steps.",
                "items": {
                    "type": "object",
                    "properties": {
                        "status": {
                            "type": "string",
                            "enum": ["pending", "in_progress", "completed"],
                        },
                        "step": {"type": "string"},
                    },
                    "required": ["step", "status"],
                    "additionalProperties": false,
                },
            },
        }),
    )
}

pub(super) fn run(text: &str) -> Outcome {
    match arguments::<Args>(text) {
        Ok(_) => Outcome::text("Plan updated"),
        Err(outcome) => *outcome,
    }
}
