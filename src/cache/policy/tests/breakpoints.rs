//! The rules of caches with breakpoints, by sequences that were worked out by hand.

use super::{Bench, Piece, counts, fields};
use crate::cache::part::Part::{Assistant, Call, Developer, Output, Tool, User};
use crate::cache::reason::MissReason;

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

/// Parts of a message are marked one by one, and what was written at one is found without its mark.
#[test]
fn anthropic_finds_what_was_marked_inside_of_a_message() {
    let start: [Piece<'_>; 2] = [(User, "hello"), (User, "abcdef")];
    let marked = |bench: &mut Bench, pieces: &[Piece<'_>], at: usize, letters: Option<u64>| {
        let leaf = bench.prompts.intern(&Bench::segments(pieces)).leaf;
        let mark = bench.mark(leaf, at, letters);
        let account = bench.wait(9).send_with(leaf, leaf, &[mark]);
        (counts(account), account.reason)
    };
    let mut bench = Bench::new("anthropic-5m:minimum=0");
    assert_eq!(marked(&mut bench, &start, 1, Some(3)), ((0, 9, 4), None));
    // The mark moves on in the same message, behind it, and in one that begins alike.
    assert_eq!(marked(&mut bench, &start, 1, Some(5)), ((9, 2, 2), None));
    let more = [start[0], start[1], (Assistant, "g"), (User, "h")];
    assert_eq!(marked(&mut bench, &more, 3, None), ((11, 6, 0), None));
    let alike = [start[0], (User, "abcx")];
    assert_eq!(marked(&mut bench, &alike, 1, None).0, (9, 2, 0));
    // What is written further on than a mark stands is not read.
    assert_eq!(marked(&mut bench, &start, 1, Some(4)).0, (9, 1, 3));
    // It is looked for as far back as all else, and counts as a place.
    for (others, read) in [(18, 9), (19, 0)] {
        let mut bench = Bench::new("anthropic-5m:minimum=0");
        marked(&mut bench, &start, 1, Some(3));
        let long: Vec<Piece<'_>> =
            start.into_iter().chain((0..others).map(|_| (User, "i"))).collect();
        let expected = (read == 0).then_some(MissReason::LookbackExceeded);
        let ((found, ..), reason) = marked(&mut bench, &long, others + 1, None);
        assert_eq!((found, reason), (read, expected), "{others}");
    }
}
