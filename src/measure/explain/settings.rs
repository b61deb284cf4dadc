//! Fields that are no part of the rendered prompt, and that providers key their caches by.

use super::spot::{Spot, is_stand_in};
use super::what::What;
use crate::measure::results::BreakCause;
use crate::recording::{Exchange, Layer};
use serde_json::Value;

/// The fields, each with the reason that a provider gives. What invalidates by their guide and has no
/// reason of its own (`parallel_tool_calls`) goes with the tools.
const SETTINGS: [(&str, BreakCause); 8] = [
    ("/model", BreakCause::ModelChanged),
    ("/prompt_cache_key", BreakCause::PromptCacheKeyChanged),
    ("/parallel_tool_calls", BreakCause::ToolsChanged),
    ("/text/format", BreakCause::TextFormatChanged),
    ("/reasoning/effort", BreakCause::ReasoningEffortChanged),
    ("/text/verbosity", BreakCause::VerbosityChanged),
    ("/service_tier", BreakCause::ServiceTierChanged),
    ("/prompt_cache_options", BreakCause::InputChanged),
];

/// The value of a setting.
fn value(exchange: &Exchange, pointer: &str) -> Option<Value> {
    let mut keys = pointer.split('/').skip(1);
    let raw = exchange.request.field(keys.next()?)?;
    let field = raw.value();
    let value = match keys.next() {
        // What was left out of a recording is known as a whole only.
        Some(_) if is_stand_in(raw) => field,
        Some(key) => field.get(key)?.clone(),
        None => field,
    };
    (!value.is_null()).then_some(value)
}

/// Whether a setting changed between two requests of a thread.
pub(in crate::measure) fn changed(old: &Exchange, new: &Exchange, pointer: &str) -> bool {
    let (a, b) = (value(old, pointer), value(new, pointer));
    // The compact endpoint knows fewer fields: one that it leaves out has not changed.
    a != b && (old.endpoint == new.endpoint || (a.is_some() && b.is_some()))
}

/// The first setting that changed.
pub(super) fn spot(old: &Exchange, new: &Exchange) -> Option<(BreakCause, Spot)> {
    let (pointer, cause) = SETTINGS.into_iter().find(|(at, _)| changed(old, new, at))?;
    let show = |exchange: &Exchange| {
        let value = value(exchange, pointer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(crate::recording::matching::shorten(&text))
    };
    let spot = Spot {
        old: show(old).or_else(|| Some("(not set)".to_owned())),
        new: show(new).or_else(|| Some("(not set)".to_owned())),
        ..Spot::at(What::SettingChanged, Layer::Other, pointer)
    };
    Some((cause, spot))
}
