//! Rules proposed from two runs that should have been equal.
//!
//! Wherever the requests of two runs differ inside a text, the shape of what differs there (an id,
//! a time, a number) and the words before it on its line make a rule. A short value without a known
//! shape is replaced as a whole; a longer text is not, since what an agent read would be hidden from
//! whoever answers it. Such texts, and calls added or lost, are named for a person to judge.

use super::mask::Masks;
use super::rules::{VolatileRule, VolatileRules, With};
use crate::wire::Request;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// Shapes, the most telling first: name, pattern, whether equal values matter.
const SHAPES: [Shape; 7] = [
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
/// How much of it is enough.
const ENOUGH: usize = 8;
/// Stands, while a text is looked at, where a rule has been found already.
const FOUND: char = '\0';
/// The longest value that is replaced as a whole.
const WHOLE: usize = 100;
/// How much of a difference without a shape is shown.
const SHOWN: usize = 40;

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
        // Values are numbered in the order of their keys, so that comes first.
        for (name, value) in &one.fields {
            let Some(other) = two.field(name) else { continue };
            self.orders(&format!("/{name}"), &value.value(), &other.value());
        }
        for (at, (one, two)) in one.input.iter().zip(&two.input).enumerate() {
            self.orders(&format!("/input/{at}"), &one.value(), &two.value());
        }
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

    /// Finds objects whose keys come in another order.
    fn orders(&mut self, at: &str, one: &Value, two: &Value) {
        match (one, two) {
            (Value::Object(a), Value::Object(b)) => {
                let same = a.len() == b.len() && a.keys().all(|key| b.contains_key(key));
                if same && a.keys().ne(b.keys()) {
                    self.add(&general(at), None, With::Sorted, "order of");
                }
                for (key, value) in a {
                    let Some(other) = b.get(key) else { continue };
                    self.orders(&format!("{at}/{key}"), value, other);
                }
            }
            (Value::Array(a), Value::Array(b)) => {
                for (index, (value, other)) in a.iter().zip(b).enumerate() {
                    self.orders(&format!("{at}/{index}"), value, other);
                }
            }
            _ => {}
        }
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
    fn texts(&mut self, place: &str, one: &str, two: &str) {
        let (mut one, mut two) = (one.to_owned(), two.to_owned());
        let at = general(place);
        let mut found = Vec::new();
        while one != two && found.len() < 16 {
            let Some((pattern, with, name)) = difference(&one, &two) else { break };
            let Ok(regex) = Regex::new(&pattern) else { break };
            let blank = |text: &str| {
                let blank = |found: &regex::Captures<'_>| {
                    let whole = found.get(0).map_or("", |whole| whole.as_str());
                    let part = found.get(1).map_or(0, |part| part.len());
                    // The value stands at the end of its pattern.
                    format!("{}{FOUND}", &whole[..whole.len() - part])
                };
                regex.replace_all(text, blank).into_owned()
            };
            (one, two) = (blank(&one), blank(&two));
            found.push((pattern, with, name));
        }
        let short = |text: &str| text.len() <= WHOLE && !text.contains('\n');
        if one != two && short(&one) && short(&two) {
            self.add(&at, None, With::Numbered("value".into()), "whole");
            return;
        }
        if one != two {
            let from = equal_bytes(&one, &two);
            let [one, two] = [&one, &two].map(|text| -> String {
                text[from..].chars().map(|c| if c == FOUND { '*' } else { c }).take(SHOWN).collect()
            });
            self.leave(format!("{place}: {one:?} in one run, {two:?} in the other"));
        }
        for (pattern, with, name) in found {
            self.add(&at, Some(pattern), with, name);
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
        self.rules.push(VolatileRule { name: full, at: at.to_owned(), pattern, with, kept: false });
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

/// How many bytes two texts have in common at their beginning, in whole characters.
fn equal_bytes(one: &str, two: &str) -> usize {
    let pairs = one.chars().zip(two.chars());
    pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// What stands at the first place where two texts differ, if it has a known shape in both: the name
/// of the shape, and where the two values are.
pub(crate) fn varying(one: &str, two: &str) -> Option<(&'static str, Range<usize>, Range<usize>)> {
    let ((name, ..), a, b) = shape(one, two)?;
    Some((name, a, b))
}

/// Name, pattern, and whether equal values matter.
type Shape = (&'static str, &'static str, bool);

fn shape(one: &str, two: &str) -> Option<(Shape, Range<usize>, Range<usize>)> {
    let at = equal_bytes(one, two);
    // Whole words before parts of words: `35a7c1` is no number.
    let tries = [true, false].into_iter().flat_map(|whole| SHAPES.map(|shape| (whole, shape)));
    for (whole, (name, shape, numbered)) in tries {
        let Ok(regex) = Regex::new(shape) else { continue };
        let covering = |text: &str| {
            let found = regex.find_iter(text).map(|found| found.range());
            let mut found = found.filter(|found| found.end >= at && found.start <= at);
            found.find(|found| !whole || is_word(text, found))
        };
        let (Some(a), Some(b)) = (covering(one), covering(two)) else { continue };
        if a.start == b.start && one[a.clone()] != two[b.clone()] {
            return Some(((name, shape, numbered), a, b));
        }
    }
    None
}

/// A pattern around the first place where two texts differ.
fn difference(one: &str, two: &str) -> Option<(String, With, &'static str)> {
    let ((name, shape, numbered), a, b) = shape(one, two)?;
    let pattern = format!("{}({shape})", context(&one[..a.start]));
    let with = match (numbered, a.len() == b.len() && name != DECIMAL) {
        (true, _) => With::Numbered(name.to_owned()),
        (false, true) => With::Zeros,
        (false, false) => With::Text("0".into()),
    };
    Some((pattern, with, name))
}

/// Whether neither letter nor digit stands before or behind.
fn is_word(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    !before.into_iter().chain(after).any(char::is_alphanumeric)
}

/// A pattern for what stands before a value on its line.
fn context(before: &str) -> String {
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let near = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(from, _)| from);
    let mut from = line.max(near);
    // What an earlier rule replaces is no context, unless there is little else.
    let found = before.rfind(FOUND).map_or(0, |at| at + FOUND.len_utf8());
    // Inside of JSON in a text, the key says enough: what stands before it may be another time.
    let key = [",\"", "{\""].iter().filter_map(|open| before.rfind(open)).max();
    let key = key.map_or(0, |at| at + 1);
    for cut in [found, key] {
        if before.len() - cut >= ENOUGH {
            from = from.max(cut);
        }
    }
    let start = match (from == line, line == 0) {
        (true, true) => "^",
        (true, false) => "(?m)^",
        (false, _) => "",
    };
    let parts: Vec<String> = before[from..].split(FOUND).map(regex::escape).collect();
    format!("{start}{}", parts.join(".+?"))
}
