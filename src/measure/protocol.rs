//! What is a sampling request, and what makes a compaction.

use crate::recording::{Exchange, Outcome, asks_for_summary};
use crate::wire::{Endpoint, Kind, Request};

/// Whether the last input item asks for a summary in plain text.
#[must_use]
pub fn is_summary_request(request: &Request) -> bool {
    request.input.last().is_some_and(|last| asks_for_summary(&last.item()))
}

/// Whether an exchange only hands in a prompt to come: by saying so, or by asking for so little that
/// the model, by the server's own count, said nothing.
pub(super) fn is_warm_up(exchange: &Exchange) -> bool {
    let silent = exchange.output.is_empty() && exchange.outcome == Outcome::Completed;
    let nothing = exchange.usage.as_ref().is_some_and(|usage| usage.output_tokens == 0);
    exchange.is_warm_up() || silent && (nothing || exchange.request.is_warm_up())
}

/// Whether an exchange asks the model for its next step: not the compact endpoint, not a
/// `compaction_trigger`, not a request for a summary, not a warm-up.
#[must_use]
pub fn is_sampling(exchange: &Exchange) -> bool {
    exchange.endpoint == Endpoint::Responses
        && !is_warm_up(exchange)
        && exchange.request.input.last().is_none_or(|last| {
            let last = last.item();
            last.kind() != Kind::CompactionTrigger && !asks_for_summary(&last)
        })
}

#[cfg(test)]
mod tests {
    use super::{is_sampling, is_summary_request};
    use crate::measure::testing::{exchange, user, with};
    use crate::recording::Outcome;
    use crate::wire::{Endpoint, Raw, Usage};
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
    fn a_warm_up_says_so_or_is_answered_with_nothing() {
        let plain = exchange(0, &[user("a")]);
        let asked = with(plain.clone(), "generate", json!(false));
        assert!(is_sampling(&plain) && !is_sampling(&asked));
        let mut answered = asked.clone();
        answered.output = vec![Raw::from_value(&json!({"role": "assistant", "content": "hi"}))];
        assert!(is_sampling(&answered), "over HTTP a server may not know the field");
        let mut silent = plain.clone();
        silent.usage = Some(Usage::new(10, 0, 0, 0, 0));
        assert!(!is_sampling(&silent));
        silent.outcome = Outcome::Cut;
        assert!(is_sampling(&silent), "an answer that was cut was asked for");
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
