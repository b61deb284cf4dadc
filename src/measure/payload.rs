//! Bytes and tokens of each request, and how many of them were new.
//!
//! New is what stands behind the longest prefix of *any* earlier request of the thread: the bound
//! of an ideal prefix cache. Failed requests count like others: their bytes were sent, and a retry
//! finds their prefix.

use super::results::{Payload, RequestMeasure};
use super::session::{MAIN, Session};
use super::transports::bytes_up;
use crate::cache::{Prompts, total};
use crate::recording::Layer;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Measures every request, in order.
pub(super) fn requests(session: &Session<'_>) -> Vec<RequestMeasure> {
    let mut threads: BTreeMap<u32, Prompts> = BTreeMap::new();
    let exchanges = session.log.exchanges.iter().enumerate();
    let up = bytes_up(&session.log.exchanges, &session.log.restarts);
    exchanges
        .map(|(index, exchange)| {
            let segments = &session.segments[index];
            let prompts = threads.entry(exchange.thread).or_default();
            let (sent, prefix) = (total(segments), prompts.intern(segments).prefix);
            let usage = exchange.usage.as_ref();
            RequestMeasure {
                seq: exchange.seq,
                thread: exchange.thread,
                turn: session.log.turns.get(index).copied().unwrap_or_default(),
                sampling: session.sampling[index],
                endpoint: exchange.endpoint.as_str().into(),
                status: exchange.status,
                answered_by: session.log.answered_by.get(index).cloned().unwrap_or_default(),
                transport: exchange.delivery.transport,
                wire_bytes: exchange.wire_bytes,
                masked_bytes: exchange.delivery.masked.iter().map(|(_, bytes)| bytes).sum(),
                up: up[index],
                sent_bytes: sent.bytes,
                prefix_bytes: prefix.bytes,
                new_bytes: sent.bytes - prefix.bytes,
                sent_tokens: sent.tokens,
                prefix_tokens: prefix.tokens,
                new_tokens: sent.tokens - prefix.tokens,
                cached_tokens: usage.map(|usage| usage.cached()),
                written_tokens: usage.map(|usage| usage.input_tokens_details.cache_write_tokens),
                input_tokens: usage.map(|usage| usage.input_tokens),
                output_tokens: usage.map(|usage| usage.output_tokens),
                layer_bytes: by_layer(session, index),
            }
        })
        .collect()
}

/// Bytes of placeholders by rule, over the main thread; rules in the order of first use.
pub(super) fn masked(session: &Session<'_>) -> Vec<(String, u64)> {
    let mut sums: IndexMap<&str, u64> = IndexMap::new();
    let main = session.log.exchanges.iter().filter(|exchange| exchange.thread == MAIN);
    for (rule, bytes) in main.flat_map(|exchange| &exchange.delivery.masked) {
        *sums.entry(rule).or_default() += bytes;
    }
    sums.into_iter().map(|(rule, bytes)| (rule.to_owned(), bytes)).collect()
}

fn by_layer(session: &Session<'_>, index: usize) -> Vec<(Layer, u64)> {
    let mut bytes: BTreeMap<Layer, u64> = BTreeMap::new();
    for (segment, layer) in session.segments[index].iter().zip(&session.layers[index]) {
        *bytes.entry(*layer).or_default() += segment.bytes();
    }
    Layer::ALL.map(|layer| (layer, bytes.get(&layer).copied().unwrap_or_default())).to_vec()
}

/// Sums over the main thread.
pub(super) fn sums(requests: &[RequestMeasure]) -> Payload {
    let mut sums = Payload::default();
    for request in requests.iter().filter(|request| request.thread == MAIN) {
        sums.requests += 1;
        sums.wire_bytes += request.wire_bytes;
        sums.up += request.up;
        sums.sent_bytes += request.sent_bytes;
        sums.new_bytes += request.new_bytes;
        sums.sent_tokens += request.sent_tokens;
        sums.new_tokens += request.new_tokens;
        // A count in a file can be any number.
        let add = |sum: &mut u64, count: Option<u64>| *sum = sum.saturating_add(count.unwrap_or(0));
        add(&mut sums.cached_tokens, request.cached_tokens);
        add(&mut sums.output_tokens, request.output_tokens);
    }
    sums
}

