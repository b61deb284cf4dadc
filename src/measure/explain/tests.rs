//! What cannot come out of a recorder, which gives another history a thread of its own.

use super::{Beside, Finding, What, explain};
use crate::cache::Prices;
use crate::measure::story::About;
use crate::measure::testing::{exchange, log, user};
use crate::recording::Exchange;
use serde_json::json;

fn found(exchanges: Vec<Exchange>) -> Vec<Finding> {
    let prices = Prices::shipped().unwrap();
    let beside = Beside { at_ms: &[], prices: &prices, price_as: None };
    explain(&log(exchanges), About::default(), beside).findings
}

#[test]
fn another_history_in_the_same_thread() {
    let said = json!({"role": "assistant", "content": "done"});
    let found = found(vec![
        exchange(0, &[user("fix it"), said.clone(), user("thanks")]),
        exchange(1, &[json!({"role": "developer", "content": "Give this a title."}), user("x")]),
    ]);
    assert_eq!((found.len(), found[0].what), (1, What::HistoryReplaced));
    assert_eq!(found[0].detail.as_deref(), Some("3 items"));
    // `m` has no price.
    assert_eq!(found[0].nano_usd, None);
}

#[test]
fn a_prompt_that_an_earlier_request_had_is_not_read_again() {
    // A, B, A: the third breaks, and finds what the first left.
    let other = exchange(1, &[user("another matter"), user("entirely")]);
    let first = [user("one"), user("two")];
    let found = found(vec![exchange(0, &first), other, exchange(2, &first)]);
    assert_eq!(found.len(), 2);
    assert!(found[0].tokens_again > 0);
    assert_eq!((found[1].seq, found[1].tokens_again), (2, 0));
    assert!(found[1].tokens_lost > 0);
}
