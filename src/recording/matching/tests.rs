//! Classification, one case a line: what was recorded, what came, and what is said of it.

use super::{Difference, Policy, Severity, Side, differences, nearness, resembles};
use crate::wire::Request;
use serde_json::{Value, json};

fn request(body: &Value) -> Request {
    Request::parse(body.to_string().as_bytes()).unwrap()
}

fn between(recorded: &Value, received: &Value) -> Vec<Difference> {
    let (recorded, received) = (request(recorded), request(received));
    differences(&Side::received(&recorded), &Side::received(&received))
}

/// `severity change layer` and where, a line each.
fn told(recorded: &Value, received: &Value) -> String {
    let line = |one: &Difference| {
        let (severity, change) = (one.severity.as_str(), one.change.as_str());
        format!("{severity} {change} {} {one}\n", one.layer.as_str())
    };
    between(recorded, received).iter().map(line).collect()
}

fn session() -> Value {
    json!({
        "model": "m",
        "instructions": "You are careful.\nRun the tests before you answer.\nBe brief.",
        "tools": [
            {"type": "function", "name": "run", "description": "Runs.", "parameters": {}},
            {"type": "function", "name": "patch", "description": "Patches.", "parameters": {}},
            {"type": "web_search"},
        ],
        "input": [
            {"role": "developer", "content": "<permissions instructions>\nnone"},
            {"role": "user", "content": "# AGENTS.md instructions for /w\nUse tabs."},
            {"role": "user", "content": "<environment_context>\n2026-01-15"},
            {"role": "user", "content": "Fix the test."},
            {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "run",
                "arguments": "{\"cmd\":\"ls\"}"},
            {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "run",
                "arguments": "{\"cmd\":\"ls\"}"},
            {"type": "function_call_output", "call_id": "c1", "output": "a.txt\n"},
            {"type": "function_call_output", "call_id": "c2", "output": "a.txt\n"},
        ],
        "stream": true,
    })
}

fn changed(change: impl Fn(&mut Value)) -> String {
    let mut received = session();
    change(&mut received);
    told(&session(), &received)
}

