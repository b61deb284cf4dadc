//! What differs in requests, each difference once.

use super::RequestChange;
use super::align::Aligned;
use super::answers::differ;
use super::text::changed_lines;
use crate::measure::drift::lost;
use crate::measure::session::Session;
use crate::measure::tool_text;
use crate::recording::matching::{Change, Difference, Part, Side, differences};
use crate::recording::{Exchange, Layer, elided};
use crate::wire::{Digest, Raw, TRANSPORT_FIELDS};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// What tells a difference from others, wherever it stands.
type Key = (Option<Digest>, Option<Digest>, String);

/// All differences, in the order of their first request; `renamed` are the exchanges of B in the
/// names of A.
pub(super) fn changes(
    a: &Session<'_>,
    b: &Session<'_>,
    renamed: &[Exchange],
    aligned: &Aligned,
) -> Vec<RequestChange> {
    let mut found: IndexMap<Key, RequestChange> = IndexMap::new();
    // Threads in which answers differ: what differs in their histories follows from that.
    let mut parted: BTreeSet<u32> = BTreeSet::new();
    for (left, right) in &aligned.pairs {
        let (old, new) = (a.exchange(*left), &renamed[*right]);
        let mut gone_a = aligned.only_a.iter().take_while(|at| *at < left);
        let mut gone_b = aligned.only_b.iter().take_while(|at| *at < right);
        if gone_a.any(|at| a.exchange(*at).thread == old.thread)
            || gone_b.any(|at| renamed[*at].thread == new.thread)
        {
            parted.insert(old.thread);
        }
        let followed = parted.contains(&old.thread);
        for difference in differences(&side(old), &side(new)) {
            if followed && follows(&difference) {
                continue;
            }
            let (one, two, tail) = difference.key();
            let key = (one, two, tail.to_owned());
            match found.get_mut(&key) {
                Some(known) => known.requests += 1,
                None => {
                    let tokens = lost(b, *right, &difference);
                    found.insert(key, change(old, new, difference, tokens));
                }
            }
        }
        if differ(old, new) {
            parted.insert(old.thread);
        }
    }
    found.into_values().collect()
}

/// Whether a difference of histories is only the echo of answers that differ.
fn follows(difference: &Difference) -> bool {
    match difference.layer {
        Layer::Model => true,
        Layer::ToolOutput | Layer::Compaction => difference.change != Change::Changed,
        _ => false,
    }
}

/// A request as matching sees it; what was left out of a recording has its own digest.
fn side(exchange: &Exchange) -> Side<'_> {
    let part = |at: usize, raw| match elided(raw) {
        Some((digest, _)) => Part { digest, raw: None, at },
        None => Part { digest: raw.digest(), raw: Some(raw), at },
    };
    let request = &exchange.request;
    let fields = request.fields.iter().filter(|(key, _)| !TRANSPORT_FIELDS.contains(&key.as_str()));
    Side {
        fields: fields.map(|(key, raw)| (key.as_str(), part(0, raw))).collect(),
        items: request.input.iter().enumerate().map(|(at, raw)| part(at, raw)).collect(),
        is_text: request.input_is_text,
    }
}

fn change(old: &Exchange, new: &Exchange, one: Difference, tokens_lost: u64) -> RequestChange {
    let texts = texts(old, new, &one);
    let lines = match &texts {
        Some((a, b)) => changed_lines(a, b),
        None => Vec::new(),
    };
    RequestChange {
        severity: one.severity,
        change: one.change,
        layer: one.layer,
        tool: tool(old, new, &one),
        byte: one.byte,
        exchange_a: old.seq,
        exchange_b: new.seq,
        requests: 1,
        a: one.recorded,
        b: one.received,
        lines,
        tokens_lost,
        pointer: one.pointer,
    }
}

/// The whole texts at the place of a change.
fn texts(old: &Exchange, new: &Exchange, one: &Difference) -> Option<(String, String)> {
    if one.change != Change::Changed {
        return None;
    }
    let (a, b) = (whole(old, one.recorded_digest)?, whole(new, one.received_digest)?);
    let tail = tail(one, &b);
    let text = |raw: &Raw, tail: &str| {
        let value = raw.value();
        value.pointer(tail)?.as_str().map(str::to_owned)
    };
    let (a, b) = (text(&a, &tail)?, text(&b, &tail)?);
    match one.layer {
        Layer::ToolOutput => Some((tool_text(&a), tool_text(&b))),
        _ => Some((a, b)),
    }
}

/// A field, a tool or an item of a request, by its digest.
fn whole(exchange: &Exchange, digest: Option<Digest>) -> Option<Raw> {
    let digest = digest?;
    let request = &exchange.request;
    let fields = request.fields.iter().map(|(_, raw)| raw.clone());
    let mut all = fields.chain(request.input.iter().cloned()).chain(request.tools());
    all.find(|raw| raw.digest() == digest)
}

/// The pointer of a difference from its field, tool or item on.
fn tail(one: &Difference, whole: &Raw) -> String {
    let keys: Vec<&str> = one.pointer.split('/').skip(1).collect();
    let skip = match keys.first() {
        Some(&"input") => 2,
        // A tool, or the list of them.
        Some(&"tools") if !whole.as_str().starts_with('[') => 2,
        _ => 1,
    };
    keys.iter().skip(skip).map(|key| format!("/{key}")).collect()
}

/// The tool that changed, or whose output did.
fn tool(old: &Exchange, new: &Exchange, one: &Difference) -> Option<String> {
    let named = |raw: &Raw| {
        let item = raw.item();
        item.str("name").or(item.str("type")).map(str::to_owned)
    };
    match one.layer {
        Layer::Tools if one.change == Change::Moved => None,
        Layer::Tools => {
            let raw =
                whole(new, one.received_digest).or_else(|| whole(old, one.recorded_digest))?;
            named(&raw).filter(|_| !raw.as_str().starts_with('['))
        }
        Layer::ToolOutput => {
            let (exchange, digest) = match one.received_digest {
                Some(digest) => (new, digest),
                None => (old, one.recorded_digest?),
            };
            let output = whole(exchange, Some(digest))?.item();
            let id = output.call_id()?.to_owned();
            let mut calls = exchange.request.input.iter().map(Raw::item);
            let call = calls.find(|item| item.kind().is_call() && item.call_id() == Some(&id))?;
            let name = call.str("name").or(call.str("type"))?.to_owned();
            let brief = crate::measure::story::brief_call(call.arguments().unwrap_or_default());
            Some(format!("{name}  {brief}").trim_end().to_owned())
        }
        _ => None,
    }
}
