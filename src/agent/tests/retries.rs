//! What is sent again, and what is not.

use super::fake_server::{cut, ending, reasoning, run, say, status, whole};
use super::{Bench, assert_prefix_law, shape};
use serde_json::json;

#[tokio::test]
async fn server_errors_are_tried_again_with_the_wait_asked_for() {
    let limited = status(429, "rate_limit_exceeded", "Please try again in 1.5s");
    let answers = vec![
        status(500, "", "boom").insert_header("retry-after", "2"),
        status(503, "", "busy"),
        limited,
        whole(&[say("ok")]),
    ];
    let mut bench = Bench::new(answers).await;
    assert_eq!(bench.done(1, "GO").await, "ok");
    assert_eq!(
        bench.journal.retries(),
        [
            "0/1 HTTP 500 x: boom (2000)",
            "1/2 HTTP 503 x: busy (400)",
            "2/3 HTTP 429 rate_limit_exceeded: Please try again in 1.5s (1500)",
        ]
    );
    let requests = bench.server.requests().await;
    assert!(requests.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_lasting_error_is_sent_five_times() {
    let mut bench = Bench::new((0..9).map(|_| status(500, "", "boom")).collect()).await;
    assert_eq!(bench.failed(1, "GO").await, "HTTP 500 x: boom; gave up after 4 retries");
    assert_eq!(bench.server.requests().await.len(), 5);
}

#[tokio::test]
async fn refusals_are_final() {
    for (code, refusal) in [(400, "replay_mismatch"), (429, "insufficient_quota"), (403, "no")] {
        let mut bench = Bench::new(vec![status(code, refusal, "why"), whole(&[])]).await;
        assert_eq!(bench.failed(1, "GO").await, format!("HTTP {code} {refusal}: why"));
        assert_eq!(bench.server.requests().await.len(), 1);
    }
}

#[tokio::test]
async fn nobody_listens() {
    let mut bench = Bench::new(vec![]).await;
    bench.agent.set_base_url("http://127.0.0.1:1/v1");
    let error = bench.failed(1, "GO").await;
    assert_eq!(error, "the server refused the connection; gave up after 4 retries");
    bench.agent.set_base_url(&bench.server.base_url());
    assert!(bench.failed(2, "GO").await.starts_with("HTTP 404"), "no budget was used up");
    assert!(bench.journal.retries()[3].starts_with("0/4 "), "nobody received these requests");
}

#[tokio::test]
async fn a_cut_stream_keeps_its_items_and_runs_its_calls_once() {
    let answers = vec![
        cut(&[reasoning("gAAAA1"), run("a", "print one")]),
        whole(&[run("b", "print two")]),
        whole(&[say("done")]),
    ];
    let mut bench = Bench::new(answers).await;
    assert_eq!(bench.done(1, "GO").await, "done");
    let requests = bench.server.requests().await;
    assert_prefix_law(&requests);
    assert_eq!(
        shape(&requests[2])[3..],
        ["03:reasoning", "04:call:a", "05:output:a:one", "06:call:b", "07:output:b:two"]
    );
    assert_eq!(bench.journal.retries(), ["0/1 stream closed before response.completed (200)"]);
    let seqs: Vec<u32> = bench.journal.outputs().iter().map(|output| output.seq).collect();
    assert_eq!(seqs, [0, 1]);
}

#[tokio::test]
async fn a_stream_that_is_always_cut_is_sent_six_times() {
    let mut bench = Bench::new((0..9).map(|_| cut(&[])).collect()).await;
    let error = bench.failed(1, "GO").await;
    assert_eq!(error, "stream closed before response.completed; gave up after 5 retries");
    assert_eq!(bench.server.requests().await.len(), 6);
}

#[tokio::test]
async fn failed_and_incomplete_responses() {
    let failed = |code: &str| {
        let error = json!({"code": code, "message": "Try again in 3 seconds"});
        ending(&[], "response.failed", json!({"error": error}))
    };
    let mut bench = Bench::new(vec![failed("rate_limit_exceeded"), whole(&[say("ok")])]).await;
    assert_eq!(bench.done(1, "GO").await, "ok");
    assert!(bench.journal.retries()[0].ends_with("(3000)"));

    let mut bench = Bench::new(vec![failed("insufficient_quota"), whole(&[])]).await;
    assert!(bench.failed(1, "GO").await.starts_with("response.failed insufficient_quota"));
    assert_eq!(bench.server.requests().await.len(), 1);

    let reason = json!({"incomplete_details": {"reason": "max_output_tokens"}});
    let answers = vec![ending(&[say("half")], "response.incomplete", reason), whole(&[])];
    let mut bench = Bench::new(answers).await;
    assert_eq!(bench.failed(1, "GO").await, "the response is incomplete: max_output_tokens");
    assert_eq!(bench.server.requests().await.len(), 1);
}

#[tokio::test]
async fn the_end_of_a_turn() {
    // Only reasoning: done without a word. Nothing at all: the same.
    for items in [vec![reasoning("gAAAA")], vec![]] {
        let mut bench = Bench::new(vec![whole(&items)]).await;
        assert_eq!(bench.done(1, "GO").await, "");
    }
    let go_on = json!({"id": "r", "end_turn": false});
    let answers = vec![ending(&[say("more")], "response.completed", go_on), whole(&[say("done")])];
    let mut bench = Bench::new(answers).await;
    assert_eq!(bench.done(1, "GO").await, "done");
}
