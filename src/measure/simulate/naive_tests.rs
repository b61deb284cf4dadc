//! Accounts of drawn sessions under every layout, against a comparison of whole prompts with all
//! earlier ones, byte by byte.

use super::apply::plan;
use super::base::Base;
use super::part::PartId;
use super::{Compaction, Grid, Input, Latency, Layout, Session, simulate};
use crate::cache::{Prices, Segment, Tokenizer, shared, total};
use crate::measure::testing::{exchange, log, user};
use crate::wire::Raw;
use proptest::prelude::*;
use serde_json::{Value, json};

const LAYOUTS: [&str; 13] = [
    "recorded",
    "append",
    "tools-sorted",
    "tools-shuffled",
    "tools-changed:at=2",
    "list-changed:at=2",
    "timestamp-first",
    "timestamp-in-place",
    "timestamp-appended",
    "environment-in-place",
    "environment-appended",
    "clear-tool-results:keep=1,every=2",
    "window:turns=2,keep=1",
];

fn item(text: &str, number: usize) -> Value {
    match number % 3 {
        0 => user(text),
        1 => {
            json!({"type": "function_call", "call_id": format!("c{text}"), "name": "t", "arguments": text})
        }
        _ => json!({"type": "function_call_output", "call_id": format!("c{text}"), "output": text}),
    }
}

fn session(requests: &[Vec<String>], tokenizer: Tokenizer) -> Session {
    let tools = json!([{"type": "function", "name": "b"}, {"type": "function", "name": "a"}]);
    let exchanges = requests.iter().enumerate().map(|(seq, texts)| {
        let items: Vec<Value> = texts.iter().enumerate().map(|(n, text)| item(text, n)).collect();
        let mut exchange = exchange(seq as u32, &items);
        exchange.request.fields.push(("tools".into(), Raw::from_value(&tools)));
        exchange
    });
    Session::of_log("drawn", &log(exchanges.collect()), tokenizer, None).remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn agrees_with_a_naive_byte_comparison(
        requests in prop::collection::vec(prop::collection::vec("[abé世]{0,3}", 1..7), 2..9),
        bytes4 in any::<bool>(),
    ) {
        let tokenizer = if bytes4 { Tokenizer::Bytes4 } else { Tokenizer::O200k };
        let session = session(&requests, tokenizer);
        let base = Base::of(&session);
        for name in LAYOUTS {
            let layout: Layout = name.parse().unwrap();
            let made = plan(&session, &base, &layout, &Compaction::none()).unwrap();
            let grid = Grid {
                layouts: vec![layout],
                compactions: vec![Compaction::none()],
                caches: vec!["ideal".parse().unwrap(), "none".parse().unwrap()],
                prices: Prices::shipped().unwrap(),
                model: None,
                latency: Latency::default(),
                requests: true,
            };
            let input = Input { name: "drawn".into(), sessions: vec![session.clone()] };
            let rows = simulate(&[input], &grid).rows;
            let mut now: Vec<PartId> = Vec::new();
            let mut earlier: Vec<(Vec<u8>, Vec<Segment>)> = Vec::new();
            for (at, prompt) in made.prompts.iter().enumerate() {
                now.truncate(prompt.keep);
                now.extend(&prompt.rest);
                let segments: Vec<Segment> =
                    now.iter().map(|id| made.parts.get(*id).segment.clone()).collect();
                let bytes: Vec<u8> =
                    segments.iter().flat_map(|segment| segment.text.bytes()).collect();
                let common = |(old, _): &(Vec<u8>, _)| {
                    old.iter().zip(&bytes).take_while(|(a, b)| a == b).count() as u64
                };
                let naive = earlier.iter().map(common).max().unwrap_or(0);
                let tokens = earlier.iter().map(|(_, old)| shared(old, &segments));
                let tokens = tokens.max_by_key(|found| found.bytes).map_or(0, |found| found.tokens);
                let (ideal, none) = (&rows[0].requests[at], &rows[1].requests[at]);
                prop_assert_eq!(ideal.sent_bytes, bytes.len() as u64, "{}", name);
                prop_assert_eq!(ideal.sent_tokens, total(&segments).tokens, "{}", name);
                prop_assert_eq!(ideal.new_bytes, bytes.len() as u64 - naive, "{}", name);
                prop_assert_eq!(ideal.cached_tokens, Some(tokens), "{}", name);
                prop_assert_eq!(none.cached_tokens, Some(0), "{}", name);
                earlier.push((bytes, segments));
            }
            prop_assert_eq!(rows[0].requests.len(), made.prompts.len());
            let history = rows[0].totals.visible_tokens <= rows[0].totals.history_tokens;
            prop_assert!(history || name == "recorded", "{}", name);
        }
    }
}
