//! Applying the rules to a request.
//!
//! Only values that a rule reaches are looked into, and only containers in which something was
//! replaced are written anew; everything else keeps its bytes.

use super::rules::{Ready, RuleError, VolatileRules, With};
use crate::wire::{Raw, Request, object};
use regex::Captures;
use serde_json::Value;
use std::collections::BTreeMap;

/// Rules, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    rules: Vec<Ready>,
    names: Vec<String>,
}

/// A request without what is volatile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The request with placeholders.
    pub request: Request,
    /// Bytes of what is out of sight, by rule, in the order of the rules: of the placeholders that
    /// nothing else vouches for. The second of two equal values is not among them (another value
    /// would have another number), nor is what [`Memory`](super::Memory) has checked.
    pub bytes: Vec<(String, u64)>,
}

/// A masked request, and what was replaced in it.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    pub(super) request: Request,
    /// By input item.
    pub(super) items: Vec<Vec<Replaced>>,
    /// In the other fields.
    pub(super) fields: Vec<Replaced>,
}

/// One value that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    pub(super) rule: usize,
    pub(super) old: String,
    /// Of the placeholder; none if the value stood in the request before.
    pub(super) bytes: u64,
}

impl Masks {
    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Prepares rules.
    ///
    /// # Errors
    /// The first rule whose place or pattern cannot be read.
    pub fn new(rules: &VolatileRules) -> Result<Self, RuleError> {
        let names = rules.rules.iter().map(|rule| rule.name.clone()).collect();
        let rules = rules.rules.iter().map(Ready::new).collect::<Result<_, _>>()?;
        Ok(Self { rules, names })
    }

    /// Replaces what is volatile. Values are numbered over the input first, then over the other
    /// fields, so that a history that only grows keeps its numbers.
    #[must_use]
    pub fn apply(&self, request: &Request) -> Masked {
        let Pieces { request, items, fields } = self.pieces(request);
        Masked { request, bytes: self.sums(items.iter().flatten().chain(&fields)) }
    }

    pub(super) fn pieces(&self, request: &Request) -> Pieces {
        let mut pass = Pass {
            masks: self,
            taken: self.taken(request),
            numbers: BTreeMap::new(),
            replaced: Vec::new(),
            path: Vec::new(),
        };
        let mut request = request.clone();
        let mut items = Vec::with_capacity(request.input.len());
        pass.path.push("input".to_owned());
        for (at, item) in request.input.iter_mut().enumerate() {
            pass.below(at.to_string(), item);
            items.push(std::mem::take(&mut pass.replaced));
        }
        pass.path.pop();
        for (name, value) in &mut request.fields {
            pass.below(name.clone(), value);
        }
        Pieces { request, items, fields: pass.replaced }
    }

    /// Bytes by rule, where there are any.
    pub(super) fn sums<'a>(
        &self,
        replaced: impl Iterator<Item = &'a Replaced>,
    ) -> Vec<(String, u64)> {
        let mut sums = vec![0; self.rules.len()];
        for one in replaced {
            sums[one.rule] += one.bytes;
        }
        self.names.iter().cloned().zip(sums).filter(|(_, bytes)| *bytes > 0).collect()
    }

    /// Whether items keep the values of a rule.
    pub(super) fn keeps(&self, rule: usize) -> bool {
        self.rules[rule].kept
    }

    /// The highest number of each kind that stands in the request already.
    fn taken(&self, request: &Request) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for rule in &self.rules {
            let With::Numbered(kind) = &rule.with else { continue };
            let mark = format!("{kind}#");
            let texts = request.input.iter().map(Raw::as_str).filter(|text| text.contains(&mark));
            let numbers = texts.flat_map(|text| {
                let ends = text.match_indices(&mark).map(|(at, _)| &text[at..]);
                ends.filter_map(|text| number_of(text, kind)).collect::<Vec<_>>()
            });
            taken.insert(kind.clone(), numbers.max().unwrap_or_default());
        }
        taken
    }
}

/// The number of a placeholder at the beginning of a text.
fn number_of(text: &str, kind: &str) -> Option<usize> {
    let rest = text.strip_prefix(kind)?.strip_prefix('#')?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    rest[..digits].parse().ok()
}

/// One request on its way through the rules.
struct Pass<'a> {
    masks: &'a Masks,
    /// The highest number of each kind that stands in the request already: what a server had
    /// stored, and put before the new items, was masked when it came.
    taken: BTreeMap<String, usize>,
    /// Number of each value, by kind.
    numbers: BTreeMap<(String, String), usize>,
    replaced: Vec<Replaced>,
    path: Vec<String>,
}

