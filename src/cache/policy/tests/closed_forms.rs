//! The growth laws of client strategies: p tokens of tools, instructions and first message, a tokens
//! of answer and o of tool output a turn, n calls, every row a sequence of prompts whose tokens are
//! counted by a policy and held against the closed form and its value.

use super::Bench;
use crate::cache::part::Part;
use crate::cache::render::Segment;

const P: u64 = 12_000;
const A: u64 = 150;
const O: u64 = 850;
const S: u64 = A + O;
const N: u64 = 200;

fn fixed(name: &str) -> Segment {
    Segment::of_tokens(Part::User, name, P)
}

/// The answer and the output of a turn.
fn turn(at: u64) -> [Segment; 2] {
    [
        Segment::of_tokens(Part::Call, &format!("call {at}"), A),
        Segment::of_tokens(Part::Output, &format!("output {at}"), O),
    ]
}

fn stub(at: u64, tokens: u64) -> [Segment; 2] {
    let [call, _] = turn(at);
    [call, Segment::of_tokens(Part::Output, &format!("stub {at}"), tokens)]
}

fn item(part: Part, name: &str, tokens: u64) -> Segment {
    Segment::of_tokens(part, name, tokens)
}

/// All turns from one to another, both included.
fn turns(from: u64, to: u64) -> Vec<Segment> {
    (from..=to).flat_map(turn).collect()
}

/// Tokens sent, fresh ones, and the cost of both in tenths of a token, at writes of 1 and of 1.25.
#[derive(Debug, PartialEq, Eq)]
struct Sums {
    sent: u64,
    fresh: u64,
    plain_tenths: u64,
    write_tenths: u64,
}

fn play(spec: &str, prompts: impl Iterator<Item = Vec<Segment>>) -> Sums {
    let mut bench = Bench::new(spec);
    let (mut sent, mut fresh) = (0, 0);
    for segments in prompts {
        let leaf = bench.prompts.intern(&segments).leaf;
        let account = bench.send(leaf, leaf, &[]);
        sent += account.input();
        fresh += account.write + account.plain;
        bench.wait(5);
    }
    sums(sent, fresh)
}

fn sums(sent: u64, fresh: u64) -> Sums {
    let read = sent - fresh;
    // 1.25 times ten is no whole number: twice twelve and a half.
    Sums { sent, fresh, plain_tenths: 10 * fresh + read, write_tenths: (25 * fresh) / 2 + read }
}

/// A row of the reference table.
fn row(sent: u64, fresh: u64, plain: u64, written: u64) -> Sums {
    Sums { sent, fresh, plain_tenths: 10 * plain, write_tenths: 10 * written }
}

fn append(k: u64) -> Vec<Segment> {
    let mut all = vec![fixed("fixed")];
    all.extend(turns(1, k - 1));
    all
}

#[test]
fn append_only() {
    let expected = row(22_300_000, 211_000, 2_419_900, 2_472_650);
    let sent = N * P + S * N * (N - 1) / 2;
    assert_eq!(sums(sent, P + (N - 1) * S), expected);
    for spec in ["ideal", "radix", "openai-breakpoints", "anthropic-5m", "anthropic-1h"] {
        assert_eq!(play(spec, (1..=N).map(append)), expected, "{spec}");
    }
    assert_eq!(play("none", (1..=N).map(append)).fresh, sent);
}

#[test]
fn a_timestamp_first_or_tools_shuffled() {
    let first = |k: u64| {
        let mut all = vec![item(Part::Tool, &format!("time {k}"), 1)];
        all.extend(append(k));
        all
    };
    let expected = row(22_300_200, 22_300_200, 22_300_200, 27_875_250);
    for spec in ["ideal", "openai-breakpoints", "anthropic-5m", "openai-128"] {
        assert_eq!(play(spec, (1..=N).map(first)), expected, "{spec}");
    }
}

