//! Every event against the models of the official Python SDK, which are made from the published
//! specification: a second opinion beside our own lint.

use crate::clients::{installed, root};
use crate::http::conformance;
use crate::models::first;
use serde_json::{Value, json};
use std::process::Command;
use unreel::server::conformance::ANSWERING;

#[tokio::test]
async fn every_event_fits_the_models_of_the_sdk() {
    let Some(python) = installed("python", "python-clients/bin/python") else { return };
    let server = conformance().await;
    let mut bodies: Vec<Value> = ANSWERING.iter().map(|model| first(model)).collect();
    let mut trigger = first("conf-compaction");
    trigger["input"].as_array_mut().unwrap().push(json!({"type": "compaction_trigger"}));
    trigger["model"] = json!("triggered");
    bodies.push(trigger);
    for body in &mut bodies {
        body["stream"] = json!(true);
    }
    let script = root().join("tests/support/openai_events.py");
    let mut command = Command::new(python);
    command.arg(script).arg(server.base_url()).env_clear();
    command.args(bodies.iter().map(Value::to_string));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counts: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts.as_object().unwrap().len(), bodies.len());
    assert!(counts["conf-reasoning"].as_u64() > Some(20), "{counts}");
}
