//! What became of the history: which of two items at the same place was put in, taken out, moved or
//! changed.

use super::given_up::given_up;
use super::spot::{Pair, Spot, brief, changed, text_at};
use super::what::What;
use crate::cache::Segment;
use crate::measure::envelope::tool_text;
use crate::measure::results::PrefixBreak;
use crate::recording::{Layer, layer_of_item};
use crate::wire::{Kind, Raw};

/// Items that are gone: so many at once are the work of something that drops history.
const SEVERAL: usize = 2;

pub(super) fn spot(pair: Pair<'_>, one: &PrefixBreak) -> Spot {
    let Pair { session, before, index, at } = pair;
    let (old, new) = (&session.segments[before][at..], &session.segments[index][at..]);
    let layers = (&session.layers[before][at..], &session.layers[index][at..]);
    let Some(lost) = old.first() else {
        return Spot::at(What::MessageEdited, one.layer, &one.pointer);
    };
    let raw_old = |segment: &Segment| raw(pair, before, segment);
    let raw_new = |segment: &Segment| raw(pair, index, segment);
    let show_old = |at: usize| old.get(at).and_then(raw_old).as_ref().map(brief);
    let show_new = |at: usize| new.get(at).and_then(raw_new).as_ref().map(brief);
    let gone = |what: What, items: usize| Spot {
        old: show_old(0),
        new: show_new(0),
        detail: (items > 1).then(|| format!("{items} items")),
        ..Spot::at(what, layers.0[0], &lost.pointer)
    };
    let went_back = given_up(pair);
    let Some(first) = new.first() else {
        return gone(went_back.unwrap_or(What::RolledBack), old.len());
    };
    // Where the last thing said was a reminder or a block of context that goes with every request.
    let is_first = matches!(lost.pointer.as_str(), "/input" | "/input/0");
    let tail = old.len() == 1 && !is_first && is_context(layers.0[0]) && new.len() > 1;
    let again = new.iter().position(|other| other.digest == lost.digest);
    let kept = old.iter().position(|other| other.digest == first.digest);
    match (again, kept) {
        (Some(_), Some(_)) => Spot {
            old: show_old(0),
            new: show_new(0),
            ..Spot::at(What::ItemsReordered, layers.1[0], &first.pointer)
        },
        (Some(items), None) if tail && items + 1 == new.len() => gone(What::TailReplaced, 1),
        (Some(items), None) => Spot {
            new: show_new(0),
            detail: (items > 1).then(|| format!("{items} items")),
            ..Spot::at(of_layer(layers.1[0], What::ItemInserted), layers.1[0], &first.pointer)
        },
        (None, Some(items)) => {
            let kinds: Vec<bool> = old[..items].iter().map(|one| is_reasoning(pair, one)).collect();
            let what = match items {
                _ if kinds.iter().all(|reasoning| *reasoning) => What::ReasoningDropped,
                SEVERAL.. => What::HistoryDropped,
                _ => of_layer(layers.0[0], What::ItemRemoved),
            };
            Spot { new: None, ..gone(what, items) }
        }
        (None, None) => match (raw_old(lost), raw_new(first)) {
            (Some(a), Some(b)) if alike(&a, &b) => {
                let spot = Spot::at(What::MessageEdited, layers.0[0], &first.pointer);
                let spot = edited(spot, &a, &b, at, pair);
                match went_back.filter(|_| spot.what == What::MessageEdited) {
                    Some(what) => gone(what, old.len()),
                    None => spot,
                }
            }
            _ if let Some(what) = went_back => gone(what, old.len()),
            _ if tail => gone(What::TailReplaced, 1),
            _ => {
                let survives = |one: &Segment| new.iter().any(|other| other.digest == one.digest);
                match old.iter().position(survives) {
                    Some(items) if items >= SEVERAL => gone(What::HistoryDropped, items),
                    Some(items) => gone(of_layer(layers.0[0], What::ItemRemoved), items),
                    None => gone(What::HistoryReplaced, old.len()),
                }
            }
        },
    }
}

