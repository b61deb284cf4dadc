//! Every event against the models of the official Python SDK, which are made from the published
//! specification: a second opinion beside our own lint.

use crate::http::conformance;
use crate::models::first;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use unreel::server::conformance::ANSWERING;

fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = std::env::var_os("UNREEL_TEST_CACHE").unwrap_or_else(|| "target/test-cache".into());
    root.join(cache).join("python-openai/bin/python")
}

#[tokio::test]
async fn every_event_fits_the_models_of_the_sdk() {
    let python = python();
    if !python.exists() {
        // Not `eprintln!`, which the test runner swallows when the test passes.
        let (python, mut stderr) = (python.display(), std::io::stderr());
        let _ = writeln!(stderr, "SKIPPED: no OpenAI SDK at {python}; run tests/install-python.sh");
        return;
    }
    let server = conformance().await;
    let mut bodies: Vec<Value> = ANSWERING.iter().map(|model| first(model)).collect();
    let mut trigger = first("conf-compaction");
    trigger["input"].as_array_mut().unwrap().push(json!({"type": "compaction_trigger"}));
    trigger["model"] = json!("triggered");
    bodies.push(trigger);
    for body in &mut bodies {
        body["stream"] = json!(true);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/openai_events.py");
    let mut command = Command::new(python);
    command.arg(script).arg(server.base_url()).env_clear();
    command.args(bodies.iter().map(Value::to_string));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counts: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts.as_object().unwrap().len(), bodies.len());
    assert!(counts["conf-reasoning"].as_u64() > Some(20), "{counts}");
}
