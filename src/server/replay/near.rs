//! The recorded exchange that a request departs from, when it equals none.

use super::echo::Placed;
use super::{Asked, Replay};
use crate::recording::matching::{Drift, Nearness, Side, differences, nearness, resembles};
use crate::recording::{Entry, Recorded};
use crate::wire::{Kind, Raw};
use std::cmp::Reverse;

/// So many of the nearest conversations are looked at for one that begins alike.
const LOOKED_AT: usize = 16;

/// The nearest exchange.
pub(super) struct Near {
    pub(super) drift: Drift,
    /// How many items of its answer the client already has.
    pub(super) echoed: usize,
    /// Whether the request may be that exchange's, changed. Otherwise it only is the nearest there
    /// is, for a message.
    pub(super) is_recognised: bool,
}

/// An exchange that may be meant, with the history that it is held against.
struct Candidate<'a> {
    number: u32,
    echoed: usize,
    history: &'a [Placed],
    nearness: Nearness,
}

impl Replay {
    /// The nearest of those that were recorded at this place, an answer asked for again after a cut
    /// stream included.
    pub(super) fn nearest(&self, asked: &Asked<'_>) -> Option<Near> {
        let again: Vec<(u32, Vec<Placed>, usize)> = asked
            .parents
            .iter()
            .flatten()
            .filter_map(|number| {
                let (rest, echoed) = self.resumed(*number, &asked.history)?;
                Some((*number, rest, echoed))
            })
            .collect();
        let next = asked.parents.iter().flat_map(|parent| self.children(*parent));
        // Of those with equal requests, the one that would be given.
        let next = next.filter(|number| self.given_for(**number) == **number);
        let next = next.map(|number| (*number, asked.whole.as_slice(), 0));
        let again = again.iter().map(|(number, rest, echoed)| (*number, rest.as_slice(), *echoed));
        let candidate = |(number, history, echoed): (u32, _, usize)| {
            let nearness = nearness(&self.side(number), &received(asked, history));
            // What the client has of the answer was taken out of the history.
            let nearness = nearness.and(asked.history.len() - history.len());
            Candidate { number, echoed, history, nearness }
        };
        let fits =
            |(number, ..): &(u32, &[Placed], usize)| self.fits(self.exchange(*number), asked);
        let mut all: Vec<Candidate<'_>> = next.chain(again).filter(fits).map(candidate).collect();
        all.sort_by_key(|one| (Reverse(one.nearness), one.number));
        let opens = asked.parents == [None];
        let recognised = |one: &Candidate<'_>| {
            !opens || resembles(&self.side(one.number), &received(asked, one.history))
        };
        let found = all.iter().take(LOOKED_AT).find(|one| recognised(one));
        let one = found.or(all.first())?;
        let differences = differences(&self.side(one.number), &received(asked, one.history));
        Some(Near {
            drift: Drift { exchange: one.number, differences },
            echoed: one.echoed,
            is_recognised: found.is_some(),
        })
    }

    /// Whether an exchange answers what is asked: a step, or a compaction by the same way. An answer
    /// to the one is none to the other.
    fn fits(&self, exchange: &Recorded, asked: &Asked<'_>) -> bool {
        let compacts =
            |raw: Option<&Raw>| raw.is_some_and(|raw| raw.item().kind() == Kind::CompactionTrigger);
        let last = exchange.input.last().and_then(|digest| self.recording.items.get(digest));
        exchange.endpoint == asked.ask.endpoint
            && compacts(last.and_then(Entry::raw)) == compacts(asked.ask.request.input.last())
    }

    fn side(&self, number: u32) -> Side<'_> {
        let exchange = self.exchange(number);
        let input = self.recorded(exchange);
        let items = input.iter().map(|placed| (placed.at, placed.digest));
        Side::recorded_with(&self.recording, exchange, items)
    }
}

fn received<'a>(asked: &'a Asked<'_>, history: &[Placed]) -> Side<'a> {
    let items = history.iter().map(|placed| (placed.at, placed.digest));
    Side::received_with(asked.ask.request, items)
}
