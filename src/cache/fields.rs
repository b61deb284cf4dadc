//! The fields of a request, beside its prompt, that caches look at.

use super::reason::MissReason;
use crate::recording::{elided, structure};
use crate::wire::{Endpoint, Raw, Request};
use serde_json::Value;

/// Values as far as caches tell them apart: strings as they are, others as compact JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Which call of the API.
    pub endpoint: Endpoint,
    /// `model`.
    pub model: Option<String>,
    /// `prompt_cache_key`.
    pub key: Option<String>,
    /// `text.format`.
    pub format: Option<String>,
    /// `text.verbosity`.
    pub verbosity: Option<String>,
    /// `reasoning.effort`; `reasoning` itself where that is no object.
    pub effort: Option<String>,
    /// `service_tier`.
    pub tier: Option<String>,
    /// `parallel_tool_calls`.
    pub parallel: Option<String>,
    /// `tool_choice`.
    pub choice: Option<String>,
    /// `prompt_cache_retention`.
    pub retention: Option<String>,
    /// `prompt_cache_options.mode`.
    pub mode: Option<String>,
    /// `prompt_cache_options.ttl`.
    pub ttl: Option<String>,
    /// `prompt_cache_options.comparison_response_id`.
    pub comparison: Option<String>,
    /// Whether the request itself, not a part of it, bears a `cache_control`, and its `ttl`.
    pub automatic: Option<Option<String>>,
}

impl Fields {
    /// Those of a request.
    #[must_use]
    pub fn of(endpoint: Endpoint, request: &Request) -> Self {
        let value = |name: &str| request.given(name).map(Raw::value);
        let field = |name: &str| text(value(name).as_ref());
        let (words, thought) = (value("text"), value("reasoning"));
        let of = |object: &Option<Value>, key: &str| match object {
            Some(Value::Object(members)) => text(members.get(key)),
            Some(other) => text(Some(other)),
            None => None,
        };
        let format = match &words {
            Some(Value::Object(members)) => text(members.get("format")),
            other => text(other.as_ref()),
        };
        let verbosity = words.as_ref().and_then(|words| text(words.get("verbosity")));
        let options = value("prompt_cache_options").unwrap_or_default();
        // Of what a recording leaves out only the whole can be told apart.
        let left_out = |name: &str| {
            let raw = request.given(name)?;
            let stands_in = elided(raw).is_some() || structure(raw).is_some();
            stands_in.then(|| raw.as_str().to_owned())
        };
        Self {
            endpoint,
            model: field("model"),
            key: field("prompt_cache_key"),
            format: left_out("text").or(format),
            verbosity,
            effort: left_out("reasoning").or_else(|| of(&thought, "effort")),
            tier: field("service_tier"),
            parallel: field("parallel_tool_calls"),
            choice: field("tool_choice"),
            retention: field("prompt_cache_retention"),
            mode: text(options.get("mode")),
            ttl: text(options.get("ttl")),
            comparison: text(options.get("comparison_response_id")),
            automatic: value("cache_control").map(|control| text(control.get("ttl"))),
        }
    }

    /// The value whose change is this reason; none where it is no reason of a field.
    pub(super) fn behind(&self, reason: MissReason) -> Option<&str> {
        let field = match reason {
            MissReason::ModelChanged => &self.model,
            MissReason::PromptCacheKeyChanged => &self.key,
            MissReason::TextFormatChanged => &self.format,
            MissReason::ReasoningEffortChanged => &self.effort,
            MissReason::VerbosityChanged => &self.verbosity,
            MissReason::ServiceTierChanged => &self.tier,
            MissReason::ParallelToolCallsChanged => &self.parallel,
            MissReason::ToolChoiceChanged => &self.choice,
            _ => return None,
        };
        field.as_deref()
    }

    /// The compact endpoint knows fewer fields: one that it leaves out is as it was.
    pub(super) fn completed(&self, before: &Self) -> Self {
        if self.endpoint == Endpoint::Responses {
            return self.clone();
        }
        let or = |now: &Option<String>, then: &Option<String>| now.clone().or_else(|| then.clone());
        Self {
            format: or(&self.format, &before.format),
            verbosity: or(&self.verbosity, &before.verbosity),
            effort: or(&self.effort, &before.effort),
            tier: or(&self.tier, &before.tier),
            parallel: or(&self.parallel, &before.parallel),
            choice: or(&self.choice, &before.choice),
            key: or(&self.key, &before.key),
            ..self.clone()
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    }
}
