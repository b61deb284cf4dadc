//! The pieces of this room together: what enters as bytes leaves as the same bytes, and every
//! stream that we write is legal.

use super::{
    Collector, Decoder, Encoder, Ending, Raw, Request, ResponseHead, SseEvent, Terminal, Usage,
    lint_events, response_events, without_encrypted_content,
};
use proptest::prelude::*;

pub(super) const KINDS: &[&str] = &[
    r#"{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"**Plan** caf\u00e9 \/ x"},{"type":"summary_text","text":"two"}],"content":[{"type":"reasoning_text","text":"hm"}],"encrypted_content":"gAAAAx","status":"completed"}"#,
    r#"{"type":"message","id":"msg_1","status":"completed","role":"assistant","phase":"commentary","content":[{"type":"output_text","annotations":[{"type":"url_citation","n":1e3},{"type":"url_citation","n":2}],"logprobs":[],"text":"héllo 😀 \u00e9 and a text that is longer than sixty-four characters, so that it takes more than one delta."},{"type":"refusal","refusal":"no"},{"type":"new_part","x":1.0}]}"#,
    r#"{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"cmd\":\"ls\"}","call_id":"call_1","name":"exec"}"#,
    r#"{"id":"ct_1","type":"custom_tool_call","call_id":"call_2","name":"apply_patch","input":"*** Begin Patch\n*** End Patch"}"#,
    r#"{"id":"fc_2","type":"function_call","status":"completed","arguments":"","call_id":"call_3","name":"empty"}"#,
    r#"{"id":"cmp_1","type":"compaction","encrypted_content":"gAAAAy"}"#,
    r#"{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}"#,
    r#"{"id":"lsh_1","type":"local_shell_call","call_id":"call_4","status":"completed","action":{"type":"exec","command":["ls"],"env":{}}}"#,
    r#"{"id":"ap_1","type":"apply_patch_call","call_id":"call_5","status":"completed","operation":{"type":"delete_file","path":"a"}}"#,
    r#"{"id":"sh_1","type":"shell_call","call_id":"call_6","status":"completed","action":{"commands":["ls -l","pwd"],"timeout_ms":null,"max_output_length":1e3},"environment":null}"#,
    r#"{"id":"n_1","type":"not_known_yet","big":12345678901234567890,"f":1.0,"deep":{"b":1,"a":[1e3,null]}}"#,
];

