//! Which recorded request is the nearest: the most items in common, then the least that differs.
//! Nothing is parsed for it, since there may be thousands of candidates.

use super::align::align;
use super::side::{Part, Side};
use crate::recording::{Layer, layer_of_item};
use crate::wire::Raw;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How near a recorded request is; the greatest is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nearness {
    /// Equal items, in order.
    common: usize,
    /// Bytes that differ.
    distance: Reverse<u64>,
}

impl Nearness {
    /// With so many items more in common, that were not compared.
    #[must_use]
    pub fn and(self, items: usize) -> Self {
        Self { common: self.common + items, ..self }
    }
}

/// How near two requests are.
#[must_use]
pub fn nearness(recorded: &Side<'_>, received: &Side<'_>) -> Nearness {
    let aligned = align(&recorded.items, &received.items);
    let fields = recorded.fields.iter().map(|(key, part)| match received.field(key) {
        Some(other) => distance(part, other),
        None => length(part),
    });
    let added = received.fields.iter().filter(|(key, _)| recorded.field(key).is_none());
    let mut bytes: u64 = fields.sum::<u64>() + added.map(|(_, part)| length(part)).sum::<u64>();
    for (old, new) in &aligned.gaps {
        let (old, new) = (old.iter(), new.iter());
        let mut new = new.map(|at| &received.items[*at]);
        for part in old.map(|at| &recorded.items[*at]) {
            bytes += new.next().map_or_else(|| length(part), |other| distance(part, other));
        }
        bytes += new.map(length).sum::<u64>();
    }
    bytes += aligned.moved.iter().map(|(at, _)| length(&recorded.items[*at])).sum::<u64>();
    Nearness { common: aligned.kept, distance: Reverse(bytes) }
}

/// Bytes between what two values begin and end with in common.
pub(super) fn distance(a: &Part<'_>, b: &Part<'_>) -> u64 {
    if a.digest == b.digest {
        return 0;
    }
    let (Some(a), Some(b)) = (a.raw, b.raw) else { return length(a).max(length(b)) };
    let (a, b) = (a.as_str().as_bytes(), b.as_str().as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (a.len().max(b.len()) - tail) as u64
}

fn length(part: &Part<'_>) -> u64 {
    part.raw.map_or(0, |raw| raw.len() as u64)
}

/// Whether two conversations begin alike, so that one without any anchor may be the other, changed:
/// something that the user said is the same or much alike. Where the user said nothing, any item
/// will do.
#[must_use]
pub fn resembles(recorded: &Side<'_>, received: &Side<'_>) -> bool {
    let (old, new) = (said(recorded), said(received));
    if !old.is_empty() && !new.is_empty() {
        return old.iter().any(|old| new.iter().any(|new| alike(old, new)));
    }
    let equal = |part: &Part<'_>| recorded.items.iter().any(|other| other.digest == part.digest);
    received.items.iter().any(equal)
}

/// The user's own words.
fn said(side: &Side<'_>) -> Vec<String> {
    let items = side.items.iter().filter_map(|part| part.raw).map(Raw::item);
    let users = items.filter(|item| layer_of_item(item) == Layer::User);
    users.map(|item| item.text()).collect()
}

/// Whether at least half of the words are the same.
fn alike(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            *counts.entry(word.to_lowercase()).or_default() += 1;
        }
        counts
    };
    let (a, b) = (words(a), words(b));
    let shared: usize = a.iter().map(|(word, n)| *n.min(b.get(word).unwrap_or(&0))).sum();
    let all = a.values().sum::<usize>() + b.values().sum::<usize>();
    4 * shared >= all
}