impl Pass<'_> {
    fn below(&mut self, key: String, value: &mut Raw) -> bool {
        self.path.push(key);
        let new = self.value(value);
        self.path.pop();
        new.is_some_and(|new| {
            *value = new;
            true
        })
    }

    /// The value as it becomes; `None` if nothing changes.
    fn value(&mut self, raw: &Raw) -> Option<Raw> {
        if !self.masks.rules.iter().any(|rule| rule.place.reaches(&self.path)) {
            return None;
        }
        match raw.as_str().as_bytes().first() {
            Some(b'{') => self.object(raw),
            Some(b'[') => self.array(raw),
            _ => self.scalar(raw),
        }
    }

    fn object(&mut self, raw: &Raw) -> Option<Raw> {
        let mut fields = raw.fields()?;
        let sorts = |rule: &Ready| rule.with == With::Sorted && rule.place.is(&self.path);
        let mut changed =
            self.masks.rules.iter().any(sorts) && !fields.is_sorted_by(|(a, _), (b, _)| a <= b);
        if changed {
            // Before anything inside is numbered.
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        for (key, value) in &mut fields {
            changed |= self.below(key.clone(), value);
        }
        let text = || object(fields.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        changed.then(|| Raw::parse(&text()).ok()).flatten()
    }

    fn array(&mut self, raw: &Raw) -> Option<Raw> {
        let mut elements = raw.elements()?;
        let mut changed = false;
        for (at, value) in elements.iter_mut().enumerate() {
            changed |= self.below(at.to_string(), value);
        }
        let texts: Vec<&str> = elements.iter().map(Raw::as_str).collect();
        changed.then(|| Raw::parse(&format!("[{}]", texts.join(","))).ok()).flatten()
    }

    fn scalar(&mut self, raw: &Raw) -> Option<Raw> {
        let masks = self.masks;
        let here: Vec<usize> =
            (0..masks.rules.len()).filter(|at| masks.rules[*at].place.is(&self.path)).collect();
        if here.is_empty() {
            return None;
        }
        let Value::String(text) = raw.value() else { return self.number(raw, &here) };
        let mut new = text.clone();
        for at in here {
            new = self.text(at, &new);
        }
        (new != text).then(|| Raw::from_value(&Value::from(new)))
    }

    /// Numbers have no inside: a rule without a pattern replaces the whole.
    fn number(&mut self, raw: &Raw, here: &[usize]) -> Option<Raw> {
        let rule = |at: &&usize| {
            let rule = &self.masks.rules[**at];
            rule.pattern.is_none() && matches!(rule.with, With::Zeros | With::Text(_))
        };
        let at = *here.iter().find(rule)?;
        let new = match &self.masks.rules[at].with {
            With::Text(text) => text.clone(),
            _ => raw.as_str().chars().map(|c| if c.is_ascii_digit() { '1' } else { c }).collect(),
        };
        self.note(at, raw.as_str(), new.len());
        Raw::parse(&new).ok()
    }

    fn text(&mut self, at: usize, text: &str) -> String {
        let masks = self.masks;
        let rule = &masks.rules[at];
        let Some(pattern) = &rule.pattern else { return self.placeholder(at, text) };
        if let With::Replace(new) = &rule.with {
            let replace = |found: &Captures<'_>| {
                let mut put = String::new();
                found.expand(new, &mut put);
                self.note(at, &found[0], put.len());
                put
            };
            return pattern.replace_all(text, replace).into_owned();
        }
        let replace = |found: &Captures<'_>| {
            let whole = found.get(0).map_or(0..0, |whole| whole.range());
            let part = found.get(1).map_or(whole.clone(), |part| part.range());
            let new = self.placeholder(at, &text[part.clone()]);
            [&text[whole.start..part.start], &new, &text[part.end..whole.end]].concat()
        };
        pattern.replace_all(text, replace).into_owned()
    }

    fn placeholder(&mut self, at: usize, old: &str) -> String {
        let new = match &self.masks.rules[at].with {
            With::Text(text) | With::Replace(text) => text.clone(),
            With::Zeros => old.chars().map(|c| if c.is_alphanumeric() { '0' } else { c }).collect(),
            With::Numbered(kind) if number_of(old, kind).is_some() => return old.to_owned(),
            With::Numbered(kind) => {
                let taken = self.taken.get(kind).copied().unwrap_or_default();
                let next = taken + self.numbers.keys().filter(|(other, _)| other == kind).count();
                let key = (kind.clone(), old.to_owned());
                let number = *self.numbers.entry(key).or_insert(next + 1);
                let name = format!("{kind}#{number}");
                let name = format!("{name:.<width$}", width = old.len());
                self.note(at, old, if number > next { name.len() } else { 0 });
                return name;
            }
            // Says nothing about texts.
            With::Sorted => return old.to_owned(),
        };
        self.note(at, old, new.len());
        new
    }

    fn note(&mut self, rule: usize, old: &str, bytes: usize) {
        self.replaced.push(Replaced { rule, old: old.to_owned(), bytes: bytes as u64 });
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::VolatileRule;
    use super::{Masks, VolatileRules, With};
    use crate::wire::Request;

    fn rule(name: &str, at: &str, pattern: Option<&str>, with: With) -> VolatileRule {
        let pattern = pattern.map(str::to_owned);
        VolatileRule { name: name.into(), at: at.into(), pattern, with, kept: false }
    }

    fn masked(rules: Vec<VolatileRule>, body: &str) -> (String, Vec<(String, u64)>) {
        let masks = Masks::new(&VolatileRules { version: 1, rules }).unwrap();
        let masked = masks.apply(&Request::parse(body.as_bytes()).unwrap());
        (masked.request.to_body(), masked.bytes)
    }

    #[test]
    fn equal_values_share_a_number_and_lengths_are_kept() {
        let ids = rule("ids", "/input/*/id", None, With::Numbered("id".into()));
        let key = rule("key", "/key", None, With::Numbered("id".into()));
        let body =
            r#"{"key":"abcdef","input":[{"id":"xxxxxx","n":1e3},{"id":"abcdef"},{"id":"xxxxxx"}]}"#;
        let (text, bytes) = masked(vec![ids, key], body);
        assert_eq!(
            text,
            r#"{"key":"id#2..","input":[{"id":"id#1..","n":1e3},{"id":"id#2.."},{"id":"id#1.."}]}"#
        );
        assert_eq!(text.len(), body.len());
        // Each value once: the others are known by their numbers.
        assert_eq!(bytes, [("ids".to_owned(), 12)]);
    }

    #[test]
    fn a_group_of_a_pattern_is_replaced_and_the_rest_stays() {
        let time = rule(
            "wall time",
            "/input/*/output",
            Some(r"(?m)^Wall time: ([0-9.]+) seconds"),
            With::Text("0.0000".into()),
        );
        let body = r#"{"input":[{"output":"Wall time: 12.5 seconds\nOutput:\nWall time: 3 h"}]}"#;
        let (text, bytes) = masked(vec![time], body);
        let expected =
            r#"{"input":[{"output":"Wall time: 0.0000 seconds\nOutput:\nWall time: 3 h"}]}"#;
        assert_eq!((text.as_str(), bytes), (expected, vec![("wall time".to_owned(), 6)]));
    }

    #[test]
    fn zeros_keep_the_shape_and_sorting_moves_keys_only() {
        let date = rule("date", "/m/date", None, With::Zeros);
        let stamp = rule("stamp", "/m/at", None, With::Zeros);
        let order = rule("order", "/m", None, With::Sorted);
        let body = r#"{"m":{"date":"2026-11-24","at":1763,"a":"x"}}"#;
        let (text, bytes) = masked(vec![date, stamp, order], body);
        assert_eq!(text, r#"{"m":{"a":"x","at":1111,"date":"0000-00-00"}}"#);
        assert_eq!(bytes, [("date".to_owned(), 10), ("stamp".to_owned(), 4)]);
    }

    #[test]
    fn what_no_rule_reaches_keeps_its_bytes() {
        let rule = rule("id", "/input/*/id", None, With::Zeros);
        let body = r#"{"a": {"id" : "é\u00e9"},"input":[{ "x": 1.0 },"text"]}"#;
        let request = Request::parse(body.as_bytes()).unwrap();
        let masks = Masks::new(&VolatileRules { version: 1, rules: vec![rule] }).unwrap();
        assert_eq!(masks.apply(&request).request, request);
    }

    #[test]
    fn masking_twice_changes_nothing_more() {
        let ids = rule("ids", "/input/*/id", None, With::Numbered("id".into()));
        let body = r#"{"input":[{"id":"longer-one"},{"id":"another-id"}]}"#;
        let (once, _) = masked(vec![ids.clone()], body);
        assert_eq!(masked(vec![ids], &once).0, once);
    }

    #[test]
    fn what_was_masked_before_keeps_its_number_and_new_values_get_others() {
        let ids = rule("ids", "/input/*/id", Some("^fc_([0-9]+)$"), With::Numbered("id".into()));
        let body = r#"{"input":[{"id":"fc_id#3."},{"id":"fc_12345"},{"id":"fc_54321"}]}"#;
        let (text, _) = masked(vec![ids], body);
        assert_eq!(text, r#"{"input":[{"id":"fc_id#3."},{"id":"fc_id#4."},{"id":"fc_id#5."}]}"#);
    }

    #[test]
    fn a_rule_that_cannot_be_applied_is_named() {
        let rules = vec![rule("bad", "/a", Some("("), With::Zeros)];
        let error = Masks::new(&VolatileRules { version: 1, rules }).unwrap_err().to_string();
        assert!(error.starts_with("volatile rule \"bad\": `pattern` is no regular"), "{error}");
    }
}
