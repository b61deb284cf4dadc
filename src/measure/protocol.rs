//! What is a sampling request, and what makes a compaction.

use crate::recording::{Exchange, asks_for_summary};
use crate::wire::{Endpoint, Kind, Request};

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
    use super::{is_sampling, is_summary_request};
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
}
