//! What changed at the first place where a request departs from its predecessor.

use super::spot::{Pair, Spot, brief, changed};
use super::what::What;
use super::{items, tools};
use crate::cache::MissReason;
use crate::measure::results::PrefixBreak;
use crate::measure::session::Session;
use crate::recording::Layer;

/// Looks at a break.
pub(super) fn look(session: &Session<'_>, before: usize, index: usize, one: &PrefixBreak) -> Spot {
    let (old, new) = (&session.segments[before], &session.segments[index]);
    let at = crate::cache::shared(old, new).segments;
    let pair = Pair { session, before, index, at };
    let mut spot = match one.layer {
        Layer::Tools if one.pointer.starts_with("/tools") => tools::spot(pair, one),
        Layer::Instructions if one.pointer.starts_with("/instructions") => instructions(pair, one),
        _ => items::spot(pair, one),
    };
    // A client that clears or drops leaves no summary behind.
    let is_bare = !session.layers[index].iter().skip(at).any(|layer| *layer == Layer::Compaction);
    let stays = is_bare && matches!(spot.what, What::ToolOutputCleared | What::HistoryDropped);
    if one.cause == MissReason::ContextCompacted && !stays {
        spot.what = What::Compacted;
    } else if !session.sampling[index] {
        spot.what = What::SideRequest;
    }
    spot
}

fn instructions(pair: Pair<'_>, one: &PrefixBreak) -> Spot {
    let of = |index: usize| {
        let request = &pair.session.exchange(index).request;
        request.field("instructions").filter(|raw| raw.as_str() != "null").cloned()
    };
    let spot = Spot::at(What::InstructionsChanged, Layer::Instructions, &one.pointer);
    match (of(pair.before), of(pair.index)) {
        (Some(old), Some(new)) => changed(spot, &old, &new, true).0,
        (old, new) => Spot { old: old.as_ref().map(brief), new: new.as_ref().map(brief), ..spot },
    }
}
