//! The script as a model, against requests as agents make them.

use super::Scripted;
use crate::scenario::{Retention, Script};
use crate::server::{Answer, Ask, Model};
use crate::wire::{ApiError, Endpoint, Raw, Request};
use serde_json::{Value, json};

const SCRIPT: &str = "
steps:
  - id: look
    do:
      - reason: First I look.
      - say: I look.
      - run: {cmd: ls}
      - read: {path: a}
  - id: told
    do: [{say: That is all.}]
  - id: again
    do: [{run: {cmd: make}}, {say: Made.}]
  - id: end
    do: [{say: The end.}]
";

fn scripted() -> Scripted {
    let script: Script = serde_yaml::from_str(SCRIPT).expect("a script");
    Scripted::new("tiny", &script, Vec::new(), Retention::All)
        .with_messages(vec!["Do the work.".into(), "And more.\n".into()])
}

fn tools() -> Value {
    json!([{"type": "function", "name": "bash", "parameters": {
        "properties": {"command": {"type": "string"}}, "required": ["command"],
    }}])
}

fn request(tools: &Value, input: &[Value]) -> Request {
    let body = json!({"model": "m", "tools": tools, "input": input});
    Request::parse(body.to_string().as_bytes()).expect("a request")
}

fn ask(model: &Scripted, tools: &Value, input: &[Value]) -> Result<Answer, ApiError> {
    let request = request(tools, input);
    model
        .answer(&Ask { endpoint: Endpoint::Responses, request: &request })
        .map_err(|declined| declined.error)
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": [{"type": "input_text", "text": text}]})
}

fn values(answer: &Answer) -> Vec<Value> {
    answer.items.iter().map(Raw::value).collect()
}

/// What a client that keeps nothing on the server sends back: no ids, except those of calls.
fn bare(answer: &Answer) -> Vec<Value> {
    let bare = |mut item: Value| {
        let fields = item.as_object_mut().expect("an item");
        fields.retain(|key, _| !["id", "status"].contains(&key.as_str()));
        item
    };
    values(answer).into_iter().map(bare).collect()
}

fn outputs(answer: &Answer) -> Vec<Value> {
    let calls = values(answer).into_iter().filter(|item| item["type"] == "function_call");
    calls
        .map(|call| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "x"}))
        .collect()
}

/// A whole session in which items come back as `echo` has them; what answered each request.
fn session(echo: impl Fn(&Answer) -> Vec<Value>) -> Vec<String> {
    let model = scripted();
    let mut input = Vec::new();
    let mut steps = Vec::new();
    for message in ["\"Do the work.\"", "And more."] {
        input.push(user(message));
        loop {
            let answer = ask(&model, &tools(), &input).expect("an answer");
            assert_eq!((answer.thread, answer.echoed), (0, 0));
            steps.push(answer.answered_by.clone());
            input.extend(echo(&answer));
            let outputs = outputs(&answer);
            if outputs.is_empty() {
                break;
            }
            input.extend(outputs);
        }
    }
    steps
}

#[test]
fn every_client_is_led_through_the_script() {
    let steps = ["step look", "step told", "step again", "step end"];
    assert_eq!(session(values), steps, "with ids");
    assert_eq!(session(bare), steps, "without");
    let no_reasoning = |answer: &Answer| {
        bare(answer).into_iter().filter(|item| item["type"] != "reasoning").collect()
    };
    assert_eq!(session(no_reasoning), steps, "without reasoning");
}

#[test]
fn an_answer_that_nobody_gave_is_no_position() {
    let model = scripted();
    let said = json!({"role": "assistant", "content": "Something else."});
    let input = [user("Do the work."), said, user("And more.")];
    let error = ask(&model, &tools(), &input).expect_err("lost");
    assert!(error.body().contains("script_position_lost"));
}

#[test]
fn side_conversations_are_answered_and_disturb_nothing() {
    let model = scripted();
    let title = [
        json!({"role": "developer", "content": "You make titles.\nToday is 2026-01-15."}),
        user("A title for this:"),
        user("Do the work."),
    ];
    let answer = ask(&model, &json!([]), &title).expect("an answer");
    assert_eq!(answer.answered_by, "side conversation");
    assert_eq!(answer.items.len(), 1);
    assert_eq!(answer.items[0].item().text(), "tiny");
    assert_ne!(answer.thread, 0);
    // A sub-agent has tools, but not the user's message.
    let child = ask(&model, &tools(), &[user("Find the files.")]).expect("an answer");
    assert_ne!(child.thread, 0);
    assert_ne!(child.thread, answer.thread);
    // Another day it is the same conversation; its next answer has ids of its own.
    let mut tomorrow = title.to_vec();
    tomorrow[0] = json!({"role": "developer", "content": "You make titles.\nToday is 2026-01-16."});
    assert_eq!(ask(&model, &json!([]), &tomorrow), Ok(answer.clone()));
    tomorrow.extend(values(&answer));
    tomorrow.push(user("Shorter."));
    let next = ask(&model, &json!([]), &tomorrow).expect("an answer");
    assert_eq!(next.thread, answer.thread);
    assert_ne!(next.response_id, answer.response_id);
    // What it said may turn up in the main conversation, as an output.
    let main = ask(&model, &tools(), &[user("Do the work.")]).expect("an answer");
    let mut input = vec![user("Do the work.")];
    input.extend(values(&main));
    input.extend(outputs(&main).into_iter().map(|mut output| {
        output["output"] = child.items[0].value()["content"].clone();
        output
    }));
    let next = ask(&model, &tools(), &input).expect("an answer");
    assert_eq!((next.thread, next.answered_by.as_str()), (0, "step told"));
}

