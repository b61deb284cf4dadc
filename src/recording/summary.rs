//! The fixed texts by which compaction in plain text is recognised.

use super::structure::noted;
use crate::wire::Item;

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
#[must_use]
pub fn asks_for_summary(item: &Item) -> bool {
    noted(item).is_some_and(|noted| noted.asks_for_summary)
        || user_message_begins(item, &SUMMARY_REQUEST_HEADS)
}

#[cfg(test)]
mod tests {
    use super::{SUMMARY_HEAD, is_summary};
    use crate::wire::Raw;
    use serde_json::json;

    #[test]
    fn summaries_are_told_by_their_first_line() {
        let item = |text: &str| Raw::from_value(&json!({"role": "user", "content": text})).item();
        assert!(is_summary(&item(&format!("{SUMMARY_HEAD}\nx"))));
        assert!(!is_summary(&item(&format!("x\n{SUMMARY_HEAD}"))));
    }
}
