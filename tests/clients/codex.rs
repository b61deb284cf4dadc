//! The Codex CLI, every installed version: what it asks, what it makes of answers and failures.

use super::canned;
use super::clients::installed;
use super::codex_cli::{Codex, PINNED, versions};
use super::failures::{FAILURES, Failure, figure};
use super::tap::Tap;
use super::toy::{SECRET, greeting};
use super::world::World;
use rayon::prelude::*;
use unreel::scenario::FaultKind;
use unreel::wire::{Kind, Request};

#[test]
fn every_version_answers_works_and_resumes() {
    for version in versions() {
        let (codex, world) = (Codex::new(&version).unwrap().watched(), World::new(&[]));
        let url = world.base_url();
        let hello = codex.exec(&url, &["Hello."]);
        assert_eq!(hello.said(), [greeting()], "{version}");
        if let Some(called) = codex.called() {
            assert_eq!(called, ["127.0.0.1"], "{version}");
        }
        let usage = &hello.of("turn.completed").next().unwrap()["usage"];
        assert_eq!(usage["cached_input_tokens"], 64, "{version}: {usage}");
        assert_eq!(usage["output_tokens"], 20, "{version}: {usage}");

        let ran = codex.exec(&url, &["Run: echo 37 | tee cap"]);
        assert!(ran.said()[0].contains("37"), "{version}: {ran:#?}");
        assert_eq!(std::fs::read_to_string(codex.work().join("cap")).unwrap(), "37\n");
        let resumed = codex.exec(&url, &["resume", ran.thread(), "Which number?"]);
        assert_eq!(resumed.said(), [SECRET], "{version}");

        let asked = world.asked();
        assert_eq!(asked.len(), 4, "{version}");
        assert_eq!(world.lint_streams(&[]), 4, "{version}");
        assert_eq!(world.tap.exchanges().len(), 4, "{version}: nothing else is asked");
        for exchange in &asked {
            let agent = exchange.header("user-agent").unwrap();
            assert!(agent.starts_with(&format!("codex_exec/{version} ")), "{agent}");
            assert_eq!(exchange.header("authorization"), Some("Bearer x"));
        }
    }
}

/// A stream that breaks off is not lost: what came whole is history, and a call is carried out
/// before the model is asked again.
#[test]
fn a_cut_stream_is_continued_from_what_came() {
    for version in versions() {
        let mut codex = Codex::new(&version).unwrap();
        codex.provider = ONE_RETRY.into();
        for (whole, kept) in [
            (1, vec![Kind::Reasoning]),
            (2, vec![Kind::Reasoning, Kind::FunctionCall, Kind::FunctionCallOutput]),
        ] {
            let world = World::new(&[(0, FaultKind::CutAfterItems(whole))]);
            let ran = codex.exec(&world.base_url(), &["Run: echo 37 | tee -a cap"]);
            assert!(ran.said()[0].contains("37"), "{version}: {ran:#?}");
            let asked = world.asked();
            let items = |at: usize| Request::parse(&asked[at].body).unwrap().input;
            let kinds: Vec<Kind> =
                items(1)[items(0).len()..].iter().map(|raw| raw.item().kind()).collect();
            assert_eq!(kinds, kept, "{version}");
            assert_eq!(world.lint_streams(&[0]), asked.len());
        }
        // Once for each run of the agent: no call was made twice.
        let cap = std::fs::read_to_string(codex.work().join("cap")).unwrap();
        assert_eq!(cap, "37\n37\n", "{version}");
    }
}

/// With as few retries as can be told apart from none, and little patience.
const ONE_RETRY: &str =
    "request_max_retries = 1\nstream_max_retries = 1\nstream_idle_timeout_ms = 1000";

/// How Codex ends after a failure.
#[derive(Debug)]
struct Outcome {
    requests: usize,
    exit: Option<i32>,
    /// The error of the turn, or what was said in the end.
    told: String,
    seconds: f32,
}

fn outcome(version: &str, failure: &Failure, retries: &str) -> Outcome {
    let mut codex = Codex::new(version).unwrap();
    codex.provider = retries.into();
    let tap = Tap::start(canned::start(failure.replies()));
    let ran = codex.exec(&format!("http://{}/v1", tap.addr), &["Hello."]);
    let told = match ran.of("turn.failed").next() {
        Some(failed) => failed["error"]["message"].as_str().unwrap().to_owned(),
        None if ran.ended.code.is_none() => "killed".into(),
        None => ran.said().join(" "),
    };
    Outcome {
        requests: tap.exchanges().len(),
        exit: ran.ended.code,
        told: told.replace(&tap.addr.to_string(), "HOST"),
        seconds: ran.ended.took.as_secs_f32(),
    }
}

