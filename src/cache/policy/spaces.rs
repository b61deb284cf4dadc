//! What one cache must not read of another: a state for each model, key, thread and the like.

use super::Ask;
use crate::cache::reason::MissReason;
use std::collections::BTreeMap;

/// What tells caches apart, in words.
pub(super) type Name = Vec<Option<String>>;

/// A state for each name.
#[derive(Debug)]
pub(super) struct Spaces<S> {
    states: BTreeMap<Name, S>,
}

impl<S> Default for Spaces<S> {
    fn default() -> Self {
        Self { states: BTreeMap::new() }
    }
}

impl<S: Default> Spaces<S> {
    pub(super) fn of(&mut self, name: Name) -> &mut S {
        self.states.entry(name).or_default()
    }

    pub(super) fn get(&self, name: &Name) -> Option<&S> {
        self.states.get(name)
    }
}

/// The thread, unless threads share.
pub(super) fn thread(ask: &Ask<'_>, shared: bool) -> Option<String> {
    (!shared).then(|| ask.thread.to_string())
}

/// What OpenAI's caches tell apart beside the prompt, whose change makes them miss (guide to prompt
/// caching, 2026-09). `service_tier` is among its miss reasons, too.
pub(super) const OPENAI: &[MissReason] = &[
    MissReason::ModelChanged,
    MissReason::PromptCacheKeyChanged,
    MissReason::TextFormatChanged,
    MissReason::VerbosityChanged,
    MissReason::ReasoningEffortChanged,
    MissReason::ServiceTierChanged,
    MissReason::ParallelToolCallsChanged,
];

/// What everybody's caches tell apart.
pub(super) const MODEL: &[MissReason] = &[MissReason::ModelChanged];

/// The fields that [`OPENAI`] names, and the thread unless threads share.
pub(super) fn openai(ask: &Ask<'_>, shared: bool) -> Name {
    name(ask, shared, OPENAI)
}

/// The model's, and the thread's unless threads share.
pub(super) fn model(ask: &Ask<'_>, shared: bool) -> Name {
    name(ask, shared, MODEL)
}

fn name(ask: &Ask<'_>, shared: bool, fields: &[MissReason]) -> Name {
    let fields = fields.iter().map(|reason| ask.fields.behind(*reason).map(str::to_owned));
    std::iter::once(thread(ask, shared)).chain(fields).collect()
}
