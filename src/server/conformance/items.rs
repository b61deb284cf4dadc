//! Output items that carry no call.

use crate::recording::seal;
use crate::wire::{Digest, Raw};
use serde_json::{Value, json};

/// Gives ids: a hash of the prompt and the number of the item, so equal prompts get equal ids.
#[derive(Clone, Debug)]
pub(super) struct Mint(String);

impl Mint {
    pub(super) fn new(prompt: Digest) -> Self {
        Self(prompt.short(24))
    }

    /// `msg_HASH_0`; without a number what there is once.
    pub(super) fn id(&self, prefix: &str, number: Option<usize>) -> String {
        match number {
            Some(number) => format!("{prefix}_{}_{number}", self.0),
            None => format!("{prefix}_{}", self.0),
        }
    }
}

/// A message of the assistant. `annotations` point into its text.
pub(super) fn message(mint: &Mint, number: usize, text: &str, annotations: &Value) -> Raw {
    Raw::from_value(&json!({
        "id": mint.id("msg", Some(number)), "type": "message", "status": "completed",
        "role": "assistant",
        "content": [
            {"type": "output_text", "annotations": annotations, "logprobs": [], "text": text},
        ],
    }))
}

/// A message that the limit of output tokens broke off.
pub(super) fn broken_off(mint: &Mint, number: usize, text: &str) -> Raw {
    Raw::from_value(&json!({
        "id": mint.id("msg", Some(number)), "type": "message", "status": "incomplete",
        "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}],
    }))
}

/// Sealed reasoning with a short summary.
pub(super) fn reasoning(mint: &Mint, number: usize) -> Raw {
    Raw::from_value(&json!({
        "id": mint.id("rs", Some(number)), "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "**Looking at the tools**"}],
        "encrypted_content": seal::seal("Two calls that do not depend on each other can run at once."),
    }))
}

/// Reasoning with everything that it may have: several summary parts, open text, sealed content.
pub(super) fn open_reasoning(mint: &Mint, number: usize) -> Raw {
    Raw::from_value(&json!({
        "id": mint.id("rs", Some(number)), "type": "reasoning",
        "summary": [
            {"type": "summary_text", "text": "**Reading the request**\n\nIt asks for nothing that needs a tool."},
            {"type": "summary_text", "text": "**Answering**\n\nA short text will do."},
        ],
        "content": [{"type": "reasoning_text", "text": "No tool is needed here, so I answer at once."}],
        "encrypted_content": seal::seal("No tool is needed here, so I answer at once."),
    }))
}

/// A search that the provider ran. Its sources come only to clients that ask for them.
pub(super) fn search(mint: &Mint, number: usize, query: &str, with_sources: bool) -> Raw {
    let mut action = json!({"type": "search", "query": query, "queries": [query]});
    if with_sources {
        action["sources"] = json!([{"type": "url", "url": SOURCE}]);
    }
    Raw::from_value(&json!({
        "id": mint.id("ws", Some(number)), "type": "web_search_call", "status": "completed",
        "action": action,
    }))
}

/// What the search found.
pub(super) const SOURCE: &str = "https://example.com/";

/// A text that quotes what the search found, with the citation that points at the quote.
pub(super) fn cited(mint: &Mint, number: usize) -> Raw {
    let (before, quote) = ("The search found one page, ", "which is reserved for examples");
    let text = format!("{before}{quote}.");
    let annotations = json!([{
        "type": "url_citation", "start_index": before.len(), "end_index": before.len() + quote.len(),
        "url": SOURCE, "title": "Example Domain",
    }]);
    message(mint, number, &text, &annotations)
}

/// What stands for `count` items of history.
pub(super) fn compaction(mint: &Mint, number: usize, count: usize) -> Raw {
    let sealed = seal::seal(&format!("The conformance model compacted {count} input items."));
    Raw::from_value(&json!({
        "id": mint.id("cmp", Some(number)), "type": "compaction", "encrypted_content": sealed,
    }))
}
