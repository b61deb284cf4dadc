//! The conformance set as recordings: written by the model, and played with the same bytes.
//!
//! What refuses with an HTTP status is no answer and stands in no recording; `conf-ctx` is there,
//! because its stream fails within a response.

use crate::http::{Got, post, start, user};
use crate::models::{first, next};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use unreel::recording::{Exchange, Header, Recorder, Recording};
use unreel::server::replay::Replay;
use unreel::server::{Conformance, Finished, Model, Observer, Started};

/// The models of the set, one file each.
pub(crate) const SET: [&str; 14] = [
    "conf-text",
    "conf-tool",
    "conf-tools2",
    "conf-custom",
    "conf-reasoning",
    "conf-localshell",
    "conf-shell",
    "conf-patch",
    "conf-search",
    "conf-compaction",
    "conf-incomplete",
    "conf-failed",
    "conf-errorevent",
    "conf-ctx",
];

#[derive(Debug, Default)]
struct Tape(Mutex<(Option<Exchange>, Option<Recorder>)>);

impl Observer for Tape {
    fn started(&self, started: Started<'_>) {
        self.0.lock().unwrap().0 = Some(started.exchange());
    }

    fn finished(&self, _seq: u32, finished: Finished) {
        let mut state = self.0.lock().unwrap();
        let mut exchange = state.0.take().unwrap();
        let Some(answered) = finished.answered() else { return };
        finished.end(&mut exchange);
        state.1.as_mut().unwrap().push(&exchange, &answered);
    }
}

/// The conversation with one model, streamed, until it asks for nothing more. The compacting one
/// compacts in all three ways: by itself, by a trigger, and by the endpoint.
async fn converse(model: Arc<dyn Model>, name: &str, tape: Option<Arc<Tape>>) -> Vec<Got> {
    let observer = tape.map(|tape| tape as Arc<dyn Observer>);
    let server = start(model, observer).await;
    let mut answers = Vec::new();
    let mut body = first(name);
    body["stream"] = json!(true);
    let mut turn = Some(body.clone());
    while let Some(body) = turn.take() {
        let got = post(&server, "/responses", &body).await;
        turn = next(&body, &got.collected());
        answers.push(got);
    }
    if name == "conf-compaction" {
        let input = body["input"].as_array_mut().unwrap();
        let items = answers[0].response()["output"].as_array().unwrap().clone();
        input.extend(items);
        input.push(user("Go on."));
        let compact = json!({"model": name, "input": input});
        input.push(json!({"type": "compaction_trigger"}));
        answers.push(post(&server, "/responses", &body).await);
        answers.push(post(&server, "/responses/compact", &compact).await);
    }
    server.stop().await;
    answers
}

fn file(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("recordings/conformance").join(format!("{name}.jsonl"))
}

/// Bodies and the headers that tell answers apart.
fn bytes(answers: &[Got]) -> Vec<(u16, &str, Option<&str>)> {
    answers.iter().map(|got| (got.status, got.body.as_str(), got.header("x-request-id"))).collect()
}

#[tokio::test]
async fn the_set_is_what_the_model_says_and_plays_the_same_bytes() {
    for name in SET {
        let header = Header::new("scripted", "tests/conformance 1", name, "conformance", name);
        let tape = Arc::new(Tape::default());
        tape.0.lock().unwrap().1 = Some(Recorder::new(header));
        let live = converse(Arc::new(Conformance::new()), name, Some(tape.clone())).await;
        let recorder = tape.0.lock().unwrap().1.take().unwrap();
        let recording = recorder.finish();
        assert_eq!(recording.exchanges.len(), live.len(), "{name}");
        let path = file(name);
        if std::env::var_os("UPDATE_CONFORMANCE").is_some() {
            recording.save(&path).unwrap();
        }
        let kept = Recording::load(&path).unwrap();
        let help = "the model changed; UPDATE_CONFORMANCE=1 cargo test --test conformance";
        assert!(kept.to_jsonl() == recording.to_jsonl(), "{}: {help}", path.display());

        let replay = Arc::new(Replay::new(name, kept.clone()));
        let played = converse(replay.clone(), name, None).await;
        assert_eq!(bytes(&played), bytes(&live), "{name}");
        assert_eq!(replay.unplayed(), 0, "{name}");
        // The refusal of a model is no recorded answer.
        if name != "conf-ctx" {
            let live = body_of(Arc::new(Conformance::new()), name).await;
            let played = body_of(Arc::new(Replay::new(name, kept)), name).await;
            assert_eq!(bytes(&[played]), bytes(&[live]), "{name}");
        }
    }
    let folder = file("x").parent().unwrap().read_dir().unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected = SET.map(|name| format!("{name}.jsonl"));
    expected.sort();
    assert_eq!(names, expected, "files that nothing plays");
}

/// The first request of a conversation without a stream.
async fn body_of(model: Arc<dyn Model>, name: &str) -> Got {
    let server = start(model, None).await;
    let mut body: Value = first(name);
    body["stream"] = json!(false);
    let got = post(&server, "/responses", &body).await;
    server.stop().await;
    got
}
