//! Answers that do not complete: streamed, plain, observed, recorded and played again.

use super::{Bytes, Got, Log, ask, config, post};
use crate::recording::{Header, Outcome, Recorder, Recording};
use crate::server::replay::Replay;
use crate::server::{Finished, Ledgers, Observer, Server, Started};
use crate::wire::{Collector, Decoder, Terminal, lint_events};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};

const ENDINGS: [(&str, Outcome); 3] = [
    ("end incomplete", Outcome::Incomplete),
    ("end failed", Outcome::Failed),
    ("end in error", Outcome::Error),
];

/// The second request of the model: one message, which completes or does not.
fn body(text: &str, stream: bool) -> Value {
    json!({"model": "m", "stream": stream, "input": [
        {"role": "user", "content": text},
        {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "cap = 37"},
    ]})
}

fn terminal(got: &Got) -> Option<Terminal> {
    let events = Decoder::new().feed(&got.body);
    let mut collector = Collector::new();
    events.iter().for_each(|event| collector.feed(event).unwrap());
    collector.terminal().cloned()
}

fn broke() -> (Option<String>, String) {
    (Some("server_error".into()), "it broke".into())
}

async fn watched() -> (Server, Arc<Log>) {
    let log = Arc::new(Log::default());
    let mut config = config();
    config.observer = Some(log.clone());
    (Server::start(config).await.unwrap(), log)
}

