//! Block caches: accesses a second of each rule, LRU at one capacity and at several at once, on drawn
//! conversations and, where the environment variable `UNREEL_TEST_DATA` names the folder of the
//! published traces, on Mooncake's. And a whole trace from the file to the figures.
//!
//! Per access and capacity: with seven capacities an access counts seven times, as seven simulations
//! would. `cargo bench --bench blocks` builds with optimisation, Polars included, which takes long.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use unreel::cache::eviction::{Eviction, Foresight, Found, INFINITE};
use unreel::cache::trace::{Capacity, Question, Share, Source, play};

const SEVEN: [usize; 7] = [1_000, 5_859, 10_000, 30_000, 50_000, 100_000, INFINITE];

/// Conversations that grow by some blocks a turn, the busy ones more often: 300,000 accesses.
fn drawn() -> Vec<Vec<u32>> {
    let (mut seed, mut next) = (1u64, 1u32);
    let mut draw = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    // All begin with the same block, the system's prompt.
    let mut sessions = vec![vec![0u32]; 8_000];
    let (mut requests, mut accesses) = (Vec::new(), 0);
    while accesses < 300_000 {
        let most = 1 + draw(8_000);
        let session = &mut sessions[draw(most) as usize];
        for _ in 0..=draw(16) {
            session.push(next);
            next += 1;
        }
        accesses += session.len();
        requests.push(session.clone());
        if session.len() > 200 {
            session.truncate(1);
        }
    }
    requests
}

fn mooncake() -> Option<PathBuf> {
    let data = std::env::var_os("UNREEL_TEST_DATA")?;
    let file = Path::new(&data).join("traces/mooncake/conversation_trace.jsonl.zst");
    file.is_file().then_some(file)
}

fn recorded(file: &Path) -> Vec<Vec<u32>> {
    let text = zstd::decode_all(std::fs::File::open(file).unwrap()).unwrap();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let ids = |line| {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        // They are numbered densely in the file.
        let ids = line["hash_ids"].as_array().unwrap().iter();
        ids.map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
    };
    lines.map(ids).collect()
}

/// All requests against empty caches; gives the hits, so that nothing is left out.
fn simulate(
    rule: Eviction,
    capacities: &[usize],
    future: &Arc<[u32]>,
    requests: &[Vec<u32>],
) -> u64 {
    let mut hits = 0;
    for (places, mut bank) in rule.banks(capacities, future) {
        let mut found = vec![Found::default(); places.len()];
        for request in requests {
            bank.play(request, &mut found);
            hits += found.iter().map(|one| one.hits).sum::<u64>();
        }
    }
    hits
}

fn rules(c: &mut Criterion, name: &str, requests: &[Vec<u32>]) {
    let accesses: usize = requests.iter().map(Vec::len).sum();
    let mut foresight = Foresight::default();
    assert!(requests.iter().all(|request| foresight.request(request)));
    let future = foresight.future();
    let mut group = c.benchmark_group(name);
    group.sample_size(20);
    let mut one = |rule: Eviction, name: &str, capacities: &[usize]| {
        group.throughput(Throughput::Elements((accesses * capacities.len()) as u64));
        group.bench_function(BenchmarkId::new(rule.as_str(), name), |b| {
            b.iter(|| simulate(rule, capacities, &future, black_box(requests)));
        });
    };
    for rule in Eviction::ALL {
        one(rule, "10,000 blocks", &[10_000]);
    }
    one(Eviction::Lru, "seven capacities", &SEVEN);
    one(Eviction::LruLeaf, "seven capacities", &SEVEN);
    // As fast for each of them as with seven, or a request does not cost as much as there are.
    let many: Vec<usize> = (1..=400).map(|at| at * 100).collect();
    one(Eviction::LruLeaf, "400 capacities", &many);
    group.finish();
}

fn blocks(c: &mut Criterion) {
    rules(c, "drawn conversations", &drawn());
    let Some(file) = mooncake() else { return };
    rules(c, "mooncake conversations", &recorded(&file));
    let question = Question {
        evictions: vec![Eviction::Lru],
        capacities: vec![Capacity::Blocks(10_000)],
        block_size: None,
        warm_up: Share::NONE,
    };
    let mut group = c.benchmark_group("from the file");
    group.sample_size(20).throughput(Throughput::Elements(288_500));
    group.bench_function("lru at 10,000 blocks", |b| {
        b.iter(|| play(&Source::file(&file), black_box(&question)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, blocks);
criterion_main!(benches);
