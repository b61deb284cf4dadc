//! The measures against a recount that shares no code with them.

#[path = "support/ledgers.rs"]
mod ledgers;
#[path = "support/recount.rs"]
mod recount;
#[path = "support/runs.rs"]
mod runs;
#[path = "support/tap.rs"]
mod tap;

use proptest::prelude::*;
use rayon::prelude::*;
use recount::{Recount, recount};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use tap::Tap;
use unreel::cache::{Prompts, render, total};
use unreel::recording::journal::Verdict;
use unreel::recording::seal::seal;
use unreel::run::RunSpec;
use unreel::scenario::{Fault, FaultKind, Scenario};
use unreel::wire::Request;

/// What the library says of the same bodies.
fn counted(bodies: &[Vec<u8>]) -> Vec<Recount> {
    let mut tree = Prompts::new();
    let count = |body: &Vec<u8>| {
        let segments = render(&Request::parse(body).unwrap());
        let (sent, prefix) = (total(&segments), tree.intern(&segments).prefix);
        Recount {
            sent_bytes: sent.bytes,
            prefix_bytes: prefix.bytes,
            new_bytes: sent.bytes - prefix.bytes,
            sent_tokens: sent.tokens,
        }
    };
    bodies.iter().map(count).collect()
}

fn bodies(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn the_recount_by_hand() {
    let bodies = bodies(&[
        r#"{"input":[{"id":"m_1","role":"user","content":"a"}],"tools":[{"name":"t"}]}"#,
        r#"{ "tools": [ {"name": "t"} ], "input": [{"role":"user","content":"ab"}], "store": false }"#,
    ]);
    // {"name":"t"} and {"role":"user","content":"a"}, each with a line feed: 13 and 30.
    let counts = recount(&bodies);
    let bytes: Vec<_> =
        counts.iter().map(|c| (c.sent_bytes, c.prefix_bytes, c.new_bytes)).collect();
    // They share the tool and {"role":"user","content":"a
    assert_eq!(bytes, [(43, 0, 43), (44, 13 + 27, 4)]);
    assert_eq!(counts, counted(&bodies));
}

#[test]
fn both_counts_agree_on_everything_that_is_special() {
    let blob = seal("[unreel:v1 pc=3]\nthe cap is 37");
    let image = format!(
        r#"{{"input":[{{"type":"function_call_output","call_id":"c","output":[{{"type":"input_image","image_url":"data:image/png;base64,{}"}}]}}]}}"#,
        "iVBORw0KGgo".repeat(50)
    );
    let sealed = format!(
        r#"{{"instructions":"b","input":[{{"type":"reasoning","id":"rs","status":null,"summary":[],"encrypted_content":"{blob}"}},
            {{"type":"compaction","encrypted_content":"gAAAAforeign"}}]}}"#
    );
    let bodies = bodies(&[
        r#"{"input":"a plain string","instructions":null}"#,
        r#"{"input":[],"tools":null,"instructions":"only \u00e9\n"}"#,
        &image,
        &sealed,
        r#"{"input":[{"role":"user","content":"sum\\n\n[unreel:a]\n[unreel:b]"},{"a":"[unreel:c]"}]}"#,
        r#"{"input":[{"role":"user","content":"sum\\n"},{"a":"","n":[1.0e5,-0,true,{"id":"kept"}]}]}"#,
        "{\"input\" :\t[ {\"role\":\"user\",\"content\":\"世界 é\"} , {\"internal_chat_message_metadata_passthrough\":{\"x\":[1]}} ]}",
        r#"{"input":[{"role":"user","content":"世畍 è"}]}"#,
    ]);
    let counts = recount(&bodies);
    assert_eq!(counts, counted(&bodies));
    // The items without state are the beginning of the same rendering.
    assert_eq!(counts[5].prefix_bytes, counts[4].sent_bytes - "\"}\n".len() as u64 + 1);
    assert!(counts[2].sent_tokens < 900, "an image counts a constant, not its base64");
}

/// JSON values with everything that either scanner could trip over.
fn value() -> impl Strategy<Value = Value> {
    let text = prop::collection::vec(
        prop::sample::select(vec![
            "a",
            "\n",
            "[unreel:x]",
            "\"",
            "\\",
            "\\n",
            "{",
            "]",
            ",",
            ": ",
            "é",
            "世",
            "data:",
            "\u{1}",
        ]),
        0..6,
    );
    let text = text.prop_map(|parts| parts.concat());
    let leaf = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!(1.5e300)),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let key = prop::sample::select(vec![
        "id",
        "status",
        "content",
        "image_url",
        "encrypted_content",
        "role",
        "x\"y",
    ]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn both_counts_agree_on_arbitrary_sessions(
        items in prop::collection::vec(value(), 1..6),
        tools in prop::collection::vec(value(), 0..2),
        cuts in prop::collection::vec((0..6usize, any::<bool>()), 1..5),
    ) {
        let body = |(end, pretty): &(usize, bool)| {
            let input = &items[..(*end).min(items.len())];
            let body = json!({"input": input, "tools": tools, "instructions": "é"});
            match pretty {
                true => serde_json::to_vec_pretty(&body).unwrap(),
                false => serde_json::to_vec(&body).unwrap(),
            }
        };
        let bodies: Vec<Vec<u8>> = cuts.iter().map(body).collect();
        prop_assert_eq!(recount(&bodies), counted(&bodies));
    }
}

