//! The official Python SDK against the server: its stream helper checks ids, indexes and the
//! agreement of all copies of an item, and raises where they differ.

use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use unreel::recording::seal;
use unreel::server::{Accountant, Answer, Ask, Ledgers, Model, Server, ServerConfig};
use unreel::wire::{ApiError, Ending, Kind, Raw, Request, Usage};

/// Calls a tool, then tells its output.
#[derive(Debug)]
struct LookAndTell;

impl Model for LookAndTell {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, ApiError> {
        let last = ask.request.input.last().map(Raw::item);
        let last = last.ok_or_else(|| ApiError::invalid("empty", "no input"))?;
        let items = if last.kind() == Kind::FunctionCallOutput {
            let long = format!("I read: {}. {}", last.text(), "Nothing else é😀. ".repeat(20));
            vec![json!({"id": "msg_1", "type": "message", "role": "assistant",
                "status": "completed", "content": [
                    {"type": "output_text", "text": long, "annotations": [], "logprobs": []}]})]
        } else if last.text() == "refuse me" {
            let error = ApiError::invalid("replay_mismatch", "no exchange follows this history");
            return Err(error.with_param("input"));
        } else {
            vec![
                json!({"id": "rs_1", "type": "reasoning", "status": "completed",
                    "summary": [{"type": "summary_text", "text": "I look into the file."}],
                    "encrypted_content": seal::seal("thought")}),
                json!({"id": "fc_1", "type": "function_call", "status": "completed",
                    "call_id": "call_1", "name": "look", "arguments": "{\"path\":\"cap.txt\"}"}),
            ]
        };
        Ok(Answer {
            thread: 0,
            response_id: format!("resp_{}", ask.request.input.len()),
            items: items.iter().map(Raw::from_value).collect(),
            echoed: 0,
            ending: Ending::Completed,
            answered_by: "test".into(),
        })
    }
}

/// Fixed counts, so that this test is about the protocol alone.
#[derive(Debug)]
struct Fixed;

impl Accountant for Fixed {
    fn account(&mut self, _thread: u32, request: &Request, _output: &[Raw]) -> Usage {
        Usage::new(100 * request.input.len() as u64, 64, 36, 20, 5)
    }

    fn count(&self, _request: &Request) -> u64 {
        100
    }
}

fn cache() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join(std::env::var_os("UNREEL_TEST_CACHE").unwrap_or_else(|| "target/test-cache".into()))
}

#[tokio::test]
async fn a_tool_turn_through_the_stream_helper() {
    let python = cache().join("python-openai/bin/python");
    if !python.exists() {
        // Not `eprintln!`, which the test runner swallows when the test passes.
        let (python, mut stderr) = (python.display(), std::io::stderr());
        let _ = writeln!(stderr, "SKIPPED: no OpenAI SDK at {python}; run tests/install-python.sh");
        return;
    }
    let ledgers = Ledgers::with(Box::new(Fixed));
    let mut config = ServerConfig::with_ledgers(Arc::new(LookAndTell), ledgers);
    config.models = vec!["unreel-1".into()];
    let server = Server::start(config).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/openai_turn.py");
    let mut command = Command::new(python);
    command.arg(script).arg(server.base_url()).env_clear();
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    server.stop().await;
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();

    let requests = seen["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2, "{seen}");
    assert_eq!(requests[0]["items"], json!(["reasoning", "function_call"]));
    assert_eq!(requests[0]["id"], "resp_1");
    let text = requests[1]["text"].as_str().unwrap();
    assert!(
        text.starts_with("I read: cap = 37 {\"path\":\"cap.txt\"}. Nothing else é😀."),
        "{text}"
    );
    assert_eq!(seen["plain"], json!({"text": text, "status": "completed"}));
    assert_eq!(seen["models"], json!(["unreel-1"]));
    assert_eq!(seen["refused"]["code"], "replay_mismatch");
    assert_eq!(seen["refused"]["param"], "input");
    assert!(seen["refused"]["request_id"].as_str().unwrap().starts_with("req_"));

    // The history grew by the two items and the output: the SDK sent back what it got.
    let usage = &requests[1]["usage"];
    assert_eq!(usage["input_tokens"], 400);
    assert_eq!(usage["input_tokens_details"]["cached_tokens"], 64);
    assert_eq!(usage["output_tokens_details"]["reasoning_tokens"], 5);
    assert_eq!(usage["total_tokens"], 420);

    let events = |request: usize| -> Vec<&str> {
        let mut kinds: Vec<&str> = requests[request]["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| kind.as_str().unwrap().trim_start_matches("response."))
            .collect();
        kinds.dedup();
        kinds
    };
    assert_eq!(
        events(0),
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    assert_eq!(
        events(1),
        [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "completed",
        ]
    );
}
