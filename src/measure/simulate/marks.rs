//! Where clients marked places to cache up to.
//!
//! A mark belongs to a request, not to an item: clients move it on, so the item that bore it in one
//! request is sent without it in the next, and a prompt made of items as they first came would bear
//! every mark that there ever was. So each request keeps its own, by the part that bears it and how many
//! equal ones stand behind that; a layout finds them again wherever it puts the part.

use super::part::{PartId, Parts};
use super::session::Session;
use crate::recording::CacheMark;
use std::collections::HashMap;
use std::sync::Arc;

/// A part that a recorded request marked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marked {
    pub(super) part: PartId,
    /// How many parts behind it are the same to a cache. From the end, since layouts drop what is old.
    behind: usize,
    /// Whether nothing stands behind it.
    last: bool,
}

/// The marks of one part of a prompt.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The number of the part.
    pub(super) at: usize,
    pub(super) marks: Arc<[CacheMark]>,
    /// Bytes that they add to a body.
    pub(super) length: u64,
}

/// Where the parts of a prompt stand that is written as changes of the one before.
#[derive(Debug, Default)]
pub(super) struct Places {
    list: Vec<PartId>,
    /// Of each part that is the first of its kind, in order. Only looked up, never walked.
    of: HashMap<PartId, Vec<usize>>,
}

impl Places {
    /// The next prompt: so many parts of the one before, and others.
    pub(super) fn go(&mut self, parts: &Parts, keep: usize, rest: &[PartId]) {
        for id in self.list.drain(keep..) {
            self.of.entry(parts.get(id).same).or_default().pop();
        }
        for id in rest {
            self.of.entry(parts.get(*id).same).or_default().push(self.list.len());
            self.list.push(*id);
        }
    }

    fn behind(&self, parts: &Parts, at: usize) -> usize {
        let all = self.of.get(&parts.get(self.list[at]).same).map_or(&[][..], Vec::as_slice);
        all.len() - all.partition_point(|place| *place <= at)
    }

    fn find(&self, parts: &Parts, marked: &Marked) -> Option<usize> {
        let all = self.of.get(&parts.get(marked.part).same)?;
        Some(all[all.len().checked_sub(marked.behind + 1)?])
    }

    /// The marks of a request in this prompt, in its order. One on a part that the layout took away
    /// is gone, but what marked the end marks it still.
    pub(super) fn placed(&self, parts: &Parts, all: &[Marked]) -> Vec<Placed> {
        let mut placed: Vec<Placed> = Vec::new();
        let mut end = None;
        for marked in all {
            let part = parts.get(marked.part);
            let Some(marks) = &part.segment.marks else { continue };
            let more = part.length.saturating_sub(parts.get(parts.bare(marked.part)).length);
            if let Some(at) = self.find(parts, marked) {
                let length = if self.list[at] == marked.part { 0 } else { more };
                placed.push(Placed { at, marks: marks.clone(), length });
            } else if let Some((last, mark)) = self.list.last().zip(marks.last())
                && marked.last
            {
                let segment = &parts.get(*last).segment;
                let (bytes, tokens) = (segment.bytes(), segment.tokens);
                let marks = [CacheMark { bytes, tokens, long: mark.long }].into();
                end = Some(Placed { at: self.list.len() - 1, marks, length: more });
            }
        }
        placed.extend(end);
        placed.sort_by_key(|one| one.at);
        placed.dedup_by_key(|one| one.at);
        placed
    }
}

/// Notes what each request of a session marks.
pub(super) fn note(session: &mut Session) {
    let Session { parts, requests, .. } = session;
    if !parts.are_marked() {
        return;
    }
    let mut places = Places::default();
    let mut marked: Vec<(usize, PartId)> = Vec::new();
    for request in requests {
        marked.truncate(marked.partition_point(|(at, _)| *at < request.keep));
        let rest = request.rest.iter().copied().enumerate();
        let borne = rest.filter(|(_, id)| parts.get(*id).segment.marks.is_some());
        marked.extend(borne.map(|(at, id)| (request.keep + at, id)));
        places.go(parts, request.keep, &request.rest);
        let end = request.keep + request.rest.len();
        let one = |(at, part): &(usize, PartId)| Marked {
            part: *part,
            behind: places.behind(parts, *at),
            last: at + 1 == end,
        };
        request.marks = marked.iter().map(one).collect();
    }
}
