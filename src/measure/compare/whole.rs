//! What is said of two sides as wholes, and of two folders of results.

use super::{CheckChange, Comparison, Condition, SideOf, compare};
use crate::measure::results::RunMeasure;
use crate::recording::journal::RunKey;
use serde::Serialize;

/// Conditions that are not the same on both sides. What a recording does not know is no difference.
pub(super) fn conditions(a: SideOf<'_>, b: SideOf<'_>) -> Vec<Condition> {
    let (one, two) = (&a.about, &b.about);
    let mut all = vec![
        ("agent", one.agent.clone(), two.agent.clone()),
        ("model", one.model.clone(), two.model.clone()),
        ("scenario", one.scenario.clone(), two.scenario.clone()),
        ("variant", one.variant.clone(), two.variant.clone()),
    ];
    if one.kind == "run" && two.kind == "run" {
        let (one, two) = (&a.log.started, &b.log.started);
        let files = |digest: crate::wire::Digest| digest.short(12);
        all.push(("answers", one.provenance.clone(), two.provenance.clone()));
        let digests = (files(one.scenario_digest), files(two.scenario_digest));
        all.push(("scenario files", digests.0, digests.1));
        all.push(("cache", one.cache.clone(), two.cache.clone()));
        all.push(("compaction", one.compaction.clone(), two.compaction.clone()));
    }
    all.into_iter()
        .filter(|(_, a, b)| a != b)
        .map(|(what, a, b)| Condition { what: what.to_owned(), a, b })
        .collect()
}

/// Checks that came out differently.
pub(super) fn checks(a: &RunMeasure, b: &RunMeasure) -> Vec<CheckChange> {
    let mut names: Vec<&str> = a.checks.iter().map(|check| check.name.as_str()).collect();
    let known = |name: &str| a.checks.iter().any(|check| check.name == name);
    names.extend(b.checks.iter().map(|check| check.name.as_str()).filter(|name| !known(name)));
    let of = |run: &RunMeasure, name: &str| {
        let check = run.checks.iter().find(|check| check.name == name)?;
        Some((check.passed, check.detail.clone()))
    };
    let both = names.into_iter().map(|name| (name, of(a, name), of(b, name)));
    both.filter(|(_, a, b)| a.as_ref().map(|one| one.0) != b.as_ref().map(|one| one.0))
        .map(|(name, a, b)| {
            let details = [&b, &a].into_iter().flatten();
            let detail = details.filter(|one| !one.0).map(|one| one.1.clone()).next();
            CheckChange {
                name: name.to_owned(),
                a: a.map(|one| one.0),
                b: b.map(|one| one.0),
                detail: detail.unwrap_or_default(),
            }
        })
        .collect()
}

/// Two folders of results. Trials go by their numbers; what is drawn from all trials of a scenario
/// together has its place beside `runs`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportDiff {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// Whether no run differs.
    pub equal: bool,
    /// The runs of both, in the order of A.
    pub runs: Vec<RunDiff>,
    /// Runs of A only.
    pub only_a: Vec<String>,
    /// Runs of B only.
    pub only_b: Vec<String>,
}

/// One run of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunDiff {
    /// Its key.
    pub run: String,
    /// How they compare.
    pub comparison: Comparison,
}

/// Compares runs of one key.
#[must_use]
pub fn compare_reports(a: &[(RunKey, SideOf<'_>)], b: &[(RunKey, SideOf<'_>)]) -> ReportDiff {
    let mut runs = Vec::new();
    let mut only_a = Vec::new();
    for (key, side) in a {
        match b.iter().find(|(other, _)| other == key) {
            Some((_, other)) => {
                runs.push(RunDiff { run: key.to_string(), comparison: compare(*side, *other) });
            }
            None => only_a.push(key.to_string()),
        }
    }
    let known = |key: &RunKey| a.iter().any(|(other, _)| other == key);
    let only_b: Vec<String> =
        b.iter().filter(|(key, _)| !known(key)).map(|(key, _)| key.to_string()).collect();
    let equal =
        only_a.is_empty() && only_b.is_empty() && runs.iter().all(|run| run.comparison.equal);
    ReportDiff { version: 1, equal, runs, only_a, only_b }
}
