//! Several calls in one response.

use super::fake_server::{call, custom, run, say, whole};
use super::{Bench, shape};
use crate::recording::journal::Event;
use serde_json::json;

const ORDERS: [[u32; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[tokio::test]
async fn the_order_of_completion_changes_nothing() {
    let mut bodies = Vec::new();
    for order in ORDERS {
        // The third call opens a session: its id must not depend on the order either.
        let wait =
            |id: &str| call(id, "exec_command", json!({"cmd": "serve", "wait_for": "ready"}));
        let calls = [wait("a"), run("b", "spin 3 bee"), wait("c")];
        let answers = vec![whole(&calls), whole(&[say("done")])];
        let mut bench =
            Bench::with(answers, |config| config.completion_order = order.to_vec()).await;
        bench.done(1, "GO").await;
        assert_eq!(bench.agent.finished, [order.to_vec()], "the order was really forced");
        bodies.push((bench.server.requests().await[1].to_body(), bench.journal.events()));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(bodies[0].0.contains("session ID 1001"));
}

#[tokio::test]
async fn outputs_follow_all_calls_in_call_order() {
    let calls = [run("a", "spin 9 slow"), run("b", "print fast"), run("c", "spin 4 medium")];
    let mut bench = Bench::new(vec![whole(&calls), whole(&[say("done")])]).await;
    bench.done(1, "GO").await;
    assert_eq!(bench.agent.finished, [[1, 2, 0]], "they ran at once");
    assert_eq!(
        shape(&bench.server.requests().await[1])[3..],
        [
            "03:call:a",
            "04:call:b",
            "05:call:c",
            "06:output:a:slow",
            "07:output:b:fast",
            "08:output:c:medium",
        ]
    );
    let names: Vec<&str> = bench
        .journal
        .events()
        .iter()
        .map(|event| match event {
            Event::Call(_) => "call",
            Event::Output(_) => "output",
            Event::TurnFinished { .. } => "end",
            _ => "other",
        })
        .collect();
    assert_eq!(names, ["call", "call", "call", "output", "output", "output", "end"]);
}

#[tokio::test]
async fn exclusive_calls_wait_for_those_before_and_hold_those_after() {
    let patch = "*** Begin Patch\n*** Add File: new\n+x\n*** End Patch";
    let calls = [run("a", "spin 9 x"), custom("b", "apply_patch", patch), run("c", "print y")];
    let mut bench = Bench::with(vec![whole(&calls), whole(&[])], |config| {
        // Even against the will of the variant: the order of effects is not a matter of taste.
        config.completion_order = vec![2, 1, 0];
    })
    .await;
    bench.done(1, "GO").await;
    assert_eq!(bench.agent.finished, [[0, 1, 2]]);
}

#[tokio::test]
async fn a_malformed_order_does_not_hang() {
    let calls = [run("a", "print x"), run("b", "print y")];
    let mut bench = Bench::with(vec![whole(&calls), whole(&[])], |config| {
        config.completion_order = vec![7, 1, 1];
    })
    .await;
    bench.done(1, "GO").await;
    assert_eq!(bench.agent.finished, [[1, 0]]);
}