/// Failure by failure: requests, exit code, and what the error (or the answer) says.
const ENDS: [(usize, i32, &str); FAILURES.len()] = [
    (1, 1, "{\"error\":{\"message\":\"told by the test: replay_mismatch\","),
    (1, 1, "Codex ran out of room in the model's context window."),
    (2, 1, "unexpected status 401 Unauthorized: told by the test: invalid_api_key"),
    (2, 1, "unexpected status 403 Forbidden: told by the test: forbidden"),
    (1, 1, "told by the test: model_not_found"),
    (2, 1, "unexpected status 409 Conflict: told by the test: conflict"),
    (2, 1, "unexpected status 422 Unprocessable Entity: told by the test: unprocessable"),
    (1, 1, "exceeded retry limit, last status: 429 Too Many Requests"),
    (1, 1, "exceeded retry limit, last status: 429 Too Many Requests"),
    (1, 1, "Quota exceeded."),
    (4, 1, "high demand"),
    (2, 0, "All is well."),
    (2, 1, "Selected model is at capacity."),
    (2, 1, "stream closed before response.completed"),
    (2, 0, "All is well."),
    (2, 1, "stream closed before response.completed"),
    (2, 0, "All is well."),
    (2, 0, "All is well."),
    (2, 1, "stream disconnected before completion: told by the test: server_error"),
    (2, 0, "All is well."),
    (2, 1, "rate limit exceeded: told by the test: rate_limit_exceeded"),
    (1, 1, "Codex ran out of room in the model's context window."),
    (1, 1, "Quota exceeded."),
    (1, 1, "told by the test: invalid_prompt"),
    (1, 1, "Selected model is at capacity."),
    (1, 1, "Incomplete response returned, reason: max_output_tokens"),
    (2, 1, "stream closed before response.completed"),
];

#[test]
fn failures_end_as_the_table_in_the_documentation_says() {
    if installed("codex", &format!("codex-{PINNED}/bin/codex")).is_none() {
        return;
    }
    FAILURES.par_iter().zip(ENDS).for_each(|(failure, (requests, exit, told))| {
        let seen = outcome(PINNED, failure, ONE_RETRY);
        let as_told = seen.told.contains(told);
        assert!(
            as_told && (seen.requests, seen.exit) == (requests, Some(exit)),
            "{}: {seen:?}, expected {requests} requests, exit code {exit}, {told:?}",
            failure.name
        );
    });
}

/// `retry-after-ms` alone would not do: only with `retry-after` does it ask again.
#[test]
fn a_rate_limit_with_a_time_to_wait_is_waited_out() {
    for version in versions() {
        let (codex, world) =
            (Codex::new(&version).unwrap(), World::new(&[(0, FaultKind::Status(429))]));
        assert_eq!(codex.exec(&world.base_url(), &["Hello."]).said(), [greeting()], "{version}");
        let asked = world.asked();
        assert_eq!(asked.len(), 2, "{version}");
        assert_eq!(asked[0].answer_header("retry-after"), Some("1"));
    }
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let Some(mut codex) = Codex::new(PINNED) else { return };
    codex.provider = ONE_RETRY.into();
    let ran = codex.exec("http://127.0.0.1:1/v1", &["Hello."]);
    let told = ran.of("turn.failed").next().unwrap()["error"]["message"].to_string();
    assert_eq!(ran.ended.code, Some(1), "{ran:?}");
    assert!(told.contains("error sending request"), "{told}");
}

#[test]
#[ignore = "measures: all failures and versions, for docs/agents.md"]
fn figures() {
    for (version, retries) in versions().iter().flat_map(|one| [(one, ONE_RETRY), (one, "")]) {
        for failure in FAILURES {
            let Outcome { requests, exit, told, seconds } = outcome(version, failure, retries);
            let retries = if retries.is_empty() { "its own retries" } else { "one retry" };
            figure(&[
                &format!("codex {version}, {retries}"),
                failure.name,
                &format!("{requests} requests, exit {exit:?}, {seconds:.1} s"),
                &told,
            ]);
        }
    }
}
