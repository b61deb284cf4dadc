//! What a step does when something is missing, and where its binds copy from.

use super::step::{Choice, choose};
use crate::measure::View;
use crate::scenario::{Action, Fact, ReadAction, RunAction, Step};
use crate::wire::Request;
use serde_json::{Value, json};

fn view(items: &[Value]) -> View {
    let body = json!({"model": "m", "instructions": "Base.", "input": items}).to_string();
    View::of(&Request::parse(body.as_bytes()).unwrap())
}

fn said(role: &str, text: &str) -> Value {
    json!({"role": role, "content": text})
}

fn output(text: &str) -> Value {
    json!({"type": "function_call_output", "call_id": "c", "output": text})
}

fn step(yaml: Value) -> Step {
    let mut step = json!({"id": "set", "do": [{"say": "cap {cap}"}]});
    step.as_object_mut().unwrap().extend(yaml.as_object().unwrap().clone());
    serde_json::from_value(step).unwrap()
}

/// The fact `cap` is 43, and was 40.
fn facts() -> Vec<Fact> {
    let fact = json!({"id": "cap", "class": "constraint", "value": "43",
        "forms": ["at most 43 generations"], "superseded": ["at most 40 generations"]});
    vec![serde_json::from_value(fact).unwrap()]
}

fn needs_cap(by: &str) -> Step {
    step(json!({
        "requires": ["cap"],
        "bind": {"cap": {"fact": "cap", "pattern": "at most (\\d+)", "by": by}},
    }))
}

fn chosen(step: &Step, used: u32, items: &[Value]) -> Choice {
    choose(step, used, &facts(), &view(items))
}

fn cap(choice: &Choice) -> Option<&str> {
    assert!(choice.done, "{choice:?}");
    choice.values.get("cap").map(String::as_str)
}

const NEW: &str = "It runs at most 43 generations.";
const OLD: &str = "It runs at most 40 generations.";

#[test]
fn a_step_that_misses_nothing_is_done() {
    let choice = chosen(&needs_cap("last"), 3, &[said("user", NEW)]);
    assert_eq!(cap(&choice), Some("43"));
    assert_eq!(choice.actions, [Action::Say("cap {cap}".into())]);
    assert_eq!((choice.fallbacks, choice.why.as_str()), (0, ""));
    assert!(chosen(&step(json!({})), 0, &[]).done);
}

#[test]
fn fallbacks_come_in_order_and_a_call_is_tried_twice() {
    let ladder = json!({
        "requires": ["cap"],
        "bind": {
            "cap": {"fact": "cap", "pattern": "at most (\\d+)"},
            "name": {"pattern": "called (\\w+)"},
        },
        "on_missing": [
            {"reacquire": {"read": {"path": "limits.md"}}},
            {"ask": "How many?"},
            {"reacquire": {"run": {"cmd": "cat notes"}}},
            {"guess": {"cap": "7", "name": "nobody"}},
            "stop",
        ],
    });
    let step = step(ladder);
    let items = [said("user", "The run is called fern.")];
    let read = Action::Read(ReadAction { path: "limits.md".into(), lines: None });
    let run = Action::Run(RunAction { cmd: "cat notes".into(), workdir: None, wait_for: None });
    let ask = Action::Say("How many?".into());
    let expected = [
        (read.clone(), ": reacquire cap"),
        (read, ": reacquire cap"),
        (ask, ": ask cap"),
        (run.clone(), ": reacquire cap"),
        (run, ": reacquire cap"),
    ];
    for (used, (action, why)) in (0..).zip(expected) {
        let choice = chosen(&step, used, &items);
        assert_eq!((&choice.actions[..], choice.why.as_str()), (&[action][..], why), "{used}");
        assert_eq!((choice.done, choice.fallbacks), (false, used + 1), "{used}");
    }
    let guess = chosen(&step, 5, &items);
    assert_eq!(cap(&guess), Some("7"));
    assert_eq!(guess.values["name"], "fern", "what is visible is not guessed");
    assert_eq!((guess.actions, guess.why.as_str()), (step.actions.clone(), ": guess cap"));
    // A guess ends the step; beyond the ladder is where `stop` is.
    let stop = chosen(&step, 6, &items);
    assert_eq!((stop.done, stop.fallbacks), (false, 6));
    assert_eq!(stop.why, ": stop, missing cap");
}

