//! Record, replay, record: the program in front of the conformance models, then in front of what it
//! recorded of them. Nothing is masked, and nothing differs.

use crate::http::{Got, post_to, user};
use crate::models::{first, next};
use crate::proxy::Proxy;
use crate::serving::Serving;
use crate::set::SET;
use serde_json::json;
use unreel::recording::Recording;

/// Those that refuse first and mean it when they ask for another attempt.
const RETRIED: [&str; 3] = ["conf-429", "conf-500", "conf-503"];

/// The conversation with one model; a refusal is answered by the same request.
async fn converse(base: &str, name: &str) -> Vec<Got> {
    let mut body = first(name);
    body["stream"] = json!(true);
    let mut answers = Vec::new();
    let mut turn = Some(body.clone());
    while let Some(body) = turn.take() {
        let mut got = post_to(base, "/responses", &body).await;
        if RETRIED.contains(&name) && got.status != 200 {
            answers.push(got);
            got = post_to(base, "/responses", &body).await;
        }
        turn = next(&body, &got.collected());
        answers.push(got);
    }
    if name == "conf-compaction" {
        let input = body["input"].as_array_mut().unwrap();
        input.extend(answers[0].response()["output"].as_array().unwrap().clone());
        input.push(user("Go on."));
        let compact = json!({"model": name, "input": input});
        input.push(json!({"type": "compaction_trigger"}));
        answers.push(post_to(base, "/responses", &body).await);
        answers.push(post_to(base, "/responses/compact", &compact).await);
    }
    answers
}

/// Records all conversations, one after the other, into one file.
async fn record(upstream: &str) -> (Vec<Got>, Vec<u8>, tempfile::TempDir) {
    let proxy = Proxy::start(upstream, &["--quiet"]);
    let mut answers = Vec::new();
    for name in SET.iter().chain(&RETRIED) {
        answers.extend(converse(&proxy.base, name).await);
    }
    let (ended, kept) = proxy.end().keep();
    assert_eq!(ended, 0);
    let bytes = std::fs::read(kept.path().join("session.jsonl")).unwrap();
    (answers, bytes, kept)
}

#[tokio::test]
async fn what_was_recorded_plays_and_records_the_same_bytes() {
    let models = Serving::start(&["--conformance"]);
    let (answers, recorded, kept) = record(&models.base).await;
    drop(models);
    let file = kept.path().join("session.jsonl");
    let refused: Vec<u16> = answers.iter().map(|got| got.status).filter(|s| *s != 200).collect();
    // They call a tool, so there are two requests to refuse.
    assert_eq!(refused, [429, 429, 500, 500, 503, 503]);
    let recording = Recording::load(&file).unwrap();
    assert_eq!(recording.exchanges.len() + refused.len(), answers.len());

    let replay = Serving::start(&["--recording", file.to_str().unwrap(), "--match", "strict"]);
    let (again, recorded_again, _kept) = record(&replay.base).await;
    assert_eq!(again.len(), answers.len());
    for (number, (got, again)) in answers.iter().zip(&again).enumerate() {
        assert_eq!((again.status, &again.body), (got.status, &got.body), "answer {number}");
    }
    let same = recorded == recorded_again;
    assert!(same, "{}\n{}", text(&recorded), text(&recorded_again));
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
