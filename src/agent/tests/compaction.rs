//! What each strategy makes of a history, and when compaction is refused.

use super::fake_server::{counted, cut, ending, reasoning, run, say, status, whole};
use super::{Bench, assert_prefix_law, shape};
use crate::recording::journal::{CompactionEvent, Event};
use crate::scenario::CompactionStrategy::{
    self, ClearToolResults, Endpoint, Remote, SlidingWindow, Summary,
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

const BIG: u64 = 100_000;

/// A call with more reasoning before it than the threshold: what a client that compacts alone goes by.
fn heavy(call: Value) -> Vec<Value> {
    vec![reasoning(&format!("gAAAA{}", "x".repeat(50_000))), call]
}

fn sealed() -> Value {
    json!({"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAAAx"})
}

fn unary(output: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"object": "response.compaction", "output": output}))
}

async fn bench(strategy: CompactionStrategy, answers: Vec<ResponseTemplate>) -> Bench {
    let bench = Bench::with(answers, |config| {
        config.compaction.strategy = strategy;
        config.compaction.threshold = 10_000;
        config.compaction.keep_items = 2;
    })
    .await;
    bench.host.put("AGENTS.md", "rule");
    bench
}

fn compactions(bench: &Bench) -> Vec<CompactionEvent> {
    let events = bench.journal.events().into_iter().filter_map(|event| match event {
        Event::Compaction(event) => Some(event),
        _ => None,
    });
    events.collect()
}

/// Two turns; the second grows over the threshold after two of its calls and goes on afterwards.
fn mid_turn(compaction: Option<ResponseTemplate>) -> Vec<ResponseTemplate> {
    let mut answers = vec![
        whole(&[run("a", "print one"), say("1")]),
        whole(&[say("first")]),
        whole(&[reasoning("gAAAA1"), run("b", "print two"), run("c", "print three")]),
        counted(BIG, &[run("d", "print four")]),
    ];
    answers.extend(compaction);
    answers.push(whole(&[say("done")]));
    answers
}

/// A turn that ends over the threshold, and another one.
fn pre_turn(compaction: Option<ResponseTemplate>) -> Vec<ResponseTemplate> {
    let mut answers = vec![whole(&[run("a", "print one")]), counted(BIG, &[say("first")])];
    answers.extend(compaction);
    answers.push(whole(&[say("done")]));
    answers
}

/// Runs two turns and gives the shape of the last request.
async fn last(
    strategy: CompactionStrategy,
    answers: Vec<ResponseTemplate>,
) -> (Bench, Vec<String>) {
    let mut bench = bench(strategy, answers).await;
    bench.done(1, "ONE").await;
    assert_eq!(bench.done(2, "TWO").await, "done");
    let shape = shape(bench.server.requests().await.last().unwrap());
    (bench, shape)
}