#[test]
fn what_a_fallback_brings_back_is_used() {
    let items = [said("user", "Go."), output(NEW)];
    for used in 0..4 {
        assert_eq!(cap(&chosen(&needs_cap("last"), used, &items)), Some("43"));
    }
}

#[test]
fn without_fallbacks_it_stops_and_says_what_is_missing() {
    let step = step(json!({
        "requires": ["cap", "nobody-planted-this"],
        "bind": {
            "cap": {"fact": "cap", "pattern": "at most (\\d+)"},
            "name": {"pattern": "called (\\w+)"},
        },
    }));
    let stop = chosen(&step, 0, &[said("user", "Go.")]);
    let text = "I cannot go on: I no longer know cap,nobody-planted-this,name.";
    assert_eq!(stop.actions, [Action::Say(text.into())]);
    // Not counted: a later message may bring the fact back, and then nothing was used up.
    assert_eq!((stop.done, stop.fallbacks), (false, 0));
    assert!(chosen(&needs_cap("last"), 0, &[said("user", NEW)]).done);
}

#[test]
fn the_last_match_is_bound_in_item_order_and_within_a_text() {
    let step = step(json!({"bind": {"cap": {"pattern": "cap is (\\d+)"}}}));
    let items = [
        said("developer", "The cap is 1."),
        said("user", "No, the cap is 2, or the cap is 3."),
        output("nothing here"),
    ];
    assert_eq!(cap(&chosen(&step, 0, &items)), Some("3"));
    assert_eq!(cap(&chosen(&step, 0, &items[..1])), Some("1"));
}

#[test]
fn by_rank_the_highest_role_wins_and_of_equals_the_last() {
    let step = step(json!({"bind": {"cap": {"pattern": "cap is (\\d+)", "by": "rank"}}}));
    let told = |role: &str, cap: u32| said(role, &format!("The cap is {cap}."));
    let all = [told("system", 4), told("developer", 3), told("user", 2), told("assistant", 1)];
    let mut reversed = all.clone();
    reversed.reverse();
    for items in [&all, &reversed] {
        assert_eq!(cap(&chosen(&step, 0, items)), Some("4"));
    }
    assert_eq!(cap(&chosen(&step, 0, &all[1..])), Some("3"));
    assert_eq!(cap(&chosen(&step, 0, &reversed[..2])), Some("2"));
    assert_eq!(cap(&chosen(&step, 0, &[output("cap is 8"), told("assistant", 1)])), Some("1"));
    assert_eq!(cap(&chosen(&step, 0, &[told("user", 5), told("user", 6)])), Some("6"));
}

#[test]
fn a_bind_of_a_fact_looks_only_where_the_fact_can_be_read() {
    let items = [said("user", NEW), output("at most 99 colours")];
    assert_eq!(cap(&chosen(&needs_cap("last"), 0, &items)), Some("43"));
    // Of a fact that nobody planted nothing can be bound, whatever the pattern finds.
    let step = step(json!({"bind": {"cap": {"fact": "other", "pattern": "at most (\\d+)"}}}));
    assert_eq!(chosen(&step, 0, &items).why, ": stop, missing other");
}

#[test]
fn without_a_group_the_whole_match_is_bound() {
    let step = step(json!({"bind": {"cap": {"pattern": "most \\d+"}}}));
    assert_eq!(cap(&chosen(&step, 0, &[said("user", NEW)])), Some("most 43"));
}

#[test]
fn a_stale_value_counts_as_known_and_goes_into_the_call() {
    let step = needs_cap("last");
    assert_eq!(cap(&chosen(&step, 0, &[said("user", OLD)])), Some("40"));
    assert_eq!(cap(&chosen(&step, 0, &[said("user", OLD), output(NEW)])), Some("43"));
    assert_eq!(cap(&chosen(&step, 0, &[said("user", NEW), output(OLD)])), Some("40"));
    let items = [said("user", NEW), output(OLD)];
    assert_eq!(cap(&chosen(&needs_cap("rank"), 0, &items)), Some("43"), "the user outranks it");
}
