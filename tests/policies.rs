//! Cache policies in force: what the agent is told, and that the exchanges of a run tell the same.

#[path = "support/ledgers.rs"]
mod ledgers;
#[path = "support/runs.rs"]
mod runs;

use rayon::prelude::*;
use runs::Ran;
use std::sync::Arc;
use unreel::cache::{Cache, Call, Clock, Intake, Ledger, MissReason, total};
use unreel::recording::journal::Verdict;
use unreel::run::RunSpec;
use unreel::scenario::{CachePolicy, CacheSpec, Fault, FaultKind, Scenario};
use unreel::wire::Usage;

/// Every policy as it comes, and settings that make short sessions feel the rules.
fn specs() -> Vec<CacheSpec> {
    let odd = [
        "openai-breakpoints:pause=1801",
        "anthropic-5m:placement=tail,pause=301",
        "openai-128:output=yes,shared=yes,machines=2,rate=2",
        "openai-128:retention=in_memory,pause=601",
        "gemini-implicit:minimum=0,seed=7",
        "deepseek-v4:interval=100",
    ];
    let all = CachePolicy::ALL.map(CacheSpec::from);
    all.into_iter().chain(odd.map(|spec| spec.parse().unwrap())).collect()
}

fn under(spec: &RunSpec, cache: &CacheSpec) -> Ran {
    let mut spec = spec.clone();
    Arc::make_mut(&mut spec.effective).cache = cache.clone();
    let ran = runs::run(&spec, None);
    assert_eq!(ran.report.verdict, Verdict::Pass, "{cache}: {:?}", ran.report.reason);
    assert_eq!(ran.measured.cache, cache.to_string());
    ran
}

fn usages(ran: &Ran) -> Vec<Option<Usage>> {
    ran.log.exchanges.iter().map(|exchange| exchange.usage).collect()
}

/// What a ledger says of a run's exchanges, where the run was told a usage.
fn counted(ran: &Ran, cache: &CacheSpec) -> Vec<Option<Usage>> {
    let mut ledger = Ledger::new(cache);
    let account = |exchange| Call::of(exchange).map(|call| ledger.account(&call).usage);
    let all: Vec<Option<Usage>> = ran.log.exchanges.iter().map(account).collect();
    all.into_iter().zip(usages(ran)).map(|(ours, told)| told.and(ours)).collect()
}

/// A session of several turns with compactions, retries and cut streams.
fn scenario(folder: &std::path::Path) -> RunSpec {
    let scenario = Scenario::load(&ledgers::write(folder)).unwrap();
    let mut spec = runs::scripted(&scenario, &runs::variant("remote"));
    let effective = Arc::make_mut(&mut spec.effective);
    effective.compaction.threshold = 12_600;
    effective.faults = vec![
        Fault { request: 1, kind: FaultKind::Status(429), times: 1 },
        Fault { request: 3, kind: FaultKind::CutAfterItems(1), times: 1 },
    ];
    spec
}

#[test]
fn under_every_policy_the_exchanges_of_a_run_tell_its_usage_also_after_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let spec = scenario(folder.path());
    let mut restarted = spec.clone();
    let restarts = [2, 3, 4].map(runs::restart);
    Arc::make_mut(&mut restarted.scenario).file.timeline.extend(restarts);
    specs().par_iter().for_each(|cache| {
        let ran = under(&spec, cache);
        assert!(usages(&ran).iter().flatten().count() > 8, "{cache}");
        assert_eq!(counted(&ran, cache), usages(&ran), "{cache}: from the journal");
        assert_eq!(usages(&under(&restarted, cache)), usages(&ran), "{cache}: with restarts");
        for usage in usages(&ran).into_iter().flatten() {
            let details = usage.input_tokens_details;
            let both = details.cached_tokens + details.cache_write_tokens;
            assert!(both <= usage.input_tokens, "{cache}: {usage:?}");
        }
    });
}

/// Whatever a policy holds does not change what the agent does, so one run serves all policies.
#[test]
fn shipped_scenarios_measure_the_same_from_their_journals() {
    let all = runs::scenarios();
    let names = ["fix-failing-test", "role-conflict", "long-session"];
    let chosen: Vec<&Scenario> =
        all.iter().filter(|one| names.contains(&one.name.as_str())).collect();
    assert!(chosen.len() > 1, "the scenarios are there");
    chosen.par_iter().for_each(|scenario| {
        let spec = runs::recorded(scenario, "base");
        let base = under(&spec, &CacheSpec::default());
        for cache in specs() {
            if !["openai-breakpoints", "anthropic-5m", "openai-128", "vllm"]
                .contains(&cache.to_string().as_str())
            {
                continue;
            }
            let ran = under(&spec, &cache);
            assert_eq!(counted(&base, &cache), usages(&ran), "{}: {cache}", scenario.name);
        }
    });
}

#[test]
fn the_agent_sees_what_was_read_and_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let spec = scenario(folder.path());
    for name in ["openai-breakpoints", "anthropic-5m", "anthropic-1h"] {
        let ran = under(&spec, &name.parse().unwrap());
        let told: Vec<Usage> = usages(&ran).into_iter().flatten().collect();
        let details: Vec<(u64, u64)> = told
            .iter()
            .map(|usage| &usage.input_tokens_details)
            .map(|details| (details.cached_tokens, details.cache_write_tokens))
            .collect();
        assert_eq!(details[0].0, 0, "{name}: nothing is there at first");
        assert!(details[0].1 > 1_024, "{name}: {details:?}");
        let hits = details.iter().filter(|(read, write)| *read > 0 && *write > 0).count();
        assert!(hits > 4, "{name}: {details:?}");
        let read: u64 = details.iter().map(|(read, _)| read).sum();
        assert_eq!(ran.measured.payload.cached_tokens, read);
    }
}

/// The reasons of the run's own breaks are those that the ledger finds.
#[test]
fn a_compaction_is_told_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let cache: CacheSpec = "openai-128".parse().unwrap();
    let ran = under(&scenario(folder.path()), &cache);
    let (mut intake, mut held, mut clock) =
        (Intake::new(), Cache::new(&cache), Clock::new(1, false));
    let mut reasons = Vec::new();
    for call in ran.log.exchanges.iter().filter_map(Call::of) {
        let taken = intake.take(&call);
        let times = clock.exchange(call.thread, None, taken.output_tokens);
        let account = held.account(intake.prompts(), &taken.ask(times));
        assert_eq!(account.input(), total(&unreel::cache::render(call.request)).tokens);
        reasons.extend(account.reason);
    }
    let expected = ran.log.compactions.len();
    let compacted = reasons.iter().filter(|reason| **reason == MissReason::ContextCompacted);
    assert!(expected > 0);
    assert_eq!(compacted.count(), expected, "{reasons:?}");
}
