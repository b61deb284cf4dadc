//! A model for clients: what it answers is said by its name, and so every kind of item, ending and
//! error can be had from one server without a recording.
//!
//! Whatever the name, a request whose last item is the output of a tool gets a text, so that each
//! loop comes to an end, and a request that ends in a `compaction_trigger` gets a compaction. The
//! answers are a pure function of the request; the only state is how often a request was asked, and
//! only the models that fail every other time look at it.

mod arguments;
#[cfg(test)]
mod arguments_tests;
mod calls;
mod compact;
mod faults;
mod items;
mod plan;
#[cfg(test)]
mod tests;
mod texts;
mod tools;

use super::{Answer, Ask, Declined, Model};
use crate::recording::matching::Fit;
use crate::wire::{Digest, Endpoint, Request};
use faults::Attempts;
use items::Mint;

/// The models that answer. Any other name answers as the first: with a call of the first function
/// tool where one is advertised, else with a text.
pub const ANSWERING: [&str; 14] = [
    "conf-default",
    "conf-text",
    "conf-tool",
    "conf-tools2",
    "conf-custom",
    "conf-reasoning",
    "conf-localshell",
    "conf-shell",
    "conf-patch",
    "conf-search",
    "conf-compaction",
    "conf-incomplete",
    "conf-failed",
    "conf-errorevent",
];

/// The models that refuse: always, or (429, 500, 503) every other time that they are asked the same.
pub const REFUSING: [&str; 8] = [
    "conf-401",
    "conf-404",
    "conf-429",
    "conf-quota",
    "conf-ctx",
    "conf-enc",
    "conf-500",
    "conf-503",
];

/// The fields that make a prompt, beside the input. Everything else says how the answer travels, or
/// whose it is: over each transport the same prompt gets the same items with the same ids, and a
/// retry is known as one although a client shuffles its metadata (Codex does).
const PROMPT: [&str; 8] = [
    "model",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "include",
];

/// The conformance model.
#[derive(Debug, Default)]
pub struct Conformance {
    attempts: Attempts,
}

impl Conformance {
    /// A model that nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of all models, to be listed by the server.
    #[must_use]
    pub fn models() -> Vec<String> {
        ANSWERING.iter().chain(&REFUSING).map(|name| (*name).to_owned()).collect()
    }
}

impl Model for Conformance {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        let name = ask.request.text_field("model").unwrap_or_default();
        let prompt = prompt(ask.endpoint, ask.request);
        let fault = faults::of(&name, || self.attempts.count(prompt));
        let mint = Mint::new(prompt);
        let plan = match (fault, ask.endpoint) {
            (Some(fault), _) => plan::failing(fault, ask)?,
            (None, Endpoint::Compact) => plan::compacting(ask.request, &mint),
            (None, Endpoint::Responses) => plan::answering(&name, ask.request, &mint),
        };
        Ok(Answer {
            thread: 0,
            response_id: mint.id("resp", None),
            items: plan.items,
            echoed: 0,
            ending: plan.ending,
            answered_by: format!("conformance: {}", plan.what),
            fit: Fit::default(),
            again: None,
        })
    }
}

/// What tells prompts apart.
fn prompt(endpoint: Endpoint, request: &Request) -> Digest {
    let mut parts: Vec<&[u8]> = vec![endpoint.path().as_bytes()];
    for name in PROMPT {
        let value = request.field(name).map_or("", |value| value.as_str());
        parts.extend([name.as_bytes(), value.as_bytes()]);
    }
    parts.push(b"input");
    parts.extend(request.input.iter().map(|item| item.as_str().as_bytes()));
    Digest::of_parts(&parts)
}
