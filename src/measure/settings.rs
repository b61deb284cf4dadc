//! Fields that are no part of the rendered prompt, and that providers key their caches by.

use crate::cache::{Fields, MissReason};
use crate::recording::Exchange;

/// A field: its place, the reason that a provider gives, its value.
type Setting = (&'static str, MissReason, fn(&Fields) -> &Option<String>);

/// What invalidates by the providers' guides and has no name in their vocabulary
/// (`parallel_tool_calls`) goes with the tools, the options of the cache with the input.
const SETTINGS: [Setting; 8] = [
    ("/model", MissReason::ModelChanged, |fields| &fields.model),
    ("/prompt_cache_key", MissReason::PromptCacheKeyChanged, |fields| &fields.key),
    ("/parallel_tool_calls", MissReason::ToolsChanged, |fields| &fields.parallel),
    ("/text/format", MissReason::TextFormatChanged, |fields| &fields.format),
    ("/reasoning/effort", MissReason::ReasoningEffortChanged, |fields| &fields.effort),
    ("/text/verbosity", MissReason::VerbosityChanged, |fields| &fields.verbosity),
    ("/prompt_cache_options/mode", MissReason::InputChanged, |fields| &fields.mode),
    ("/service_tier", MissReason::ServiceTierChanged, |fields| &fields.tier),
];

fn fields(exchange: &Exchange) -> Fields {
    Fields::of(exchange.endpoint, &exchange.request)
}

fn differ(old: &Fields, new: &Fields, (_, _, value): &Setting) -> bool {
    let (a, b) = (value(old), value(new));
    // The compact endpoint knows fewer fields: one that it leaves out has not changed.
    a != b && (old.endpoint == new.endpoint || (a.is_some() && b.is_some()))
}

/// Whether a setting with this reason changed between two requests of a thread.
pub(super) fn changed(old: &Exchange, new: &Exchange, reason: MissReason) -> bool {
    let (old, new) = (fields(old), fields(new));
    SETTINGS.iter().filter(|setting| setting.1 == reason).any(|one| differ(&old, &new, one))
}

/// Reason, place, value before and after.
pub(super) type Changed = (MissReason, &'static str, Option<String>, Option<String>);

/// The settings that changed.
pub(super) fn all_changed(old: &Exchange, new: &Exchange) -> Vec<Changed> {
    let (old, new) = (fields(old), fields(new));
    let changed = SETTINGS.iter().filter(|one| differ(&old, &new, one));
    changed
        .map(|(pointer, reason, value)| {
            (*reason, *pointer, value(&old).clone(), value(&new).clone())
        })
        .collect()
}