#[test]
fn a_timestamp_last() {
    let last = |k: u64| {
        let mut all = append(k);
        all.push(item(Part::User, &format!("time {k}"), 1));
        all
    };
    let expected = row(22_300_200, 211_200, 2_420_100, 2_472_900);
    assert_eq!(sums(expected.sent, P + (N - 1) * S + N), expected);
    assert_eq!(play("ideal", (1..=N).map(last)), expected);
    // The unit ends behind it. OpenAI looks up the ends of earlier messages, where nothing was
    // written; of one breakpoint at the end of the prompt Anthropic looks back in vain as well.
    let never = row(22_300_200, 22_300_200, 22_300_200, 27_875_250);
    for spec in ["openai-breakpoints", "anthropic-5m:placement=tail"] {
        assert_eq!(play(spec, (1..=N).map(last)), never, "{spec}");
        let mut bench = Bench::new(spec);
        let mut send = |k| {
            let leaf = bench.prompts.intern(&last(k)).leaf;
            let account = bench.send(leaf, leaf, &[]);
            bench.wait(5);
            account
        };
        send(1);
        let account = send(2);
        assert_eq!((account.read, account.plain), (0, 0), "all of it is written");
        let expected = crate::cache::MissReason::WritePointBehindVolatile;
        assert_eq!(account.reason, Some(expected), "{spec}");
    }
}

#[test]
fn an_environment_block_behind_the_fixed_part() {
    let block = |k: u64| {
        let mut all = append(k);
        all.insert(1, item(Part::User, &format!("environment {k}"), 50));
        all
    };
    let expected = row(22_310_000, 19_922_000, 20_160_800, 25_141_300);
    assert_eq!(sums(expected.sent, P + N * 50 + S * N * (N - 1) / 2), expected);
    assert_eq!(play("ideal", (1..=N).map(block)), expected);
}

#[test]
fn tools_changed_once() {
    let changed = |k: u64| {
        let mut all = append(k);
        all[0] = fixed(if k < 100 { "before" } else { "after" });
        all
    };
    let expected = row(22_300_000, 321_000, 2_518_900, 2_599_150);
    assert_eq!(sums(expected.sent, P + (N - 1) * S + P + S * 98), expected);
    for spec in ["ideal", "openai-breakpoints"] {
        assert_eq!(play(spec, (1..=N).map(changed)), expected, "{spec}");
    }
}

/// The fixed part and a window of turns, the last one k - 1.
fn window(from: u64, k: u64) -> Vec<Segment> {
    let mut all = vec![fixed("fixed")];
    all.extend(turns(from, k - 1));
    all
}

#[test]
fn a_sliding_window() {
    let sliding = |w: u64, n: u64| (1..=n).map(move |k| window((k - 1).saturating_sub(w) + 1, k));
    let expected = row(6_190_000, 3_612_000, 3_869_800, 4_772_800);
    assert_eq!(sums(expected.sent, P + 20 * S * (N - 20)), expected);
    assert_eq!(play("ideal", sliding(20, N)), expected);
    // It costs more than appending until n = 2 (W - (1 - r)) / r - W = 362.
    let cost = |n: u64| {
        let [window, append] = [play("ideal", sliding(20, n)), play("ideal", (1..=n).map(append))];
        (window.plain_tenths, append.plain_tenths)
    };
    assert_eq!(cost(362), (73_042_000, 73_042_000));
    let (window, append) = cost(363);
    assert!(window < append);
    let (window, append) = cost(361);
    assert!(window > append);
}

#[test]
fn a_window_with_a_retention_ratio() {
    let mut from = 1;
    let prompts = (1..=N).map(move |k| {
        // 20 turns at most, and down to 14 at once.
        if k - from > 20 {
            from = k - 14;
        }
        window(from, k)
    });
    let g = (N - 2 - 20) / (20 + 1 - 14) + 1;
    assert_eq!(g, 26);
    let expected = row(5_647_000, 549_000, 1_058_800, 1_196_050);
    assert_eq!(sums(expected.sent, P + (N - 1) * S + g * 13 * S), expected);
    assert_eq!(play("ideal", prompts), expected);
}

/// Outputs before turn `cleared` are stubs of 10 tokens.
fn clearing(cleared: u64, k: u64) -> Vec<Segment> {
    let mut all = vec![fixed("fixed")];
    all.extend((1..k).flat_map(|at| if at < cleared { stub(at, 10) } else { turn(at) }));
    all
}