#[test]
fn prompt_layers_are_context() {
    let set = |pointer: &'static str, text: &'static str| {
        changed(move |body| *body.pointer_mut(pointer).unwrap() = json!(text))
    };
    insta::assert_snapshot!(
        set("/instructions", "You are careful.\nRun the tests twice before you answer.\nBe brief."),
        @r#"context changed instructions at /instructions, byte 31: recorded "Run the tests before you answer.\nBe brief.", received "Run the tests twice before you answer.\nBe brief.""#);
    insta::assert_snapshot!(set("/tools/1/description", "Patches files."), @r#"context changed tools at /tools/1/description, byte 7: recorded "Patches.", received "Patches files.""#);
    insta::assert_snapshot!(set("/input/1/content", "# AGENTS.md instructions for /w\nUse spaces."), @r#"context changed agents_md at /input/1/content, byte 36: recorded "Use tabs.", received "Use spaces.""#);
    insta::assert_snapshot!(set("/input/2/content", "<environment_context>\n2026-01-16"), @r#"context changed environment at /input/2/content, byte 31: recorded "2026-01-15", received "2026-01-16""#);
    insta::assert_snapshot!(set("/input/3/content", "Fix the tests."), @r#"context changed user at /input/3/content, byte 12: recorded "Fix the test.", received "Fix the tests.""#);
    insta::assert_snapshot!(set("/model", "n"), @r#"context changed other at /model, byte 0: recorded "m", received "n""#);
}

#[test]
fn tools_go_by_their_names() {
    let tools = |change: fn(&mut Vec<Value>)| {
        changed(move |body| change(body["tools"].as_array_mut().unwrap()))
    };
    insta::assert_snapshot!(tools(|list| list.swap(0, 1)), @r#"context moved tools at /tools/0: recorded "run, patch, web_search", received "patch, run, web_search""#);
    insta::assert_snapshot!(tools(|list| drop(list.remove(0))), @r#"context lost tools at /tools/0: recorded "run", received nothing"#);
    insta::assert_snapshot!(tools(|list| list.insert(1, json!({"type": "custom", "name": "x"}))), @r#"context added tools at /tools/1: recorded nothing, received "x""#);
}

#[test]
fn outputs_are_state_and_the_rest_of_history_is_shape() {
    let input = |change: fn(&mut Vec<Value>)| {
        changed(move |body| change(body["input"].as_array_mut().unwrap()))
    };
    insta::assert_snapshot!(input(|list| list[7]["output"] = json!("b.txt\n")), @r#"state changed tool_output at /input/7/output, byte 0: recorded "a.txt\n", received "b.txt\n""#);
    insta::assert_snapshot!(input(|list| drop(list.remove(7))), @r#"shape lost tool_output at /input/7: recorded "a.txt\n", received nothing"#);
    insta::assert_snapshot!(input(|list| list.swap(6, 7)), @r#"shape moved tool_output at /input/7: recorded "at /input/6", received "a.txt\n""#);
    insta::assert_snapshot!(input(|list| list[4]["arguments"] = json!("{\"cmd\":\"rm\"}")), @r#"shape changed model at /input/4/arguments, byte 8: recorded "{\"cmd\":\"ls\"}", received "{\"cmd\":\"rm\"}""#);
    insta::assert_snapshot!(input(|list| list.push(json!({"role": "user", "content": "Go on."}))), @r#"shape added user at /input/8: recorded nothing, received "Go on.""#);
    // A whole prompt layer that comes or goes is a change of the prompt.
    insta::assert_snapshot!(input(|list| drop(list.remove(1))), @r##"context lost agents_md at /input/1: recorded "# AGENTS.md instructions for /w\nUse tabs.", received nothing"##);
    insta::assert_snapshot!(
        input(|list| list.insert(1, json!({"role": "developer", "content": "Be kind."}))), @r#"context added developer at /input/1: recorded nothing, received "Be kind.""#);
}

#[test]
fn what_was_added_before_hides_no_change_behind_it() {
    let told = changed(|body| {
        let list = body["input"].as_array_mut().unwrap();
        list[6]["output"] = json!("b.txt\n");
        list.insert(1, json!({"role": "developer", "content": "Be kind."}));
    });
    insta::assert_snapshot!(told, @r#"
    context added developer at /input/1: recorded nothing, received "Be kind."
    state changed tool_output at /input/7/output, byte 0: recorded "a.txt\n", received "b.txt\n"
    "#);
}

#[test]
fn the_same_in_other_bytes_is_cosmetic() {
    let recorded = r#"{"a":1,"input":[{"role":"user","content":"x\n","n":1.0},{"type":"function_call","arguments":"{\"a\":1}"}]}"#;
    let received = r#"{"a": 1.0,"b":null,"input":[{"content":"x","role":"user","n":1},{"type":"function_call","arguments":"{ \"a\": 1 }"}]}"#;
    let parse = |text: &str| Request::parse(text.as_bytes()).unwrap();
    let (recorded, received) = (parse(recorded), parse(received));
    let found = differences(&Side::received(&recorded), &Side::received(&received));
    assert!(found.iter().all(|one| one.severity == Severity::Cosmetic), "{found:#?}");
    let places: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
    assert_eq!(places, ["/a", "/b", "/input/0/content", "/input/0/n", "/input/1/arguments"]);
}

#[test]
fn fields_that_choose_a_transport_do_not_count() {
    assert_eq!(changed(|body| body["stream"] = json!(false)), "");
}

#[test]
fn the_nearest_has_most_in_common_then_differs_least() {
    let with = |text: &str| {
        let mut body = session();
        body["input"][3]["content"] = json!(text);
        request(&body)
    };
    let received = with("Fix the test in a.rs.");
    let texts = ["Write the docs of all modules.", "Fix the test in b.rs.", "Fix it."];
    let near = texts.map(|text| {
        let recorded = with(text);
        nearness(&Side::received(&recorded), &Side::received(&received))
    });
    assert!(near[1] > near[0] && near[1] > near[2]);
    let mut short = session();
    short["input"].as_array_mut().unwrap().truncate(4);
    let short = request(&short);
    assert!(near[0] > nearness(&Side::received(&short), &Side::received(&received)));
}

#[test]
fn another_task_does_not_resemble_although_the_layers_are_the_same() {
    let alike = |text: &str| {
        let mut body = session();
        body["input"][3]["content"] = json!(text);
        resembles(&Side::received(&request(&session())), &Side::received(&request(&body)))
    };
    assert!(alike("Fix the tests.") && alike("Please fix the test."));
    assert!(!alike("Write documentation for every module."));
}

#[test]
fn strict_refuses_all_but_the_cosmetic() {
    let all = [Severity::Cosmetic, Severity::Context, Severity::State, Severity::Shape];
    assert_eq!(all.map(|one| Policy::Strict.refuses(one)), [false, true, true, true]);
    assert_eq!(all.map(|one| Policy::Report.refuses(one)), [false; 4]);
    assert_eq!(all.map(Severity::is_off_policy), [false, false, true, true]);
}