#[tokio::test]
async fn a_stream_tells_how_it_ended() {
    let (server, log) = watched().await;
    for (text, outcome) in ENDINGS {
        let got = ask(&server, &body(text, true)).await;
        assert_eq!(got.status, 200);
        let problems = lint_events(&Decoder::new().feed(&got.body));
        let (code, message) = broke();
        let told = match outcome {
            Outcome::Incomplete => {
                // The model of these tests gives a whole message, which the lint finds.
                assert_eq!(problems.len(), 1, "{problems:?}");
                assert!(problems[0].contains("ends an incomplete response"), "{problems:?}");
                Terminal::Incomplete { reason: Some("max_output_tokens".into()) }
            }
            Outcome::Failed => Terminal::Failed { code, message },
            _ => Terminal::Error { code, message },
        };
        assert!(outcome == Outcome::Incomplete || problems.is_empty(), "{problems:?}");
        assert_eq!(terminal(&got), Some(told), "{text}");
        let exchanges = log.exchanges.lock().unwrap();
        let seen = exchanges.last().unwrap();
        assert_eq!((seen.status, seen.outcome), (200, outcome));
        assert_eq!(seen.usage.is_some(), outcome == Outcome::Incomplete);
        let error = seen.error.as_ref().map(|error| (error.kind.as_str(), error.status));
        let expected = match outcome {
            Outcome::Incomplete => None,
            Outcome::Failed => Some(("response.failed", 200)),
            _ => Some(("error", 200)),
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_body_tells_it_too() {
    let (server, log) = watched().await;
    let got = ask(&server, &body("end incomplete", false)).await;
    let told = got.json();
    assert_eq!((got.status, &told["status"]), (200, &json!("incomplete")));
    assert_eq!(told["incomplete_details"]["reason"], "max_output_tokens");
    assert!(told["usage"]["total_tokens"].is_u64() && told["error"].is_null());
    let got = ask(&server, &body("end failed", false)).await;
    let told = got.json();
    assert_eq!((got.status, &told["status"]), (200, &json!("failed")));
    assert_eq!(told["error"], json!({"code": "server_error", "message": "it broke"}));
    assert!(told["usage"].is_null());
    // An event has no place in a body.
    let got = ask(&server, &body("end in error", false)).await;
    assert_eq!((got.status, got.code().as_str()), (500, "server_error"));
    assert!(got.head.contains("retry-after-ms: 5"), "{}", got.head);
    let seen = log.exchanges.lock().unwrap().iter().map(|seen| seen.outcome).collect::<Vec<_>>();
    assert_eq!(seen, [Outcome::Incomplete, Outcome::Failed, Outcome::Error]);
    for text in ["end failed", "end in error"] {
        let body = json!({"model": "m", "input": text}).to_string();
        let got = post(&server, "/v1/responses/compact", &body).await;
        assert_eq!((got.status, got.code().as_str()), (500, "server_error"));
    }
}

#[tokio::test]
async fn a_model_may_break_off_by_itself() {
    let (server, log) = watched().await;
    let got = ask(&server, &body("break off", true)).await;
    assert_eq!(lint_events(&Decoder::new().feed(&got.body)).len(), 1);
    assert_eq!(terminal(&got), None);
    assert!(got.text().contains("response.output_item.done"));
    assert!(got.head.contains("connection: close"));
    let got = ask(&server, &body("break off", false)).await;
    assert!(serde_json::from_slice::<Value>(&got.body).is_err(), "a torn body");
    let exchanges = log.exchanges.lock().unwrap();
    assert!(exchanges.iter().all(|seen| seen.outcome == Outcome::Cut && seen.usage.is_none()));
    assert_eq!((exchanges[0].output.len(), exchanges[1].output.len()), (1, 0));
}

/// What was accounted is the same after a restart.
#[tokio::test]
async fn a_restart_counts_them_as_answered() {
    let (server, log) = watched().await;
    for (text, _) in ENDINGS {
        ask(&server, &body(text, true)).await;
    }
    let next = ask(&server, &body("then", true)).await;
    let (mut config, exchanges) = (config(), log.exchanges.lock().unwrap().clone());
    config.ledgers = Ledgers::with(Box::new(Bytes::default()));
    config.ledgers.replay(&exchanges[..3]);
    let again = Server::start(config).await.unwrap();
    assert_eq!(ask(&again, &body("then", true)).await.raw, next.raw);
}

/// Records what is answered.
#[derive(Debug)]
struct Tape {
    log: Log,
    recorder: Mutex<Option<Recorder>>,
}

impl Observer for Tape {
    fn started(&self, started: Started<'_>) {
        self.log.started(started);
    }

    fn finished(&self, seq: u32, finished: Finished) {
        self.log.finished(seq, finished.clone());
        let exchanges = self.log.exchanges.lock().unwrap();
        if let (Some(recorder), Some(answered)) =
            (self.recorder.lock().unwrap().as_mut(), finished.answered())
        {
            recorder.push(exchanges.last().unwrap(), &answered);
        }
    }
}

#[tokio::test]
async fn a_recording_of_them_plays_the_same_bytes() {
    let header = Header::new("scripted", "test", "m", "endings", "base");
    let recorder = Mutex::new(Some(Recorder::new(header)));
    let tape = Arc::new(Tape { log: Log::default(), recorder });
    let mut live = config();
    live.observer = Some(tape.clone());
    let server = Server::start(live).await.unwrap();
    let asked = ["end incomplete", "end failed", "end in error", "complete"];
    let mut bodies = Vec::new();
    for text in asked {
        bodies.push(ask(&server, &body(text, true)).await.body);
    }
    let recorder = tape.recorder.lock().unwrap().take().unwrap();
    let text = recorder.finish().to_jsonl();
    for part in [
        r#""outcome":"incomplete","reason":"max_output_tokens","output""#,
        r#""outcome":"failed","failure":{"code":"server_error","message":"it broke"},"output""#,
        r#""outcome":"error","failure":{"code":"server_error","message":"it broke"},"output""#,
        r#""outcome":"completed","output""#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let recording = Recording::parse(Path::new("endings.jsonl"), &text).unwrap();
    assert_eq!(recording.to_jsonl(), text);
    let mut config = config();
    config.model = Arc::new(Replay::new("endings.jsonl", recording));
    let server = Server::start(config).await.unwrap();
    for (text, expected) in asked.iter().zip(&bodies) {
        let got = ask(&server, &body(text, true)).await;
        assert_eq!(got.text(), String::from_utf8_lossy(expected), "{text}");
    }
    // What does not fit the outcome is an error of the file.
    for (from, to, told) in [
        (r#","reason":"max_output_tokens""#, "", "has a `reason`"),
        (r#""failed","failure""#, r#""completed","failure""#, "only a response that failed"),
        (
            r#""outcome":"error","failure":{"code":"server_error","message":"it broke"}"#,
            r#""outcome":"error""#,
            "has a `failure`",
        ),
    ] {
        let broken = text.replacen(from, to, 1);
        let error = Recording::parse(Path::new("endings.jsonl"), &broken).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}
