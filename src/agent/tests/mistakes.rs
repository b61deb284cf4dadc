//! Layouts that cost a cache: each does what it says, and a request that is sent again is the same.

use super::fake_server::{cut, run, say, status, whole};
use super::{Bench, assert_prefix_law, shape};
use crate::scenario::{Clock, Effort, EnvironmentChange, Prompt, ToolsOrder};
use crate::wire::{Raw, Request};

fn tool_names(request: &Request) -> Vec<String> {
    let name = |tool: &Raw| tool.value()["name"].as_str().unwrap().to_owned();
    request.tools().iter().map(name).collect()
}

fn clock(clock: Clock) -> Prompt {
    Prompt { clock, ..Prompt::default() }
}

/// Asked three times; the second answer comes after an error status and after a cut stream.
async fn asked(prompt: Prompt) -> Vec<Request> {
    let answers = vec![
        whole(&[run("c1", "print one")]),
        status(500, "", "boom"),
        cut(&[]),
        whole(&[run("c2", "print two")]),
        whole(&[say("done")]),
    ];
    let mut bench = Bench::with(answers, |config| {
        config.prompt = prompt;
        config.seed = 7;
    })
    .await;
    bench.done(1, "GO").await;
    bench.server.requests().await
}

fn times(request: &Request) -> Vec<String> {
    let texts = request.input.iter().map(|raw| raw.item().text());
    let told = texts.filter_map(|text| {
        let (_, rest) = text.split_once("<current_time>2026-01-15T")?;
        Some(rest.split('<').next()?.to_owned())
    });
    told.collect()
}

#[tokio::test]
async fn shuffled_tools_are_the_same_tools_and_a_retry_shuffles_nothing() {
    let shuffled = asked(Prompt { tools_order: ToolsOrder::Shuffled, ..Prompt::default() }).await;
    let stable = asked(Prompt::default()).await;
    assert_prefix_law(&stable);
    assert_eq!(shuffled.len(), 5);
    assert_eq!(shuffled[1], shuffled[2], "after an error status");
    assert_eq!(shuffled[2], shuffled[3], "after a cut stream");
    let names: Vec<_> = shuffled.iter().map(tool_names).collect();
    assert!(names[0] != names[1] && names[3] != names[4], "{names:?}");
    for (one, other) in shuffled.iter().zip(&stable) {
        assert_eq!(one.input, other.input);
        let sorted = |request: &Request| {
            let mut tools: Vec<String> =
                request.tools().iter().map(|tool| tool.as_str().to_owned()).collect();
            tools.sort();
            tools
        };
        assert_eq!(sorted(one), sorted(other));
    }
}

#[tokio::test]
async fn a_clock_at_the_beginning_moves_with_each_answer() {
    let requests = asked(clock(Clock::First)).await;
    let said: Vec<String> =
        requests.iter().map(|request| request.text_field("instructions").unwrap()).collect();
    assert_eq!(said[0], "The time is 2026-01-15T00:00:00Z.\n\nINSTRUCTIONS");
    assert_eq!(said[1], "The time is 2026-01-15T00:00:30Z.\n\nINSTRUCTIONS");
    assert!(said[1] == said[2] && said[2] == said[3], "retries have the time of their request");
    assert!(said[4].starts_with("The time is 2026-01-15T00:01:00Z."));
}

#[tokio::test]
async fn a_clock_at_the_end_is_replaced_and_an_appended_one_stays() {
    let last = asked(clock(Clock::Last)).await;
    let told: Vec<_> = last.iter().map(times).collect();
    assert_eq!(told, [["00:00:00Z"], ["00:00:30Z"], ["00:00:30Z"], ["00:00:30Z"], ["00:01:00Z"]]);
    assert!(shape(&last[4]).last().unwrap().ends_with("message/user:<ENVIRONMENT>"));

    let appended = asked(clock(Clock::Appended)).await;
    assert_prefix_law(&appended);
    assert_eq!(appended[2], appended[3], "a retry appends nothing");
    assert_eq!(times(&appended[4]), ["00:00:00Z", "00:00:30Z", "00:01:00Z"]);
}

#[tokio::test]
async fn a_rewritten_environment_stands_where_the_old_one_stood() {
    let turns = |environment| async move {
        let answers = ["1", "2", "3"].map(|text| whole(&[say(text)])).to_vec();
        let mut bench =
            Bench::with(answers, |config| config.prompt.environment = environment).await;
        bench.host.put("app/x", "");
        bench.done(1, "ONE").await;
        bench.agent.set_folder("app");
        bench.done(2, "TWO").await;
        bench.agent.set_folder(".");
        bench.done(3, "THREE").await;
        bench.server.requests().await
    };
    let rewritten = turns(EnvironmentChange::Rewritten).await;
    assert_eq!(
        shape(&rewritten[2]),
        [
            "00:message/developer:<PERMISSIONS>",
            "01:message/user:<ENVIRONMENT>",
            "02:message/user:ONE",
            "03:message/assistant:1",
            "04:message/user:TWO",
            "05:message/assistant:2",
            "06:message/user:THREE",
        ]
    );
    let folder = |request: &Request| request.input[1].item().text();
    assert!(folder(&rewritten[1]).contains("<cwd>/workspace/app</cwd>"));
    assert_eq!(rewritten[2].input[1], rewritten[0].input[1], "and back again");
    assert_prefix_law(&turns(EnvironmentChange::Appended).await);
}

#[tokio::test]
async fn effort_and_tools_change_their_fields_and_nothing_else() {
    let answers = vec![
        whole(&[say("1")]),
        whole(&[run("c1", "print x")]),
        whole(&[say("2")]),
        whole(&[say("3")]),
    ];
    let mut bench = Bench::with(answers, |config| config.effort = Some(Effort::High)).await;
    bench.done(1, "ONE").await;
    bench.agent.set_effort(Effort::Low);
    bench.agent.set_tools(&["apply_patch".to_owned()]).unwrap();
    bench.done(2, "TWO").await;
    assert_eq!(bench.outputs().await, ["unsupported call: exec_command"], "it was withdrawn");
    bench.agent.set_tools(&["exec_command".to_owned(), "apply_patch".to_owned()]).unwrap();
    bench.done(3, "THREE").await;
    let requests = bench.server.requests().await;
    let reasoning = |at: usize| requests[at].field("reasoning").unwrap().as_str().to_owned();
    assert_eq!(reasoning(0), r#"{"effort":"high","summary":"auto"}"#);
    assert_eq!(reasoning(1), r#"{"effort":"low","summary":"auto"}"#);
    assert_eq!(tool_names(&requests[0]).len(), 5);
    assert_eq!(tool_names(&requests[1]), ["apply_patch"]);
    assert_eq!(tool_names(&requests[3]), ["exec_command", "apply_patch"]);
    assert!(requests.windows(2).all(|pair| pair[1].input.starts_with(&pair[0].input)));
    let error = bench.agent.set_tools(&["shell".to_owned()]).unwrap_err().to_string();
    assert!(error.starts_with("unknown tool \"shell\""), "{error}");
}
