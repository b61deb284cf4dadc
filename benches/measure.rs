//! What a run costs the harness, on a synthetic session of 120 requests, 36 to
//! 187 kB each: measuring it, finding a replay's answer, reading a stream.
//!
//! `cargo bench` builds with optimisation, Polars included, which takes long; for a quick look:
//! `cargo bench --profile dev`.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use unreel::measure::measure;
use unreel::recording::journal::{CallRecord, RunKey, RunLog, RunStarted};
use unreel::recording::{Answered, Delivery, Exchange, Header, Outcome, Recorder};
use unreel::server::replay::Replay;
use unreel::server::{Ask, Model};
use unreel::wire::{
    Collector, Decoder, Digest, Encoder, Ending, Endpoint, Raw, Request, ResponseHead, Usage,
    response_events,
};

/// Requests of the session.
const REQUESTS: u32 = 120;

/// Some 40 kB of instructions, 10 k tokens.
fn instructions() -> String {
    (0..700).map(|n| format!("Rule {n}: run the tests before you answer, whatever.\n")).collect()
}

fn call_id(number: u32) -> String {
    format!("call_{number:04}")
}

/// What the model answers to request `number`: a thought and a call.
fn answer(number: u32) -> Vec<Raw> {
    let arguments = json!({"cmd": format!("sed -n '{number},+30p' src/part{number}.rs")});
    let items = [
        json!({"id": format!("rs_{number:04}"), "type": "reasoning",
            "summary": [{"type": "summary_text", "text": format!("Part {number} comes next.")}]}),
        json!({"id": format!("fc_{number:04}"), "type": "function_call", "status": "completed",
            "call_id": call_id(number), "name": "exec_command",
            "arguments": arguments.to_string()}),
    ];
    items.iter().map(Raw::from_value).collect()
}

/// What that call gives: 1.5 kB, no two alike.
fn output(number: u32) -> Raw {
    let text: String = (0..30)
        .map(|line| format!("let value_{line} = part({number}, {});\n", line * 37))
        .collect();
    Raw::from_value(&json!({
        "type": "function_call_output", "call_id": call_id(number), "output": text
    }))
}

fn request(input: &[Raw]) -> Request {
    let tools: Vec<Value> = (0..5)
        .map(|n| json!({"type": "function", "name": format!("tool_{n}"), "description": "Does."}))
        .collect();
    let tools = Value::from(tools).to_string();
    let items: Vec<&str> = input.iter().map(Raw::as_str).collect();
    let body = format!(
        r#"{{"model":"m","instructions":{},"input":[{}],"tools":{tools},"stream":true}}"#,
        json!(instructions()),
        items.join(",")
    );
    Request::parse(body.as_bytes()).unwrap()
}

fn exchanges() -> Vec<Exchange> {
    let user = json!({"type": "message", "role": "user", "content": "Go through all parts."});
    let mut input = vec![Raw::from_value(&user)];
    (0..REQUESTS)
        .map(|seq| {
            let request = request(&input);
            let items = answer(seq);
            input.extend(items.clone());
            input.push(output(seq));
            Exchange {
                seq,
                thread: 0,
                endpoint: Endpoint::Responses,
                wire_bytes: request.to_body().len() as u64,
                request,
                delivery: Delivery::default(),
                status: 200,
                outcome: Outcome::Completed,
                incomplete: None,
                output: items,
                usage: Some(Usage::new(1_000, 0, 0, 50, 0)),
                error: None,
                response_id: String::new(),
            }
        })
        .collect()
}

fn log(exchanges: Vec<Exchange>) -> RunLog {
    let calls = exchanges
        .iter()
        .map(|exchange| CallRecord {
            seq: exchange.seq,
            index: 0,
            call_id: call_id(exchange.seq),
            tool: "exec_command".into(),
            arguments: "{}".into(),
            output: output(exchange.seq).item().text(),
            raw_bytes: 1_500,
            exit: Some(0),
            changed: Vec::new(),
        })
        .collect();
    RunLog {
        started: RunStarted {
            run: RunKey::builtin("bench", "base", 1),
            seed: 1,
            agent: "builtin".into(),
            provenance: "scripted".into(),
            scenario_digest: Digest::of("scenario"),
            variant_digest: Digest::of("variant"),
            cache: "ideal".into(),
            compaction: "none".into(),
            model: "m".into(),
            facts: Digest::of("[]"),
            expect_fail: None,
            draws: false,
        },
        facts_json: "[]".into(),
        turns: vec![1; exchanges.len()],
        answered_by: vec![String::new(); exchanges.len()],
        stale: Vec::new(),
        carried: None,
        drifts: Vec::new(),
        exchanges,
        calls,
        compactions: Vec::new(),
        rendered: Vec::new(),
        timeline: Vec::new(),
        restarts: Vec::new(),
        retries: 0,
        checks: Vec::new(),
        finished: None,
    }
}

/// Rendering, tokens, prefixes, growth and breaks of the whole session.
fn session(c: &mut Criterion) {
    let log = log(exchanges());
    let sent = log.exchanges.iter().map(|exchange| exchange.wire_bytes).sum();
    // The tokenizer's tables are loaded once a process.
    black_box(measure(&log));
    let mut group = c.benchmark_group("measure");
    group.sample_size(10).throughput(Throughput::Bytes(sent));
    group.bench_function("session of 120 requests", |b| b.iter(|| measure(black_box(&log))));
    group.finish();
}

/// From a parsed request to the recorded answer: the first, and the last of the session.
fn replay(c: &mut Criterion) {
    let exchanges = exchanges();
    let mut recorder = Recorder::new(Header::new("scripted", "builtin", "m", "bench", "base"));
    for exchange in &exchanges {
        let answered = Answered {
            ending: &Ending::Completed,
            response_id: &format!("resp_{}", exchange.seq),
            answered_by: "bench",
            sent: None,
        };
        recorder.push(exchange, &answered);
    }
    let replay = Replay::new("bench.jsonl", recorder.finish());
    let mut group = c.benchmark_group("replay");
    for number in [0, REQUESTS as usize - 1] {
        // Parsed afresh each time: a request's digests are computed when it is matched.
        let body = exchanges[number].request.to_body();
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(format!("answer to request {number}"), |b| {
            b.iter_batched(
                || Request::parse(body.as_bytes()).unwrap(),
                |request| {
                    let ask = Ask { endpoint: Endpoint::Responses, request: &request };
                    replay.answer(&ask).unwrap()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// A long answer read in pieces as a socket gives them.
fn stream(c: &mut Criterion) {
    let request = request(&[]);
    let items: Vec<Raw> = (0..20).flat_map(answer).collect();
    let head = ResponseHead::new(&request, "resp_1", 0);
    let events = response_events(&head, &items, &Ending::Completed, None);
    let encoder = Encoder::default();
    let stream: String = events.iter().map(|event| encoder.event(event)).collect();
    let mut group = c.benchmark_group("stream");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("decode and collect", |b| {
        b.iter(|| {
            let (mut decoder, mut collector) = (Decoder::new(), Collector::new());
            for chunk in stream.as_bytes().chunks(16 << 10) {
                for event in decoder.feed(chunk) {
                    collector.feed(&event).unwrap();
                }
            }
            collector.into_items()
        });
    });
    group.finish();
}

criterion_group!(benches, session, replay, stream);
criterion_main!(benches);
