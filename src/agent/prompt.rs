//! What of a request is laid out anew each time: the order of the tools, and the time.
//!
//! Both are settings that cost a cache (see `scenario::Prompt`); by default nothing here changes.
//! Neither looks at the machine: an order is drawn from the run's seed and the number of the
//! request, the time is the virtual clock's, which goes by answered requests. A request that is sent
//! again has the same number, and so the same bytes.

use super::fragments;
use super::items::message;
use crate::scenario::{Clock, Prompt, ToolsOrder};
use crate::wire::{Digest, Raw};
use std::borrow::Cow;

/// The virtual clock goes on by so many seconds with each answer.
const STEP: u32 = 30;

/// The layout of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    pub(super) prompt: Prompt,
    /// The run's seed.
    pub(super) seed: u64,
    /// Answered requests before this one.
    pub(super) number: u32,
    /// The day the clock began, `YYYY-MM-DD`.
    pub(super) date: &'a str,
}

impl<'a> Layout<'a> {
    /// The order in which so many tools stand; `None`: their own.
    pub(super) fn order(&self, tools: usize) -> Option<Vec<usize>> {
        (self.prompt.tools_order == ToolsOrder::Shuffled)
            .then(|| shuffled(tools, self.seed, self.number))
    }

    /// The instructions as this request says them.
    pub(super) fn instructions(&self, text: &'a str) -> Cow<'a, str> {
        match self.prompt.clock {
            Clock::First => format!("The time is {}.\n\n{text}", self.time()).into(),
            _ => text.into(),
        }
    }

    /// The item that tells the time.
    pub(super) fn clock(&self) -> Raw {
        message("user", &[&fragments::clock(&self.time())])
    }

    /// The virtual time. After a day it begins again: nobody compares two times of one session.
    fn time(&self) -> String {
        let seconds = self.number.wrapping_mul(STEP) % 86_400;
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!("{}T{hours:02}:{minutes:02}:{seconds:02}Z", self.date)
    }
}

/// Fisher and Yates, with a digest for each draw: slow, and the same everywhere.
fn shuffled(count: usize, seed: u64, number: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for left in (1..count).rev() {
        let draw = [&seed.to_le_bytes()[..], &number.to_le_bytes(), &(left as u64).to_le_bytes()];
        let below = Digest::of_parts(&draw).as_u64() % (left as u64 + 1);
        order.swap(left, below as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Layout, shuffled};
    use crate::scenario::{Clock, Prompt, ToolsOrder};
    use std::collections::BTreeSet;

    fn layout(prompt: Prompt, number: u32) -> Layout<'static> {
        Layout { prompt, seed: 7, number, date: "2026-01-15" }
    }

    #[test]
    fn an_order_is_of_its_request_and_every_order_comes_up() {
        let shuffle = Prompt { tools_order: ToolsOrder::Shuffled, ..Prompt::default() };
        assert_eq!(layout(Prompt::default(), 3).order(5), None);
        assert_eq!(layout(shuffle, 3).order(5), layout(shuffle, 3).order(5));
        let orders: BTreeSet<Vec<usize>> = (0..200).map(|n| shuffled(3, 7, n)).collect();
        assert_eq!(orders.len(), 6, "all orders of three");
        assert_ne!(shuffled(5, 7, 0), shuffled(5, 8, 0), "another run draws anew");
        for order in orders {
            assert_eq!(BTreeSet::from_iter(order), BTreeSet::from([0, 1, 2]));
        }
    }

    #[test]
    fn the_clock_goes_by_answers() {
        let first = Prompt { clock: Clock::First, ..Prompt::default() };
        let said = |number| layout(first, number).instructions("Be brief.").into_owned();
        assert_eq!(said(0), "The time is 2026-01-15T00:00:00Z.\n\nBe brief.");
        assert_eq!(said(125), "The time is 2026-01-15T01:02:30Z.\n\nBe brief.");
        assert_eq!(layout(Prompt::default(), 1).instructions("Be brief."), "Be brief.");
        assert_eq!(
            layout(Prompt::default(), 1).clock().item().text(),
            "<environment_context>\n  <current_time>2026-01-15T00:00:30Z</current_time>\n\
             </environment_context>"
        );
    }
}
