//! `anthropic-5m` and `anthropic-1h`: entries at breakpoints, found by looking back.

use super::minimums;
use super::spaces::{self, Name, Spaces};
use super::units::{Place, State, Unit, Units};
use super::{Account, Ask, Policy};
use crate::cache::part::Part;
use crate::cache::presence::Presence;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::reason::MissReason;
use crate::scenario::{CachePolicy, CacheSpec};

/// How far a breakpoint looks back, itself included.
const LOOKBACK: usize = 20;

/// Breakpoints of a request.
const MOST: usize = 4;

const MINUTE: u64 = 60_000;

/// What its entries depend on beside the prompt.
const KEYS: &[MissReason] = &[
    MissReason::ModelChanged,
    MissReason::ReasoningEffortChanged,
    MissReason::ToolChoiceChanged,
    MissReason::ImagesChanged,
];

/// At most 4 breakpoints. Each writes one entry, and looks back over 20 places for one to read;
/// consecutive calls count as one place, and so do consecutive outputs (`runs=no`: each counts, as an
/// older text has it). Nothing is cached below a minimum that depends on the model. Entries live for 5
/// minutes or an hour from the start of the request that wrote or last read them, and can be read
/// once the first answer has begun. What is written costs 1.25 times the input, for an hour 2 times.
///
/// Order is tools, system (instructions and what leads the input as system or developer message),
/// messages. Another model loses everything; another `tool_choice`, reasoning effort or the first
/// image the messages only (that effort keeps tools and system depends on the model; `effort=all`
/// loses them too).
///
/// Where a request marks nothing, `placement=agent` puts breakpoints at the end of the tools, of the
/// system part and of the prompt, `placement=tail` at the end of the prompt only, as a top-level
/// `cache_control` does, and `placement=none` nowhere.
///
/// Source: anthropics/skills `prompt-caching.md` (2026) and Anthropic's page on prompt caching (early
/// 2026). A request that Anthropic refuses, as with five breakpoints, is not refused here: the latest
/// four count.
#[derive(Debug)]
pub(super) struct Anthropic {
    shared: bool,
    hour: bool,
    minimum: Option<u64>,
    runs: bool,
    effort_loses_all: bool,
    placement: &'static str,
    spaces: Spaces<Space>,
}

#[derive(Debug, Default)]
struct Space {
    /// By what of the request else an entry depends on.
    units: Units<Name>,
    known: Presence,
}

/// A breakpoint and whether it asks for an hour.
type Point = (Place, bool);

impl Anthropic {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self {
            shared: spec.is("shared"),
            hour: spec.policy() == CachePolicy::Anthropic1h,
            minimum: spec.limit("minimum"),
            runs: spec.is("runs"),
            effort_loses_all: spec.word("effort") == "all",
            placement: spec.word("placement"),
            spaces: Spaces::default(),
        }
    }

    /// The breakpoints of a request, the first ones first.
    fn points(&self, prompts: &Prompts, ask: &Ask<'_>) -> Vec<Point> {
        let tail = Place::end(prompts, ask.prompt);
        let mut points: Vec<Point> = Vec::new();
        for mark in ask.marks {
            let place = Place { node: mark.node, bytes: mark.bytes, tokens: mark.tokens };
            points.push((place, mark.long || self.hour));
        }
        if let Some(ttl) = &ask.fields.automatic {
            points.push((tail, ttl.as_deref() == Some("1h") || self.hour));
        }
        if points.is_empty() {
            let heads = prompts.heads(ask.prompt);
            let places: &[NodeId] = match self.placement {
                "agent" => &[heads.tools, heads.developer, ask.prompt],
                "tail" => &[ask.prompt],
                _ => &[],
            };
            let nodes = places.iter().filter(|node| **node != NodeId::ROOT);
            points.extend(nodes.map(|node| (Place::end(prompts, *node), self.hour)));
        }
        points.dedup_by_key(|(place, _)| *place);
        points.drain(..points.len().saturating_sub(MOST));
        points
    }

    /// What an entry that ends here depends on, beside the prompt.
    fn kind(&self, prompts: &Prompts, ask: &Ask<'_>, place: Place) -> Name {
        let (fields, heads) = (ask.fields, prompts.heads(ask.prompt));
        let within = |node: NodeId| place.tokens <= prompts.total(node).tokens;
        let effort = fields.effort.clone();
        let always = if self.effort_loses_all { effort.clone() } else { None };
        match () {
            () if within(heads.tools) || within(heads.developer) => vec![always],
            () => {
                let image = prompts.has_image(ask.prompt).to_string();
                vec![effort, fields.choice.clone(), Some(image)]
            }
        }
    }

    /// The places that a breakpoint looks at, itself first. What was marked inside of an item is a
    /// place of its own; the tree does not tell its other parts.
    fn back<'a>(
        &self,
        prompts: &'a Prompts,
        units: &'a Units<Name>,
        from: Place,
    ) -> impl Iterator<Item = (usize, Place)> + 'a {
        let runs = self.runs;
        let (mut number, mut last) = (0, None);
        prompts.path(from.node).flat_map(move |node| {
            let part = prompts.part(node);
            let joins = runs && matches!(part, Part::Call | Part::Output);
            number += usize::from(!joins || last != Some(part));
            last = Some(part);
            let end = if node == from.node { from } else { Place::end(prompts, node) };
            let mut places = vec![(number, end)];
            for place in units.inside(prompts, end) {
                number += usize::from(!joins);
                places.push((number, place));
            }
            places
        })
    }
}

