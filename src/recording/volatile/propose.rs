//! Rules proposed from two runs that should have been equal.
//!
//! Wherever the requests of two runs differ inside a text, the shape of what differs there (an id,
//! a time, a number) and the words before it on its line make a rule. What has no known shape is
//! proposed as a whole value, for a person to judge. Calls added or lost are no volatile fields,
//! and are named as such.

use super::mask::Masks;
use super::rules::{VolatileRule, VolatileRules, With};
use crate::wire::Request;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;

/// Shapes, the most telling first: name, pattern, whether equal values matter.
const SHAPES: [(&str, &str, bool); 7] = [
    ("uuid", r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", true),
    ("time", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?", false),
    ("date", r"\d{4}-\d\d-\d\d", false),
    (DECIMAL, r"\d+\.\d+", false),
    ("number", r"\d+", false),
    ("hex", r"[0-9a-f]{6,}", false),
    ("token", r"[A-Za-z0-9]{8,}", true),
];

/// Fractions have another length every few runs, even where these two have the same.
const DECIMAL: &str = "decimal";

/// How much of the line before a difference goes into a pattern.
const CONTEXT: usize = 32;

/// What two runs say of an agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    /// Rules that make the two equal, as far as any rules can.
    pub rules: Vec<VolatileRule>,
    /// Differences that no rule can take away: pointer and what differs.
    pub left: Vec<String>,
}

/// Proposes rules that make the requests of two runs equal.
#[must_use]
pub fn propose(first: &[Request], second: &[Request]) -> Proposal {
    let mut proposal = Proposal::default();
    if first.len() != second.len() {
        let (one, two) = (first.len(), second.len());
        proposal.left.push(format!("one run sent {one} requests, the other {two}"));
    }
    for (number, (one, two)) in first.iter().zip(second).enumerate() {
        proposal.request(number, one, two);
    }
    if proposal.left.is_empty() {
        proposal.what_remains(first, second);
    }
    proposal
}

impl Proposal {
    fn request(&mut self, number: usize, one: &Request, two: &Request) {
        // What the rules so far take away is no longer seen.
        let (one, two) = (self.masked(one), self.masked(two));
        if one.input.len() != two.input.len() {
            let (a, b) = (one.input.len(), two.input.len());
            self.leave(format!("request {number}: {a} input items in one run, {b} in the other"));
        }
        for (at, (one, two)) in one.input.iter().zip(&two.input).enumerate() {
            self.values(&format!("/input/{at}"), &one.value(), &two.value());
        }
        let names = |request: &Request| -> Vec<String> {
            request.fields.iter().map(|(name, _)| name.clone()).collect()
        };
        if names(&one) != names(&two) {
            self.leave(format!("request {number}: other fields, or another order of fields"));
        }
        for (name, value) in &one.fields {
            let Some(other) = two.field(name) else { continue };
            self.values(&format!("/{name}"), &value.value(), &other.value());
            if self.masked(&one).field(name) != self.masked(&two).field(name)
                && value.value() == other.value()
            {
                // Equal values in other bytes: keys in another order.
                self.add(&format!("/{name}"), None, With::Sorted, "order of");
            }
        }
    }

    /// Names the requests that the rules, all together, do not make equal.
    fn what_remains(&mut self, first: &[Request], second: &[Request]) {
        for (number, (one, two)) in first.iter().zip(second).enumerate() {
            if self.masked(one) != self.masked(two) {
                self.leave(format!("request {number} still differs with these rules"));
            }
        }
    }

    fn masked(&self, request: &Request) -> Request {
        let rules = VolatileRules { version: 0, rules: self.rules.clone() };
        // Rules made here have patterns made here: they can be applied.
        Masks::new(&rules).map_or_else(|_| request.clone(), |masks| masks.apply(request).request)
    }

    fn values(&mut self, at: &str, one: &Value, two: &Value) {
        match (one, two) {
            (Value::Object(a), Value::Object(b)) => {
                for (key, value) in a {
                    match b.get(key) {
                        Some(other) => self.values(&format!("{at}/{key}"), value, other),
                        None => self.leave(format!("{at}/{key} is in one run only")),
                    }
                }
                for key in b.keys().filter(|key| !a.contains_key(*key)) {
                    self.leave(format!("{at}/{key} is in one run only"));
                }
            }
            (Value::Array(a), Value::Array(b)) => {
                for (index, (value, other)) in a.iter().zip(b).enumerate() {
                    self.values(&format!("{at}/{index}"), value, other);
                }
                if a.len() != b.len() {
                    self.leave(format!(
                        "{at} has {} elements in one run, {} in the other",
                        a.len(),
                        b.len()
                    ));
                }
            }
            (Value::String(a), Value::String(b)) if a != b => self.texts(at, a, b),
            (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
                self.leave(format!("{at} is another kind of value in each run"));
            }
            (a, b) if a != b => {
                let (one, two) = (a.to_string(), b.to_string());
                let whole = a.is_u64() && b.is_u64() && one.len() == two.len();
                let with = if whole { With::Zeros } else { With::Text("0".into()) };
                self.add(&general(at), None, with, "value of");
            }
            _ => {}
        }
    }

    /// Finds rules until the two texts are equal.
    fn texts(&mut self, at: &str, one: &str, two: &str) {
        let (mut one, mut two) = (one.to_owned(), two.to_owned());
        let at = general(at);
        for _ in 0..16 {
            if one == two {
                return;
            }
            let Some((pattern, with, name)) = difference(&one, &two) else { break };
            let Ok(regex) = Regex::new(&pattern) else { break };
            let blank = |text: &str| {
                regex
                    .replace_all(text, |found: &regex::Captures<'_>| {
                        let whole = found.get(0).map_or("", |whole| whole.as_str());
                        let part = found.get(1).map_or("", |part| part.as_str());
                        whole.replacen(part, "\u{0}", 1)
                    })
                    .into_owned()
            };
            self.add(&at, Some(pattern.clone()), with, name);
            (one, two) = (blank(&one), blank(&two));
        }
        if one != two {
            self.add(&at, None, With::Numbered("value".into()), "whole");
        }
    }

    fn add(&mut self, at: &str, pattern: Option<String>, with: With, name: &str) {
        let same = |rule: &VolatileRule| rule.at == at && rule.pattern == pattern;
        if self.rules.iter().any(same) {
            return;
        }
        let mut full = format!("{name} {}", at.trim_start_matches('/'));
        let taken: BTreeSet<&str> = self.rules.iter().map(|rule| rule.name.as_str()).collect();
        if taken.contains(full.as_str()) {
            full = format!("{full} ({})", self.rules.len() + 1);
        }
        self.rules.push(VolatileRule { name: full, at: at.to_owned(), pattern, with });
    }

    fn leave(&mut self, what: String) {
        if !self.left.contains(&what) {
            self.left.push(what);
        }
    }
}

