//! The fixed texts by which compaction in plain text is recognised, and what is a sampling request.

use crate::recording::Exchange;
use crate::wire::{Endpoint, Item, Kind, Request};

/// First line of the user message in which our own loop keeps a client-made summary.
pub const SUMMARY_HEAD: &str =
    "Summary of the conversation so far, written when the context was compacted:";

/// How user messages that hold a summary begin: ours, and those of Codex, Claude Code and pi.
pub const SUMMARY_HEADS: [&str; 4] = [
    SUMMARY_HEAD,
    "Another language model started to solve this problem",
    "This session is being continued from a previous conversation",
    "The conversation history before this point was compacted",
];

/// How the user messages begin that ask for a summary: ours, and Codex's.
pub const SUMMARY_REQUEST_HEADS: [&str; 2] = [
    "Write a summary of this conversation so that the work can go on without it.",
    "You are performing a CONTEXT CHECKPOINT COMPACTION.",
];

/// Whether an item is a user message that begins in one of these ways.
fn user_message_begins(item: &Item, heads: &[&str]) -> bool {
    item.role() == Some("user")
        && item
            .texts()
            .first()
            .is_some_and(|text| heads.iter().any(|head| text.trim_start().starts_with(head)))
}

/// Whether an item is a user message that holds a client-made summary.
#[must_use]
pub fn is_summary(item: &Item) -> bool {
    user_message_begins(item, &SUMMARY_HEADS)
}

/// Whether an item is a user message that asks for a summary.
pub(super) fn asks_for_summary(item: &Item) -> bool {
    user_message_begins(item, &SUMMARY_REQUEST_HEADS)
}

/// Whether the last input item asks for a summary in plain text.
#[must_use]
pub fn is_summary_request(request: &Request) -> bool {
    request.input.last().is_some_and(|last| asks_for_summary(&last.item()))
}

/// Whether an exchange asks the model for its next step: not the compact endpoint, not a
/// `compaction_trigger`, not a request for a summary, not a warm-up.
#[must_use]
pub fn is_sampling(exchange: &Exchange) -> bool {
    exchange.endpoint == Endpoint::Responses
        && !exchange.is_warm_up()
        && exchange.request.input.last().is_none_or(|last| {
            let last = last.item();
            last.kind() != Kind::CompactionTrigger && !asks_for_summary(&last)
        })
}

#[cfg(test)]
mod tests {
    use super::{SUMMARY_HEAD, is_sampling, is_summary, is_summary_request};
    use crate::measure::testing::{exchange, user};
    use crate::wire::Endpoint;
    use serde_json::json;

    #[test]
    fn only_a_last_user_message_asks_for_a_summary() {
        let ask = "Write a summary of this conversation so that the work can go on without it.\nKeep names.";
        let asks = |items: &[serde_json::Value]| is_summary_request(&exchange(0, items).request);
        assert!(asks(&[user("a"), user(ask)]));
        assert!(asks(&[user("You are performing a CONTEXT CHECKPOINT COMPACTION. Create ..")]));
        assert!(!asks(&[user(ask), user("go on")]));
        assert!(!asks(&[json!({"role": "assistant", "content": ask})]));
        assert!(!asks(&[]));
    }

    #[test]
    fn compaction_calls_are_no_sampling_requests() {
        let plain = exchange(0, &[user("a")]);
        assert!(is_sampling(&plain));
        let mut compact = plain;
        compact.endpoint = Endpoint::Compact;
        assert!(!is_sampling(&compact));
        assert!(!is_sampling(&exchange(0, &[user("a"), json!({"type": "compaction_trigger"})])));
    }

    #[test]
    fn summaries_are_told_by_their_first_line() {
        let item = |text: &str| crate::wire::Raw::from_value(&user(text)).item();
        assert!(is_summary(&item(&format!("{SUMMARY_HEAD}\nx"))));
        assert!(!is_summary(&item(&format!("x\n{SUMMARY_HEAD}"))));
    }
}
