//! The parts of prompts: each distinct tool, instruction text and item once, rendered and counted
//! once. Prompts are lists of their numbers, so that a session costs what it says, not what it sends.

use crate::cache::{Renderer, Segment, Tokenizer};
use crate::recording::{Layer, asks_for_summary, elided, layer_of_item, length};
use crate::wire::{Digest, Kind, Raw};
use std::collections::HashMap;
use std::sync::Arc;

/// The number of a part.
pub(super) type PartId = u32;

/// Where in a request a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Tool,
    Instructions,
    Item,
}

/// A tool, the instructions, or an item.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) raw: Raw,
    /// What a prefix cache sees of it, without its place.
    pub(super) segment: Segment,
    /// Its bytes in a body.
    pub(super) length: u64,
    pub(super) place: Place,
    pub(super) layer: Layer,
    /// The call that it makes or answers.
    pub(super) call: Option<Arc<str>>,
    /// Whether it asks for a summary or triggers a compaction: then a request that ends in it does
    /// not ask for the next step.
    pub(super) asks_to_compact: bool,
    /// The first part that a cache takes for the same.
    pub(super) same: PartId,
}

/// All parts of a session.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    renderer: Renderer,
    list: Vec<Part>,
    /// Only looked up, never walked.
    known: HashMap<(Place, Digest), PartId>,
    rendered: HashMap<Digest, PartId>,
    /// The first part without marks of those that a cache takes for the same.
    bare: HashMap<(Place, PartId), PartId>,
}

impl Parts {
    /// Whether the tools can be told apart: left out of a recording they are one value.
    pub(super) fn are_listed(&self, tools: &[PartId]) -> bool {
        tools.iter().all(|tool| elided(&self.get(*tool).raw).is_none())
    }

    pub(super) fn new(tokenizer: Tokenizer) -> Self {
        Self {
            renderer: Renderer::counting(tokenizer),
            list: Vec::new(),
            known: HashMap::new(),
            rendered: HashMap::new(),
            bare: HashMap::new(),
        }
    }

    /// The part for a value, made if it is new.
    pub(super) fn add(&mut self, place: Place, raw: &Raw) -> PartId {
        self.add_known(place, raw.digest(), || raw.clone())
    }

    /// The same where the digest is known already.
    pub(super) fn add_known(
        &mut self,
        place: Place,
        digest: Digest,
        raw: impl FnOnce() -> Raw,
    ) -> PartId {
        if let Some(&known) = self.known.get(&(place, digest)) {
            return known;
        }
        let raw = raw();
        let id = self.list.len() as PartId;
        let pointer = match place {
            Place::Tool => "/tools",
            Place::Instructions => "/instructions",
            Place::Item => "",
        };
        let segment = self.renderer.segment(pointer.to_owned(), &raw);
        let same = *self.rendered.entry(segment.digest).or_insert(id);
        if segment.marks.is_none() {
            self.bare.entry((place, same)).or_insert(id);
        }
        let item = raw.item();
        let layer = match place {
            Place::Tool => Layer::Tools,
            Place::Instructions => Layer::Instructions,
            Place::Item => layer_of_item(&item),
        };
        let asks = item.kind() == Kind::CompactionTrigger || asks_for_summary(&item);
        self.list.push(Part {
            segment,
            length: length(&raw),
            place,
            layer,
            call: item.call_id().map(Into::into),
            asks_to_compact: place == Place::Item && asks,
            same,
            raw,
        });
        self.known.insert((place, digest), id);
        id
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn get(&self, id: PartId) -> &Part {
        &self.list[id as usize]
    }

    /// The same part without marks, if it was ever sent so.
    pub(super) fn bare(&self, id: PartId) -> PartId {
        let part = self.get(id);
        match part.segment.marks {
            None => id,
            Some(_) => self.bare.get(&(part.place, part.same)).copied().unwrap_or(id),
        }
    }

    /// Whether the client marked any of them.
    pub(super) fn are_marked(&self) -> bool {
        self.list.iter().any(|part| part.segment.marks.is_some())
    }

    /// What all of them say, in the order in which they came.
    pub(super) fn digest(&self) -> Digest {
        let all: Vec<&[u8]> =
            self.list.iter().map(|part| &part.segment.digest.as_bytes()[..]).collect();
        Digest::of_parts(&all)
    }

    pub(super) fn tokens(&self, ids: &[PartId]) -> u64 {
        ids.iter().map(|id| self.get(*id).segment.tokens).sum()
    }
}

/// How many values two lists have in common from the front.
pub(super) fn common<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    // Mostly one extends the other, which is compared in one go.
    match b.starts_with(a) {
        true => a.len(),
        false => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
    }
}
