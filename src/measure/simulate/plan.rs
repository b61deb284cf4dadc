//! What a client would have sent: the requests of one session under one layout. All caches account
//! the same plan, so it is made once.

use super::marks::Placed;
use super::part::{PartId, Parts};
use crate::cache::Fields;
use crate::wire::Usage;

/// All requests of a session under one layout and compaction.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) parts: Parts,
    /// The fields that caches look at, by number.
    pub(super) fields: Vec<Fields>,
    pub(super) prompts: Vec<Prompt>,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    /// How many parts of the prompt before it it begins with.
    pub(super) keep: usize,
    /// The parts behind them.
    pub(super) rest: Vec<PartId>,
    pub(super) about: About,
    pub(super) sent: Extent,
    /// Bytes of its body over the layout's transport.
    pub(super) up: u64,
    pub(super) visible: Visible,
    /// The client's own marks.
    pub(super) marks: Vec<Placed>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// The recorded request whose answer it gets; of a call that compacts, of the one after it.
    pub(super) asked: usize,
    /// Whether the layout's compaction made it.
    pub(super) compacts: bool,
    pub(super) processed: bool,
    pub(super) reported: bool,
    pub(super) fields: u32,
    /// How many of its parts are tools.
    pub(super) tools: usize,
    /// How many stand before the history.
    pub(super) head: usize,
    /// When it is sent, where the log tells.
    pub(super) sent_at: Option<u64>,
    pub(super) output_tokens: u64,
    pub(super) usage: Option<Usage>,
}

/// The size of a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) bytes: u64,
    pub(super) tokens: u64,
    /// Bytes of its parts in a body.
    pub(super) length: u64,
}

/// What a request shows of the history that an append-only client would have shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Visible {
    pub(super) tokens: u64,
    pub(super) of_tokens: u64,
    pub(super) results: u64,
    pub(super) of_results: u64,
}

/// Writes prompts as changes of the one before.
#[derive(Debug, Default)]
pub(super) struct Writer {
    now: Vec<PartId>,
    /// The extent up to and with each part.
    extents: Vec<Extent>,
    keep: usize,
}

impl Writer {
    /// Cuts the prompt down to its first parts.
    pub(super) fn truncate(&mut self, to: usize) {
        self.now.truncate(to);
        self.extents.truncate(to);
        self.keep = self.keep.min(to);
    }

    pub(super) fn extend(&mut self, parts: &Parts, ids: &[PartId]) {
        for id in ids {
            let part = parts.get(*id);
            let before = self.extent();
            self.now.push(*id);
            self.extents.push(Extent {
                bytes: before.bytes + part.segment.bytes(),
                tokens: before.tokens + part.segment.tokens,
                length: before.length + part.length,
            });
        }
    }

    pub(super) fn now(&self) -> &[PartId] {
        &self.now
    }

    pub(super) fn extent(&self) -> Extent {
        self.extents.last().copied().unwrap_or_default()
    }

    /// How much of the prompt before stands unchanged at the beginning, and what stands behind it.
    pub(super) fn take(&mut self) -> (usize, Vec<PartId>) {
        let keep = std::mem::replace(&mut self.keep, self.now.len());
        (keep, self.now[keep..].to_vec())
    }
}
