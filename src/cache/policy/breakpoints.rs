//! `openai-breakpoints`: OpenAI from GPT-5.6 on.

use super::spaces::{self, Spaces};
use super::units::{Place, State, Unit, Units};
use super::{Account, Ask, Policy};
use crate::cache::part::Part;
use crate::cache::presence::Presence;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::reason::MissReason;
use crate::scenario::CacheSpec;

/// Units that end where a message does, or at an explicit breakpoint.
///
/// Implicit mode writes the end of the latest eligible message and the latest 3 explicit breakpoints,
/// explicit mode the latest 4; explicit mode without a breakpoint caches nothing. Eligible are a user
/// message, the last tool output of a run, the last developer message of the initial run. Looked up
/// are the first 2 and the latest 50 explicit breakpoints, and in implicit mode the implicit one, up
/// to 20 eligible ends before it, and the end of the initial developer block (`lookup=guide`;
/// the API reference says the latest 80 breakpoints: `lookup=latest-80`). The two modes do not read
/// each other's units, 1,024 tokens are the least, a unit is kept for 30 minutes after it was last
/// written or read, and what is written costs 1.25 times the input.
///
/// Source: OpenAI's guide to prompt caching, 2026-09-20. That a unit can be read once the first answer
/// begins is not said there; nothing can be read before it was computed.
#[derive(Debug)]
pub(super) struct Breakpoints {
    shared: bool,
    minimum: u64,
    ttl: u64,
    latest_80: bool,
    spaces: Spaces<Space>,
}

#[derive(Debug, Default)]
struct Space {
    units: Units<Kind>,
    known: Presence,
}

/// Which mode wrote a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Implicit,
    Explicit,
}

impl Breakpoints {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self {
            shared: spec.is("shared"),
            minimum: spec.number("minimum"),
            ttl: spec.number("ttl") * 1_000,
            latest_80: spec.word("lookup") == "latest-80",
            spaces: Spaces::default(),
        }
    }

    /// What a request looks up, and what it writes.
    fn points(&self, prompts: &Prompts, ask: &Ask<'_>) -> (Vec<Point>, Vec<Point>) {
        let explicit = |(node, bytes, tokens)| (Place { node, bytes, tokens }, Kind::Explicit);
        // On tools and on what the model said a breakpoint is none (the same guide).
        let counts = |node| {
            !matches!(
                prompts.part(node),
                Part::Tool | Part::Instructions | Part::Assistant | Part::Call | Part::Reasoning
            )
        };
        let marks = ask.marks.iter().filter(|mark| counts(mark.node));
        let marks = marks.map(|mark| explicit((mark.node, mark.bytes, mark.tokens)));
        let mut marks: Vec<Point> = marks.collect();
        marks.reverse();
        if ask.fields.mode.as_deref() == Some("explicit") {
            return (self.looked_up(&marks, &[]), marks.into_iter().take(4).collect());
        }
        // Newest first: the implicit breakpoint, and 20 before it.
        let most = if self.latest_80 { 80 } else { 21 };
        let ends: Vec<Point> = ends(prompts, ask.prompt).take(most).collect();
        let writes = ends.iter().take(1).chain(marks.iter().take(3)).copied().collect();
        let mut looked_up = self.looked_up(&marks, &ends);
        let developer = prompts.heads(ask.prompt).developer;
        if !self.latest_80 && prompts.part(developer) != Part::Other {
            looked_up.push((Place::end(prompts, developer), Kind::Implicit));
        }
        (looked_up, writes)
    }

    fn looked_up(&self, marks: &[Point], ends: &[Point]) -> Vec<Point> {
        let mut all: Vec<Point> = Vec::new();
        if self.latest_80 {
            all.extend(marks.iter().chain(ends));
            all.sort_by_key(|(place, _)| std::cmp::Reverse(place.tokens));
            all.truncate(80);
            return all;
        }
        let first = marks.len().saturating_sub(2).max(50);
        all.extend(marks.iter().take(50).chain(marks.iter().skip(first)).chain(ends));
        all
    }
}

type Point = (Place, Kind);

/// The ends of eligible messages, the newest first.
fn ends(prompts: &Prompts, leaf: NodeId) -> impl Iterator<Item = Point> + '_ {
    let developer = prompts.heads(leaf).developer;
    let mut next = None;
    prompts.path(leaf).filter_map(move |node| {
        let part = prompts.part(node);
        let eligible = match part {
            Part::User => true,
            Part::Output => next != Some(Part::Output),
            Part::Developer | Part::System => node == developer,
            _ => false,
        };
        next = Some(part);
        eligible.then(|| (Place::end(prompts, node), Kind::Implicit))
    })
}

impl Policy for Breakpoints {
    fn keys(&self) -> &'static [MissReason] {
        spaces::OPENAI
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let (input, now) = (prompts.total(ask.prompt).tokens, ask.times.begins);
        let long_enough = |(place, _): &Point| place.tokens >= self.minimum;
        let (looked_up, writes) = self.points(prompts, ask);
        let space = self.spaces.of(spaces::openai(ask, self.shared));
        let state = |units: &Units<Kind>, (place, kind): &Point| {
            units.get(prompts, *place, kind).map(|unit| unit.state(now))
        };
        let found = looked_up.iter().filter(|point| {
            long_enough(point) && state(&space.units, point) == Some(State::Readable)
        });
        let best = found.max_by_key(|(place, _)| place.tokens).copied();
        let read = best.map_or(0, |(place, _)| place.tokens);

        let longer = |point: &&Point| point.0.tokens > read && long_enough(point);
        let is = |wanted: State| {
            looked_up.iter().filter(longer).any(|point| state(&space.units, point) == Some(wanted))
        };
        let known = space.known.longest(prompts, ask.prompt).tokens;
        let reason = if input < self.minimum {
            Some(MissReason::BelowMinimum)
        } else if is(State::NotYet) {
            Some(MissReason::NotYetReadable)
        } else if is(State::Expired) {
            Some(MissReason::Expired)
        } else if known < self.minimum || known <= read {
            None
        } else if ends(prompts, ask.prompt).filter(|point| longer(&point)).any(|point| {
            // Every place of the prompt, not only those that are looked up.
            state(&space.units, &point) == Some(State::Readable)
        }) {
            Some(MissReason::LookbackExceeded)
        } else if read == 0 {
            Some(MissReason::WritePointBehindVolatile)
        } else {
            None
        };

        if let Some((place, kind)) = best {
            space.units.read(prompts, place, &kind, now);
        }
        let unit = Unit { readable: ask.times.streams, ttl: self.ttl, used: now };
        let mut end = read;
        for (place, kind) in writes.iter().filter(|point| long_enough(point)) {
            space.units.write(prompts, *place, kind, unit);
            end = end.max(place.tokens);
        }
        space.known.add(prompts, ask.prompt);
        Account { read, write: end - read, plain: input - end, reason, long: 0 }
    }
}