#[cfg(test)]
mod tests {
    use crate::measure::testing::{exchange, log, user};
    use crate::measure::{Layer, measure};
    use crate::wire::Usage;
    use serde_json::{Value, json};

    /// `{"role":"user","content":""}` and its line feed.
    const FRAME: u64 = 29;

    fn item(bytes: usize) -> Value {
        user(&"x".repeat(bytes - FRAME as usize))
    }

    #[test]
    fn an_appending_session_sends_the_closed_form_and_news_each_item_once() {
        // p = 100 and s = 50 bytes, n = 6 requests.
        let (p, s, n) = (100, 50, 6);
        let items: Vec<Value> =
            std::iter::once(item(100)).chain((1..n).map(|_| item(50))).collect();
        let exchanges =
            (0..n).map(|seq| exchange(u32::try_from(seq).unwrap(), &items[..=seq])).collect();
        let measured = measure(&log(exchanges));
        let n = n as u64;
        assert_eq!(measured.payload.sent_bytes, p * n + s * n * (n - 1) / 2);
        assert_eq!(measured.payload.new_bytes, p + s * (n - 1));
        assert_eq!(measured.payload.requests, 6);
        let growth = measured.growth;
        assert_eq!((growth.static_bytes, growth.slope, growth.r2), (100, 50.0, Some(1.0)));
        assert_eq!((growth.static_share, growth.history_share), (600, 750));
        assert!(measured.breaks.is_empty());
        assert_eq!(measured.requests[3].prefix_bytes, 200);
        assert_eq!(measured.requests[3].new_bytes, 50);
    }

    #[test]
    fn new_looks_at_all_earlier_requests_of_the_thread_only() {
        let (a, b, c) = (item(40), item(50), user("another"));
        let mut other = exchange(2, &[a.clone(), b.clone()]);
        other.thread = 1;
        let exchanges = vec![
            exchange(0, &[a.clone(), b.clone()]),
            exchange(1, &[c]),
            other,
            // Returns to what the first request sent.
            exchange(3, &[a, b, item(60)]),
        ];
        let measured = measure(&log(exchanges));
        let new: Vec<u64> = measured.requests.iter().map(|request| request.new_bytes).collect();
        // The second shares `{"role":"user","content":"` with the first.
        assert_eq!(new, [90, FRAME + 7 - 26, 90, 60]);
        assert_eq!(measured.payload.requests, 3, "the main thread only");
        assert_eq!(measured.payload.new_bytes, 90 + FRAME + 7 - 26 + 60);
    }

    #[test]
    fn failed_requests_count_and_are_predecessors() {
        let mut cut = exchange(0, &[item(40)]);
        cut.status = 500;
        cut.usage = None;
        let mut again = exchange(1, &[item(40)]);
        again.usage = Some(Usage::new(11, 10, 0, 3, 0));
        let measured = measure(&log(vec![cut, again]));
        assert_eq!(measured.payload.sent_bytes, 80);
        assert_eq!(measured.payload.new_bytes, 40);
        assert_eq!((measured.payload.cached_tokens, measured.payload.output_tokens), (10, 3));
        assert_eq!(measured.requests[0].cached_tokens, None);
        assert_eq!(measured.requests[0].status, 500);
        assert!(measured.breaks.is_empty());
    }

    #[test]
    fn bytes_by_layer_add_up() {
        let mut exchange = exchange(0, &[item(40), json!({"role": "developer", "content": "d"})]);
        exchange.request.fields.push(("tools".into(), crate::wire::Raw::from_value(&json!([{}]))));
        let measured = measure(&log(vec![exchange]));
        let layers = &measured.requests[0].layer_bytes;
        assert_eq!(layers.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), Layer::ALL);
        let bytes = |wanted| layers.iter().find(|(layer, _)| *layer == wanted).unwrap().1;
        assert_eq!((bytes(Layer::Tools), bytes(Layer::User), bytes(Layer::Developer)), (3, 40, 35));
        let sum: u64 = layers.iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(sum, measured.requests[0].sent_bytes);
    }
}
