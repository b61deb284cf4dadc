//! The law of `simulate`: on a run of the built-in agent whose measured fields are taken away it gives
//! what the run measured, exactly, for every scenario and every cache policy.

#[path = "support/runs.rs"]
mod runs;

use rayon::prelude::*;
use runs::{Ran, run, scenarios, scripted, variant};
use unreel::cache::{Call, Ledger, Prices, Tokenizer};
use unreel::measure::measure;
use unreel::measure::simulate::{Compaction, Grid, Input, Latency, Layout, Row, Session, simulate};
use unreel::recording::journal::RunLog;
use unreel::scenario::{CachePolicy, CacheSpec};

/// What was asked and what came of it, without a figure that anybody measured.
fn stripped(log: &RunLog) -> RunLog {
    let mut log = log.clone();
    log.started.cache = String::new();
    log.compactions.clear();
    log.calls.clear();
    log.drifts.clear();
    log.checks.clear();
    log.finished = None;
    log.retries = 0;
    for exchange in &mut log.exchanges {
        exchange.usage = None;
        exchange.wire_bytes = 0;
    }
    log
}

fn rows(log: &RunLog, layout: Layout, cache: CacheSpec) -> Vec<Row> {
    let sessions = Session::of_log("run", log, Tokenizer::O200k, None);
    let grid = Grid {
        layouts: vec![layout],
        compactions: vec![Compaction::none()],
        caches: vec![cache],
        prices: Prices::shipped().unwrap(),
        model: None,
        latency: Latency::default(),
        requests: true,
    };
    let simulated = simulate(&[Input { name: "run".into(), sessions }], &grid);
    assert_eq!(simulated.refused, []);
    simulated.rows
}

/// Request by request, and in sum.
fn agrees(ran: &Ran, what: &str, cache: &CacheSpec) {
    let bare = stripped(&ran.log);
    let rows = rows(&bare, Layout::recorded(), cache.clone());
    let mut seen = 0;
    for row in &rows {
        for one in &row.requests {
            let seq = one.seq as usize;
            let measured = &ran.measured.requests[seq];
            let told = ran.log.exchanges[seq].usage.as_ref();
            let context = format!("{what}, thread {}, request {seq}", row.thread);
            assert_eq!(measured.thread, row.thread, "{context}");
            assert_eq!(
                (one.sent_bytes, one.sent_tokens),
                (measured.sent_bytes, measured.sent_tokens),
                "{context}"
            );
            assert_eq!(
                (one.new_bytes, one.new_tokens),
                (measured.new_bytes, measured.new_tokens),
                "{context}"
            );
            if let Some(told) = told {
                let written = told.input_tokens_details.cache_write_tokens;
                assert_eq!(one.cached_tokens, Some(told.cached()), "{context}");
                assert_eq!(one.written_tokens, Some(written), "{context}");
                assert_eq!(one.output_tokens, told.output_tokens, "{context}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, ran.measured.requests.len(), "{what}");
    let (main, payload) = (&rows[0].totals, &ran.measured.payload);
    assert_eq!(rows[0].thread, 0, "{what}");
    assert_eq!(main.requests, u64::from(payload.requests), "{what}");
    assert_eq!(
        (main.sent_bytes, main.new_bytes),
        (payload.sent_bytes, payload.new_bytes),
        "{what}"
    );
    assert_eq!(main.cached_tokens - main.cut_cached_tokens, payload.cached_tokens, "{what}");
}

/// What the server's own ledger accounts of these exchanges under a policy: usage of each, as it
/// would have reported it.
fn reported(log: &RunLog, cache: &CacheSpec) -> RunLog {
    let mut ledger = Ledger::new(cache);
    let mut log = log.clone();
    for exchange in &mut log.exchanges {
        let usage = Call::of(exchange).map(|call| ledger.account(&call).usage);
        exchange.usage = exchange.usage.and(usage);
    }
    log
}

/// Bytes of bodies are computed from lengths; `measure` computes them from the bodies.
fn agrees_on_bytes_up(ran: &Ran, name: &str) {
    let measured = &ran.measured.payload.up;
    let over = |layout: &str| {
        rows(&ran.log, layout.parse().unwrap(), CacheSpec::default())[0].totals.up_bytes
    };
    assert_eq!(over("recorded"), measured.http, "{name}");
    if ran.measured.breaks.is_empty() && ran.log.compactions.is_empty() {
        assert_eq!(over("stateless"), measured.http, "{name}");
        assert_eq!(over("previous-response"), measured.http_previous, "{name}");
        assert_eq!(over("websocket"), measured.websocket, "{name}");
    }
}

#[test]
fn simulate_gives_what_runs_measured_under_every_policy() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = scenarios();
    scenarios.par_iter().for_each(|scenario| {
        let ran = run(&scripted(scenario, "base"), None);
        // A scenario may say which cache is in force.
        agrees(&ran, &scenario.name, &ran.measured.cache.parse().unwrap());
        agrees_on_bytes_up(&ran, &scenario.name);
        for policy in CachePolicy::ALL {
            let log = reported(&ran.log, &policy.into());
            let measured = measure(&log);
            let what = format!("{} under {}", scenario.name, policy.as_str());
            agrees(&Ran { log, measured, report: ran.report.clone() }, &what, &policy.into());
        }
    });
    // The ledger above is the server's; that it is the one in force is seen in a run of each policy.
    let numbered: Vec<(usize, CachePolicy)> = CachePolicy::ALL.into_iter().enumerate().collect();
    numbered.into_par_iter().for_each(|(at, policy)| {
        let scenario = &scenarios[at % scenarios.len()];
        let path = folder.path().join(format!("{}.yaml", policy.as_str()));
        let text = format!("summary: law\ncache: {}\n", policy.as_str());
        std::fs::write(&path, text).unwrap();
        let ran = run(&scripted(scenario, &path.display().to_string()), None);
        let what = format!("{} run under {}", scenario.name, policy.as_str());
        agrees(&ran, &what, &policy.into());
    });
}

#[test]
fn and_under_every_strategy_and_transport() {
    let scenario = scenarios().into_iter().find(|one| one.name == "compaction-keeps").unwrap();
    let names = [
        "none",
        "remote",
        "endpoint",
        "summary",
        "clear-tool-results",
        "sliding-window",
        "previous-response",
        "websocket",
    ];
    names.into_par_iter().for_each(|name| {
        let ran = run(&scripted(&scenario, &variant(name)), None);
        agrees(&ran, name, &CacheSpec::default());
    });
}
