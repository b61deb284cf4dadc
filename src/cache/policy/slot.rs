//! `llama.cpp`: one slot, which holds the last prompt.

use super::spaces::{self, Spaces};
use super::{Account, Ask, Policy};
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::reason::MissReason;
use crate::scenario::CacheSpec;

/// A slot keeps what it computed last, prompt and answer, and the next prompt goes on from where both
/// part. The last token of an answer was drawn and never computed; the last token of a prompt always
/// is, since the answer comes out of it. Source: our own recordings of llama.cpp's server (build of
/// xllamacpp, 2026-11, `swa_full`; `docs/recording.md`), where it holds in each turn.
#[derive(Debug)]
pub(super) struct Slot {
    shared: bool,
    spaces: Spaces<Last>,
}

#[derive(Debug, Default)]
struct Last {
    /// What was computed last, and how much of it.
    held: Option<(NodeId, u64)>,
}

impl Slot {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self { shared: spec.is("shared"), spaces: Spaces::default() }
    }
}

impl Policy for Slot {
    fn keys(&self) -> &'static [MissReason] {
        spaces::MODEL
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let input = prompts.total(ask.prompt).tokens;
        let slot = self.spaces.of(spaces::model(ask, self.shared));
        let read = slot.held.map_or(0, |(leaf, computed)| {
            prompts.common(leaf, ask.prompt).tokens.min(computed).min(input.saturating_sub(1))
        });
        let computed = match prompts.total(ask.output).tokens {
            all if all > input => all - 1,
            all => all,
        };
        slot.held = Some((ask.output, computed));
        Account::reading(input, read)
    }
}
