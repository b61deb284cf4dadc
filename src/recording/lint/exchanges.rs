//! Exchanges that no request reaches, ids that two answers gave, calls and outputs that do not pair.

use super::{Finding, Lines};
use crate::recording::equal::{continued, given};
use crate::recording::{Anchors, Entry, Recorded, Recording};
use crate::wire::{Digest, Kind, TRANSPORT_FIELDS};
use std::collections::{BTreeMap, BTreeSet};

const AGAIN: &str = "record the scenario again";

/// What is known of an item.
struct Seen {
    kind: Kind,
    names: Vec<String>,
}

pub(super) fn check(recording: &Recording, lines: &Lines) -> Vec<Finding> {
    let seen = |(digest, entry): (&Digest, &Entry)| {
        let item = entry.raw()?.item();
        let names = [item.call_id(), item.id()].into_iter().flatten().map(str::to_owned).collect();
        Some((*digest, Seen { kind: item.kind(), names }))
    };
    let seen: BTreeMap<Digest, Seen> = recording.items.iter().filter_map(seen).collect();
    let mut findings = Vec::new();
    for (number, exchange) in recording.exchanges.iter().enumerate() {
        findings.extend(pairing(exchange, &seen, lines.exchange(number)));
    }
    findings.extend(unplayable(recording, lines));
    findings.extend(ids(recording, &seen, lines));
    findings
}

/// Every output has its call before it, every call its output behind it.
fn pairing(exchange: &Recorded, seen: &BTreeMap<Digest, Seen>, line: usize) -> Vec<Finding> {
    let items = || exchange.input.iter().enumerate().filter_map(|(at, d)| Some((at, seen.get(d)?)));
    let outputs: BTreeSet<&String> = items()
        .filter(|(_, item)| item.kind.is_output())
        .flat_map(|(_, item)| &item.names)
        .collect();
    let mut calls: BTreeSet<&String> = BTreeSet::new();
    let mut findings = Vec::new();
    for (at, item) in items() {
        if item.kind.is_call() {
            calls.extend(&item.names);
            if !item.names.iter().any(|name| outputs.contains(name)) {
                findings
                    .push((at, format!("a call without its output ({})", item.names.join(", "))));
            }
        } else if item.kind.is_output() && !item.names.iter().any(|name| calls.contains(name)) {
            findings.push((at, format!("an output without its call ({})", item.names.join(", "))));
        }
    }
    let finding = |(at, what)| {
        let fix = "the API refuses such a request; record the session again";
        Finding::new(line, "pairing", what, fix).at(format!("/input/{at}"))
    };
    findings.into_iter().map(finding).collect()
}

/// What a replay never answers with: an exchange in whose place another one with an equal request is
/// given, and one whose request does not lead to it.
fn unplayable(recording: &Recording, lines: &Lines) -> Vec<Finding> {
    let mut anchors = Anchors::default();
    let mut asked: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    let mut findings: Vec<(usize, &str, String)> = Vec::new();
    for (number, exchange) in recording.exchanges.iter().enumerate() {
        anchors.mint(number as u32, &recording.output(exchange));
        let matched = |(key, _): &&(String, Digest)| !TRANSPORT_FIELDS.contains(&key.as_str());
        let mut fields: Vec<&(String, Digest)> = exchange.fields.iter().filter(matched).collect();
        fields.sort();
        let key = (exchange.endpoint.path(), exchange.parent, &exchange.input, fields);
        asked.entry(key).or_default().push(number as u32);
    }
    let continued = continued(recording);
    for equal in asked.values() {
        let given = given(equal, &continued);
        for number in equal.iter().filter(|number| !given.contains(number)) {
            let first = given.first().unwrap_or(number);
            let what = format!("exchange {number} is never given: exchange {first} asks the same");
            findings.push((*number as usize, "/input", what));
        }
    }
    for (number, exchange) in recording.exchanges.iter().enumerate() {
        let items = exchange.input.iter().rev().filter_map(|d| recording.items.get(d)?.raw());
        let owners = items.map(|raw| anchors.owners(&raw.item())).find(|owners| !owners.is_empty());
        let owners: Vec<u32> =
            owners.unwrap_or_default().iter().map(|owned| owned.exchange).collect();
        let leads = match exchange.parent {
            None => owners.is_empty(),
            Some(parent) => owners.contains(&parent),
        };
        if !leads {
            let told = match owners.first() {
                None => "begins a conversation".to_owned(),
                Some(owner) => format!("continues exchange {owner}"),
            };
            let parent = exchange.parent.map_or("none".to_owned(), |parent| parent.to_string());
            let what = format!("the request of exchange {number} {told}, its parent is {parent}");
            findings.push((number, "/parent", what));
        }
    }
    let finding = |(number, pointer, what): (usize, &str, String)| {
        Finding::new(lines.exchange(number), "unplayable", what, AGAIN).at(pointer)
    };
    findings.into_iter().map(finding).collect()
}

/// Ids of responses and items are given once.
fn ids(recording: &Recording, seen: &BTreeMap<Digest, Seen>, lines: &Lines) -> Vec<Finding> {
    let mut responses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for (number, exchange) in recording.exchanges.iter().enumerate() {
        let line = lines.exchange(number);
        let id = exchange.response_id.as_str();
        if let Some(first) = responses.insert(id, number).filter(|_| !id.is_empty()) {
            let what = format!("response id {id} is that of exchange {first}, too");
            findings.push(Finding::new(line, "duplicate", what, AGAIN).at("/response/id"));
        }
        // What a cut stream gave is given again with the rest.
        let again = exchange.parent.is_none_or(|parent| {
            !matches!(recording.exchanges[parent as usize].ending, crate::wire::Ending::Cut)
        });
        for (at, item) in exchange.output.iter().enumerate() {
            let Some(item) = seen.get(item).filter(|_| again) else { continue };
            for name in &item.names {
                let first = names.insert(name, number);
                if let Some(first) = first.filter(|first| *first != number) {
                    let what = format!("id {name} is minted in exchange {first}, too");
                    let pointer = format!("/response/output/{at}");
                    findings.push(Finding::new(line, "duplicate", what, AGAIN).at(pointer));
                }
            }
        }
    }
    findings
}
