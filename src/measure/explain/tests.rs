//! What cannot come out of a recorder, which gives another history a thread of its own; steps that
//! were given up; lifetimes and settings.

use super::{Beside, Explanation, Finding, Fix, Found, Times, What, explain};
use crate::cache::Prices;
use crate::measure::story::About;
use crate::measure::testing::{exchange, log, user, with};
use crate::recording::journal::RunLog;
use crate::recording::{Exchange, Outcome};
use crate::wire::{Raw, Usage};
use serde_json::{Value, json};

fn explained(log: &RunLog, at_ms: &[Option<u64>]) -> Explanation {
    let prices = Prices::shipped().unwrap();
    explain(log, About::default(), Beside { at_ms, prices: &prices, price_as: None })
}

fn found(exchanges: Vec<Exchange>) -> Vec<Finding> {
    explained(&log(exchanges), &[]).findings
}

fn said() -> Value {
    json!({"role": "assistant", "content": "done"})
}

/// An exchange that was answered.
fn answered(seq: u32, items: &[Value]) -> Exchange {
    Exchange { output: vec![Raw::from_value(&said())], ..exchange(seq, items) }
}

fn cut(seq: u32, items: &[Value]) -> Exchange {
    Exchange { outcome: Outcome::Cut, ..exchange(seq, items) }
}

