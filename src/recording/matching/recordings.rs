//! Two recordings of one conversation, held against each other: what changed in the requests, what
//! in the answers and calls, each change once.
//!
//! Exchanges are paired by what was answered, so that a step more does not make every later one look
//! changed. Ids say nothing here: those of the newer recording are read as the older one's.

use super::align::align;
use super::leaves::leaves;
use super::side::{Part, Side};
use super::{Difference, differences};
use crate::recording::{Entry, Layer, Recorded, Recording};
use crate::wire::{Digest, Item, Kind, Raw, escape};
use serde_json::Value;
use std::collections::BTreeMap;

/// What differs between two recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In the requests, what the model said aside.
    pub requests: Vec<RequestChange>,
    /// In what the model said and called.
    pub answers: Vec<AnswerChange>,
    /// Exchanges that only the newer one has.
    pub added: Vec<u32>,
    /// Exchanges that only the older one has.
    pub lost: Vec<u32>,
    /// Answers that differ in their ids alone.
    pub renamed: u32,
}

impl Changes {
    /// Whether a person has nothing to look at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
            && self.answers.is_empty()
            && self.added.is_empty()
            && self.lost.is_empty()
    }
}

/// A change of requests, however many have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestChange {
    /// The first exchange of the newer recording that has it.
    pub exchange: u32,
    /// What differs.
    pub difference: Difference,
    /// How many have it.
    pub times: u32,
}

/// A part of an answer that is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerChange {
    /// The exchange, by its number in the newer recording.
    pub exchange: u32,
    /// Whether the client is to run it.
    pub is_call: bool,
    /// `said`, `thought`, or the tool that is called.
    pub what: String,
    /// In the older recording, around the first difference; `None` if it is new.
    pub recorded: Option<String>,
    /// In the newer one.
    pub received: Option<String>,
}

/// Holds a newer recording against an older one.
#[must_use]
pub fn changes(old: &Recording, new: &Recording) -> Changes {
    let mut changes = Changes::default();
    let pairs = pair(old, new, &mut changes);
    let mut names = BTreeMap::new();
    let mut known: BTreeMap<(Option<Digest>, Option<Digest>, String), usize> = BTreeMap::new();
    for (left, right) in pairs {
        let (one, two) = (&old.exchanges[left], &new.exchanges[right]);
        let number = right as u32;
        for difference in requests(old, one, new, two, &names) {
            let (a, b, place) = difference.key();
            let next = changes.requests.len();
            let at = *known.entry((a, b, place.to_owned())).or_insert(next);
            match changes.requests.get_mut(at) {
                Some(change) => change.times += 1,
                None => {
                    changes.requests.push(RequestChange { exchange: number, difference, times: 1 });
                }
            }
        }
        let (one, two) = (old.output(one), new.output(two));
        if gist(&one) != gist(&two) {
            changes.answers.extend(answers(number, &one, &two));
        } else if one != two {
            changes.renamed += 1;
        }
        for (a, b) in one.iter().zip(&two) {
            let (a, b) = (a.item(), b.item());
            for (a, b) in [(a.id(), b.id()), (a.call_id(), b.call_id())] {
                if let (Some(a), Some(b)) = (a, b) {
                    names.insert(b.to_owned(), a.to_owned());
                }
            }
        }
    }
    changes
}

/// Exchanges that stand for each other, by their places; the rest is added or lost.
fn pair(old: &Recording, new: &Recording, changes: &mut Changes) -> Vec<(usize, usize)> {
    let parts = |recording: &Recording| -> Vec<Part<'static>> {
        let part = |(at, exchange): (usize, &Recorded)| {
            let thread = exchange.thread.to_le_bytes();
            let gist = gist(&recording.output(exchange));
            let digest =
                Digest::of_parts(&[&thread, exchange.endpoint.path().as_bytes(), gist.as_bytes()]);
            Part { digest, raw: None, at }
        };
        recording.exchanges.iter().enumerate().map(part).collect()
    };
    let aligned = align(&parts(old), &parts(new));
    let mut free: (Vec<usize>, Vec<usize>) = Default::default();
    let mut pairs = aligned.moved.clone();
    for (left, right) in &aligned.gaps {
        let mut right: Vec<(usize, Vec<String>)> =
            right.iter().map(|at| (*at, make(new, *at))).collect();
        for at in left {
            // An answer of the same make stands for it, and for want of one the next.
            let wanted = make(old, *at);
            let place = right.iter().position(|(_, other)| *other == wanted);
            match place.or((left.len() >= right.len() && !right.is_empty()).then_some(0)) {
                Some(place) => pairs.push((*at, right.remove(place).0)),
                None => free.0.push(*at),
            }
        }
        free.1.extend(right.into_iter().map(|(at, _)| at));
    }
    let taken = |at: usize, side: fn(&(usize, usize)) -> usize, free: &[usize]| {
        free.contains(&at) || pairs.iter().any(|pair| side(pair) == at)
    };
    let left = (0..old.exchanges.len()).filter(|at| !taken(*at, |pair| pair.0, &free.0));
    let right = (0..new.exchanges.len()).filter(|at| !taken(*at, |pair| pair.1, &free.1));
    let kept: Vec<(usize, usize)> = left.zip(right).collect();
    pairs.extend(kept);
    pairs.sort_unstable_by_key(|pair| pair.1);
    changes.lost = free.0.iter().map(|at| *at as u32).collect();
    changes.added = free.1.iter().map(|at| *at as u32).collect();
    pairs
}

