//! One name for one thing: ids and sealed blobs of B that stand where A has others are written as
//! A's. Only exact quoted names are replaced; every other byte stays what it was.

use super::align::Aligned;
use crate::recording::Exchange;
use crate::recording::journal::RunLog;
use crate::wire::Raw;
use std::collections::BTreeMap;

/// The exchanges of B, in the names of A.
pub(super) fn renamed(a: &RunLog, b: &RunLog, aligned: &Aligned) -> Vec<Exchange> {
    let names = names(a, b, aligned);
    if names.is_empty() {
        return b.exchanges.clone();
    }
    // Histories repeat their items; each is written anew once.
    let mut known: BTreeMap<Raw, Raw> = BTreeMap::new();
    let mut rename = |raw: &Raw| {
        if let Some(renamed) = known.get(raw) {
            return renamed.clone();
        }
        let renamed = in_names_of_a(raw, &names);
        known.insert(raw.clone(), renamed.clone());
        renamed
    };
    let mut exchanges = b.exchanges.clone();
    for exchange in &mut exchanges {
        exchange.request.input.iter_mut().for_each(|raw| *raw = rename(raw));
        exchange.output.iter_mut().for_each(|raw| *raw = rename(raw));
    }
    exchanges
}

/// Names of B, and what stands at their place in A.
fn names(a: &RunLog, b: &RunLog, aligned: &Aligned) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (left, right) in &aligned.pairs {
        let (left, right) = (&a.exchanges[*left].output, &b.exchanges[*right].output);
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (left.item(), right.item());
            if left.kind() != right.kind() {
                continue;
            }
            let pairs = [
                (left.id(), right.id()),
                (left.call_id(), right.call_id()),
                (left.encrypted_content(), right.encrypted_content()),
            ];
            for (left, right) in pairs {
                if let (Some(left), Some(right)) = (left, right)
                    && left != right
                {
                    names.entry(right.to_owned()).or_insert_with(|| left.to_owned());
                }
            }
        }
    }
    names
}

fn in_names_of_a(raw: &Raw, names: &BTreeMap<String, String>) -> Raw {
    let item = raw.item();
    let mut text = raw.as_str().to_owned();
    for name in [item.id(), item.call_id(), item.encrypted_content()].into_iter().flatten() {
        if let Some(other) = names.get(name) {
            text = text.replace(&format!("\"{name}\""), &format!("\"{other}\""));
        }
    }
    Raw::parse(&text).unwrap_or_else(|_| raw.clone())
}
