//! Budgets and broken settings.

use super::fake_server::{call, run, say, whole};
use super::{Bench, fake_host::FakeHost};
use crate::agent::{BudgetKind, Builtin, TurnEnd};
use crate::recording::journal::Event;
use crate::scenario::Volatile;
use serde_json::json;
use std::sync::Arc;

fn over(which: BudgetKind) -> TurnEnd {
    TurnEnd::Budget { which }
}

#[tokio::test]
async fn requests_are_counted_before_sending() {
    let answers = (0..5).map(|n| whole(&[run(&format!("c{n}"), "print x")])).collect();
    let mut bench = Bench::with(answers, |config| config.budgets.requests = 3).await;
    assert_eq!(bench.agent.turn(1, "GO").await, over(BudgetKind::Requests));
    assert_eq!(bench.server.requests().await.len(), 3);
    let last = bench.journal.events().pop();
    let Some(Event::TurnFinished { turn: 1, error, .. }) = last else { panic!("{last:?}") };
    assert_eq!(error.as_deref(), Some("the budget of requests is used up"));
}

#[tokio::test]
async fn bytes_are_counted_before_sending() {
    let answers = vec![whole(&[run("a", "print x")]), whole(&[say("done")])];
    let mut bench = Bench::with(answers, |config| config.budgets.bytes = 8000).await;
    assert_eq!(bench.agent.turn(1, "GO").await, over(BudgetKind::Bytes));
    assert_eq!(bench.server.requests().await.len(), 1);
}

#[tokio::test]
async fn a_hanging_command_uses_up_the_seconds_and_is_killed() {
    for arguments in [json!({"cmd": "hang"}), json!({"cmd": "hang", "wait_for": "never"})] {
        let answers = vec![whole(&[call("a", "exec_command", arguments)]), whole(&[])];
        let mut bench = Bench::with(answers, |config| config.budgets.seconds = 1).await;
        assert_eq!(bench.agent.turn(1, "GO").await, over(BudgetKind::Seconds));
        assert_eq!(*bench.host.killed.lock().unwrap(), [1]);
        assert_eq!(bench.journal.outputs().len(), 1, "the call is closed in the journal");
        assert_eq!(bench.agent.turn(2, "MORE").await, over(BudgetKind::Seconds));
        assert_eq!(bench.server.requests().await.len(), 1);
    }
}

#[tokio::test]
async fn settings_that_make_no_loop() {
    let bench = Bench::new(vec![]).await;
    let with = |change: &dyn Fn(&mut crate::agent::AgentConfig)| {
        let mut config = bench.agent.config.clone();
        change(&mut config);
        let made = Builtin::new(config, Arc::new(FakeHost::default()), bench.journal.clone());
        made.map(|_| ()).unwrap_err().to_string()
    };
    let tool = with(&|config| config.tools = Some(vec!["exec".into()]));
    assert!(tool.starts_with("unknown tool \"exec\""));
    let pattern = with(&|config| {
        config.volatile = vec![Volatile { pattern: "(".into(), replace: String::new() }];
    });
    assert!(pattern.starts_with("volatile pattern \"(\" is no regular expression"));
}