/// A pointer with `*` for every index.
fn general(at: &str) -> String {
    let part = |part: &str| match part.parse::<usize>() {
        Ok(_) => "*".to_owned(),
        Err(_) => part.to_owned(),
    };
    at.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A pattern around the first place where two texts differ.
fn difference(one: &str, two: &str) -> Option<(String, With, &'static str)> {
    let mut at = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
    while !one.is_char_boundary(at) {
        at -= 1;
    }
    for (name, shape, numbered) in SHAPES {
        let Ok(regex) = Regex::new(shape) else { continue };
        let covering = |text: &str| {
            let found =
                regex.find_iter(text).find(|found| found.end() >= at && found.start() <= at);
            found.map(|found| found.range())
        };
        let (Some(a), Some(b)) = (covering(one), covering(two)) else { continue };
        if a.start != b.start || one[a.clone()] == two[b.clone()] {
            continue;
        }
        let before = &one[..a.start];
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let from = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(from, _)| from);
        let context = &before[line.max(from)..];
        let whole_line = line >= from;
        let start = match (whole_line, line == 0) {
            (true, true) => "^",
            (true, false) => "(?m)^",
            (false, _) => "",
        };
        let pattern = format!("{start}{}({shape})", regex::escape(context));
        let with = match (numbered, a.len() == b.len() && name != DECIMAL) {
            (true, _) => With::Numbered(name.to_owned()),
            (false, true) => With::Zeros,
            (false, false) => With::Text("0".into()),
        };
        return Some((pattern, with, name));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Masks, VolatileRules, With};
    use super::propose;
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
    fn keys_in_another_order_are_sorted_and_lost_items_are_named() {
        let parse = |text: &str| Request::parse(text.as_bytes()).unwrap();
        let one = parse(r#"{"m":{"a":1,"b":2},"input":[1,2]}"#);
        let two = parse(r#"{"m":{"b":2,"a":1},"input":[1]}"#);
        let proposal = propose(&[one], &[two]);
        assert_eq!((proposal.rules.len(), &proposal.rules[0].with), (1, &With::Sorted));
        assert_eq!(proposal.left, ["request 0: 2 input items in one run, 1 in the other"]);
    }
}
