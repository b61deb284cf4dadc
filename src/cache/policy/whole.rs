//! Units that are matched completely or not at all: DeepSeek since V4, Gemini's explicit caches.

use super::lasting::{Lasting, Life};
use super::minimums;
use super::pending::Pending;
use super::spaces::{self, Spaces};
use super::units::{Place, State, Unit, Units};
use super::{Account, Ask, Policy};
use crate::cache::presence::Presence;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::reason::MissReason;
use crate::cache::slots::Slots;
use crate::scenario::CacheSpec;

/// `deepseek-v4`: a prefix is persisted at the end of an input and at the end of its output, where two
/// requests are found to part, and at every fixed interval of long ones; a hit needs one that is
/// matched completely. Writing costs nothing. So A+B, then A+C is a miss, and A+D a hit on A.
///
/// Source: DeepSeek's guide (`kv_cache`), 2026. It does not tell the interval, so there is none unless
/// `interval` sets one; and of how long units are kept it says hours to days: `ttl` is off.
#[derive(Debug)]
pub(super) struct Persisted {
    shared: bool,
    interval: Option<u64>,
    /// In milliseconds.
    ttl: Option<u64>,
    spaces: Spaces<Persistence>,
}

#[derive(Debug, Default)]
struct Persistence {
    units: Units<()>,
    /// All that was ever there.
    known: Presence,
    /// What is there in whole intervals, if there are any.
    kept: Lasting,
    pending: Pending,
}

impl Persisted {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self {
            shared: spec.is("shared"),
            interval: spec.limit("interval"),
            ttl: spec.limit("ttl").map(|seconds| seconds * 1_000),
            spaces: Spaces::default(),
        }
    }
}

impl Policy for Persisted {
    fn keys(&self) -> &'static [MissReason] {
        spaces::MODEL
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let (input, now) = (prompts.total(ask.prompt).tokens, ask.times.begins);
        let (life, ttl) = (Life { idle: self.ttl, whole: None }, self.ttl.unwrap_or(u64::MAX));
        let space = self.spaces.of(spaces::model(ask, self.shared));
        for (at, leaf) in space.pending.ready(now) {
            let unit = Unit { readable: at, ttl, used: at };
            space.units.write(prompts, Place::end(prompts, leaf), &(), unit);
            space.known.add(prompts, leaf);
            if self.interval.is_some() {
                space.kept.touch(prompts, leaf, at, life);
            }
        }
        let known = space.known.longest(prompts, ask.prompt);
        let (mut best, mut expired) = (None, 0);
        for place in space.units.places(prompts, ask.prompt) {
            match space.units.get(prompts, place, &()).map(|unit| unit.state(now)) {
                Some(State::Readable) => {
                    best = Some(place);
                    break;
                }
                Some(State::Expired) => expired = expired.max(place.tokens),
                Some(State::NotYet) | None => {}
            }
        }
        let mut read = best.map_or(0, |place| place.tokens);
        if let Some(interval) = self.interval {
            let whole = |prefix: u64| prefix - prefix % interval.max(1);
            let kept = space.kept.longest(prompts, ask.prompt, now, life).tokens;
            read = read.max(whole(kept));
            expired = expired.max(whole(known.tokens));
        }
        let waits = space.pending.rest().map(|leaf| prompts.common(leaf, ask.prompt).tokens).max();
        let reason = match () {
            () if waits.is_some_and(|tokens| tokens > known.tokens) => {
                Some(MissReason::NotYetReadable)
            }
            () if expired > read => Some(MissReason::Expired),
            () if read == 0 && known.tokens > 0 => Some(MissReason::WritePointBehindVolatile),
            () => None,
        };
        if let Some(place) = best {
            space.units.read(prompts, place, &(), now);
        }
        // Where this one parts from all others there is a unit from now on.
        if known.tokens > 0 {
            let unit = Unit { readable: ask.times.streams, ttl, used: now };
            let at = prompts.ancestor(ask.prompt, known.segments);
            let rest = known.bytes - prompts.total(at).bytes;
            if rest == 0 {
                space.units.write(prompts, Place::end(prompts, at), &(), unit);
            } else {
                let node = prompts.ancestor(ask.prompt, known.segments + 1);
                let place = Place { node, bytes: rest, tokens: known.tokens };
                space.units.write(prompts, place, &(), unit);
            }
        }
        space.pending.push(ask.times.streams, ask.prompt);
        if ask.output != ask.prompt {
            space.pending.push(ask.times.ends, ask.output);
        }
        Account { reason, ..Account::reading(input, read) }
    }
}