fn request() -> Request {
    Request::parse(br#"{"model":"m","input":[],"stream":true}"#).unwrap()
}

fn items() -> Vec<Raw> {
    KINDS.iter().map(|text| Raw::parse(text).unwrap()).collect()
}

fn stream(items: &[Raw], ending: &Ending) -> Vec<SseEvent> {
    let request = request();
    let head = ResponseHead::new(&request, "resp_1", 9);
    response_events(&head, items, ending, Some(Usage::new(10, 4, 6, 3, 1)))
}

fn collect(events: &[SseEvent]) -> Collector {
    let mut collector = Collector::new();
    events.iter().for_each(|event| collector.feed(event).unwrap());
    collector
}

#[test]
fn every_kind_of_item_streams_legally_and_arrives_verbatim() {
    let items = items();
    let events = stream(&items, &Ending::Completed);
    assert_eq!(lint_events(&events), Vec::<String>::new());
    let collected = collect(&events);
    assert_eq!(collected.items(), items);
    assert_eq!(collected.response_id(), Some("resp_1"));
    assert_eq!(collected.usage(), Some(Usage::new(10, 4, 6, 3, 1)));
    assert_eq!(collected.terminal(), Some(&Terminal::Completed));
    assert!(collected.text().starts_with("héllo 😀 é and"));
    let terminal = &events.last().unwrap().data;
    assert!(items.iter().all(|item| terminal.contains(item.as_str())));
    assert_eq!(
        Collector::of_body(Raw::parse(terminal).unwrap().fields().unwrap()[2].1.as_str()).unwrap(),
        collected
    );
}

#[test]
fn the_order_of_a_message_and_a_call_is_the_published_one() {
    let items = [items()[1].clone(), items()[2].clone()];
    let events = stream(&items, &Ending::Completed);
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event.event.as_deref().unwrap().trim_start_matches("response."))
        .collect();
    assert_eq!(
        kinds,
        [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.annotation.added",
            "output_text.annotation.added",
            "output_text.done",
            "content_part.done",
            "content_part.added",
            "refusal.delta",
            "refusal.done",
            "content_part.done",
            "content_part.added",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    assert!(events[2].data.contains(
        r#""status":"in_progress","role":"assistant","phase":"commentary","content":[]"#
    ));
    assert!(events[18].data.starts_with(r#"{"type":"response.function_call_arguments.delta","sequence_number":18,"item_id":"fc_1","output_index":1,"delta":"#));
}

#[test]
fn every_ending_is_told() {
    let items = items();
    let cut = stream(&items[..2], &Ending::Cut);
    assert_eq!(lint_events(&cut), ["the stream ends without a terminal event"]);
    assert_eq!(collect(&cut).terminal(), None);
    assert_eq!(collect(&cut).items(), &items[..2]);
    let failed = Ending::Failed { code: "slow_down".into(), message: "try later".into() };
    let events = stream(&[], &failed);
    assert_eq!(lint_events(&events), Vec::<String>::new());
    let told = Terminal::Failed { code: Some("slow_down".into()), message: "try later".into() };
    assert_eq!(collect(&events).terminal(), Some(&told));
    let short = stream(&items, &Ending::Incomplete("max_output_tokens".into()));
    let told = Terminal::Incomplete { reason: Some("max_output_tokens".into()) };
    assert_eq!(collect(&short).terminal(), Some(&told));
    let mut collector = Collector::new();
    let flat = r#"{"type":"error","sequence_number":0,"code":null,"message":"m","param":null}"#;
    collector.feed(&SseEvent::new("error", flat)).unwrap();
    let told = Terminal::Error { code: None, message: "m".into() };
    assert_eq!(collector.terminal(), Some(&told));
}

/// As llama.cpp writes: no sequence numbers, no indexes, no details of the output tokens.
#[test]
fn collects_from_servers_that_say_less() {
    let item = r#"{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"hi"}]}"#;
    let text = format!(
        "data: {{\"type\":\"response.created\",\"response\":{{\"id\":\"resp_9\"}}}}\n\n\
         data: {{\"type\":\"response.output_item.done\",\"item\":{item}}}\n\n\
         data: {{\"type\":\"response.completed\",\"response\":{{\"id\":\"resp_9\",\"usage\":\
         {{\"input_tokens\":7,\"output_tokens\":2,\"input_tokens_details\":{{\"cached_tokens\":3}}}}}}}}\n\n"
    );
    let collected = collect(&Decoder::new().feed(text.as_bytes()));
    assert_eq!(collected.items(), [Raw::parse(item).unwrap()]);
    assert_eq!((collected.response_id(), collected.text().as_str()), (Some("resp_9"), "hi"));
    assert_eq!(collected.usage(), Some(Usage::new(7, 3, 0, 2, 0)));
    assert_eq!(collected.terminal(), Some(&Terminal::Completed));
}

#[test]
fn leaves_out_sealed_content_and_nothing_else() {
    let sealed =
        Raw::parse(r#"{"id":"rs","n":1e3,"encrypted_content":"gAAAA","s":"\u00e9"}"#).unwrap();
    assert_eq!(without_encrypted_content(&sealed).as_str(), r#"{"id":"rs","n":1e3,"s":"\u00e9"}"#);
    let open = Raw::parse(r#"{"id": "rs"}"#).unwrap();
    assert_eq!(without_encrypted_content(&open), open);
}

/// JSON as others write it: numbers, escapes and key orders that a serialiser would change.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        prop::sample::select(vec!["1e3", "1.0", "12345678901234567890", "-0.0", "1E+2", "0.10"])
            .prop_map(str::to_owned),
        prop::sample::select(vec![
            r#""\u00e9""#,
            r#""\/""#,
            r#""é😀""#,
            r#""\ud83d\ude00""#,
            r#""\n""#,
            r#""""#
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4)
            .prop_map(|list| format!("[{}]", list.join(",")));
        let object = prop::collection::vec(("[a-z]{1,3}", inner), 0..4).prop_map(|fields| {
            let fields: Vec<String> =
                fields.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", fields.join(","))
        });
        prop_oneof![list, object]
    })
}

fn any_item() -> impl Strategy<Value = Raw> {
    let unknown = ("[a-z]{3,8}", json(), json()).prop_map(|(kind, a, b)| {
        Raw::parse(&format!(r#"{{"z":{a},"type":"x_{kind}","id":"x_1","b":{b}}}"#)).unwrap()
    });
    // A known kind with fields nobody knows, before and after the known ones.
    let known = (0..KINDS.len(), json(), json()).prop_map(|(at, a, b)| {
        let inner = &KINDS[at][1..KINDS[at].len() - 1];
        Raw::parse(&format!(r#"{{"zz":{a},{inner},"aa":{b}}}"#)).unwrap()
    });
    prop_oneof![unknown, known]
}

/// The items with ids of their own: one response gives no id twice.
fn distinct(items: &[Raw]) -> Vec<Raw> {
    let own = |(at, item): (usize, &Raw)| {
        let text = item.as_str();
        let ids = text.replacen("\"id\":\"", &format!("\"id\":\"{at}_"), 1);
        Raw::parse(&ids.replacen("\"call_id\":\"", &format!("\"call_id\":\"{at}_"), 1)).unwrap()
    };
    items.iter().enumerate().map(own).collect()
}

proptest! {
    #[test]
    fn requests_come_back_byte_for_byte(
        before in prop::collection::vec(("[a-z_]{1,6}", json()), 0..4),
        after in prop::collection::vec(("[a-z_]{1,6}", json()), 0..4),
        items in prop::collection::vec(any_item(), 0..4),
    ) {
        let fields = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(key, value)| format!("\"x{key}\":{value}")).collect()
        };
        let items: Vec<&str> = items.iter().map(Raw::as_str).collect();
        let mut parts = fields(&before);
        parts.push(format!("\"input\":[{}]", items.join(",")));
        parts.extend(fields(&after));
        let body = format!("{{{}}}", parts.join(","));
        prop_assert_eq!(Request::parse(body.as_bytes()).unwrap().to_body(), body);
    }

    #[test]
    fn items_pass_the_wire_byte_for_byte(items in prop::collection::vec(any_item(), 0..5)) {
        let items = distinct(&items);
        let events = stream(&items, &Ending::Completed);
        prop_assert_eq!(lint_events(&events), Vec::<String>::new());
        // Events that nobody knows, in between, disturb nobody.
        let strange = SseEvent::new("response.strange", r#"{"type":"response.strange","n":1e3}"#);
        let mut bytes = String::new();
        for event in &events {
            bytes.push_str(&Encoder::default().event(event));
            bytes.push_str(&Encoder::default().event(&strange));
        }
        bytes.push_str("data: [DONE]\n\n");
        let decoded = Decoder::new().feed(bytes.as_bytes());
        prop_assert!(decoded.contains(&strange));
        let collected = collect(&decoded);
        prop_assert_eq!(collected.items(), &items[..]);
        prop_assert_eq!(collected.terminal(), Some(&Terminal::Completed));
    }
}
