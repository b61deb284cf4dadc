//! Top-level fields. Tools are told apart by their names, so that a changed description is one
//! difference and another order of the same tools is one, too.

use super::leaves::{Leaf, leaves, shorten};
use super::side::{Part, Side};
use super::{Change, Difference, Severity};
use crate::recording::Layer;
use crate::wire::{Digest, Raw};

/// The differences, in the order of the recorded fields; added ones last.
pub(super) fn differences(recorded: &Side<'_>, received: &Side<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    for (key, part) in &recorded.fields {
        match received.field(key) {
            Some(other) if other.digest == part.digest => {}
            other => found.extend(field(key, Some(part), other)),
        }
    }
    let added = received.fields.iter().filter(|(key, _)| recorded.field(key).is_none());
    found.extend(added.flat_map(|(key, part)| field(key, None, Some(part))));
    found
}

/// The layer of a top-level field.
fn layer_of(key: &str) -> Layer {
    match key {
        "instructions" => Layer::Instructions,
        "tools" => Layer::Tools,
        _ => Layer::Other,
    }
}

fn field(key: &str, recorded: Option<&Part<'_>>, received: Option<&Part<'_>>) -> Vec<Difference> {
    let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
    let digests = (recorded.map(|part| part.digest), received.map(|part| part.digest));
    let layer = layer_of(key);
    let raws = (recorded.and_then(|part| part.raw), received.and_then(|part| part.raw));
    if let (Some(a), Some(b)) = raws {
        if key == "tools"
            && let (Some(a), Some(b)) = (a.elements(), b.elements())
        {
            return tools(&pointer, &a, &b, digests);
        }
        return changed(layer, digests, leaves(&pointer, a, b));
    }
    let null = |raw: &Raw| raw.as_str() == "null";
    let one = |severity, change, show: (Option<String>, Option<String>)| {
        vec![Difference {
            severity,
            change,
            layer,
            pointer: pointer.clone(),
            byte: None,
            recorded: show.0,
            received: show.1,
            recorded_digest: digests.0,
            received_digest: digests.1,
        }]
    };
    let show = (raws.0.map(text), raws.1.map(text));
    match (recorded, received) {
        // The recording has only its digest.
        (Some(_), Some(_)) => {
            let elided = Some("(left out of the recording)".to_owned());
            one(Severity::Context, Change::Changed, (elided, show.1))
        }
        (known, _) => {
            let change = if known.is_some() { Change::Lost } else { Change::Added };
            let only = raws.0.or(raws.1);
            let severity = match only.is_some_and(null) {
                true => Severity::Cosmetic,
                false => Severity::Context,
            };
            one(severity, change, show)
        }
    }
}

fn text(raw: &Raw) -> String {
    shorten(raw.value().as_str().unwrap_or(raw.as_str()))
}

fn changed(
    layer: Layer,
    digests: (Option<Digest>, Option<Digest>),
    leaves: Vec<Leaf>,
) -> Vec<Difference> {
    let difference = |leaf: Leaf| Difference {
        severity: if leaf.is_cosmetic { Severity::Cosmetic } else { Severity::Context },
        change: Change::Changed,
        layer,
        pointer: leaf.pointer,
        byte: leaf.byte,
        recorded: leaf.recorded,
        received: leaf.received,
        recorded_digest: digests.0,
        received_digest: digests.1,
    };
    leaves.into_iter().map(difference).collect()
}

/// A tool by its name; hosted ones have only a type. Of equal names the first goes with the first.
fn names(tools: &[Raw]) -> Vec<(String, usize)> {
    let mut names: Vec<(String, usize)> = Vec::new();
    for tool in tools {
        let item = tool.item();
        let name = item.str("name").or(item.str("type")).unwrap_or_default().to_owned();
        let number = names.iter().filter(|(other, _)| *other == name).count();
        names.push((name, number));
    }
    names
}

fn tools(
    pointer: &str,
    recorded: &[Raw],
    received: &[Raw],
    whole: (Option<Digest>, Option<Digest>),
) -> Vec<Difference> {
    let (old, new) = (names(recorded), names(received));
    let mut found = Vec::new();
    let one_sided =
        |change, pointer: String, name: &str, digest: (Option<Digest>, Option<Digest>)| {
            Difference {
                severity: Severity::Context,
                change,
                layer: Layer::Tools,
                pointer,
                byte: None,
                recorded: digest.0.map(|_| name.to_owned()),
                received: digest.1.map(|_| name.to_owned()),
                recorded_digest: digest.0,
                received_digest: digest.1,
            }
        };
    for (at, name) in old.iter().enumerate() {
        let digest = recorded[at].digest();
        match new.iter().position(|other| other == name) {
            None => {
                let pointer = format!("{pointer}/{at}");
                found.push(one_sided(Change::Lost, pointer, &name.0, (Some(digest), None)));
            }
            Some(place) if received[place].digest() != digest => {
                let leaves = leaves(&format!("{pointer}/{place}"), &recorded[at], &received[place]);
                let digests = (Some(digest), Some(received[place].digest()));
                found.extend(changed(Layer::Tools, digests, leaves));
            }
            Some(_) => {}
        }
    }
    for (at, name) in new.iter().enumerate().filter(|(_, name)| !old.contains(name)) {
        let digest = (None, Some(received[at].digest()));
        found.push(one_sided(Change::Added, format!("{pointer}/{at}"), &name.0, digest));
    }
    found.extend(order(pointer, &old, &new, whole));
    if found.is_empty() {
        // White space between the definitions.
        found.push(Difference {
            severity: Severity::Cosmetic,
            change: Change::Changed,
            ..one_sided(Change::Changed, pointer.to_owned(), "tools", whole)
        });
    }
    found
}

/// Another order of the tools that both have.
fn order(
    pointer: &str,
    old: &[(String, usize)],
    new: &[(String, usize)],
    whole: (Option<Digest>, Option<Digest>),
) -> Option<Difference> {
    let old: Vec<_> = old.iter().filter(|name| new.contains(name)).collect();
    let new_places = new.iter().enumerate().filter(|(_, name)| old.contains(name));
    let new: Vec<(usize, &(String, usize))> = new_places.collect();
    let at = old.iter().zip(&new).position(|(old, (_, new))| old != new)?;
    let list =
        |names: &mut dyn Iterator<Item = &str>| shorten(&names.collect::<Vec<_>>().join(", "));
    Some(Difference {
        severity: Severity::Context,
        change: Change::Moved,
        layer: Layer::Tools,
        pointer: format!("{pointer}/{}", new[at].0),
        byte: None,
        recorded: Some(list(&mut old[at..].iter().map(|(name, _)| name.as_str()))),
        received: Some(list(&mut new[at..].iter().map(|(_, (name, _))| name.as_str()))),
        recorded_digest: whole.0,
        received_digest: whole.1,
    })
}