impl Policy for Anthropic {
    fn keys(&self) -> &'static [MissReason] {
        KEYS
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let (input, now) = (prompts.total(ask.prompt).tokens, ask.times.begins);
        let model = ask.fields.model.as_deref();
        let minimum = self.minimum.unwrap_or_else(|| minimums::of(model, 1_024));
        let points = self.points(prompts, ask);
        let name = spaces::model(ask, self.shared);
        self.spaces.of(name.clone());
        let Some(space) = self.spaces.get(&name) else { return Account::reading(input, 0) };
        let state = |place: Place| {
            let unit = space.units.get(prompts, place, &self.kind(prompts, ask, place))?;
            Some(unit.state(now)).filter(|_| place.tokens >= minimum)
        };

        let (mut best, mut waits, mut expired, mut behind): (Option<Place>, u64, u64, u64) =
            (None, 0, 0, 0);
        for (point, _) in &points {
            for (number, place) in self.back(prompts, &space.units, *point) {
                let read = best.map_or(0, |best| best.tokens);
                if place.tokens <= read {
                    break;
                }
                match state(place) {
                    Some(State::Readable) if number <= LOOKBACK => best = Some(place),
                    Some(State::Readable) => behind = behind.max(place.tokens),
                    Some(State::NotYet) => waits = waits.max(place.tokens),
                    Some(State::Expired) => expired = expired.max(place.tokens),
                    None => {}
                }
            }
        }
        let read = best.map_or(0, |best| best.tokens);
        let known = space.known.longest(prompts, ask.prompt).tokens;
        let reason = match () {
            () if points.is_empty() => None,
            () if input < minimum => Some(MissReason::BelowMinimum),
            () if waits > read => Some(MissReason::NotYetReadable),
            () if expired > read => Some(MissReason::Expired),
            () if behind > read => Some(MissReason::LookbackExceeded),
            () if known > 0 && known >= minimum && read == 0 => {
                Some(MissReason::WritePointBehindVolatile)
            }
            () => None,
        };

        let kinds: Vec<Name> =
            points.iter().map(|(place, _)| self.kind(prompts, ask, *place)).collect();
        let best = best.map(|place| (place, self.kind(prompts, ask, place)));
        let space = self.spaces.of(name);
        if let Some((place, kind)) = best {
            space.units.read(prompts, place, &kind, now);
        }
        let (mut end, mut long) = (read, 0);
        for ((place, hour), kind) in points.iter().zip(&kinds) {
            if place.tokens < minimum {
                continue;
            }
            let ttl = if *hour { 60 * MINUTE } else { 5 * MINUTE };
            let unit = Unit { readable: ask.times.streams, ttl, used: now };
            space.units.write(prompts, *place, kind, unit);
            if place.tokens > end {
                long += if *hour { place.tokens - end } else { 0 };
                end = place.tokens;
            }
        }
        space.known.add(prompts, ask.prompt);
        Account { read, write: end - read, plain: input - end, reason, long }
    }
}