/// The same thing, saying something else.
fn edited(spot: Spot, old: &Raw, new: &Raw, at: usize, pair: Pair<'_>) -> Spot {
    let layer = spot.layer;
    let usual = match layer {
        Layer::Model => What::AnswerRewritten,
        Layer::ToolOutput => What::ToolOutputChanged,
        other => of_layer(other, What::MessageEdited),
    };
    // A number in a later message is something that a person changed.
    let counters = layer != Layer::User || is_first_of_user(pair, at);
    let item = spot.pointer.clone();
    let (spot, is_same) = changed(Spot { what: usual, ..spot }, old, new, counters);
    let inside = spot.pointer.strip_prefix(&item).unwrap_or_default().to_owned();
    let image = |raw: &Raw| raw.as_str().contains("\"input_image\"");
    let images = inside.contains("image_url")
        || inside.ends_with("/detail")
        || (image(old) != image(new) && spot.byte.is_none());
    match layer {
        _ if is_same => spot,
        _ if images => Spot { what: What::ImageChanged, recognised: None, ..spot },
        Layer::ToolOutput => {
            let what = match (text_at(old, &inside), text_at(new, &inside)) {
                (Some(a), Some(b)) => output(&tool_text(&a), &tool_text(&b)),
                // A list of parts that became a text, or the other way round.
                _ => output(&whole_text(old), &whole_text(new)),
            };
            Spot { what, ..spot }
        }
        Layer::Model => Spot { what: What::AnswerRewritten, ..spot },
        _ => spot,
    }
}

fn whole_text(raw: &Raw) -> String {
    raw.item().text()
}

/// What was done to the output of a tool: shortened to a part of itself, replaced by something short,
/// or otherwise changed.
fn output(old: &str, new: &str) -> What {
    if new.len() >= old.len() {
        return What::ToolOutputChanged;
    }
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    match head + tail {
        shared if 2 * shared >= new.len() && shared > 0 => What::ToolOutputTruncated,
        _ if 2 * new.len() <= old.len() || new.trim().is_empty() => What::ToolOutputCleared,
        _ => What::ToolOutputChanged,
    }
}

/// What a change of a prompt layer is called; `otherwise` for the rest.
fn of_layer(layer: Layer, otherwise: What) -> What {
    match layer {
        Layer::Permissions => What::PermissionsChanged,
        Layer::Developer => What::DeveloperChanged,
        Layer::AgentsMd => What::AgentsMdChanged,
        Layer::Environment => What::EnvironmentRewritten,
        Layer::Instructions => What::InstructionsChanged,
        _ => otherwise,
    }
}

/// What clients put behind the history of every request.
pub(super) fn is_context(layer: Layer) -> bool {
    matches!(
        layer,
        Layer::User | Layer::Developer | Layer::Environment | Layer::AgentsMd | Layer::Permissions
    )
}

fn is_first_of_user(pair: Pair<'_>, at: usize) -> bool {
    !pair.session.layers[pair.index][..at].contains(&Layer::User)
}

fn is_reasoning(pair: Pair<'_>, segment: &Segment) -> bool {
    raw(pair, pair.before, segment).is_some_and(|raw| raw.item().kind() == Kind::Reasoning)
}

/// The value behind a segment of a request's input.
fn raw(pair: Pair<'_>, index: usize, segment: &Segment) -> Option<Raw> {
    let input = &pair.session.exchange(index).request.input;
    match segment.pointer.strip_prefix("/input/") {
        Some(at) => input.get(at.parse::<usize>().ok()?).cloned(),
        None if segment.pointer == "/input" => input.first().cloned(),
        None => None,
    }
}

/// Whether two items are the same thing: of one kind, role and layer, and of one call.
fn alike(old: &Raw, new: &Raw) -> bool {
    let (a, b) = (old.item(), new.item());
    let message = |kind: Kind| if kind == Kind::Text { Kind::Message } else { kind };
    let calls = match (a.call_id(), b.call_id()) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    message(a.kind()) == message(b.kind())
        && a.role() == b.role()
        && layer_of_item(&a) == layer_of_item(&b)
        && calls
}
