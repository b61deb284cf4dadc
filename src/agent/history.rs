//! The conversation so far: items as raw bytes, re-sent verbatim, and where each came from.
//!
//! Origins are remembered instead of guessed from texts, so that a compaction knows a real user
//! message from AGENTS.md or an old summary.

use crate::wire::{Kind, Raw};
use std::collections::BTreeSet;

/// Where an item came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A prompt layer: permissions, developer text, AGENTS.md, environment, model switch.
    Context,
    /// The time, told anew with each request: old ones are of no use.
    Time,
    /// What the user said.
    User,
    /// What the model said, called or thought.
    Model,
    /// What a tool gave.
    Output,
    /// What stands for compacted history: a sealed item or a summary.
    Summary,
}

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
    pub(super) kind: Kind,
    pub(super) call_id: Option<String>,
}

impl Entry {
    pub(super) fn new(raw: Raw, origin: Origin) -> Self {
        let view = raw.item();
        let kind = view.kind();
        let call_id = view.call_id().map(str::to_owned);
        Self { raw, origin, kind, call_id }
    }
}

/// The items of the session, and what the server last counted.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    entries: Vec<Entry>,
    /// `usage.total_tokens` of the last response, and how many items that covered.
    counted: Option<(u64, usize)>,
}

impl History {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Raw> {
        self.entries.iter().map(|entry| &entry.raw)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn push(&mut self, raw: Raw, origin: Origin) {
        self.entries.push(Entry::new(raw, origin));
    }

    /// Adds a prompt layer, or writes it where an older text of it still stands.
    pub(super) fn tell(&mut self, item: Raw, instead_of: Option<&Raw>) {
        let at = instead_of.and_then(|old| {
            self.entries.iter().rposition(|it| it.origin == Origin::Context && it.raw == *old)
        });
        match at {
            Some(at) => self.entries[at] = Entry::new(item, Origin::Context),
            None => self.push(item, Origin::Context),
        }
    }

    /// Takes the server's count: it covers everything up to and including `items` items.
    pub(super) fn count(&mut self, total_tokens: u64, items: usize) {
        self.counted = Some((total_tokens, items));
    }

    /// Replaces everything; the server's count no longer holds.
    pub(super) fn replace(&mut self, entries: Vec<Entry>) {
        *self = Self { entries, counted: None };
    }

    /// Tokens in the context: the server's count of the last response plus a quarter of the bytes
    /// after it; without a count a quarter of all bytes, `static_bytes` (instructions and tools)
    /// included.
    pub(super) fn estimate(&self, static_bytes: u64) -> u64 {
        match self.counted {
            Some((total, covered)) => total + quarter(bytes(&self.entries[covered..])),
            None => estimate(&self.entries, static_bytes),
        }
    }

    /// Whether a call of this id is there already.
    pub(super) fn has_call(&self, call_id: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.kind.is_call() && entry.call_id.as_deref() == Some(call_id))
    }

    /// What must hold of every request: calls have distinct ids, each call exactly one output, and
    /// each output its call before it.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut calls = BTreeSet::new();
        let mut answered = BTreeSet::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if !entry.kind.is_call() && !entry.kind.is_output() {
                continue;
            }
            let Some(id) = entry.call_id.as_deref().filter(|id| !id.is_empty()) else {
                return Err(format!("item {at} has no call_id"));
            };
            if entry.kind.is_call() && !calls.insert(id) {
                return Err(format!("item {at} repeats the call id {id:?}"));
            }
            if entry.kind.is_output() && !calls.contains(id) {
                return Err(format!("item {at} answers {id:?}, which no item before it calls"));
            }
            if entry.kind.is_output() && !answered.insert(id) {
                return Err(format!("item {at} answers {id:?} a second time"));
            }
        }
        match calls.difference(&answered).next() {
            Some(id) => Err(format!("call {id:?} has no output")),
            None => Ok(()),
        }
    }
}

/// Tokens of a list of items and of what stands before it, estimated: a quarter of the bytes.
pub(super) fn estimate(entries: &[Entry], static_bytes: u64) -> u64 {
    quarter(static_bytes + bytes(entries))
}

/// Tokens of so many bytes, rounded up.
pub(super) fn quarter(bytes: u64) -> u64 {
    bytes.div_ceil(4)
}

fn bytes(entries: &[Entry]) -> u64 {
    entries.iter().map(|entry| entry.raw.len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::{History, Origin};
    use crate::wire::Raw;
    use serde_json::json;

    fn call(id: &str) -> Raw {
        Raw::from_value(&json!({"type":"function_call","call_id":id,"name":"x","arguments":"{}"}))
    }

    fn output(id: &str) -> Raw {
        Raw::from_value(&json!({"type":"function_call_output","call_id":id,"output":""}))
    }

    fn checked(items: &[Raw]) -> Result<(), String> {
        let mut history = History::default();
        items.iter().for_each(|item| history.push(item.clone(), Origin::Model));
        history.check()
    }

    #[test]
    fn pairing_is_checked_with_order() {
        assert_eq!(checked(&[call("a"), call("b"), output("a"), output("b")]), Ok(()));
        let wrong = |items: &[Raw]| checked(items).unwrap_err();
        assert_eq!(wrong(&[call("a")]), "call \"a\" has no output");
        assert!(wrong(&[output("a"), call("a")]).contains("which no item before it calls"));
        assert!(wrong(&[call("a"), output("a"), call("a")]).contains("repeats the call id"));
        assert!(wrong(&[call("a"), output("a"), output("a")]).contains("a second time"));
        assert!(wrong(&[call("")]).contains("no call_id"));
    }

    #[test]
    fn estimates_from_the_last_count() {
        let mut history = History::default();
        history.push(call("a"), Origin::Model);
        let first = call("a").len() as u64;
        assert_eq!(history.estimate(100), (100 + first).div_ceil(4));
        history.count(1000, 1);
        assert_eq!(history.estimate(100), 1000);
        history.push(output("a"), Origin::Output);
        assert_eq!(history.estimate(100), 1000 + (output("a").len() as u64).div_ceil(4));
    }
}
