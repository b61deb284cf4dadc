//! The lint finds every stream that the protocol forbids: one event less, two in another order, a
//! field less, a field changed. What it lets pass is listed here by name.

use super::verbatim_tests::KINDS;
use super::{Ending, Raw, Request, ResponseHead, SseEvent, Usage, lint_events, response_events};
use serde_json::Value;

const BROKEN_OFF: &str = r#"{"type":"message","id":"msg_9","status":"incomplete","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"as far as it"}]}"#;
const BROKEN_CALL: &str = r#"{"id":"fc_9","type":"function_call","status":"incomplete","arguments":"{\"cmd\":","call_id":"call_9","name":"exec"}"#;

fn raws(texts: &[&str]) -> Vec<Raw> {
    texts.iter().map(|text| Raw::parse(text).unwrap()).collect()
}

fn stream_to(body: &str, items: &[Raw], ending: &Ending) -> Vec<SseEvent> {
    let request = Request::parse(body.as_bytes()).unwrap();
    let head = ResponseHead::new(&request, "resp_1", 9);
    let usage = match ending {
        Ending::Completed | Ending::Incomplete(_) => Some(Usage::new(10, 4, 6, 3, 1)),
        _ => None,
    };
    response_events(&head, items, ending, usage)
}

fn stream(items: &[Raw], ending: &Ending) -> Vec<SseEvent> {
    stream_to(r#"{"model":"m","input":"hi","metadata":{"a":"b"},"stream":true}"#, items, ending)
}

/// A stream for each way to end, and one that compacts.
fn streams() -> Vec<(&'static str, Vec<SseEvent>)> {
    let all = raws(KINDS);
    let why = |code: &str| (code.to_owned(), "try later".to_owned());
    let short = Ending::Incomplete("max_output_tokens".into());
    let (code, message) = why("slow_down");
    let failed = Ending::Failed { code, message };
    let (code, message) = why("server_error");
    let error = Ending::Error { code, message };
    let trigger = r#"{"model":"m","input":["hi",{"type":"compaction_trigger"}]}"#;
    vec![
        ("completed", stream(&all, &Ending::Completed)),
        ("incomplete", stream(&[raws(KINDS).remove(0), raws(&[BROKEN_OFF]).remove(0)], &short)),
        ("incomplete call", stream(&raws(&[BROKEN_CALL]), &short)),
        ("failed", stream(&raws(&KINDS[..2]), &failed)),
        ("failed at once", stream(&[], &failed)),
        ("error", stream(&raws(&KINDS[..1]), &error)),
        ("compaction", stream_to(trigger, &raws(&KINDS[5..6]), &Ending::Completed)),
    ]
}

fn renumbered(events: Vec<SseEvent>) -> Vec<SseEvent> {
    let number = |(at, event): (usize, SseEvent)| {
        let start = event.data.find("\"sequence_number\":").unwrap() + 18;
        let end = start + event.data[start..].find([',', '}']).unwrap();
        let data = format!("{}{at}{}", &event.data[..start], &event.data[end..]);
        SseEvent { data, ..event }
    };
    events.into_iter().enumerate().map(number).collect()
}

fn is_legal(events: &[SseEvent]) -> bool {
    lint_events(events).is_empty()
}

fn kind(event: &SseEvent) -> &str {
    event.event.as_deref().unwrap()
}

#[test]
fn every_ending_is_legal() {
    for (name, events) in streams() {
        assert_eq!(lint_events(&events), Vec::<String>::new(), "{name}");
        assert_eq!(renumbered(events.clone()), events, "{name}");
    }
}

/// An error may come at any time, so what it leaves out before it is legal; and the making of a
/// compaction is told only where a trigger asked for it.
fn may_be_missing(name: &str, events: &[SseEvent], at: usize) -> bool {
    let before_error = name == "error" && matches!(kind(&events[at]), "response.output_item.done");
    before_error || kind(&events[at]) == "response.compaction.compacting"
}

#[test]
fn an_event_less_is_noticed() {
    for (name, events) in streams() {
        for at in 0..events.len() {
            let mut lacking = events.clone();
            lacking.remove(at);
            let what = format!("{name}: without {at} {}", kind(&events[at]));
            let last = at + 1 == events.len();
            assert!(last || !is_legal(&lacking), "{what}: not numbered anew");
            let noticed = !is_legal(&renumbered(lacking));
            assert_eq!(noticed, !may_be_missing(name, &events, at), "{what}");
        }
    }
}

#[test]
fn another_order_is_noticed() {
    // Deltas of one text are told apart by nothing but their order, and that shows in the text. An
    // annotation may stand before, between or after the pieces of the text that it belongs to.
    let mobile = |a: &str, b: &str| {
        a.ends_with("annotation.added") != b.ends_with("annotation.added")
            && (a.starts_with("response.output_text") && b.starts_with("response.output_text"))
    };
    for (name, events) in streams() {
        for at in 0..events.len() - 1 {
            let (one, two) = (kind(&events[at]), kind(&events[at + 1]));
            let mut swapped = events.clone();
            swapped.swap(at, at + 1);
            let noticed = !is_legal(&renumbered(swapped));
            // An error while an item is open is legal.
            let early = two == "error" && one == "response.output_item.done";
            assert!(early || noticed != mobile(one, two), "{name}: {one} {at} after {two}");
        }
    }
}

#[test]
fn an_event_twice_is_noticed() {
    for (name, events) in streams() {
        for at in 0..events.len() {
            let mut doubled = events.clone();
            doubled.insert(at, events[at].clone());
            assert!(!is_legal(&renumbered(doubled)), "{name}: {at} {}", kind(&events[at]));
        }
    }
}

/// All JSON pointers below `at`, of object fields.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let pointer = format!("{at}/{key}");
                pointers(inner, &pointer, found);
                found.push(pointer);
            }
        }
        Value::Array(list) => {
            let each = list.iter().enumerate();
            each.for_each(|(n, inner)| pointers(inner, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

fn without(event: &SseEvent, pointer: &str) -> SseEvent {
    let mut data: Value = serde_json::from_str(&event.data).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    data.pointer_mut(parent).unwrap().as_object_mut().unwrap().shift_remove(key);
    SseEvent { data: data.to_string(), ..event.clone() }
}

/// What an event may lack: fields that the protocol does not require.
fn may_lack(name: &str, event: &SseEvent, pointer: &str) -> bool {
    let data: Value = serde_json::from_str(&event.data).unwrap();
    let item = data["item"]["type"].as_str().unwrap_or_default();
    match (kind(event), pointer) {
        // Of the response object, fields that only newer servers have.
        (_, pointer) if pointer.starts_with("/response/") => {
            let required = [
                "id",
                "object",
                "created_at",
                "status",
                "error",
                "incomplete_details",
                "instructions",
                "model",
                "tools",
                "output",
                "parallel_tool_calls",
                "metadata",
                "tool_choice",
                "temperature",
                "top_p",
                "usage",
            ];
            let mut keys = pointer.split('/').skip(2);
            let (first, more) = (keys.next().unwrap(), keys.next().is_some());
            let sealed = pointer.ends_with("/encrypted_content");
            !required.contains(&first) || sealed && more
        }
        // Where no terminal response repeats the item, what it may lack does not show.
        ("response.output_item.done", "/item/status") => name == "error" && item == "reasoning",
        // Sealed anew in each copy, or not at all.
        ("response.output_item.done", "/item/encrypted_content") => item == "reasoning",
        ("response.output_item.added", "/item/status") => item == "reasoning",
        ("response.output_item.added", "/item/content") => item == "reasoning",
        ("response.output_item.added", pointer) if pointer.starts_with("/item/action") => {
            // What a call will do may come with its end, but not a part of it.
            item == "web_search_call"
        }
        ("response.output_item.added", pointer) if pointer.starts_with("/item/operation/") => false,
        ("response.output_item.added", "/item/encrypted_content") => true,
        // A part of unknown type.
        ("response.content_part.added", "/part/x") => true,
        _ => false,
    }
}

#[test]
fn a_field_less_is_noticed() {
    let mut noticed = 0;
    for (name, events) in streams() {
        for at in 0..events.len() {
            let data: Value = serde_json::from_str(&events[at].data).unwrap();
            let mut all = Vec::new();
            pointers(&data, "", &mut all);
            for pointer in all {
                let mut lacking = events.clone();
                lacking[at] = without(&events[at], &pointer);
                let what = format!("{name}: {at} {} without {pointer}", kind(&events[at]));
                let legal = may_lack(name, &events[at], &pointer);
                assert_eq!(is_legal(&lacking), legal, "{what}");
                noticed += usize::from(!legal);
            }
        }
    }
    assert!(noticed > 500, "{noticed}");
}

#[test]
fn a_changed_value_is_noticed() {
    let changes = [
        ("completed", "\"delta\":\"no\"", "\"delta\":\"on\""),
        ("completed", "\"refusal\":\"no\"", "\"refusal\":\"on\""),
        ("completed", "\"item_id\":\"fc_1\"", "\"item_id\":\"fc_9\""),
        ("completed", "\"cached_tokens\":4", "\"cached_tokens\":5"),
        ("completed", "\"cached_tokens\":4", "\"cached_tokens\":-1"),
        ("completed", "\"reasoning_tokens\":1", "\"reasoning_tokens\":4"),
        ("completed", "\"total_tokens\":13", "\"total_tokens\":14"),
        ("completed", "\"metadata\":{", "\"metatada\":{"),
        ("completed", "\"metadata\":{\"a\":\"b\"}", "\"metadata\":{\"a\":\"c\"}"),
        ("completed", "\"id\":\"resp_1\"", "\"id\":\"resp_2\""),
        ("completed", "\"object\":\"response\"", "\"object\":\"responses\""),
        ("completed", "\"call_id\":\"call_4\"", "\"call_id\":\"call_9\""),
        ("completed", "\"name\":\"exec\"", "\"name\":\"exit\""),
        (
            "completed",
            "\"status\":\"completed\",\"background\"",
            "\"status\":\"failed\",\"background\"",
        ),
        ("completed", "\"status\":\"in_progress\"", "\"status\":\"completed\""),
        ("completed", "\"annotation_index\":1", "\"annotation_index\":2"),
        ("completed", "\"content_index\":0", "\"content_index\":1"),
        ("completed", "\"summary_index\":1", "\"summary_index\":2"),
        ("completed", "\"command_index\":1", "\"command_index\":2"),
        ("completed", "\"output_index\":3", "\"output_index\":4"),
        ("completed", "\"output_index\":0", "\"output_index\":\"0\""),
        ("completed", "response.refusal.delta", "response.refusal.dleta"),
        ("completed", "response.refusal.delta", "response.output_text.delta"),
        ("completed", "\"logprobs\":[]", "\"logprobs\":null"),
        ("incomplete", "\"reason\":\"max_output_tokens\"", "\"reason\":null"),
        ("incomplete", "\"status\":\"incomplete\",\"role\"", "\"status\":\"completed\",\"role\""),
        ("failed", "\"code\":\"slow_down\"", "\"code\":null"),
        (
            "failed",
            "\"incomplete_details\":null,\"instructions\":null,\"max_output_tokens\":null,\"max_tool_calls\":null,\"model\":\"m\",\"output\":[{",
            "\"incomplete_details\":{},\"instructions\":null,\"max_output_tokens\":null,\"max_tool_calls\":null,\"model\":\"m\",\"output\":[{",
        ),
        ("error", "\"message\":\"try later\"", "\"message\":null"),
    ];
    let streams = streams();
    for (name, from, to) in changes {
        let (_, events) = streams.iter().find(|(known, _)| *known == name).unwrap();
        let holding = (0..events.len()).filter(|at| events[*at].data.contains(from));
        let holding: Vec<usize> = holding.collect();
        assert!(!holding.is_empty(), "{name}: {from}");
        for at in holding {
            let mut changed = events.clone();
            let event = &mut changed[at];
            event.data = event.data.replacen(from, to, 1);
            event.event = event.event.take().map(|kind| kind.replacen(from, to, 1));
            assert!(!is_legal(&changed), "{name}: {from} as {to} in {at}");
        }
    }
}

#[test]
fn an_id_twice_is_noticed() {
    let twice = raws(&[KINDS[2], KINDS[2]]);
    let told = lint_events(&stream(&twice, &Ending::Completed)).join("\n");
    assert!(told.contains("call_id \"call_1\" a second time"), "{told}");
    let broken = raws(&[BROKEN_OFF, KINDS[2]]);
    assert!(!is_legal(&stream(&broken, &Ending::Incomplete("max_output_tokens".into()))));
    assert!(!is_legal(&stream(&raws(&[BROKEN_OFF]), &Ending::Completed)));
}
