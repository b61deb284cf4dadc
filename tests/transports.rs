//! Three ways to the server: what the model sees, what is measured of it and how the run ends are
//! the same; what goes over the wire is what the measures compute for each way, whichever was taken.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

#[path = "support/runs.rs"]
mod runs;

use rayon::prelude::*;
use runs::Ran;
use std::sync::Arc;
use unreel::measure::{BytesUp, RequestMeasure};
use unreel::recording::Transport as Brought;
use unreel::recording::journal::Verdict;
use unreel::run::{RunSpec, Source};
use unreel::scenario::{CompactionStrategy, Fault, FaultKind, Scenario, Transport};

const WAYS: [Transport; 3] = [Transport::Http, Transport::PreviousResponse, Transport::Websocket];

fn scenario(name: &str) -> Scenario {
    runs::scenarios().into_iter().find(|scenario| scenario.name == name).unwrap()
}

/// The same run over each transport.
fn over_each(spec: &RunSpec) -> [Ran; 3] {
    let over = |transport: Transport| {
        let mut spec = spec.clone();
        Arc::make_mut(&mut spec.effective).transport = transport;
        runs::run(&spec, None)
    };
    let ways: Vec<Ran> = WAYS.into_par_iter().map(over).collect();
    ways.try_into().unwrap_or_else(|_| unreachable!("as many as there are ways"))
}

/// What a request was, but for the way it took.
fn prompt(row: &RequestMeasure) -> RequestMeasure {
    let (transport, up) = (Brought::Http, BytesUp::default());
    RequestMeasure { transport, wire_bytes: 0, up, ..row.clone() }
}

fn assert_equal_but_for_the_wire(ways: &[Ran; 3]) {
    let [http, others @ ..] = ways;
    for other in others {
        assert_eq!(other.report.verdict, http.report.verdict, "{:?}", other.report.reason);
        assert_eq!(other.measured.tree, http.measured.tree);
        assert_eq!(other.measured.retries, http.measured.retries);
        assert_eq!(other.measured.compactions, http.measured.compactions);
        let prompts = |ran: &Ran| ran.measured.requests.iter().map(prompt).collect::<Vec<_>>();
        assert_eq!(prompts(other), prompts(http), "usage, sent, new and cached");
        for (one, two) in other.log.exchanges.iter().zip(&http.log.exchanges) {
            assert_eq!(one.request.input, two.request.input, "the history at {}", one.seq);
            assert_eq!((one.usage, &one.output), (two.usage, &two.output));
        }
    }
}

/// Each run computes for every transport what the run over that transport measured.
fn assert_computed_is_measured(ways: &[Ran; 3]) {
    for (at, request) in ways[0].measured.requests.iter().enumerate() {
        let [http, http_previous, websocket] =
            ways.each_ref().map(|ran| ran.measured.requests[at].wire_bytes);
        let measured = BytesUp { http, http_previous, websocket };
        for ran in ways {
            let computed = ran.measured.requests[at].up;
            assert_eq!(
                computed, measured,
                "request {} over {:?}",
                request.seq, ran.measured.transport
            );
        }
    }
}

#[test]
fn a_long_session_sends_a_fraction_where_the_server_remembers() {
    let ways = over_each(&runs::recorded(&scenario("long-session"), "base"));
    assert_eq!(ways[0].report.verdict, Verdict::Pass);
    assert_equal_but_for_the_wire(&ways);
    assert_computed_is_measured(&ways);
    let transports = ways.each_ref().map(|ran| ran.measured.transport);
    assert_eq!(transports, [Brought::Http, Brought::HttpPrevious, Brought::Websocket]);
    let [http, http_previous, websocket] =
        ways.each_ref().map(|ran| ran.measured.payload.wire_bytes);
    println!("long-session: {http} bytes, {http_previous} continued, {websocket} on a WebSocket");
    assert!(http_previous * 5 < http && websocket * 5 < http);
    assert_eq!(ways[0].measured.payload.up, BytesUp { http, http_previous, websocket });
    for ran in &ways[1..] {
        let full = ran.log.exchanges.iter().filter(|exchange| exchange.delivery.sent_from == 0);
        assert_eq!(full.count(), 1, "only the first says everything");
    }
}

#[test]
fn what_was_recorded_over_one_transport_plays_over_the_others() {
    let mut spec = runs::scripted(&scenario("fix-failing-test"), "base");
    for from in WAYS {
        Arc::make_mut(&mut spec.effective).transport = from;
        let recording = Arc::new(runs::run(&spec, None).recording().clone());
        let source = Source::Recording("made.jsonl".into(), recording);
        let ways = over_each(&RunSpec { source, ..spec.clone() });
        for played in &ways {
            let report = &played.report;
            assert_eq!(report.verdict, Verdict::Pass, "from {from:?}: {:?}", report.reason);
            assert_eq!(played.measured.unplayed, 0);
        }
        assert_equal_but_for_the_wire(&ways);
    }
}

/// Compactions begin a new chain; a WebSocket forgets at a fault and with its server.
#[test]
fn faults_compactions_and_restarts_cost_each_transport_its_own() {
    let fault = |request, kind, times| Fault { request, kind, times };
    let strategies = [CompactionStrategy::Remote, CompactionStrategy::Endpoint];
    for strategy in strategies {
        let mut spec = runs::scripted(&scenario("compaction-keeps"), "base");
        let effective = Arc::make_mut(&mut spec.effective);
        effective.compaction.strategy = strategy;
        effective.faults = vec![
            fault(2, FaultKind::Status(429), 2),
            fault(4, FaultKind::CutAfterItems(1), 1),
            fault(5, FaultKind::CutAfterItems(0), 1),
            fault(9, FaultKind::Status(503), 1),
        ];
        let restarts = [2, 4].map(runs::restart);
        Arc::make_mut(&mut spec.scenario).file.timeline.extend(restarts);
        let ways = over_each(&spec);
        assert_eq!(ways[0].report.verdict, Verdict::Pass, "{:?}", ways[0].report.reason);
        assert!(ways[0].measured.retries >= 5, "{}", ways[0].measured.retries);
        assert!(!ways[0].measured.compactions.is_empty());
        assert_equal_but_for_the_wire(&ways);
        assert_computed_is_measured(&ways);
        let [_, http_previous, websocket] =
            ways.each_ref().map(|ran| ran.measured.payload.wire_bytes);
        assert!(http_previous < websocket, "what is stored survives a broken connection");
    }
}
