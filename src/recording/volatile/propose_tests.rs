//! Two runs that should have been equal, and what is proposed of them.

use super::propose;
use super::{Masks, VolatileRules, With};
use crate::wire::Request;
use serde_json::json;

fn request(id: &str, chunk: &str, wall: &str, key: &str) -> Request {
    let output = format!("Chunk ID: {chunk}\nWall time: {wall} seconds\nOutput:\n12 passed");
    let body = json!({"model": "m", "prompt_cache_key": key, "input": [
        {"role": "user", "content": "go"},
        {"type": "function_call_output", "id": format!("fco_{id}"), "output": output},
    ]});
    Request::parse(body.to_string().as_bytes()).unwrap()
}

const ONE: &str = "0190aaaa-1111-7000-8000-000000000001";
const TWO: &str = "0190bbbb-2222-7000-8000-000000000002";

#[test]
fn the_proposed_rules_make_two_runs_equal_and_touch_nothing_else() {
    let one = request(ONE, "a1b2c3", "0.0123", ONE);
    let two = request(TWO, "d4e5f6", "10.5", TWO);
    let proposal = propose(std::slice::from_ref(&one), std::slice::from_ref(&two));
    assert_eq!(proposal.left, Vec::<String>::new());
    let masks = Masks::new(&VolatileRules { version: 1, rules: proposal.rules.clone() });
    let masks = masks.unwrap();
    let masked = masks.apply(&one).request;
    assert_eq!(masked, masks.apply(&two).request);
    let text = masked.to_body();
    assert!(text.contains("12 passed") && text.contains("Wall time: 0 seconds"), "{text}");
    let at: Vec<&str> = proposal.rules.iter().map(|rule| rule.at.as_str()).collect();
    assert_eq!(at, ["/input/*/id", "/input/*/output", "/input/*/output", "/prompt_cache_key"]);
    assert_eq!(proposal.rules[0].with, With::Numbered("uuid".into()));
}

#[test]
fn equal_runs_need_no_rules() {
    let one = request(ONE, "a1b2c3", "0.1", ONE);
    assert_eq!(propose(std::slice::from_ref(&one), std::slice::from_ref(&one)).rules, []);
}

#[test]
fn values_beside_each_other_get_patterns_that_hold_after_each_other() {
    let parse = |a: &str, b: &str, n: &str| {
        let text = format!(r#"{{"first_id":"{a}","second_id":"{b}"}} {a} {n}"#);
        let body = json!({"m": text, "input": [{"output": format!("Chunk ID: {n}\nok")}]});
        Request::parse(body.to_string().as_bytes()).unwrap()
    };
    let (one, two) = (parse(ONE, TWO, "35a7c1"), parse(TWO, ONE, "3f0012"));
    let proposal = propose(std::slice::from_ref(&one), std::slice::from_ref(&two));
    assert_eq!(proposal.left, Vec::<String>::new());
    assert_eq!(proposal.rules[0].name, "hex input/*/output");
    let patterns = proposal.rules.iter().filter_map(|rule| rule.pattern.as_deref());
    assert!(patterns.clone().all(|pattern| !pattern.contains('\0')), "{:#?}", proposal.rules);
    assert!(patterns.count() == 5, "{:#?}", proposal.rules);
    let rules = VolatileRules { version: 1, rules: proposal.rules };
    let masks = Masks::new(&rules).unwrap();
    assert_eq!(masks.apply(&one).request, masks.apply(&two).request);
}

#[test]
fn a_long_text_is_never_replaced_as_a_whole() {
    let request = |word: &str| {
        let text = format!("total\n{word} is what it said\n");
        let body = json!({"input": [{"output": text, "name": word}]});
        Request::parse(body.to_string().as_bytes()).unwrap()
    };
    let proposal = propose(&[request("Anna")], &[request("Bert")]);
    assert_eq!(proposal.rules.len(), 1, "{proposal:?}");
    assert_eq!(proposal.rules[0].name, "whole input/*/name");
    let left = "/input/0/output: \"Anna is what it said\\n\" in one run, \"Bert is what it said\\n\" \
                in the other";
    assert_eq!(proposal.left, [left]);
}

#[test]
fn keys_in_another_order_are_sorted_and_lost_items_are_named() {
    let parse = |text: &str| Request::parse(text.as_bytes()).unwrap();
    let one = parse(r#"{"m":{"a":1,"b":2},"input":[1,2]}"#);
    let two = parse(r#"{"m":{"b":2,"a":1},"input":[1]}"#);
    let proposal = propose(&[one], &[two]);
    assert_eq!((proposal.rules.len(), &proposal.rules[0].with), (1, &With::Sorted));
    assert_eq!(proposal.left, ["request 0: 2 input items in one run, 1 in the other"]);
}