#[test]
fn a_compaction_belongs_to_the_conversation_it_compacts() {
    let model = scripted();
    let summary = "You are performing a CONTEXT CHECKPOINT COMPACTION. Write it.";
    let main = [user("Do the work."), user(summary)];
    let answer = ask(&model, &json!([]), &main).expect("an answer");
    assert_eq!((answer.thread, answer.answered_by.as_str()), (0, "compaction"));
    // Its text alone leads on, said by the user or by the assistant.
    for role in ["user", "assistant"] {
        let text = answer.items[0].item().text();
        let input = [json!({"role": role, "content": text}), user("Go on.")];
        let answer = ask(&model, &tools(), &input).expect("an answer");
        assert_eq!((answer.thread, answer.answered_by.as_str()), (0, "step look"));
    }
    let child = [user("Find the files."), user(summary)];
    assert_ne!(ask(&model, &json!([]), &child).expect("an answer").thread, 0);
    let trigger = [user("Find the files."), json!({"type": "compaction_trigger"})];
    let answer = ask(&model, &tools(), &trigger).expect("an answer");
    assert_eq!(answer.items[0].value()["type"], "compaction");
}

#[test]
fn a_summary_of_a_transcript_is_an_error_since_nothing_tells_where_it_is() {
    let transcript =
        "Here is the conversation so far:\n\n[User]: Do the work.\n[Assistant]: I look.";
    let error = ask(&scripted(), &json!([]), &[user(transcript)]).expect_err("lost");
    assert!(error.body().contains("a larger context"), "{}", error.body());
    let other = "Here is the conversation so far:\n\n[User]: Find the files.";
    assert_ne!(ask(&scripted(), &json!([]), &[user(other)]).expect("an answer").thread, 0);
}

#[test]
fn without_messages_everything_is_the_main_conversation() {
    let script: Script = serde_yaml::from_str(SCRIPT).expect("a script");
    let model = Scripted::new("tiny", &script, Vec::new(), Retention::All);
    let answer = ask(&model, &tools(), &[user("anything")]).expect("an answer");
    assert_eq!((answer.thread, answer.answered_by.as_str()), (0, "step look"));
}

#[test]
fn verbs_are_told_item_by_item() {
    let model = scripted();
    let verbs = |input: &[Value]| {
        let request = request(&tools(), input);
        model.verbs(&Ask { endpoint: Endpoint::Responses, request: &request })
    };
    assert_eq!(verbs(&[user("Do the work.")]), Ok(vec!["reason", "say", "run", "read"]));
    assert_eq!(verbs(&[user("Find the files.")]), Ok(vec!["side"]));
}

#[test]
fn an_agent_file_says_which_tool_is_meant() {
    let map = serde_yaml::from_str("run: {tool: go, arguments: {line: '{cmd}'}}").expect("a map");
    let model = scripted().with_dialect(map);
    let mut tools = tools();
    let go = json!({"type": "function", "name": "go"});
    let without = ask(&model, &tools, &[user("Do the work.")]).expect_err("not advertised");
    assert!(
        without
            .body()
            .contains("needs the function tool `go` of the agent file; the agent advertises bash"),
        "{}",
        without.body()
    );
    tools.as_array_mut().expect("a list").push(go);
    let answer = ask(&model, &tools, &[user("Do the work.")]).expect("an answer");
    let calls: Vec<Value> =
        values(&answer).into_iter().filter(|item| item["name"].is_string()).collect();
    assert_eq!(
        (&calls[0]["name"], &calls[0]["arguments"]),
        (&json!("go"), &json!("{\"line\":\"ls\"}"))
    );
    assert_eq!(calls[1]["name"], "bash", "a verb without a template");
}

#[test]
fn positions_survive_in_hosted_tools() {
    let model = scripted();
    for (tool, output) in [
        ("local_shell", json!({"type": "local_shell_call_output", "output": "{}"})),
        ("shell", json!({"type": "shell_call_output", "output": []})),
    ] {
        let tools = json!([{"type": tool}]);
        let mut input = vec![user("Do the work.")];
        let answer = ask(&model, &tools, &input).expect("an answer");
        for item in values(&answer) {
            let is_call = item["type"] == format!("{tool}_call");
            // Only the outputs come back: they alone must tell.
            if is_call {
                let mut output = output.clone();
                let key = if tool == "shell" { "call_id" } else { "id" };
                output[key] = item[key].clone();
                input.push(output);
            }
        }
        let next = ask(&model, &tools, &input).expect("an answer");
        assert_eq!(next.answered_by, "step told", "{tool}");
    }
}