/// `gemini-explicit`: an object made of the beginning of a prompt, which later requests name. It is
/// read as a whole, and can be neither extended nor chained; it goes an hour after it was made,
/// however often it was read. Making it is billed as input; storage by the hour is not in our
/// accounts.
///
/// Requests of this API name no object. Declared: the first request of a model makes one of the
/// prompt up to the client's last mark, else of tools, instructions and the developer messages that
/// lead the input, and requests that begin with it name it, wherever their own marks stand; of several
/// the longest. Where none fits, a new one is made.
///
/// Source: Google's guide to context caching, 2026; minimum by model.
#[derive(Debug)]
pub(super) struct Named {
    shared: bool,
    minimum: Option<u64>,
    ttl: u64,
    spaces: Spaces<Objects>,
}

/// All objects that were made. They are few, and requests long, so each node knows where the nearest one
/// before it ends: a request looks at what it adds, and all of it once after an object was made.
#[derive(Debug, Default)]
struct Objects {
    units: Units<()>,
    made: u64,
    /// The number made when this was looked up, and the node of the nearest, be it the root.
    nearest: Slots<Option<(u64, NodeId)>>,
}

impl Objects {
    /// Length and state of those that a prompt begins with, the longest first.
    fn of(&mut self, prompts: &Prompts, leaf: NodeId, now: u64) -> Vec<(u64, State)> {
        let known = |nearest: &Slots<Option<(u64, NodeId)>>, node: NodeId| {
            let (made, at) = nearest.get(node).copied().flatten()?;
            (made == self.made).then_some(at)
        };
        let is_new = |node: &NodeId| known(&self.nearest, *node).is_none();
        let mut walked: Vec<NodeId> = prompts.path(leaf).take_while(is_new).collect();
        let before = walked.last().map_or(leaf, |first| prompts.parent(*first));
        let mut nearest = known(&self.nearest, before).unwrap_or(NodeId::ROOT);
        let units = &self.units;
        let states = |node: NodeId| {
            units.within(prompts, node).filter_map(move |place| {
                Some((place.tokens, units.get(prompts, place, &())?.state(now)))
            })
        };
        walked.reverse();
        for node in walked {
            if states(node).next().is_some() {
                nearest = node;
            }
            *self.nearest.get_mut(node) = Some((self.made, nearest));
        }
        let mut found = Vec::new();
        while nearest != NodeId::ROOT {
            found.extend(states(nearest));
            let parent = prompts.parent(nearest);
            nearest = self.nearest.get(parent).copied().flatten().map_or(NodeId::ROOT, |one| one.1);
        }
        found
    }

    fn make(&mut self, prompts: &Prompts, place: Place, unit: Unit) {
        self.units.write(prompts, place, &(), unit);
        self.made += 1;
    }
}

impl Named {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self {
            shared: spec.is("shared"),
            minimum: spec.limit("minimum"),
            ttl: spec.number("ttl") * 1_000,
            spaces: Spaces::default(),
        }
    }
}

impl Policy for Named {
    fn keys(&self) -> &'static [MissReason] {
        spaces::MODEL
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let (input, now) = (prompts.total(ask.prompt).tokens, ask.times.begins);
        let model = ask.fields.model.as_deref();
        let minimum = self.minimum.unwrap_or_else(|| minimums::of(model, 1_024));
        let place = match ask.marks.last() {
            Some(mark) => Place { node: mark.node, bytes: mark.bytes, tokens: mark.tokens },
            None => Place::end(prompts, prompts.heads(ask.prompt).developer),
        };
        let space = self.spaces.of(spaces::model(ask, self.shared));
        let objects = space.of(prompts, ask.prompt, now);
        let longest = |wanted: State| objects.iter().find(|(_, state)| *state == wanted);
        let waits = longest(State::NotYet).is_some();
        let (read, reason) = match longest(State::Readable) {
            Some((tokens, _)) => (*tokens, None),
            None if waits => (0, Some(MissReason::NotYetReadable)),
            None if place.tokens < minimum => (0, Some(MissReason::BelowMinimum)),
            None => (0, longest(State::Expired).map(|_| MissReason::Expired)),
        };
        if read == 0 && !waits && place.tokens >= minimum {
            // Made before it is used: by a call of its own.
            let unit = Unit { readable: ask.times.streams, ttl: self.ttl, used: now };
            space.make(prompts, place, unit);
        }
        Account { reason, ..Account::reading(input, read) }
    }
}
