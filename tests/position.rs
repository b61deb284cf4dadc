//! Where the server is in a conversation is read from the request: whatever happens on the way, a
//! script and a replay find their place, under every compaction strategy.
//!
//! Faults of every kind at every request, a server started anew between turns, streams cut so that
//! the client sends half an answer back: the run must come to the same verdict and the same final
//! tree, and tell the same usage wherever it sends the same request.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

#[path = "support/ledgers.rs"]
mod ledgers;
#[path = "support/runs.rs"]
mod runs;

use rayon::prelude::*;
use runs::{Ran, STRATEGIES};
use std::collections::BTreeMap;
use std::sync::Arc;
use unreel::recording::journal::{RunLog, Verdict};
use unreel::recording::{Exchange, Outcome};
use unreel::run::{RunSpec, Source};
use unreel::scenario::{CacheSpec, Fault, FaultKind, Scenario};

/// More than any of these runs has requests.
const EVERY: u32 = 60;

/// What is done to a run.
#[derive(Clone, Debug)]
struct Disturbance {
    name: &'static str,
    /// At every request, so many times.
    fault: Option<(FaultKind, u32)>,
    /// Before these turns the server is started anew.
    restarts: &'static [u32],
}

const DISTURBANCES: [Disturbance; 3] = [
    Disturbance { name: "restarts", fault: None, restarts: &[2, 3, 4] },
    Disturbance {
        name: "status 429, restarts",
        fault: Some((FaultKind::Status(429), 1)),
        restarts: &[2, 4],
    },
    Disturbance {
        name: "cut after 1, twice",
        fault: Some((FaultKind::CutAfterItems(1), 2)),
        restarts: &[3],
    },
];

impl Disturbance {
    fn of(&self, mut spec: RunSpec) -> RunSpec {
        let faults = self.fault.iter().flat_map(|(kind, times)| {
            (0..EVERY).map(|request| Fault { request, kind: kind.clone(), times: *times })
        });
        Arc::make_mut(&mut spec.effective).faults = faults.collect();
        let restarts = self.restarts.iter().map(|turn| runs::restart(*turn));
        Arc::make_mut(&mut spec.scenario).file.timeline.extend(restarts);
        spec
    }

    fn cuts(&self) -> bool {
        matches!(self.fault, Some((FaultKind::CutAfterItems(_), _)))
    }
}

fn replaying(spec: &RunSpec, of: &Ran) -> RunSpec {
    let recording = Arc::new(of.recording().clone());
    RunSpec { source: Source::Recording("test.jsonl".into(), recording), ..spec.clone() }
}

fn answered(log: &RunLog) -> Vec<&Exchange> {
    log.exchanges.iter().filter(|exchange| exchange.outcome == Outcome::Completed).collect()
}

/// The steps that were answered, each once.
fn steps(log: &RunLog) -> Vec<&str> {
    let mut steps: Vec<&str> = log.answered_by.iter().map(String::as_str).collect();
    steps.retain(|step| !step.starts_with("fault"));
    steps.dedup();
    steps
}

fn check_end(name: &str, base: &Ran, ran: &Ran) {
    let end = |ran: &Ran| {
        let (report, compactions) = (&ran.report, ran.log.compactions.len());
        (report.verdict, report.reason.clone(), ran.measured.tree.clone(), compactions)
    };
    assert_eq!(end(ran), end(base), "{name}");
    assert_eq!(ran.measured.unplayed, 0, "{name}: every recorded exchange is asked for");
    assert_eq!(steps(&ran.log), steps(&base.log), "{name}");
}