/// A server that answers `n` requests on one connection, reading each up to its body's end.
fn server(lengths: &'static [usize]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for length in lengths {
            let mut request = vec![0; *length];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
        }
    });
    addr
}

#[test]
fn the_tap_passes_every_byte_and_keeps_bodies() {
    const FIXED: &str =
        "POST /v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{\"a\"}";
    const GET: &str = "GET /v1/models HTTP/1.1\r\n\r\n";
    const CHUNKED: &str = "POST /v1/responses/compact HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\n{\"b\r\n2\r\n\"}\r\n0\r\nt: 1\r\n\r\n";
    const LENGTHS: [usize; 3] = [FIXED.len(), GET.len(), CHUNKED.len()];
    let tap = Tap::start(server(&LENGTHS));
    let mut client = TcpStream::connect(tap.addr).unwrap();
    for (request, seen) in [(FIXED, 1), (GET, 1), (CHUNKED, 2)] {
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 40];
        client.read_exact(&mut answer).unwrap();
        assert!(answer.ends_with(b"ok"));
        // Listed before the server could answer.
        assert_eq!(tap.bodies().len(), seen);
    }
    let expected = [("/v1/responses", "{\"a\"}"), ("/v1/responses/compact", "{\"b\"}")];
    let expected = expected.map(|(target, body)| (target.to_owned(), body.as_bytes().to_vec()));
    assert_eq!(tap.requests(), expected);
}

/// One run with a tap before each of its servers, counted twice.
fn check_run(mut spec: RunSpec, disturb: impl FnOnce(&mut RunSpec)) -> String {
    disturb(&mut spec);
    let (front, taps) = runs::fronts(|server| {
        let tap = Tap::start(server);
        (tap.addr, tap)
    });
    let ran = runs::run(&spec, Some(front));
    let (name, requests) =
        (format!("{} {}", spec.key, ran.measured.provenance), &ran.measured.requests);
    if ran.report.verdict == Verdict::Skipped {
        return format!("{name}: SKIPPED: {}", ran.report.reason.unwrap_or_default());
    }
    let bodies: Vec<Vec<u8>> =
        taps.lock().unwrap().iter().flat_map(|tap: &Tap| tap.bodies()).collect();
    assert_eq!(bodies.len(), requests.len(), "{name}: requests");
    assert!(requests.iter().all(|request| request.thread == 0), "{name}: one thread");
    let counts = recount(&bodies);
    for ((body, count), request) in bodies.iter().zip(&counts).zip(requests) {
        assert_eq!(body.len() as u64, request.wire_bytes, "{name}, request {}", request.seq);
        let measured = Recount {
            sent_bytes: request.sent_bytes,
            prefix_bytes: request.prefix_bytes,
            new_bytes: request.new_bytes,
            sent_tokens: request.sent_tokens,
        };
        assert_eq!(*count, measured, "{name}, request {}", request.seq);
    }
    let sum = |of: fn(&Recount) -> u64| counts.iter().map(of).sum::<u64>();
    let (sent, new) = (sum(|count| count.sent_bytes), sum(|count| count.new_bytes));
    let tokens = sum(|count| count.sent_tokens);
    assert_eq!(sent, ran.measured.payload.sent_bytes, "{name}");
    assert_eq!(new, ran.measured.payload.new_bytes, "{name}");
    format!("{name}: {} requests, {sent} sent, {new} new, {tokens} tokens", requests.len())
}

#[test]
#[expect(clippy::print_stdout, reason = "shown by --nocapture")]
fn both_counts_agree_on_every_request_of_every_scenario() {
    let spec = |scenario: &Scenario| {
        let path = runs::root().join(format!("recordings/{}.jsonl", scenario.name));
        match path.exists() {
            true => runs::recorded(scenario, "base"),
            false => runs::scripted(scenario, "base"),
        }
    };
    let scenarios = runs::scenarios();
    assert!(scenarios.len() >= 18);
    let count = |scenario: &Scenario| check_run(spec(scenario), |_| ());
    let lines: Vec<String> = scenarios.par_iter().map(count).collect();
    println!("{}", lines.join("\n"));
}

#[test]
#[expect(clippy::print_stdout, reason = "shown by --nocapture")]
fn both_counts_agree_under_every_compaction_and_disturbance() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = Scenario::load(&ledgers::write(folder.path())).unwrap();
    let disturbed = |strategy: &&str| {
        check_run(runs::scripted(&scenario, &runs::variant(strategy)), |spec| {
            let kinds = [FaultKind::Status(500), FaultKind::CutAfterItems(1)];
            let fault =
                |at: u32| Fault { request: at, kind: kinds[at as usize % 2].clone(), times: 1 };
            Arc::make_mut(&mut spec.effective).faults = (0..40).map(fault).collect();
            Arc::make_mut(&mut spec.scenario).file.timeline.push(runs::restart(3));
        })
    };
    let lines: Vec<String> = runs::STRATEGIES.par_iter().map(disturbed).collect();
    println!("{}", lines.join("\n"));
}
