//! What simulating costs: generated sessions of 1,000, 2,000 and 4,000 requests, appended, and laid out
//! with a window, under two caches. Throughput is in bytes of sent payload: doubling the turns
//! doubles the time, while what is sent grows fourfold.
//!
//! `cargo bench --bench simulate`; for a quick look `cargo bench --profile dev --bench simulate`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use std::hint::black_box;
use unreel::cache::{Prices, Tokenizer};
use unreel::measure::simulate::{Compaction, Generate, Grid, Input, Latency, Session, simulate};
use unreel::recording::{Entry, Header, Recorded, Recording};
use unreel::wire::{Digest, Ending, Endpoint, Raw};

fn grid(layout: &str) -> Grid {
    Grid {
        layouts: vec![layout.parse().unwrap()],
        compactions: vec![Compaction::none()],
        caches: ["ideal", "openai-128"].map(|name| name.parse().unwrap()).to_vec(),
        prices: Prices::shipped().unwrap(),
        model: None,
        latency: Latency::default(),
        requests: false,
    }
}

/// One core: the grid would spread over all.
fn alone(work: impl Fn() + Send + Sync) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(work);
}

fn session(turns: u32) -> Input {
    let sizes: Generate = format!("p=12000,a=150,o=850,n={turns}").parse().unwrap();
    let session = sizes.session("gpt-5", Tokenizer::O200k);
    Input { name: "generated".into(), sessions: vec![session] }
}

/// Layouts and accounts of a session that is read.
fn accounts(c: &mut Criterion) {
    for layout in ["append", "window:turns=20,keep=14", "clear-tool-results:keep=5,every=20"] {
        let grid = grid(layout);
        let mut group = c.benchmark_group(format!("simulate {layout}"));
        group.sample_size(10);
        for turns in [1_000, 2_000, 4_000] {
            let input = [session(turns)];
            let sent = simulate(&input, &grid).rows[0].totals.sent_bytes;
            group.throughput(Throughput::Bytes(sent));
            group.bench_with_input(BenchmarkId::from_parameter(turns), &input, |b, input| {
                b.iter(|| alone(|| drop(black_box(simulate(black_box(input), &grid)))));
            });
        }
        group.finish();
    }
}

/// A recording with texts, from its items in memory to the accounts: rendering and counting included.
fn recording(turns: u32) -> Recording {
    let header = Header::new("recorded", "bench", "gpt-5", "bench", "base");
    let mut recording = Recording { header, items: Default::default(), exchanges: Vec::new() };
    let mut keep = |value: serde_json::Value| -> Digest {
        let raw = Raw::from_value(&value);
        let digest = raw.digest();
        recording.items.insert(digest, Entry::Raw(raw));
        digest
    };
    let fields = vec![
        ("model".to_owned(), keep(json!("gpt-5"))),
        ("instructions".to_owned(), keep(json!("Run the tests before you answer. ".repeat(1_000)))),
    ];
    let mut input = vec![keep(json!({"role": "user", "content": "Go through all parts."}))];
    let mut exchanges = Vec::new();
    for turn in 0..turns {
        let call = format!("call_{turn}");
        let said = keep(json!({"type": "function_call", "call_id": call, "name": "exec_command",
            "arguments": format!("{{\"cmd\":\"sed -n '{turn},+30p' src/part{turn}.rs\"}}")}));
        let text: String = (0..40)
            .map(|line| format!("let value_{line} = part({turn}, {});\n", line * 37))
            .collect();
        let gave = keep(json!({"type": "function_call_output", "call_id": call, "output": text}));
        exchanges.push(Recorded {
            thread: 0,
            parent: turn.checked_sub(1),
            endpoint: Endpoint::Responses,
            fields: fields.clone(),
            input_at: Some(1),
            input_is_text: false,
            input: input.clone(),
            response_id: format!("resp_{turn}"),
            ending: Ending::Completed,
            output: vec![said],
            usage: None,
            answered_by: String::new(),
            at_ms: None,
            stale: false,
            sent: None,
            attempts: Vec::new(),
        });
        input.extend([said, gave]);
    }
    recording.exchanges = exchanges;
    recording
}

/// Counted in bytes / 4: the o200k counts are remembered by the process, and the second round would
/// measure nothing of them.
fn whole(c: &mut Criterion) {
    let grid = grid("append");
    let mut group = c.benchmark_group("simulate a recording, texts read");
    group.sample_size(10);
    for turns in [1_000, 2_000, 4_000] {
        let recording = recording(turns);
        let read = || Session::of_recording("bench", &recording, Tokenizer::Bytes4, None);
        let input = |sessions| [Input { name: "bench".into(), sessions }];
        let sent = simulate(&input(read()), &grid).rows[0].totals.sent_bytes;
        group.throughput(Throughput::Bytes(sent));
        group.bench_with_input(BenchmarkId::from_parameter(turns), &turns, |b, _| {
            b.iter(|| alone(|| drop(black_box(simulate(&input(read()), &grid)))));
        });
    }
    group.finish();
}

criterion_group!(benches, accounts, whole);
criterion_main!(benches);
