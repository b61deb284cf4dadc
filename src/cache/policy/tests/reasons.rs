//! Why something was not read: the field that a cache goes by, and no other.

use super::{Bench, Piece, fields};
use crate::cache::part::Part;
use crate::cache::reason::MissReason;
use crate::cache::render::Segment;

#[test]
fn reasons_name_what_changed_before_what_the_cache_knows() {
    let mut bench = Bench::new("openai-128:minimum=1,interval=1,floor=1");
    let body = |extra: &str| fields(&format!(r#"{{"model":"m"{extra}}}"#));
    let start = [(Part::Tool, "tool"), (Part::User, "hello")];
    bench.fields = body("");
    assert_eq!(bench.ask(&start).reason, None);
    assert_eq!(bench.wait(9).ask(&start).reason, None);
    let cases = [
        (r#","prompt_cache_key":"k""#, MissReason::PromptCacheKeyChanged),
        (
            r#","prompt_cache_key":"k","text":{"format":{"type":"x"}}"#,
            MissReason::TextFormatChanged,
        ),
        (r#","prompt_cache_key":"k","reasoning":{"effort":"low"}"#, MissReason::TextFormatChanged),
        (
            r#","prompt_cache_key":"k","reasoning":{"effort":"low"},"text":{"verbosity":"low"}"#,
            MissReason::VerbosityChanged,
        ),
        (
            r#","prompt_cache_key":"k","reasoning":{"effort":"high"},"text":{"verbosity":"low"}"#,
            MissReason::ReasoningEffortChanged,
        ),
        (
            r#","prompt_cache_key":"k","reasoning":{"effort":"high"},"text":{"verbosity":"low"},
               "service_tier":"flex""#,
            MissReason::ServiceTierChanged,
        ),
    ];
    for (extra, expected) in cases {
        bench.fields = body(extra);
        let account = bench.wait(9).ask(&start);
        assert_eq!((account.read, account.reason), (0, Some(expected)), "{extra}");
    }
    bench.fields = body("");
    let other = [(Part::Tool, "tall"), (Part::User, "hello")];
    bench.wait(9).ask(&start);
    assert_eq!(bench.wait(9).ask(&other).reason, Some(MissReason::ToolsChanged));
    let less = [(Part::Tool, "tall"), (Part::User, "howdy")];
    assert_eq!(bench.wait(9).ask(&less).reason, Some(MissReason::InputChanged));
    let sealed = [(Part::Tool, "tall"), (Part::Compaction, "blob"), (Part::User, "howdy")];
    assert_eq!(bench.wait(9).ask(&sealed).reason, Some(MissReason::ContextCompacted));
    let more = [sealed[0], sealed[1], sealed[2], (Part::User, "go")];
    assert_eq!(bench.wait(9).ask(&more).reason, None);
    bench.fields = fields(r#"{"model":"n"}"#);
    assert_eq!(bench.wait(9).ask(&more).reason, Some(MissReason::ModelChanged));
}

#[test]
fn parallel_tool_calls_lose_everything_at_openai() {
    let start = [(Part::Tool, "tool"), (Part::User, "hello")];
    let (one, other) =
        (fields(r#"{"parallel_tool_calls":true}"#), fields(r#"{"parallel_tool_calls":false}"#));
    let expected = Some(MissReason::ParallelToolCallsChanged);
    for spec in ["openai-128:minimum=1,interval=1,floor=1", "openai-breakpoints:minimum=1"] {
        let mut bench = Bench::new(spec);
        bench.fields = one.clone();
        bench.ask(&start);
        bench.fields = other.clone();
        let account = bench.wait(9).ask(&start);
        assert_eq!((account.read, account.reason), (0, expected), "{spec}");
        // Also where the end of the prompt is another one, which would lose less.
        bench.fields = one.clone();
        assert_eq!(bench.wait(9).ask(&[start[0], (Part::User, "help")]).reason, expected, "{spec}");
    }
}

#[test]
fn messages_are_lost_at_anthropic_by_choice_effort_and_image() {
    let prompt = [(Part::Tool, "tools"), (Part::Developer, "system"), (Part::User, "hi")];
    for (changed, expected) in [
        (r#"{"tool_choice":"none"}"#, MissReason::ToolChoiceChanged),
        (r#"{"reasoning":{"effort":"low"}}"#, MissReason::ReasoningEffortChanged),
    ] {
        let mut bench = Bench::new("anthropic-5m:minimum=0");
        bench.ask(&prompt);
        bench.fields = fields(changed);
        let account = bench.wait(9).ask(&prompt);
        assert_eq!((account.read, account.reason), (13, Some(expected)));
        let account = bench.wait(9).ask(&prompt);
        assert_eq!((account.read, account.reason), (16, None), "as it was before");
    }

    let mut image = Segment::of_letters(Part::User, "image");
    image.image = true;
    let with_image = |bench: &mut Bench| {
        let leaf = bench.prompts.intern(&Bench::segments(&prompt)).leaf;
        let leaf = bench.prompts.extend(leaf, std::slice::from_ref(&image)).leaf;
        let account = bench.wait(9).send(leaf, leaf, &[]);
        (account.read, account.reason)
    };
    let mut bench = Bench::new("anthropic-5m:minimum=0");
    bench.ask(&prompt);
    assert_eq!(with_image(&mut bench), (13, Some(MissReason::ImagesChanged)));
    assert_eq!(with_image(&mut bench), (22, None));
    // OpenAI's caches hold images as everything else.
    let mut bench = Bench::new("openai-breakpoints:minimum=0");
    bench.ask(&prompt);
    assert_eq!(with_image(&mut bench), (16, None));
}

#[test]
fn a_field_that_a_cache_does_not_go_by_is_not_to_blame() {
    let changed = r#"{"prompt_cache_key":"k","reasoning":{"effort":"low"},"service_tier":"flex",
        "text":{"verbosity":"low","format":{"type":"x"}},"parallel_tool_calls":false,
        "tool_choice":"none"}"#;
    let prompt: [Piece<'_>; 2] = [(Part::User, "hello"), (Part::User, "one")];
    let after = |spec: &str, then: &str, seconds: u64| {
        let mut bench = Bench::new(spec);
        bench.ask(&prompt);
        bench.fields = fields(changed);
        let account = bench.wait(seconds).ask(&[prompt[0], (Part::User, then)]);
        (account.read, account.reason)
    };
    let input = Some(MissReason::InputChanged);
    for spec in ["ideal", "radix", "vllm:page=1", "deepseek-64:minimum=0,interval=1"] {
        assert_eq!(after(spec, "two", 9), (6, input), "{spec}");
    }
    let expired = Some(MissReason::Expired);
    assert_eq!(after("deepseek-v4:ttl=8", "one", 12), (0, expired));
    // It goes by the effort, which is not what made the entry run out of time, but comes first.
    let effort = Some(MissReason::ReasoningEffortChanged);
    assert_eq!(after("anthropic-5m:minimum=0", "one", 301), (0, effort));
    assert_eq!(after("llama.cpp", "two", 9), (6, input));
}
