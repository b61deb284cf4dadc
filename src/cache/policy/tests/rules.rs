//! Each policy's rule by small sequences that were worked out by hand.

use super::{Account, Bench, Piece, fields};
use crate::cache::part::Part::{self, Assistant, Call, Developer, Output, Tool, User};
use crate::cache::reason::MissReason;
use crate::cache::render::Segment;

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
        [read("ideal"), read("lmcache:page=1"), read("openai-128:minimum=0,interval=1,floor=1")],
        [3, 3, 3]
    );
    assert_eq!([read("radix"), read("vllm:page=1"), read("deepseek-v4")], [8, 8, 8]);
    assert_eq!(read("openai-128:minimum=0,interval=1,floor=1,output=yes"), 8);
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
    assert_eq!(reads("openai-128:minimum=8,interval=4,floor=1", &[&a, &b, &b]), [0, 8, 12]);
    assert_eq!(reads("openai-128:minimum=11,interval=4,floor=1", &[&a, &b, &b]), [0, 0, 12]);
    // Counted from two hidden tokens before: ends at 2, 6 and 10, and 11 + 2 is no whole interval.
    assert_eq!(
        reads("openai-128:minimum=0,interval=4,floor=1,hidden=2", &[&a, &b, &b]),
        [0, 10, 10]
    );
    // Reported without the hidden ones, in whole steps.
    assert_eq!(reads("openai-128:minimum=0,interval=4,floor=4,hidden=2", &[&a, &b, &b]), [0, 8, 8]);
    assert_eq!(reads("openai-2048:minimum=0,interval=6,floor=4", &[&a, &b, &b]), [0, 4, 12]);

    let mut bench = Bench::new("openai-128:minimum=0,interval=1,floor=1,retention=in_memory");
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
    let mut bench = Bench::new("openai-128:machines=2,rate=3,minimum=0,interval=1,floor=1");
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
        "openai-128:minimum=0,interval=1,floor=1",
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
        "openai-128:minimum=0,interval=1,floor=1",
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

/// What is reported has no part of the hidden message in it: 2,048 - 100, in steps of 128.
#[test]
fn openai_reports_in_steps_of_128_whatever_is_hidden() {
    for (spec, expected) in [
        ("openai-128", 1_920),
        ("openai-128:hidden=100", 1_920),
        ("openai-128:hidden=100,floor=1", 1_948),
        ("openai-2048:hidden=100", 1_920),
    ] {
        let mut bench = Bench::new(spec);
        let leaf = bench.prompts.intern(&[Segment::of_tokens(User, "long", 2_000)]).leaf;
        bench.send(leaf, leaf, &[]);
        assert_eq!(bench.wait(9).send(leaf, leaf, &[]).read, expected, "{spec}");
    }
}

/// Requests name the object that they begin with, wherever their own marks stand.
#[test]
fn gemini_names_the_longest_object_that_fits() {
    let prompt =
        |last: &'static str| -> [Piece<'_>; 3] { [(User, "aaaa"), (User, "bb"), (User, last)] };
    let mut bench = Bench::new("gemini-explicit:minimum=0");
    assert_eq!(bench.ask_marked(&prompt("c"), &[], &[0]).read, 0);
    assert_eq!(bench.wait(9).ask_marked(&prompt("d"), &[], &[0, 1]).read, 5, "the mark moved on");
    assert_eq!(bench.wait(9).ask(&prompt("d")).read, 5, "and went");
    let other: [Piece<'_>; 2] = [(User, "aa"), (User, "bb")];
    assert_eq!(bench.wait(9).ask_marked(&other, &[], &[1]).read, 0, "it is no beginning of this");
    // A longer one, made when the first had run out; then the first again, at a mark inside.
    let late = bench.wait(3_600).ask_marked(&prompt("e"), &[], &[1]);
    assert_eq!((late.read, late.reason), (0, Some(MissReason::Expired)));
    assert_eq!(bench.wait(9).ask_marked(&prompt("f"), &[], &[0]).read, 8);
    let leaf = bench.prompts.intern(&Bench::segments(&[(User, "aaab")])).leaf;
    let mark = bench.mark(leaf, 0, Some(3));
    assert_eq!(bench.wait(9).send_with(leaf, leaf, &[mark]).read, 0);
    assert_eq!(bench.wait(9).ask_marked(&[(User, "aaacc")], &[], &[0]).read, 3);
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