/// Equal requests, equal usage; but a prompt that was cut off before was in the cache as a whole.
fn check_usage(name: &str, base: &Ran, ran: &Ran) -> usize {
    let body = |exchange: &Exchange| exchange.request.to_body();
    let known: BTreeMap<String, &Exchange> =
        answered(&base.log).into_iter().map(|exchange| (body(exchange), exchange)).collect();
    let mut compared = 0;
    for (at, exchange) in ran.log.exchanges.iter().enumerate() {
        let Some(same) = known.get(&body(exchange)).filter(|_| exchange.usage.is_some()) else {
            continue;
        };
        compared += 1;
        let usage = exchange.usage.unwrap();
        let cut = ran.log.exchanges[..at]
            .iter()
            .any(|other| other.outcome == Outcome::Cut && other.request == exchange.request);
        let place = format!("{name}, request {}", exchange.seq);
        match cut {
            true => assert_eq!(usage.cached(), cacheable(base, usage.input_tokens), "{place}"),
            false => assert_eq!(Some(usage), same.usage, "{place}"),
        }
    }
    compared
}

/// Of a prompt that is in the cache as a whole, what the policy in force reads.
fn cacheable(ran: &Ran, tokens: u64) -> u64 {
    match ran.measured.cache.as_str() {
        "ideal" => tokens,
        _ => tokens - tokens % 128,
    }
}

fn disturbed(scenario: &Scenario, strategy: &str, policy: &str) -> Vec<String> {
    let mut spec = runs::scripted(scenario, &runs::variant(strategy));
    let effective = Arc::make_mut(&mut spec.effective);
    effective.cache = policy.parse::<CacheSpec>().unwrap();
    // Where the server compacts, its count leads, and a cut stream reports none: the outputs of the
    // calls that came before the cut are counted by the server instead of estimated. This threshold
    // is crossed with more of a margin than that makes.
    effective.compaction.threshold = 12_600;
    let base = runs::run(&spec, None);
    assert_eq!(base.report.verdict, Verdict::Pass, "{strategy}: {:?}", base.report.reason);
    let compactions = base.log.compactions.len();
    assert_eq!(compactions == 0, strategy == "none", "{strategy}: {compactions} compactions");

    let replay = runs::run(&replaying(&spec, &base), None);
    let mut same = replay.log.clone();
    same.started.provenance.clone_from(&base.log.started.provenance);
    assert!(same == base.log, "{strategy}: the replay's journal is the script's");

    let mut lines = Vec::new();
    for disturbance in &DISTURBANCES {
        let by_script = disturbance.of(spec.clone());
        let by_replay = replaying(&by_script, &base);
        for (source, spec) in [("script", &by_script), ("replay", &by_replay)] {
            let name = format!("{strategy}, {}, {source}", disturbance.name);
            let ran = runs::run(spec, None);
            check_end(&name, &base, &ran);
            assert_eq!(ran.log.retries > 0, disturbance.fault.is_some(), "{name}");
            let compared = check_usage(&name, &base, &ran);
            if !disturbance.cuts() {
                let usages = |ran: &Ran| -> Vec<_> {
                    answered(&ran.log).iter().map(|exchange| exchange.usage).collect()
                };
                assert_eq!(usages(&ran), usages(&base), "{name}: the usage sequence");
                assert_eq!(ran.recording(), base.recording(), "{name}: nothing to be recorded");
            }
            lines.push(format!(
                "{name}: {} requests, {} retries, {compared} compared",
                ran.log.exchanges.len(),
                ran.log.retries
            ));
            if disturbance.cuts() && source == "script" {
                // What was recorded under cuts is a recording like any other.
                let again = runs::run(&replaying(spec, &ran), None);
                check_end(&format!("{name}, replayed in peace"), &base, &again);
            }
        }
    }
    lines
}

#[test]
fn scripts_and_replays_find_their_place_under_every_compaction() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = Scenario::load(&ledgers::write(folder.path())).unwrap();
    let check = |strategy: &&str| {
        // One of them under the other policy, whose cache is rebuilt as well.
        let policy = match *strategy {
            "endpoint" => "openai-128",
            _ => "ideal",
        };
        disturbed(&scenario, strategy, policy)
    };
    let lines: Vec<String> = STRATEGIES.par_iter().flat_map(check).collect();
    println!("{}", lines.join("\n"));
}