/// What the parts of an answer are, in order.
fn make(recording: &Recording, at: usize) -> Vec<String> {
    recording.output(&recording.exchanges[at]).iter().map(|raw| what(&raw.item())).collect()
}

/// What an answer says and asks for, without ids and seals.
fn gist(output: &[Raw]) -> Digest {
    let parts: Vec<String> = output.iter().map(|raw| part(&raw.item())).collect();
    Digest::of(parts.join("\n"))
}

fn part(item: &Item) -> String {
    let text = match item.arguments() {
        Some(arguments) => arguments.to_owned(),
        None => item.text(),
    };
    let action = item.value().get("action").map(Value::to_string).unwrap_or_default();
    format!("{}\n{text}{action}", what(item))
}

/// `said`, `thought`, or the tool that is called.
fn what(item: &Item) -> String {
    match item.kind() {
        Kind::Message => "said".to_owned(),
        Kind::Reasoning => "thought".to_owned(),
        _ => item.str("name").or(item.str("type")).unwrap_or_default().to_owned(),
    }
}

fn requests(
    old: &Recording,
    one: &Recorded,
    new: &Recording,
    two: &Recorded,
    names: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let renamed: Vec<Option<Raw>> = two
        .input
        .iter()
        .map(|digest| Some(renamed(new.items.get(digest).and_then(Entry::raw)?, names)))
        .collect();
    let mut side = Side::recorded(new, two);
    for (part, raw) in side.items.iter_mut().zip(&renamed) {
        if let Some(raw) = raw {
            (part.digest, part.raw) = (raw.digest(), Some(raw));
        }
    }
    let mut found = differences(&Side::recorded(old, one), &side);
    // What the model said is told of the answers.
    found.retain(|difference| difference.layer != Layer::Model);
    found
}

/// An item with the ids of the older recording.
fn renamed(raw: &Raw, names: &BTreeMap<String, String>) -> Raw {
    let item = raw.item();
    let mut text = raw.as_str().to_owned();
    for id in [item.id(), item.call_id()].into_iter().flatten() {
        if let Some(name) = names.get(id) {
            text = text.replace(&escape(id), &escape(name));
        }
    }
    Raw::parse(&text).unwrap_or_else(|_| raw.clone())
}

fn answers(exchange: u32, old: &[Raw], new: &[Raw]) -> Vec<AnswerChange> {
    let parts = |output: &[Raw]| -> Vec<Part<'static>> {
        let part = |(at, raw): (usize, &Raw)| Part {
            digest: Digest::of(part(&raw.item())),
            raw: None,
            at,
        };
        output.iter().enumerate().map(part).collect()
    };
    let aligned = align(&parts(old), &parts(new));
    let mut found = Vec::new();
    for (left, right) in aligned.gaps {
        let mut right = right;
        for at in left {
            let a = old[at].item();
            let same = |at: &usize| new[*at].item().kind() == a.kind();
            let b = right.iter().position(same).map(|place| new[right.remove(place)].item());
            found.push(change(exchange, Some(&a), b.as_ref()));
        }
        found.extend(right.into_iter().map(|at| change(exchange, None, Some(&new[at].item()))));
    }
    found
}

fn change(exchange: u32, old: Option<&Item>, new: Option<&Item>) -> AnswerChange {
    let text = |item: &Item| {
        let whole = part(item);
        Raw::from_value(&Value::from(whole.split_once('\n').map_or("", |(_, text)| text)))
    };
    let (a, b) = (old.map(text), new.map(text));
    let empty = Raw::from_value(&Value::from(""));
    let shown = leaves("", a.as_ref().unwrap_or(&empty), b.as_ref().unwrap_or(&empty));
    let shown = shown.into_iter().next();
    let one = new.or(old);
    AnswerChange {
        exchange,
        is_call: one.is_some_and(|item| item.kind().is_call()),
        what: one.map(what).unwrap_or_default(),
        recorded: old.and(shown.as_ref()).and_then(|leaf| leaf.recorded.clone()),
        received: new.and(shown.as_ref()).and_then(|leaf| leaf.received.clone()),
    }
}