#[test]
fn tool_results_are_cleared_every_turn() {
    let prompts = (1..=N).map(|k| clearing(k.saturating_sub(5), k));
    let expected = row(6_411_400, 988_940, 1_531_186, 1_778_421);
    let (q, c) = (5, 10);
    let fresh = P + q * S + (N - 1 - q) * (q * S + c);
    let of_row = sums(expected.sent, fresh);
    // 12.5 times an odd number is cut.
    assert_eq!((of_row.fresh, of_row.plain_tenths), (expected.fresh, expected.plain_tenths));
    assert_eq!(of_row, expected);
    assert_eq!(play("ideal", prompts), expected);
}

#[test]
fn tool_results_are_cleared_every_twenty_turns() {
    let prompts = (1..=N).map(|k| {
        // All but the newest five, when twenty more than these are there.
        let done = (k - 1).saturating_sub(5) / 20 * 20;
        clearing(done + 1, k)
    });
    let expected = row(7_936_000, 274_450, 1_040_605, 1_109_218);
    let (q, c, e) = (5, 10, 20);
    let g = (N - 1 - q) / e;
    assert_eq!(g, 9);
    let fresh = P + (N - 1 - g) * S + g * (c + (e - 1) * (A + c) + q * S);
    assert_eq!(fresh, expected.fresh);
    let played = play("ideal", prompts);
    assert_eq!(
        (played.sent, played.fresh, played.plain_tenths),
        (expected.sent, expected.fresh, expected.plain_tenths,)
    );
    // The table rounds 1,109,217.5 to whole tokens.
    assert_eq!(played.write_tenths, 11_092_175);
}

#[test]
fn compaction_at_a_threshold() {
    for (threshold, g, expected) in [
        (60_000, 4, row(7_166_000, 215_000, 910_100, 963_850)),
        (120_000, 1, row(12_563_000, 212_000, 1_447_100, 1_500_100)),
    ] {
        let z = 2_000;
        let (mut from, mut cycles) = (1, 0);
        let prompts = (1..=N).map(|k| {
            let length = |from: u64, cycles: u64| P + u64::from(cycles > 0) * z + (k - from) * S;
            if length(from, cycles) > threshold {
                (from, cycles) = (k, cycles + 1);
            }
            let mut all = vec![fixed("fixed")];
            if cycles > 0 {
                all.push(item(Part::Compaction, &format!("summary {cycles}"), z));
            }
            all.extend(turns(from, k - 1));
            all
        });
        let played = play("ideal", prompts);
        assert_eq!(cycles, g);
        assert_eq!(sums(expected.sent, P + (N - 1) * S + g * z - g * S), expected);
        assert_eq!(played, expected, "{threshold}");
    }
}

/// One write and one read cost 1.35 inputs instead of 2; ten requests 2.15 instead of 10.
#[test]
fn break_even_of_a_write() {
    let cost = |requests: u64| {
        let same = (0..requests).map(|_| vec![fixed("fixed")]);
        let mut bench = Bench::new("openai-breakpoints");
        let hundredths = same.map(|segments| {
            let leaf = bench.prompts.intern(&segments).leaf;
            let account = bench.send(leaf, leaf, &[]);
            bench.wait(5);
            125 * account.write + 10 * account.read + 100 * account.plain
        });
        hundredths.sum::<u64>() / P
    };
    assert_eq!((cost(1), cost(2), cost(10)), (125, 135, 215));
}

/// Padding to 1,024 tokens pays from `102.4 + 1177.6 / N` tokens on: 221 for ten requests.
#[test]
fn break_even_of_padding() {
    let cost = |tokens: u64| {
        let mut bench = Bench::new("openai-breakpoints");
        let mut hundredths = 0;
        for _ in 0..10 {
            let prompt = [Segment::of_tokens(Part::User, "prompt", tokens)];
            let leaf = bench.prompts.intern(&prompt).leaf;
            let account = bench.send(leaf, leaf, &[]);
            hundredths += 125 * account.write + 10 * account.read + 100 * account.plain;
            bench.wait(5);
        }
        hundredths
    };
    assert!(cost(1_024) > cost(220));
    assert!(cost(1_024) < cost(221));
    assert_eq!(cost(1_024), 1_024 * 215);
}
