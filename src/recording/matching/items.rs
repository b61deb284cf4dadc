//! Input items: what stands between equal ones is paired by what it is, then told as changed, added,
//! lost or moved.

use super::align::align;
use super::leaves::{excerpt, leaves};
use super::near::distance;
use super::side::{Part, Side};
use super::{Change, Difference, Severity};
use crate::recording::{Layer, layer_of_item};
use crate::wire::{Kind, Raw};

/// The differences, in the order of the received input.
pub(super) fn differences(recorded: &Side<'_>, received: &Side<'_>) -> Vec<Difference> {
    let aligned = align(&recorded.items, &received.items);
    let mut found: Vec<(usize, Difference)> = Vec::new();
    for (left, right) in &aligned.moved {
        let (old, new) = (&recorded.items[*left], &received.items[*right]);
        let one = Difference {
            recorded: Some(format!("at {}", recorded.pointer(old))),
            ..alone(received, new, Change::Moved)
        };
        found.push((new.at, Difference { recorded_digest: Some(old.digest), ..one }));
    }
    for (old, new) in &aligned.gaps {
        let old: Vec<Slot<'_>> = old.iter().map(|at| Slot::of(recorded.items[*at])).collect();
        let new: Vec<Slot<'_>> = new.iter().map(|at| Slot::of(received.items[*at])).collect();
        let pairs = pair(&old, &new);
        for (left, right) in &pairs {
            let (old, new) = (&old[*left], &new[*right]);
            found.extend(changed(received, old, new).into_iter().map(|one| (new.part.at, one)));
        }
        let lost = (0..old.len()).filter(|at| !pairs.iter().any(|(left, _)| left == at));
        // A lost item is told where the gap is.
        let place = new.first().map_or(usize::MAX, |slot| slot.part.at);
        found.extend(lost.map(|at| {
            let part = &old[at].part;
            (place.min(part.at), alone(recorded, part, Change::Lost))
        }));
        let added = (0..new.len()).filter(|at| !pairs.iter().any(|(_, right)| right == at));
        found.extend(added.map(|at| {
            let part = &new[at].part;
            (part.at, alone(received, part, Change::Added))
        }));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, one)| one).collect()
}

/// What an item is.
#[derive(Clone, Debug)]
struct Slot<'a> {
    part: Part<'a>,
    /// The call or blob that it is or answers.
    name: Option<String>,
    /// `None` where the recording left the value out: it may be anything.
    what: Option<(Kind, Option<String>, Layer)>,
}

impl<'a> Slot<'a> {
    fn of(part: Part<'a>) -> Self {
        let item = part.raw.map(Raw::item);
        let what = item.as_ref().map(|item| {
            let kind = if item.kind() == Kind::Text { Kind::Message } else { item.kind() };
            (kind, item.role().map(str::to_owned), layer_of_item(item))
        });
        let name = item.as_ref().and_then(|item| item.call_id().or(item.id()).map(str::to_owned));
        Self { part, name, what }
    }

    fn layer(&self) -> Option<Layer> {
        self.what.as_ref().map(|(_, _, layer)| *layer)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.what.is_none() || other.what.is_none() || self.what == other.what
    }
}

/// Pairs what is the same thing on both sides: first by name, then by what it is, the nearest first.
fn pair(old: &[Slot<'_>], new: &[Slot<'_>]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (left, slot) in old.iter().enumerate().filter(|(_, slot)| slot.name.is_some()) {
        let same = |other: &Slot<'_>| other.name == slot.name && other.is_like(slot);
        if let Some(right) = new.iter().position(same)
            && !pairs.iter().any(|(_, taken)| *taken == right)
        {
            pairs.push((left, right));
        }
    }
    for (left, slot) in old.iter().enumerate() {
        if pairs.iter().any(|(taken, _)| *taken == left) {
            continue;
        }
        let free = |right: &usize| !pairs.iter().any(|(_, taken)| taken == right);
        let like = (0..new.len()).filter(free).filter(|right| {
            let other = &new[*right];
            let named = slot.name.is_some() && other.name.is_some() && slot.name != other.name;
            slot.is_like(other) && !(named && is_call_or_output(slot))
        });
        let nearest = like.min_by_key(|right| distance(&slot.part, &new[*right].part));
        pairs.extend(nearest.map(|right| (left, right)));
    }
    pairs
}

/// Calls and outputs of different calls are different things, however alike they look.
fn is_call_or_output(slot: &Slot<'_>) -> bool {
    slot.what.as_ref().is_some_and(|(kind, ..)| kind.is_call() || kind.is_output())
}

fn changed(received: &Side<'_>, old: &Slot<'_>, new: &Slot<'_>) -> Vec<Difference> {
    let layer = old.layer().or(new.layer()).unwrap_or(Layer::Other);
    let severity = match layer {
        Layer::ToolOutput => Severity::State,
        Layer::Model => Severity::Shape,
        _ => Severity::Context,
    };
    let pointer = received.pointer(&new.part);
    let digests = (Some(old.part.digest), Some(new.part.digest));
    let (Some(a), Some(b)) = (old.part.raw, new.part.raw) else {
        return vec![Difference {
            severity,
            change: Change::Changed,
            layer,
            pointer,
            byte: None,
            recorded: Some("(left out of the recording)".to_owned()),
            received: new.part.raw.map(excerpt),
            recorded_digest: digests.0,
            received_digest: digests.1,
        }];
    };
    let found = leaves(&pointer, a, b).into_iter();
    let difference = found.map(|leaf| Difference {
        severity: if leaf.is_cosmetic { Severity::Cosmetic } else { severity },
        change: Change::Changed,
        layer,
        pointer: leaf.pointer,
        byte: leaf.byte,
        recorded: leaf.recorded,
        received: leaf.received,
        recorded_digest: digests.0,
        received_digest: digests.1,
    });
    difference.collect()
}

/// An item that is added, lost or moved. A whole prompt layer that comes or goes is a change of the
/// prompt; anything else changes what happened.
fn alone(side: &Side<'_>, part: &Part<'_>, change: Change) -> Difference {
    let layer = part.raw.map_or(Layer::Other, |raw| layer_of_item(&raw.item()));
    let is_prompt = matches!(
        layer,
        Layer::Tools
            | Layer::Instructions
            | Layer::Permissions
            | Layer::Developer
            | Layer::AgentsMd
            | Layer::Environment
    );
    let show = || part.raw.map(excerpt);
    let lost = change == Change::Lost;
    Difference {
        severity: if is_prompt { Severity::Context } else { Severity::Shape },
        change,
        layer,
        pointer: side.pointer(part),
        byte: None,
        recorded: if lost { show() } else { None },
        received: if lost { None } else { show() },
        recorded_digest: lost.then_some(part.digest),
        received_digest: (!lost).then_some(part.digest),
    }
}