#[tokio::test]
async fn remote_inside_a_turn() {
    let (bench, shape) = last(Remote, mid_turn(Some(whole(&[sealed()])))).await;
    assert_eq!(
        shape,
        [
            "00:message/user:ONE",
            "01:message/developer:<PERMISSIONS>",
            "02:message/user:<AGENTS.MD>",
            "03:message/user:<ENVIRONMENT>",
            "04:message/user:TWO",
            "05:compaction",
        ]
    );
    let requests = bench.server.requests().await;
    // The request for it extends the one before: the prefix stays cached, tools included.
    assert_prefix_law(&requests[..5]);
    let trigger = requests[4].input.last().unwrap();
    assert_eq!(trigger.as_str(), r#"{"type":"compaction_trigger"}"#);
    let events = compactions(&bench);
    assert_eq!((events[0].number, events[0].before_seq, events[0].call_seq), (1, 3, Some(4)));
    assert_eq!((events[0].phase.as_str(), &events[0].error), ("mid_turn", &None));
    assert!(events[0].estimate_before > BIG && events[0].estimate_after < 10_000);
    let blob = requests[5].input.last().unwrap();
    assert_eq!(blob.value(), sealed(), "comes back as it was sent");
}

#[tokio::test]
async fn remote_before_a_turn() {
    let (bench, shape) = last(Remote, pre_turn(Some(whole(&[sealed()])))).await;
    assert_eq!(
        shape,
        [
            "00:message/user:ONE",
            "01:compaction",
            "02:message/developer:<PERMISSIONS>",
            "03:message/user:<AGENTS.MD>",
            "04:message/user:<ENVIRONMENT>",
            "05:message/user:TWO",
        ]
    );
    assert_eq!(compactions(&bench)[0].phase, "pre_turn");
}

#[tokio::test]
async fn the_endpoint_gives_the_tail() {
    let echoed = json!({"type": "message", "role": "user",
        "content": [{"type": "input_text", "text": "ONE"}]});
    let told = json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": "kept"}]});
    let answer = unary(&[echoed, told, sealed()]);
    let (bench, shape) = last(Endpoint, mid_turn(Some(answer))).await;
    assert_eq!(
        shape,
        [
            "00:message/user:ONE",
            "01:message/developer:<PERMISSIONS>",
            "02:message/user:<AGENTS.MD>",
            "03:message/user:<ENVIRONMENT>",
            "04:message/user:TWO",
            "05:message/assistant:kept",
            "06:compaction",
        ]
    );
    assert_eq!(bench.server.paths().await[4], "/v1/responses/compact");
    let request = &bench.server.requests().await[4];
    assert_eq!(request.field("stream"), None);
    assert!(request.field("tools").is_some());
}

#[tokio::test]
async fn a_summary_becomes_a_user_message() {
    let answer = whole(&[say("S\n[unreel:1]")]);
    let (bench, shape) = last(Summary, pre_turn(Some(answer))).await;
    assert_eq!(
        shape,
        [
            "00:message/user:ONE",
            "01:message/user:<SUMMARY>\\nS\\n[unreel:1]",
            "02:message/developer:<PERMISSIONS>",
            "03:message/user:<AGENTS.MD>",
            "04:message/user:<ENVIRONMENT>",
            "05:message/user:TWO",
        ]
    );
    let requests = bench.server.requests().await;
    assert_eq!(requests[2].fields, requests[1].fields, "same tools: the prefix stays cached");
    assert!(super::shape(&requests[2]).pop().unwrap().ends_with("message/user:<SUMMARY_REQUEST>"));
}

#[tokio::test]
async fn old_tool_results_are_cleared() {
    let mut answers = mid_turn(None);
    answers[3] = whole(&heavy(run("d", "print four")));
    let (bench, shape) = last(ClearToolResults, answers).await;
    assert_eq!(
        shape[4..],
        [
            "04:call:a",
            "05:message/assistant:1",
            "06:output:a:[tool output cleared]",
            "07:message/assistant:first",
            "08:message/user:TWO",
            "09:reasoning",
            "10:call:b",
            "11:call:c",
            "12:output:b:[tool output cleared]",
            "13:output:c:three",
            "14:reasoning",
            "15:call:d",
            "16:output:d:four",
        ]
    );
    assert_eq!(compactions(&bench)[0].call_seq, None);
}

#[tokio::test]
async fn a_client_alone_compacts_at_the_same_moment_whether_or_not_a_stream_was_cut() {
    let heavy = heavy(run("d", "print four"));
    let parts = [run("a", "print one"), run("b", "print two"), run("c", "print three")];
    let rest = [&parts[1..], &heavy[..]].concat();
    let end = || whole(&[say("done")]);
    for strategy in [ClearToolResults, SlidingWindow] {
        let mut seen = Vec::new();
        for first in [
            vec![whole(&[&parts[..1], &rest[..]].concat())],
            // Whatever the server counts.
            vec![counted(BIG, &[&parts[..1], &rest[..]].concat())],
            vec![cut(&parts[..1]), whole(&rest)],
            vec![cut(&parts[..1]), cut(&parts[1..]), counted(BIG, &heavy)],
        ] {
            let mut bench = bench(strategy, [first, vec![end()]].concat()).await;
            bench.done(1, "ONE").await;
            let events = compactions(&bench);
            assert_eq!(events.len(), 1, "{strategy:?}");
            let request = bench.server.requests().await.pop().unwrap();
            let mut items: Vec<String> = request.input.iter().map(super::line).collect();
            items.sort();
            seen.push((events[0].estimate_before, events[0].estimate_after, items));
        }
        assert!(seen.iter().all(|other| *other == seen[0]), "{strategy:?}: {seen:#?}");
    }
}

#[tokio::test]
async fn what_the_server_counts_makes_no_client_compact_alone() {
    for strategy in [ClearToolResults, SlidingWindow] {
        let mut bench = bench(strategy, mid_turn(None)).await;
        bench.done(1, "ONE").await;
        bench.done(2, "TWO").await;
        assert!(compactions(&bench).is_empty(), "{strategy:?}");
    }
}

#[tokio::test]
async fn the_window_keeps_layers_tasks_and_pairs() {
    let mut answers = mid_turn(None);
    // The newest two items are an output and a message: the call of the output comes along.
    answers[3] = whole(&[heavy(run("d", "print four")), vec![say("note")]].concat());
    let (_, shape) = last(SlidingWindow, answers).await;
    assert_eq!(
        shape,
        [
            "00:message/developer:<PERMISSIONS>",
            "01:message/user:<AGENTS.MD>",
            "02:message/user:<ENVIRONMENT>",
            "03:message/user:ONE",
            "04:message/user:TWO",
            "05:call:d",
            "06:message/assistant:note",
            "07:output:d:four",
        ]
    );
}

#[tokio::test]
async fn without_room_only_the_task_of_the_turn_stays() {
    let mut bench = bench(Remote, mid_turn(Some(whole(&[sealed()])))).await;
    bench.agent.config.compaction.keep_user_tokens = 0;
    bench.done(1, "ONE").await;
    bench.done(2, "TWO").await;
    let lines = shape(bench.server.requests().await.last().unwrap());
    assert_eq!(lines[3..], ["03:message/user:TWO", "04:compaction"]);
}

#[tokio::test]
async fn the_message_that_crosses_the_budget_is_cut_in_its_middle() {
    let long = format!("HEAD{}TAIL", "x".repeat(4000));
    let mut bench = bench(Remote, pre_turn(Some(whole(&[sealed()])))).await;
    bench.agent.config.compaction.keep_user_tokens = 10;
    bench.done(1, &long).await;
    bench.done(2, "TWO").await;
    let first = bench.server.requests().await.last().unwrap().input[0].item().text();
    assert!(first.starts_with("HEADx") && first.ends_with("xTAIL") && first.len() < 100, "{first}");
}

#[tokio::test]
async fn a_failed_compaction_leaves_the_history() {
    let none = "compaction failed: the answer holds no compaction item";
    let two = "compaction failed: the answer holds 2 compaction items instead of one";
    let refused = "compaction failed: HTTP 400 invalid_encrypted_content: changed";
    for (answer, error) in [
        (whole(&[say("no")]), none),
        (whole(&[sealed(), sealed()]), two),
        (status(400, "invalid_encrypted_content", "changed"), refused),
    ] {
        let mut bench = bench(Remote, pre_turn(Some(answer))).await;
        bench.done(1, "ONE").await;
        let before = bench.agent.history.entries().to_vec();
        assert_eq!(bench.failed(2, "TWO").await, error);
        assert_eq!(bench.agent.history.entries(), before);
        let event = &compactions(&bench)[0];
        assert_eq!(event.error.as_deref(), error.strip_prefix("compaction failed: "));
    }
}

#[tokio::test]
async fn the_request_for_it_is_tried_again() {
    let mut answers = pre_turn(None);
    answers.splice(2..2, [cut(&[]), status(500, "", "x"), whole(&[sealed()])]);
    let (bench, shape) = last(Remote, answers).await;
    assert_eq!(shape[1], "01:compaction");
    assert_eq!(bench.journal.retries().len(), 2);
    assert_eq!(compactions(&bench)[0].call_seq, Some(4));
}

#[tokio::test]
async fn no_second_compaction_without_progress() {
    // The sealed item is larger than all that it stands for.
    let blob = format!("gAAAA{}", "x".repeat(100_000));
    let sealed = json!({"type": "compaction", "id": "cmp_1", "encrypted_content": blob});
    let mut bench = bench(Remote, pre_turn(Some(whole(&[sealed])))).await;
    bench.done(1, "ONE").await;
    let first = bench.failed(2, "TWO").await;
    assert!(first.ends_with("no progress"), "{first}");
    let second = bench.failed(3, "THREE").await;
    assert!(second.contains("no answer came since the last compaction"), "{second}");
    assert_eq!(bench.server.requests().await.len(), 3, "it was asked for once");
    assert_eq!(compactions(&bench).len(), 1);
}

#[tokio::test]
async fn a_client_that_has_nothing_to_drop_goes_on() {
    let answers = vec![whole(&heavy(run("a", "print one"))), whole(&[say("first")])];
    let mut bench = bench(ClearToolResults, [answers, vec![whole(&[say("done")])]].concat()).await;
    bench.agent.config.compaction.keep_items = 100;
    bench.done(1, "ONE").await;
    assert_eq!(bench.done(2, "TWO").await, "done");
    assert!(compactions(&bench).is_empty());
}

#[tokio::test]
async fn a_server_that_counts_too_much_does_not_make_it_loop() {
    // Every answer counts more than the threshold: one compaction for each answer, no more.
    let answers = vec![
        counted(BIG, &[run("a", "print one")]),
        whole(&[sealed()]),
        counted(BIG, &[run("b", "print two")]),
        whole(&[sealed()]),
        counted(BIG, &[say("done")]),
    ];
    let mut bench = bench(Remote, answers).await;
    assert_eq!(bench.done(1, "ONE").await, "done");
    assert_eq!(compactions(&bench).len(), 2);
}

#[tokio::test]
async fn a_context_that_is_too_long_is_compacted_before_the_next_turn() {
    let error = json!({"error": {"code": "context_length_exceeded", "message": "too long"}});
    let answers =
        vec![ending(&[], "response.failed", error), whole(&[sealed()]), whole(&[say("done")])];
    let mut bench = bench(Remote, answers).await;
    assert!(bench.failed(1, "ONE").await.contains("context_length_exceeded"));
    assert_eq!(bench.done(2, "TWO").await, "done");
    assert_eq!(compactions(&bench).len(), 1);
}
