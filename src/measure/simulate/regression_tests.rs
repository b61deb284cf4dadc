//! What once went wrong with layouts, each on a session that shows it.

use super::apply::plan;
use super::base::Base;
use super::part::{PartId, Place};
use super::plan::Plan;
use super::{Compaction, Grid, Input, Latency, Layout, Session, Totals, simulate};
use crate::cache::{Prices, Tokenizer};
use crate::measure::bytes_up;
use crate::measure::testing::{exchange, log, user};
use crate::recording::Exchange;
use crate::wire::{Endpoint, Raw, Request};
use serde_json::{Value, json};

/// A request with these fields beside its input.
fn request(seq: u32, items: &[Value], mut body: Value, said: &[Value]) -> Exchange {
    body["input"] = json!(items);
    let mut exchange = exchange(seq, items);
    exchange.request = Request::parse(body.to_string().as_bytes()).unwrap();
    exchange.wire_bytes = body.to_string().len() as u64;
    exchange.output = said.iter().map(Raw::from_value).collect();
    exchange
}

fn said(n: u32) -> Value {
    json!({"type": "message", "role": "assistant", "content": format!("said {n}")})
}

fn session(exchanges: &[Exchange]) -> Session {
    Session::of_log("one", &log(exchanges.to_vec()), Tokenizer::O200k, None).remove(0)
}

fn planned(session: &Session, layout: &str, compaction: &str) -> Plan {
    let (layout, compaction): (Layout, Compaction) =
        (layout.parse().unwrap(), compaction.parse().unwrap());
    plan(session, &Base::of(session), &layout, &compaction).unwrap()
}

fn totals(session: &Session, layout: &str, cache: &str) -> Totals {
    let grid = Grid {
        layouts: vec![layout.parse().unwrap()],
        compactions: vec![Compaction::none()],
        caches: vec![cache.parse().unwrap()],
        prices: Prices::shipped().unwrap(),
        model: None,
        latency: Latency::default(),
        requests: false,
    };
    let simulated =
        simulate(&[Input { name: "one".into(), sessions: vec![session.clone()] }], &grid);
    assert_eq!(simulated.refused, []);
    simulated.rows[0].totals
}

/// The parts of each prompt.
fn prompts(plan: &Plan) -> Vec<Vec<PartId>> {
    let mut now = Vec::new();
    let prompt = |prompt: &super::plan::Prompt| {
        now.truncate(prompt.keep);
        now.extend(&prompt.rest);
        now.clone()
    };
    plan.prompts.iter().map(prompt).collect()
}

#[test]
fn a_chain_outlives_what_may_differ_and_an_answer_written_anew() {
    let mut items = vec![user("go")];
    let mut exchanges = Vec::new();
    for n in 0..4 {
        let mut fields = json!({
            "model": "m", "instructions": "be brief", "tools": [{"name": "t"}], "store": false,
            "client_metadata": {"turn": n.to_string().repeat(n + 1)},
        });
        if n > 0 {
            fields["previous_response_id"] = json!(format!("resp_{n}"));
        }
        let call = json!({"type": "function_call", "id": format!("fc_{n}"), "call_id": format!("c{n}"),
            "name": "t", "arguments": "{}"});
        let again = json!({"type": "function_call", "call_id": format!("c{n}"), "name": "t",
            "arguments": "{}"});
        exchanges.push(request(n as u32, &items, fields, &[call]));
        let output = json!({"type": "function_call_output", "call_id": format!("c{n}"),
            "output": "x".repeat(200)});
        items.extend([again, output]);
    }
    let up = bytes_up(&exchanges, &[]);
    let session = session(&exchanges);
    for (layout, expected) in [
        ("stateless", up.iter().map(|one| one.http).sum::<u64>()),
        ("previous-response", up.iter().map(|one| one.http_previous).sum()),
        ("websocket", up.iter().map(|one| one.websocket).sum()),
    ] {
        assert_eq!(totals(&session, layout, "ideal").up_bytes, expected, "{layout}");
    }
    assert!(up[3].websocket < up[3].http / 2, "the rule goes on: {up:?}");
    // Another setting breaks the chain under both.
    let effort = Raw::from_value(&json!({"effort": "low"}));
    exchanges[2].request.fields.push(("reasoning".into(), effort));
    let up = bytes_up(&exchanges, &[]).iter().map(|one| one.websocket).sum::<u64>();
    let session = self::session(&exchanges);
    assert_eq!(totals(&session, "websocket", "ideal").up_bytes, up);
}

#[test]
fn a_summary_from_before_the_session_stays_and_one_of_its_own_goes() {
    let sealed = |name: &str| json!({"type": "compaction", "encrypted_content": name});
    let trigger = json!({"type": "compaction_trigger"});
    let fields = || json!({"model": "m"});
    let first = vec![sealed("old"), user("go")];
    let second = [&first[..], &[said(0), user("more")]].concat();
    let call = [&second[..], &[said(1), trigger]].concat();
    let exchanges = [
        request(0, &first, fields(), &[said(0)]),
        request(1, &second, fields(), &[said(1)]),
        request(2, &call, fields(), &[sealed("new")]),
        request(3, &[sealed("new"), user("again")], fields(), &[said(3)]),
    ];
    let session = session(&exchanges);
    let made = planned(&session, "append", "none");
    let texts: Vec<&str> =
        prompts(&made)[2].iter().map(|id| made.parts.get(*id).raw.as_str()).collect();
    let values = [&second[..], &[said(1), user("again")]].concat();
    let expected: Vec<String> = values.iter().map(ToString::to_string).collect();
    assert_eq!(texts, expected);
    // A call that opens the log asks for a summary, and is none.
    let opens = [user("go"), json!({"type": "compaction_trigger"})];
    let mut exchanges = [
        request(0, &opens, fields(), &[sealed("new")]),
        request(1, &[user("go"), sealed("new")], fields(), &[said(1)]),
    ];
    let steps = |exchanges: &[Exchange]| Base::of(&self::session(exchanges)).first.len();
    assert_eq!(steps(&exchanges), 1);
    exchanges[0].endpoint = Endpoint::Compact;
    assert_eq!(steps(&exchanges), 1);
}

