//! The growth laws of client strategies, as closed forms say them, by way of a generated session:
//! p = 12,000, a = 150, o = 850, n = 200.

use super::{Compaction, Generate, Grid, Input, Latency, Layout, Totals, simulate};
use crate::cache::{Prices, Tokenizer};
use crate::scenario::CacheSpec;

/// Input price of a cached token, in thousandths of a plain one.
const READ: u64 = 100;

fn totals(layout: &str, compaction: &str, cache: &str, tokenizer: Tokenizer) -> Totals {
    let generate: Generate = "p=12000,a=150,o=850,n=200".parse().unwrap();
    let session = generate.session("gpt-5", tokenizer);
    let grid = Grid {
        layouts: vec![layout.parse::<Layout>().unwrap()],
        compactions: vec![compaction.parse::<Compaction>().unwrap()],
        caches: vec![cache.parse::<CacheSpec>().unwrap()],
        prices: Prices::shipped().unwrap(),
        model: None,
        latency: Latency::default(),
        requests: false,
    };
    let input = Input { name: session.input.clone(), sessions: vec![session] };
    let simulated = simulate(&[input], &grid);
    assert_eq!(simulated.refused, []);
    simulated.rows[0].totals
}

/// T, U, and the cost at w = 1 and 1.25 in plain input tokens.
type Figures = (u64, u64, u64, u64);

fn row(totals: &Totals) -> Figures {
    let (sent, new) = (totals.sent_tokens, totals.new_tokens);
    // One figure of the table ends in half a token, which it rounds up.
    let cost = |write: u64| (write * new + READ * (sent - new) + 500) / 1_000;
    (sent, new, cost(1_000), cost(1_250))
}

#[test]
fn the_growth_table_holds_in_every_row() {
    let table: [(&str, &str, Figures); 14] = [
        ("append", "none", (22_300_000, 211_000, 2_419_900, 2_472_650)),
        ("recorded", "none", (22_300_000, 211_000, 2_419_900, 2_472_650)),
        ("previous-response", "none", (22_300_000, 211_000, 2_419_900, 2_472_650)),
        ("websocket", "none", (22_300_000, 211_000, 2_419_900, 2_472_650)),
        ("timestamp-first:tokens=1", "none", (22_300_200, 22_300_200, 22_300_200, 27_875_250)),
        ("timestamp-appended:tokens=1", "none", (22_300_200, 211_200, 2_420_100, 2_472_900)),
        (
            "environment-in-place:tokens=50",
            "none",
            (22_310_000, 19_922_000, 20_160_800, 25_141_300),
        ),
        ("tools-changed:at=100", "none", (22_300_000, 321_000, 2_518_900, 2_599_150)),
        ("window:turns=20", "none", (6_190_000, 3_612_000, 3_869_800, 4_772_800)),
        ("window:turns=20,keep=14", "none", (5_647_000, 549_000, 1_058_800, 1_196_050)),
        ("clear-tool-results:keep=5,stub=10", "none", (6_411_400, 988_940, 1_531_186, 1_778_421)),
        (
            "clear-tool-results:keep=5,every=20,stub=10",
            "none",
            (7_936_000, 274_450, 1_040_605, 1_109_218),
        ),
        ("append", "threshold:60000,to=2000", (7_166_000, 215_000, 910_100, 963_850)),
        ("append", "threshold:120000,to=2000", (12_563_000, 212_000, 1_447_100, 1_500_100)),
    ];
    for tokenizer in [Tokenizer::O200k, Tokenizer::Bytes4] {
        for (layout, compaction, expected) in table {
            let totals = totals(layout, compaction, "ideal", tokenizer);
            assert_eq!(row(&totals), expected, "{layout} {compaction}");
            assert_eq!(totals.sent_bytes, expected.0 * 4, "{layout}: four bytes to a token");
        }
    }
}

/// The row of the unit cache: its only write point stands behind the volatile item, so it never finds
/// it again and writes everything at its price.
#[test]
fn a_volatile_item_at_the_end_costs_a_unit_cache_everything() {
    let of = |layout: &str| totals(layout, "none", "openai-breakpoints", Tokenizer::O200k);
    let volatile = of("timestamp-appended:tokens=1");
    let (sent, written) = (volatile.sent_tokens, volatile.written_tokens);
    assert_eq!((sent, volatile.cached_tokens, written), (22_300_200, 0, 22_300_200));
    assert_eq!(written * 125 / 100, 27_875_250);
    // Without it each request reads all of the one before.
    let append = of("append");
    assert_eq!((append.cached_tokens, append.written_tokens), (22_089_000, 211_000));
    // With explicit breakpoints alone, what stands behind them is never written.
    let marked = of("breakpoints:static=yes,previous=no,tail=no,mode=explicit");
    assert_eq!((marked.cached_tokens, marked.written_tokens), (199 * 12_000, 12_000));
}

/// What the table leaves out: the calls that compact.
#[test]
fn compaction_calls_are_told_beside() {
    let totals = totals("append", "threshold:60000,to=2000", "ideal", Tokenizer::O200k);
    assert_eq!((totals.requests, totals.calls), (200, 4));
    // Each reads the input that would have been too long: p + 49 s, then p + z + 47 s.
    assert_eq!(totals.call_tokens, 61_000 + 3 * (12_000 + 2_000 + 47_000));
    // Of which only the newest step is not cached.
    assert_eq!(totals.call_tokens - totals.call_cached_tokens, 4 * 1_000);
    assert_eq!((totals.lost_tokens, totals.lost_results), (49_000 + 3 * 47_000, 49 + 3 * 47));
}

/// A window may push a summary out, which was never counted as something that was said.
#[test]
fn layouts_and_compactions_go_together() {
    for layout in ["window:turns=29,keep=20", "clear-tool-results:keep=2,every=9", "tools-shuffled"]
    {
        let totals = totals(layout, "threshold:40999,to=1", "ideal", Tokenizer::Bytes4);
        assert!(totals.visible_tokens < totals.history_tokens, "{layout}: {totals:?}");
        assert!(totals.visible_results <= totals.results, "{layout}: {totals:?}");
        assert!(totals.cached_tokens + totals.new_tokens == totals.sent_tokens, "{layout}");
    }
}
