//! A place where a request departs from its predecessor, and how its values are shown.

use super::lifetime::RanOut;
use super::varying::recognise;
use super::what::What;
use crate::measure::session::Session;
use crate::measure::story::brief_call;
use crate::recording::matching::{Leaf, excerpt, leaves, shorten};
use crate::recording::{Layer, elided, structure};
use crate::wire::{Kind, Raw};

/// The place, and what happened there.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) what: What,
    pub(super) layer: Layer,
    pub(super) pointer: String,
    pub(super) byte: Option<u64>,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) recognised: Option<&'static str>,
    /// Of an entry that ran out: when, and whose.
    pub(super) ran_out: Option<RanOut>,
}

impl Spot {
    pub(super) fn at(what: What, layer: Layer, pointer: &str) -> Self {
        Self {
            what,
            layer,
            pointer: pointer.to_owned(),
            byte: None,
            old: None,
            new: None,
            detail: None,
            recognised: None,
            ran_out: None,
        }
    }
}

/// The two requests of a break and the number of equal segments.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) before: usize,
    pub(super) index: usize,
    pub(super) at: usize,
}

/// What changed inside a value: excerpts of the first place that differs, and what varies there. The
/// second is whether both mean the same.
pub(super) fn changed(spot: Spot, old: &Raw, new: &Raw, counters: bool) -> (Spot, bool) {
    if is_stand_in(old) || is_stand_in(new) {
        return (spot, false);
    }
    let places = leaves(&spot.pointer, old, new);
    let is_same = places.iter().all(|leaf| leaf.is_cosmetic);
    // Rendered prompts leave ids out, so a place that differs for them alone is not the place.
    let inside = |leaf: &&Leaf| !is_dropped(&leaf.pointer, &spot.pointer);
    let Some(first) = places.iter().find(inside).or(places.first()) else { return (spot, false) };
    let whole = |raw: &Raw| text_at(raw, first.pointer.strip_prefix(&spot.pointer).unwrap_or(""));
    let recognised = match (whole(old), whole(new)) {
        (Some(a), Some(b)) => recognise(&a, &b).filter(|kind| counters || *kind != "counter"),
        _ => None,
    };
    let what = match recognised {
        _ if is_same => What::Reserialised,
        Some(_) => What::VaryingValue,
        None => spot.what,
    };
    let first = first.clone();
    let spot = Spot {
        what,
        pointer: first.pointer,
        byte: first.byte,
        old: first.recorded.map(quiet),
        new: first.received.map(quiet),
        recognised: recognised.filter(|_| !is_same),
        ..spot
    };
    (spot, is_same)
}

fn is_dropped(pointer: &str, item: &str) -> bool {
    let inside = pointer.strip_prefix(item).unwrap_or_default();
    crate::cache::DROPPED_FIELDS.iter().any(|field| inside == format!("/{field}"))
}

/// The text at a pointer inside a value.
pub(super) fn text_at(raw: &Raw, pointer: &str) -> Option<String> {
    Some(raw.value().pointer(pointer)?.as_str()?.to_owned())
}

/// The beginning of a value on one side only.
pub(super) fn brief(raw: &Raw) -> String {
    match is_stand_in(raw) {
        true => "(left out of the recording)".to_owned(),
        false => quiet(shown(raw)),
    }
}

fn shown(raw: &Raw) -> String {
    let item = raw.item();
    if let Some(text) = item.value().as_str() {
        return shorten(text);
    }
    match item.kind() {
        Kind::Compaction => "(sealed compaction)".to_owned(),
        Kind::Reasoning if item.text().is_empty() => "(sealed reasoning)".to_owned(),
        kind if kind.is_call() => {
            let name = item.str("name").or(item.str("type")).unwrap_or_default();
            shorten(&format!("{name}  {}", brief_call(item.arguments().unwrap_or_default())))
        }
        _ => excerpt(raw),
    }
}

/// Whether a value is not what was sent, but stands for it.
pub(super) fn is_stand_in(raw: &Raw) -> bool {
    elided(raw).is_some() || structure(raw).is_some()
}

/// One line.
pub(super) fn quiet(text: String) -> String {
    text.replace('\n', "⏎").replace('\r', "")
}
