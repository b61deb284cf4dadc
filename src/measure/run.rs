//! One run, measured: the parts put together.

use super::results::{CheckMeasure, RunMeasure};
use super::session::Session;
use super::{breaks, compaction, drift, growth, payload, transports};
use crate::recording::journal::RunLog;
use crate::scenario::Fact;

/// Measures one run. Reads nothing but the log, and of it no field that was itself measured, save
/// the server's own usage, which is shown beside.
#[must_use]
pub fn measure(log: &RunLog) -> RunMeasure {
    of_session(&Session::new(log))
}

/// The same where the requests are rendered already.
pub(super) fn of_session(session: &Session<'_>) -> RunMeasure {
    let log = session.log;
    // The run wrote this list itself; one that does not parse is none.
    let facts: Vec<Fact> = serde_json::from_str(&log.facts_json).unwrap_or_default();
    let requests = payload::requests(session);
    let finished = log.finished.as_ref();
    RunMeasure {
        run: log.started.run.clone(),
        agent: log.started.agent.clone(),
        model: log.started.model.clone(),
        provenance: log.started.provenance.clone(),
        cache: log.started.cache.clone(),
        compaction: log.started.compaction.clone(),
        transport: transports::in_force(&log.exchanges),
        verdict: finished.map(|finished| finished.verdict),
        reason: finished.and_then(|finished| finished.reason.clone()),
        expect_fail: log.started.expect_fail.clone(),
        refused: log.exchanges.last().and_then(|last| last.error.as_ref()?.code.clone()),
        differs: None,
        drift: drift::drift(session),
        stale: log.stale.len() as u32,
        unplayed: finished.map_or(0, |finished| finished.unplayed),
        unsettled: finished.is_some_and(|finished| finished.unsettled),
        tree: finished.and_then(|finished| Some(finished.tree?.to_string())),
        turns: log.turns.iter().copied().max().unwrap_or_default(),
        calls: u32::try_from(log.calls.len()).unwrap_or(u32::MAX),
        retries: log.retries,
        payload: payload::sums(&requests),
        growth: growth::growth(session),
        masked: payload::masked(session),
        rendered: log.rendered.clone(),
        facts_kept: compaction::facts_kept(session, &facts),
        breaks: breaks::breaks(session),
        compactions: compaction::compactions(session, &requests, &facts),
        requests,
        checks: log
            .checks
            .iter()
            .map(|check| CheckMeasure {
                name: check.name.clone(),
                passed: check.passed,
                detail: check.detail.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::measure;
    use crate::measure::testing::{call, exchange, log, user};
    use crate::recording::journal::{CheckEvent, RunFinished, Verdict};
    use crate::wire::Digest;

    #[test]
    fn an_interrupted_run_is_measured_as_far_as_it_came() {
        let measured = measure(&log(Vec::new()));
        assert_eq!((measured.verdict, measured.turns, measured.payload.requests), (None, 0, 0));
    }

    #[test]
    fn what_the_log_says_is_carried_over() {
        let mut log = log(vec![exchange(0, &[user("a")]), exchange(1, &[user("a"), user("b")])]);
        log.turns = vec![1, 2];
        log.retries = 3;
        log.calls = vec![call(0, "exec_command", "{}", "x")];
        log.checks = vec![CheckEvent { name: "t".into(), passed: false, detail: "1 != 2".into() }];
        log.finished = Some(RunFinished {
            verdict: Verdict::Fail,
            reason: Some("check t".into()),
            unplayed: 4,
            unsettled: true,
            tree: Some(Digest::of("tree")),
        });
        let measured = measure(&log);
        assert_eq!((measured.turns, measured.retries, measured.calls), (2, 3, 1));
        assert_eq!(measured.verdict, Some(Verdict::Fail));
        assert_eq!((measured.unplayed, measured.unsettled), (4, true));
        assert_eq!(measured.tree, Some(Digest::of("tree").to_string()));
        assert_eq!(measured.checks[0].detail, "1 != 2");
        assert_eq!(measured.requests[1].turn, 2);
    }
}