#[test]
fn another_history_in_the_same_thread() {
    let found = found(vec![
        exchange(0, &[user("fix it"), said(), user("thanks")]),
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

#[test]
fn a_step_that_was_not_finished_and_is_left_out() {
    let call = json!({"type": "function_call", "call_id": "c", "name": "run", "arguments": "{}"});
    let output = json!({"type": "function_call_output", "call_id": "c", "output": "ok"});
    let first = answered(0, &[user("fix it")]);
    for (dropped, next) in [
        // Another message in its place.
        (vec![said(), user("and test")], vec![said(), user("and push")]),
        // Its calls are gone, and the user says something.
        (vec![call.clone(), output.clone()], vec![user("stop")]),
        // Asked again without it.
        (vec![call.clone(), output.clone()], vec![]),
    ] {
        let items = |more: &[Value]| [&[user("fix it")], more].concat();
        let of = |second: Exchange| {
            let mut found = found(vec![first.clone(), second, exchange(2, &items(&next))]);
            assert_eq!(found.len(), 1);
            found.remove(0)
        };
        let one = of(cut(1, &items(&dropped)));
        assert_eq!((one.what, one.fix, one.seq), (What::StepDropped, Fix::Nothing, 2), "{next:?}");
        assert!(one.expected && one.tokens_lost > 0 && one.tokens_again == 0);
        // Had it been answered, somebody went back.
        let one = of(answered(1, &items(&dropped)));
        assert!(matches!(one.what, What::Branched | What::RolledBack), "{:?}", one.what);
        assert!(one.expected);
    }
}

#[test]
fn what_a_cut_does_not_excuse() {
    // The answer that was cut is sent back, and the reminder behind it is another one.
    let reminder = |text: &str| json!({"role": "developer", "content": text});
    let first = answered(0, &[user("fix it")]);
    let second = cut(1, &[user("fix it"), said(), reminder("hurry")]);
    let third = exchange(2, &[user("fix it"), said(), said(), user("x"), reminder("rest")]);
    let one = found(vec![first.clone(), second, third]).remove(0);
    assert_eq!((one.what, one.expected), (What::TailReplaced, false));
    // Older history than the step that was cut.
    let second = cut(1, &[user("fix it"), said(), user("and test")]);
    let third = exchange(2, &[user("fix that"), user("and push")]);
    let one = found(vec![first, second, third]).remove(0);
    assert_eq!((one.what, one.expected), (What::MessageEdited, false));
}

#[test]
fn a_setting_beside_a_text_has_a_fix_of_its_own() {
    let of = |seq, text: &str, model: &str, effort: &str| {
        let one = with(exchange(seq, &[user("hi")]), "instructions", text.into());
        with(with(one, "model", model.into()), "reasoning", json!({ "effort": effort }))
    };
    let found = found(vec![
        of(0, "base", "a", "low"),
        of(1, "bass", "b", "high"),
        of(2, "bass", "a", "low"),
        of(3, "base", "a", "low"),
    ]);
    let told: Vec<_> = found
        .iter()
        .map(|one| {
            let also: Vec<(&str, &str, Fix)> =
                one.also.iter().map(|also| (also.cause, also.pointer.as_str(), also.fix)).collect();
            (one.found, one.cause, one.fix, also)
        })
        .collect();
    let effort = ("reasoning_effort_changed", "/reasoning/effort", Fix::KeepSetting);
    let model = ("model_changed", "/model", Fix::KeepSetting);
    assert_eq!(
        told,
        [
            (Found::Break, model.0, Fix::Append, vec![model, effort]),
            (Found::Setting, model.0, Fix::KeepSetting, vec![effort]),
            (Found::Break, "input_changed", Fix::Append, vec![]),
        ]
    );
    let (both, text) = (&found[0], &found[2]);
    assert_eq!((both.also[0].old.as_deref(), both.also[0].new.as_deref()), (Some("a"), Some("b")));
    assert_ne!(both.also[0].advice, both.also[1].advice);
    // Of the setting the whole prompt is read again, of the text what stands behind it.
    assert!(both.tokens_again > text.tokens_lost, "{both:?}");
}

#[test]
fn warm_ups_are_not_judged() {
    let of = |seq, effort: &str| {
        with(exchange(seq, &[user("hi")]), "reasoning", json!({ "effort": effort }))
    };
    let warm = with(of(1, "high"), "generate", false.into());
    assert_eq!(found(vec![of(0, "low"), warm, of(2, "low")]), []);
    // Nothing was read: what a warm-up is for.
    let mut log = misses("gpt-5.4", &[], &[0, 1]);
    log.exchanges[1].usage = Some(Usage::new(8_000, 0, 0, 0, 0));
    log.exchanges[1].output.clear();
    assert_eq!(explained(&log, &[]).findings, []);
}

/// Three requests of one long prompt, of which the second and the third read nothing where it says
/// so; with more fields.
fn misses(model: &str, fields: &[(&str, Value)], cold: &[u32]) -> RunLog {
    let text = "and then another word ".repeat(1_500);
    let exchanges = (0..3u32).map(|seq| {
        let items: Vec<Value> = (0..=seq).map(|at| user(&format!("{at} {text}"))).collect();
        let mut one = with(answered(seq, &items), "model", model.into());
        for (name, value) in fields {
            one = with(one, name, value.clone());
        }
        let cached = if cold.contains(&seq) || seq == 0 { 0 } else { 6_000 * u64::from(seq) };
        one.usage = Some(Usage::new(6_100 * u64::from(seq + 1), cached, 0, 10, 0));
        one
    });
    let mut log = log(exchanges.collect());
    log.started.provenance = "recorded".into();
    log.started.cache = String::new();
    log
}

#[test]
fn how_long_an_entry_is_kept_goes_by_the_model_and_its_settings() {
    let retention = |said: &str| vec![("prompt_cache_retention", json!(said))];
    let ttl = |said: &str| vec![("prompt_cache_options", json!({ "ttl": said }))];
    let mark = |said: &str| vec![("cache_control", json!({"type": "ephemeral", "ttl": said}))];
    for (model, fields, minutes) in [
        ("gpt-5.4", vec![], 24 * 60),
        ("gpt-5.4", retention("24h"), 24 * 60),
        ("gpt-5.4", retention("in_memory"), 5),
        ("gpt-5.5", vec![], 30),
        ("gpt-5.6-sol", vec![], 30),
        ("gpt-5.6-sol", ttl("30m"), 30),
        ("gpt-5.6-sol", ttl("1h"), 60),
        ("claude-opus-4-5", vec![], 5),
        ("claude-opus-4-5", mark("5m"), 5),
        ("claude-opus-4-5", mark("1h"), 60),
        ("m", vec![], 5),
    ] {
        let log = misses(model, &fields, &[2]);
        let after = |ms: u64| {
            let explained = explained(&log, &[Some(0), Some(1_000), Some(1_000 + ms)]);
            assert_eq!((explained.times, explained.findings.len()), (Times::Logged, 1));
            let one = explained.findings[0].clone();
            assert_eq!((one.seq, one.gap_ms), (2, Some(ms)));
            one
        };
        let kept = minutes * 60_000;
        let (soon, late) = (after(kept - 1_000), after(kept + 1_000));
        assert_eq!(soon.cause, "unexplained", "{model} {fields:?}");
        assert_eq!((late.cause, late.lifetime_ms), ("expired", Some(kept)), "{model} {fields:?}");
    }
    // A log that names its model once, at its head.
    let mut named = misses("gpt-5.5", &[], &[2]);
    named.started.model = "gpt-5.5".into();
    named.exchanges.iter_mut().for_each(|one| one.request.fields.retain(|(key, _)| key != "model"));
    let times = [Some(0), Some(1_000), Some(2_000_000)];
    assert_eq!(explained(&named, &times).findings[0].lifetime_ms, Some(1_800_000));
    // Hours to days, and no promise: nothing can be said to be over.
    let log = misses("deepseek-v4", &[], &[2]);
    let day = explained(&log, &[Some(0), Some(1_000), Some(100_000_000)]);
    assert_eq!(day.findings[0].cause, "unexplained");
    let late = |model| {
        let times = [Some(0), Some(1_000), Some(90_000_000)];
        explained(&misses(model, &retention("in_memory"), &[2]), &times).findings[0].advice.clone()
    };
    assert!(
        late("gpt-5.4").contains("(openai-128) keeps an entry for 5 minutes"),
        "{}",
        late("gpt-5.4")
    );
    assert!(late("gpt-5.4").contains("prompt_cache_retention: 24h"));
    assert!(late("claude-opus-4-5").contains("ttl: 1h"), "{}", late("claude-opus-4-5"));
    assert!(!late("gpt-5.5").contains("24h"), "{}", late("gpt-5.5"));
}

#[test]
fn a_mark_inside_of_the_prompt_asks_for_an_hour() {
    let mut log = misses("claude-opus-4-5", &[], &[2]);
    let mark = |ttl: &str| {
        json!({"role": "user", "content": [{"type": "input_text", "text": "go",
            "cache_control": {"type": "ephemeral", "ttl": ttl}}]})
    };
    for (ttl, cause) in [("5m", "expired"), ("1h", "unexplained")] {
        for one in &mut log.exchanges {
            one.request.input.retain(|raw| !raw.as_str().contains("cache_control"));
            one.request.input.insert(0, Raw::from_value(&mark(ttl)));
        }
        let found = explained(&log, &[Some(0), Some(1_000), Some(1_000_000)]).findings;
        assert_eq!(found[0].cause, cause, "{ttl}");
    }
}

#[test]
fn a_run_has_virtual_time_and_without_any_nothing_is_called_expired() {
    let mut log = misses("gpt-5.4", &[], &[1, 2]);
    log.started.provenance = "scripted".into();
    log.started.cache = "anthropic-5m:pause=400".into();
    let told = explained(&log, &[]);
    assert_eq!(told.times, Times::Virtual);
    // A second until the first token, ten tokens of 20 ms, the pause.
    let of = |one: &Finding| (one.seq, one.cause, one.gap_ms, one.lifetime_ms);
    let expired = |seq| (seq, "expired", Some(401_200), Some(300_000));
    assert_eq!(told.findings.iter().map(of).collect::<Vec<_>>(), [expired(1), expired(2)]);
    assert!(told.findings[0].advice.contains("the cache in force (anthropic-5m)"));
    log.started.cache = "anthropic-1h:pause=400".into();
    assert!(explained(&log, &[]).findings.iter().all(|one| one.cause == "unexplained"));
    // Whatever a provider answers live goes by no virtual time.
    log.started.provenance = "live (api.example.com)".into();
    log.exchanges[1].usage = Some(Usage::new(12_200, 6_000, 0, 10, 0));
    let told = explained(&log, &[]);
    assert_eq!((told.times, told.findings.len()), (Times::Unknown, 1));
    assert_eq!((told.findings[0].cause, told.findings[0].gap_ms), ("unexplained", None));
}