/// A session of ten steps that exceeds a threshold, with eight tools.
fn long() -> Session {
    let tools: Vec<Value> = (0..8).map(|n| json!({"name": format!("t{n}")})).collect();
    let environment = user("<environment_context>\n  <cwd>/x</cwd>\n</environment_context>");
    let mut items = vec![environment, user("go")];
    let mut exchanges = Vec::new();
    for n in 0..10 {
        let fields = json!({"model": "m", "tools": tools});
        exchanges.push(request(n, &items, fields, &[said(n)]));
        items.extend([said(n), user(&"word ".repeat(100))]);
    }
    session(&exchanges)
}

#[test]
fn a_call_that_compacts_is_drawn_by_itself() {
    let session = long();
    for layout in [
        "tools-shuffled",
        "timestamp-first",
        "timestamp-first:tokens=9",
        "timestamp-appended",
        "environment-in-place",
    ] {
        let made = planned(&session, layout, "threshold:700,to=50");
        let prompts = prompts(&made);
        let drawn = |at: usize| -> Vec<PartId> {
            let what = |id: &&PartId| made.parts.get(**id).place == Place::Tool;
            match layout {
                "tools-shuffled" => prompts[at].iter().filter(what).copied().collect(),
                // What no recorded request had.
                _ => {
                    let made = |id: &&PartId| **id as usize >= session.parts.len();
                    let summary = |id: &&PartId| prompts[at + 1].contains(id);
                    prompts[at].iter().filter(made).filter(|id| !summary(id)).copied().collect()
                }
            }
        };
        let calls: Vec<usize> =
            (0..made.prompts.len()).filter(|at| made.prompts[*at].about.compacts).collect();
        assert!(!calls.is_empty(), "{layout}");
        for at in calls {
            assert!(!drawn(at).is_empty(), "{layout}: shared with the request behind the call");
            if layout == "tools-shuffled" {
                assert_ne!(drawn(at), drawn(at + 1));
            }
        }
    }
}

/// A client that marks the system message and moves a second mark along at the end; it says the same
/// twice, and twice it is answered the same.
fn marking() -> Vec<Exchange> {
    let mark = |mut value: Value| {
        value["cache_control"] = json!({"type": "ephemeral"});
        value
    };
    let answer = || said(0);
    let system = json!({"role": "system", "content": "be brief ".repeat(900)});
    let mut items = vec![mark(system), user(&"go ".repeat(700))];
    let mut exchanges = Vec::new();
    for n in 0..5 {
        let mut sent = items.clone();
        let last = sent.pop().unwrap();
        sent.push(mark(last));
        exchanges.push(request(n, &sent, json!({"model": "m"}), &[answer()]));
        items.extend([answer(), user(&"go on ".repeat(300))]);
    }
    exchanges
}

#[test]
fn marks_of_a_client_move_on_under_every_layout() {
    let exchanges = marking();
    let session = session(&exchanges);
    for cache in ["anthropic-5m", "openai-breakpoints"] {
        let recorded = totals(&session, "recorded", cache);
        assert!(recorded.cached_tokens > 0, "{cache}");
        let up: u64 = exchanges.iter().map(|one| one.wire_bytes).sum();
        assert_eq!(recorded.up_bytes, up, "{cache}");
        assert_eq!(totals(&session, "append", cache), recorded, "{cache}");
    }
    let places = |layout: &str| -> Vec<Vec<usize>> {
        let places = |prompt: &super::plan::Prompt| -> Vec<usize> {
            prompt.marks.iter().map(|one| one.at).collect()
        };
        planned(&session, layout, "none").prompts.iter().map(places).collect()
    };
    assert_eq!(places("append"), [[0, 1], [0, 3], [0, 5], [0, 7], [0, 9]]);
    // Answer and message of a step: the end is found from the end.
    assert_eq!(places("window:turns=2"), [[0, 1], [0, 3], [0, 5], [0, 5], [0, 5]]);
    assert_eq!(places("timestamp-first"), [[1, 2], [1, 4], [1, 6], [1, 8], [1, 10]]);
    assert_eq!(places("breakpoints"), [[0; 0]; 5], "those of the layout take their place");
    // Where a summary takes the place of everything, it is what ends the prompt.
    let made = planned(&session, "append", "threshold:3500,to=10");
    let at = made.prompts.iter().position(|prompt| prompt.about.compacts).unwrap();
    let last = prompts(&made)[at + 1].len() - 1;
    let after = &made.prompts[at + 1].marks;
    assert_eq!(after.iter().map(|one| one.at).collect::<Vec<_>>(), [0, last]);
}
