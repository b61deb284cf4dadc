//! Each policy's rule by small sequences that were worked out by hand.

use super::{Account, Bench, Piece, counts, fields};
use crate::cache::part::Part::{self, Assistant, Call, Developer, Output, Tool, User};
use crate::cache::reason::MissReason;

/// Asks in steps of so many seconds, and gives what was read.
fn reads(spec: &str, prompts: &[&[Piece<'_>]]) -> Vec<u64> {
    let mut bench = Bench::new(spec);
    prompts.iter().map(|prompt| bench.wait(9).ask(prompt).read).collect()
}

#[test]
fn engines_read_whole_pages() {
    // 6, 9 and 12 tokens; the last shares "abcde." and "fg" with the second.
    let prompts: [&[Piece<'_>]; 4] = [
        &[(User, "abcde")],
        &[(User, "abcde"), (User, "fg")],
        &[(User, "abcde"), (User, "fgh"), (User, "i")],
        &[(User, "abcde"), (User, "fgh"), (User, "i")],
    ];
    assert_eq!(reads("ideal", &prompts), [0, 6, 8, 12]);
    assert_eq!(reads("radix", &prompts), [0, 6, 8, 12]);
    assert_eq!(reads("sglang:page=4", &prompts), [0, 4, 8, 12]);
    assert_eq!(reads("vllm:page=4", &prompts), [0, 4, 8, 8], "the last token is computed");
    assert_eq!(reads("lmcache:page=5", &prompts), [0, 5, 5, 10]);
    assert_eq!(reads("mooncake:page=5", &prompts), [0, 5, 5, 12], "its tail is a block");
    assert_eq!(reads("none", &prompts), [0; 4]);
    assert_eq!(reads("llama.cpp", &prompts), [0, 6, 8, 11]);
}

#[test]
fn outputs_are_cached_by_some() {
    let read = |spec: &str| {
        let mut bench = Bench::new(spec);
        bench.ask_marked(&[(User, "ab")], &[(Assistant, "cd"), (Assistant, "e")], &[]);
        bench.wait(9).ask(&[(User, "ab"), (Assistant, "cd"), (Assistant, "e"), (User, "f")]).read
    };
    // 3 of the prompt, 5 of the answer.
    assert_eq!(
        [read("ideal"), read("lmcache:page=1"), read("openai-128:minimum=0,interval=1")],
        [3, 3, 3]
    );
    assert_eq!([read("radix"), read("vllm:page=1"), read("deepseek-v4")], [8, 8, 8]);
    assert_eq!(read("openai-128:minimum=0,interval=1,output=yes"), 8);
    assert_eq!(read("deepseek-64:minimum=0,interval=3"), 6);
    assert_eq!(read("llama.cpp"), 7, "the last token of an answer was never read");
}

#[test]
fn llama_cpp_knows_its_last_prompt_only() {
    let (a, b): ([Piece<'_>; 1], [Piece<'_>; 1]) = ([(User, "aaaa")], [(User, "bbbb")]);
    assert_eq!(reads("llama.cpp", &[&a, &b, &a, &a]), [0, 0, 0, 4]);
}

#[test]
fn openai_128_rounds_and_forgets() {
    let (a, b): ([Piece<'_>; 1], [Piece<'_>; 2]) =
        ([(User, "abcdefghi")], [(User, "abcdefghi"), (User, "j")]);
    assert_eq!(reads("openai-128:minimum=8,interval=4", &[&a, &b, &b]), [0, 8, 12]);
    assert_eq!(reads("openai-128:minimum=11,interval=4", &[&a, &b, &b]), [0, 0, 12]);
    // Counted from two hidden tokens before: ends at 2, 6 and 10, and 11 + 2 is no whole interval.
    assert_eq!(reads("openai-128:minimum=0,interval=4,hidden=2", &[&a, &b, &b]), [0, 10, 10]);
    assert_eq!(reads("openai-2048:minimum=0,interval=6,floor=4", &[&a, &b, &b]), [0, 4, 12]);

    let mut bench = Bench::new("openai-128:minimum=0,interval=1,retention=in_memory");
    bench.ask(&a);
    assert_eq!(bench.wait(601).ask(&a).read, 10);
    let late = bench.wait(602).ask(&a);
    assert_eq!((late.read, late.reason), (0, Some(MissReason::Expired)));
    // Used every five minutes, it still goes an hour after it was written.
    let used: Vec<u64> = (0..14).map(|_| bench.wait(300).ask(&a).read).collect();
    assert_eq!(used, [[10; 12].as_slice(), &[0, 10]].concat());
    bench.fields = fields(r#"{"prompt_cache_retention":"24h"}"#);
    assert_eq!(bench.wait(7_000).ask(&a).read, 10);
    assert_eq!(bench.wait(80_000).ask(&a).read, 0);
}

#[test]
fn above_a_rate_another_machine_answers() {
    let long = "a".repeat(300);
    let prompt: [Piece<'_>; 1] = [(User, &long)];
    let mut bench = Bench::new("openai-128:machines=2,rate=3,minimum=0,interval=1");
    let all: Vec<Account> = (0..6).map(|_| bench.wait(2).ask(&prompt)).collect();
    let read: Vec<u64> = all.iter().map(|account| account.read).collect();
    assert_eq!(read, [0, 301, 301, 0, 301, 301]);
    assert_eq!(all[3].reason, Some(MissReason::OtherMachine));
    // A minute later the first machine takes them again.
    assert_eq!(bench.wait(60).ask(&prompt).read, 301);
}

#[test]
fn nothing_is_read_before_it_was_computed() {
    let prompt: [Piece<'_>; 1] = [(User, "abcd")];
    for spec in [
        "openai-128:minimum=0,interval=1",
        "openai-breakpoints:minimum=0",
        "anthropic-5m:minimum=0",
        "deepseek-v4",
        "gemini-explicit:minimum=0",
    ] {
        let mut bench = Bench::new(spec);
        let marks: &[usize] = if spec.starts_with("gemini") { &[0] } else { &[] };
        // Three at once, and a fourth when the first answer begins.
        for thread in 0..3 {
            let account = bench.ask_marked(&prompt, &[], marks);
            let expected = (thread > 0).then_some(MissReason::NotYetReadable);
            assert_eq!((account.read, account.reason), (0, expected), "{spec}");
        }
        bench.now += 1_000;
        assert_eq!(bench.ask_marked(&prompt, &[], marks).read, 5, "{spec}");
    }
}

#[test]
fn threads_share_if_told_so() {
    let prompt: [Piece<'_>; 1] = [(User, "abcd")];
    for spec in [
        "ideal",
        "radix",
        "openai-breakpoints:minimum=0",
        "anthropic-1h:minimum=0",
        "deepseek-v4",
        "openai-128:minimum=0,interval=1",
    ] {
        for (shared, expected) in [("no", 0), ("yes", 5)] {
            let join = if spec.contains(':') { "," } else { ":" };
            let mut bench = Bench::new(&format!("{spec}{join}shared={shared}"));
            bench.ask(&prompt);
            bench.thread = 1;
            assert_eq!(bench.wait(9).ask(&prompt).read, expected, "{spec}");
        }
    }
}

const BREAKPOINTS: &str = "openai-breakpoints:minimum=4";

#[test]
fn breakpoints_end_where_messages_do() {
    let start = [(Tool, "tools"), (Developer, "dev"), (User, "hi")];
    let mut bench = Bench::new(BREAKPOINTS);
    assert_eq!(counts(bench.ask(&start)), (0, 13, 0));
    // A run of outputs: its last is eligible. What stands behind it is plain.
    let more = [
        start[0],
        start[1],
        start[2],
        (Call, "c"),
        (Call, "d"),
        (Output, "e"),
        (Output, "f"),
        (Assistant, "g"),
    ];
    assert_eq!(counts(bench.wait(9).ask(&more)), (13, 8, 2));
    // Another end: found at the last output.
    let mut other = more.to_vec();
    other[7] = (User, "h");
    assert_eq!(counts(bench.wait(9).ask(&other)), (21, 2, 0));
    // The run goes on: the end of the developer block was never written, the user message was.
    let mut longer = more[..7].to_vec();
    longer.push((Output, "i"));
    assert_eq!(counts(bench.wait(9).ask(&longer)), (13, 10, 0));
    // A message that grows is another one.
    let account = bench.wait(9).ask(&[start[0], start[1], (User, "hij")]);
    assert_eq!(
        (counts(account), account.reason),
        ((0, 14, 0), Some(MissReason::WritePointBehindVolatile))
    );
}

#[test]
fn explicit_breakpoints() {
    let prompt: Vec<Piece<'_>> =
        ["aaaa", "b", "c", "d", "e", "f"].iter().map(|text| (User, *text)).collect();
    let mut bench = Bench::new(BREAKPOINTS);
    bench.fields = fields(r#"{"prompt_cache_options":{"mode":"explicit"}}"#);
    let account = bench.ask_marked(&prompt, &[], &[]);
    assert_eq!(counts(account), (0, 0, 15), "no breakpoint, no cache");
    assert_eq!(counts(bench.wait(9).ask_marked(&prompt, &[], &[1])), (0, 7, 8));
    // The latest four are written, of five.
    assert_eq!(counts(bench.wait(9).ask_marked(&prompt, &[], &[0, 2, 3, 4, 5])), (0, 15, 0));
    assert_eq!(counts(bench.wait(9).ask_marked(&prompt, &[], &[0])), (0, 5, 10));
    assert_eq!(counts(bench.wait(9).ask_marked(&prompt, &[], &[1])), (7, 0, 8));
    // Implicit mode does not read them without marks, nor does explicit mode read implicit ones.
    bench.fields = fields("{}");
    assert_eq!(counts(bench.wait(9).ask(&prompt)), (0, 15, 0));
    assert_eq!(counts(bench.wait(9).ask_marked(&prompt[..3], &[], &[2])), (9, 0, 0));
    // The ends of earlier messages of the implicit mode are looked up, but were never written.
    assert_eq!(counts(bench.wait(9).ask(&prompt[..2])), (0, 7, 0));
}

#[test]
fn breakpoints_are_looked_for_so_far_back() {
    let long: Vec<String> = (0..40).map(|at| "b".repeat(1 + at % 5)).collect();
    let prompt: Vec<Piece<'_>> = long.iter().map(|text| (User, text.as_str())).collect();
    let tokens =
        |pieces: &[Piece<'_>]| pieces.iter().map(|(_, text)| text.len() as u64 + 1).sum::<u64>();
    let mut bench = Bench::new(BREAKPOINTS);
    bench.ask(&prompt[..10]);
    // The implicit one and 20 before it.
    assert_eq!(bench.wait(9).ask(&prompt[..30]).read, tokens(&prompt[..10]));
    let mut bench = Bench::new(BREAKPOINTS);
    bench.ask(&prompt[..10]);
    let account = bench.wait(9).ask(&prompt[..31]);
    assert_eq!((account.read, account.reason), (0, Some(MissReason::LookbackExceeded)));
    let mut bench = Bench::new("openai-breakpoints:minimum=4,lookup=latest-80");
    bench.ask(&prompt[..10]);
    assert_eq!(bench.wait(9).ask(&prompt[..31]).read, tokens(&prompt[..10]));
}

#[test]
fn breakpoints_run_out_half_an_hour_after_their_last_use() {
    let prompt = [(User, "abcd")];
    let mut bench = Bench::new(BREAKPOINTS);
    bench.ask(&prompt);
    assert_eq!(bench.wait(1_800).ask(&prompt).read, 5);
    assert_eq!(bench.wait(1_800).ask(&prompt).read, 5);
    let account = bench.wait(1_801).ask(&prompt);
    assert_eq!((counts(account), account.reason), ((0, 5, 0), Some(MissReason::Expired)));
    let account = bench.wait(1).ask(&[(User, "ab")]);
    assert_eq!((counts(account), account.reason), ((0, 0, 3), Some(MissReason::BelowMinimum)));
}

/// `read_k = read_(k-1) + write_(k-1)`, and little that is plain.
#[test]
fn anthropic_reads_what_it_read_and_wrote() {
    let mut bench = Bench::new("anthropic-5m:minimum=4");
    let mut prompt = vec![(Tool, "tools"), (Developer, "system"), (User, "hi")];
    let mut before = bench.ask(&prompt);
    assert_eq!(counts(before), (0, 16, 0));
    for _ in 0..9 {
        prompt.extend([(Call, "ab"), (Output, "cdef")]);
        let account = bench.wait(240).ask(&prompt);
        assert_eq!(account.read, before.read + before.write);
        assert_eq!(counts(account), (account.read, 8, 0));
        before = account;
    }
    // Five minutes from the start of the last request on.
    assert_eq!(bench.wait(300).ask(&prompt).read, before.read + before.write);
    let late = bench.wait(301).ask(&prompt);
    assert_eq!((late.read, late.reason), (0, Some(MissReason::Expired)));
    assert_eq!(late.long, 0);
    let mut bench = Bench::new("anthropic-1h:minimum=4");
    let account = bench.ask(&prompt);
    assert_eq!(account.long, account.write);
    assert_eq!(bench.wait(3_600).ask(&prompt).read, account.write);
}

#[test]
fn anthropic_looks_back_over_twenty_places() {
    let read = |spec: &str, pairs: usize| {
        let mut bench = Bench::new(spec);
        let mut prompt = vec![(User, "hello")];
        bench.ask(&prompt);
        // A run of calls and one of outputs.
        prompt.extend((0..pairs).map(|_| (Call, "c")));
        prompt.extend((0..pairs).map(|_| (Output, "o")));
        let account = bench.wait(9).ask(&prompt);
        (account.read, account.reason)
    };
    let tail = "anthropic-5m:minimum=0,placement=tail";
    assert_eq!(read(tail, 30), (6, None), "runs are two places");
    let each = "anthropic-5m:minimum=0,placement=tail,runs=no";
    assert_eq!(read(each, 9), (6, None), "19 places");
    assert_eq!(read(each, 10), (0, Some(MissReason::LookbackExceeded)));
}

#[test]
fn anthropic_loses_by_level() {
    let prompt = [(Tool, "tools"), (Developer, "system"), (User, "hi")];
    let after = |spec: &str, change: &str, changed: &[Piece<'_>]| {
        let mut bench = Bench::new(spec);
        bench.fields = fields(r#"{"model":"m","reasoning":{"effort":"low"}}"#);
        bench.ask(&prompt);
        bench.fields = fields(change);
        let account = bench.wait(9).ask(changed);
        (account.read, account.reason)
    };
    let spec = "anthropic-5m:minimum=0";
    let same = r#"{"model":"m","reasoning":{"effort":"low"}}"#;
    assert_eq!(after(spec, same, &prompt), (16, None));
    let other = [(Tool, "tolls"), prompt[1], prompt[2]];
    assert_eq!(after(spec, same, &other), (0, Some(MissReason::ToolsChanged)));
    let other = [prompt[0], (Developer, "sestem"), prompt[2]];
    assert_eq!(after(spec, same, &other), (6, Some(MissReason::InputChanged)));
    let other = [prompt[0], prompt[1], (User, "ho")];
    assert_eq!(after(spec, same, &other), (13, Some(MissReason::InputChanged)));
    let model = r#"{"model":"n","reasoning":{"effort":"low"}}"#;
    assert_eq!(after(spec, model, &prompt), (0, Some(MissReason::ModelChanged)));
    let choice = r#"{"model":"m","reasoning":{"effort":"low"},"tool_choice":"none"}"#;
    assert_eq!(after(spec, choice, &prompt).0, 13);
    let effort = r#"{"model":"m","reasoning":{"effort":"high"}}"#;
    assert_eq!(after(spec, effort, &prompt).0, 13);
    assert_eq!(
        after("anthropic-5m:minimum=0,effort=all", effort, &prompt),
        (0, Some(MissReason::ReasoningEffortChanged))
    );
}

#[test]
fn anthropic_writes_at_four_breakpoints_of_its_minimum() {
    let prompt: Vec<Piece<'_>> =
        "abcdef".split("").filter(|text| !text.is_empty()).map(|text| (User, text)).collect();
    let mut bench = Bench::new("anthropic-5m:minimum=4");
    // Ends at 2, 4, .. 12 tokens; of the five marks the last four count, and 2 tokens are too few.
    assert_eq!(counts(bench.ask_marked(&prompt, &[], &[0, 1, 2, 3, 4])), (0, 10, 2));
    assert_eq!(
        bench.wait(9).ask_marked(&prompt[..1], &[], &[0]).reason,
        Some(MissReason::BelowMinimum)
    );
    for (pieces, expected) in [(2, 4), (3, 6), (4, 8), (5, 10)] {
        let account = bench.wait(9).ask_marked(&prompt[..pieces], &[], &[pieces - 1]);
        assert_eq!(counts(account), (expected, 0, 0));
    }
    bench.fields = fields(r#"{"model":"claude-opus-4-5"}"#);
    let mut by_model = Bench::new("anthropic-5m");
    by_model.fields = bench.fields.clone();
    assert_eq!(by_model.ask(&prompt).reason, Some(MissReason::BelowMinimum));
    let mut none = Bench::new("anthropic-5m:minimum=0,placement=none");
    none.ask(&prompt);
    assert_eq!(counts(none.wait(9).ask(&prompt)), (0, 0, 12));
}

#[test]
fn deepseek_v4_hits_whole_units() {
    let a = "aaaa";
    let of = |end: &'static str| -> Vec<Piece<'_>> { vec![(User, a), (User, end)] };
    let mut bench = Bench::new("deepseek-v4");
    assert_eq!(bench.ask(&of("b")).read, 0);
    let second = bench.wait(9).ask(&of("c"));
    let behind = Some(MissReason::WritePointBehindVolatile);
    assert_eq!((second.read, second.reason), (0, behind));
    assert_eq!(bench.wait(9).ask(&of("d")).read, 5, "A is a unit now");
    assert_eq!(bench.wait(9).ask(&of("b")).read, 7, "the whole prompt is one");
    // Parting inside of a segment, after "aaaa." and "eee".
    bench.wait(9).ask(&of("eeef"));
    assert_eq!(bench.wait(9).ask(&of("eeeg")).read, 5);
    assert_eq!(bench.wait(9).ask(&of("eeeh")).read, 8);
    assert_eq!(bench.wait(9).ask(&of("eei")).read, 5);
    let mut bench = Bench::new("deepseek-v4:interval=3");
    bench.ask(&of("b"));
    assert_eq!(bench.wait(9).ask(&of("c")).read, 3);
}

#[test]
fn gemini_draws_its_hits_and_keeps_named_objects() {
    let prompts: Vec<String> = (0..200).map(|at| "ab".repeat(at + 1)).collect();
    let hits = |spec: &str| -> Vec<bool> {
        let mut bench = Bench::new(spec);
        let ask = |text: &String| {
            bench.wait(9).ask(&[(User, text)]);
            bench.wait(9).ask(&[(User, text)]).read > 0
        };
        prompts.iter().map(ask).collect()
    };
    let of = |hits: &[bool]| hits.iter().filter(|hit| **hit).count();
    let some = hits("gemini-implicit:minimum=0");
    assert!((70..130).contains(&of(&some)), "{}", of(&some));
    assert_eq!(hits("gemini-implicit:minimum=0"), some);
    assert_ne!(hits("gemini-implicit:minimum=0,seed=2"), some);
    assert_eq!(of(&hits("gemini-implicit:minimum=0,probability=1")), 200);
    assert_eq!(of(&hits("gemini-implicit:minimum=0,probability=0")), 0);

    let mut bench = Bench::new("gemini-explicit:minimum=0");
    let prompt = |text: &'static str| -> [Piece<'_>; 3] {
        [(Tool, "tool"), (Developer, "dev"), (User, text)]
    };
    assert_eq!(bench.ask(&prompt("a")).read, 0);
    assert_eq!(bench.wait(1_800).ask(&prompt("b")).read, 9);
    // An hour after it was made, whatever was read in between.
    let late = bench.wait(1_801).ask(&prompt("c"));
    assert_eq!((late.read, late.reason), (0, Some(MissReason::Expired)));
    let other: [Piece<'_>; 2] = [(Tool, "tool"), (User, "a")];
    assert_eq!(bench.wait(9).ask(&other).read, 0);
}

/// A part of every kind is part of the prompt.
#[test]
fn every_part_counts() {
    let all = [
        Tool,
        Part::Instructions,
        Part::System,
        Developer,
        User,
        Assistant,
        Call,
        Output,
        Part::Reasoning,
        Part::Compaction,
        Part::Other,
    ];
    let prompt: Vec<Piece<'_>> = all.iter().map(|part| (*part, "a")).collect();
    assert_eq!(reads("ideal", &[&prompt, &prompt]), [0, 22]);
}

#[test]
fn a_full_pool_evicts_by_its_rule() {
    // Three blocks of four tokens each; room for four blocks, then for none.
    let [a, b]: [[Piece<'_>; 1]; 2] = [[(User, "aaaaaaaaaaa")], [(User, "bbbbbbbbbbb")]];
    let reads = |spec: &str| reads(spec, &[&a, &b, &a, &b]);
    // Of a its beginning stays, then of b: a block is younger than what extends it.
    assert_eq!(reads("sglang:page=4,capacity=16"), [0, 0, 4, 4]);
    // From first to last, so the beginning of a goes first, and is missed first.
    assert_eq!(reads("lmcache:page=4,capacity=16"), [0, 0, 0, 0]);
    assert_eq!(reads("sglang:page=4,capacity=24"), [0, 0, 12, 12]);
    assert_eq!(reads("sglang:page=4,capacity=0"), [0; 4]);
    assert_eq!(reads("mooncake:page=5,capacity=30"), [0, 0, 12, 12], "tails are blocks, too");
    let mut bench = Bench::new("vllm:page=4,capacity=12");
    bench.ask(&a);
    bench.wait(9).ask(&b);
    bench.thread = 1;
    bench.wait(9).ask(&a);
    bench.thread = 0;
    let account = bench.wait(9).ask(&a);
    assert_eq!((account.read, account.reason), (0, Some(MissReason::Evicted)));
}
