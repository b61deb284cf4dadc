//! `summary.md`: what a person reads after the terminal.

use super::Summary;
use super::advice::advice;
use super::agents;
use super::drift;
use super::format::{bytes, count, percent, plural, ratio};
use super::grid::table;
use super::note::note;
use super::outcome::{Outcome, outcome};
use super::rates::{self, cached};
use super::terminal::caveats;
use crate::measure::{CompactionMeasure, RunMeasure};

/// The whole text.
pub(super) fn summary(runs: &[RunMeasure], summary: &Summary) -> String {
    let mut text = String::from("# unreel: summary\n\n");
    text.push_str(&format!(
        "{}, {}: {} passed, {} failed, {} failed as expected, {} skipped, {} drifted, {} stale answers, {} recorded \
         exchanges unplayed. Seed {}.\n\n",
        plural(summary.scenarios, "scenario"),
        plural(summary.runs, "run"),
        summary.passed,
        summary.failed,
        summary.failed_as_expected,
        summary.skipped,
        summary.drifted,
        summary.stale,
        summary.unplayed,
        summary.seed
    ));
    for line in caveats(runs) {
        text.push_str(&format!("> {line}\n"));
    }
    text.push('\n');
    rates::section(&mut text, runs);
    results(&mut text, runs);
    failures(&mut text, runs);
    drift::section(&mut text, runs, name);
    growth(&mut text, runs);
    transports(&mut text, runs);
    breaks(&mut text, runs);
    compactions(&mut text, runs);
    if agents::text(runs).is_some() {
        text.push_str("Agents side by side, their tools and what of them is volatile: agents.md\n");
    }
    text
}

fn name(run: &RunMeasure) -> String {
    let mut name = run.run.name();
    if run.run.trial > 1 {
        name.push_str(&format!("#{}", run.run.trial));
    }
    name
}

fn results(text: &mut String, runs: &[RunMeasure]) {
    text.push_str("## Runs\n\n");
    let mut rows: Vec<&RunMeasure> = runs.iter().collect();
    rows.sort_by_key(|run| outcome(run));
    let row = |run: &&RunMeasure| {
        let payload = &run.payload;
        let held = run.checks.iter().filter(|check| check.passed).count();
        let (cached, of) = cached(run);
        vec![
            name(run),
            outcome(run).as_str().to_owned(),
            format!("{held}/{}", run.checks.len()),
            payload.requests.to_string(),
            bytes(payload.sent_bytes),
            bytes(payload.new_bytes),
            ratio(payload.sent_bytes, payload.new_bytes),
            count(payload.sent_tokens),
            count(of.saturating_sub(cached)),
            percent(cached, of),
            note(run),
        ]
    };
    let head = [
        "scenario",
        "outcome",
        "checks",
        "requests",
        "sent",
        "new",
        "sent/new",
        "sent tokens",
        "uncached tokens",
        "cached",
        "note",
    ];
    table(text, &head, rows.iter().map(row).collect());
}

fn failures(text: &mut String, runs: &[RunMeasure]) {
    let failed: Vec<&RunMeasure> =
        runs.iter().filter(|run| !matches!(outcome(run), Outcome::Pass)).collect();
    if failed.is_empty() {
        return;
    }
    text.push_str("## What did not hold or was not run\n\n");
    for run in failed {
        let reason = match (outcome(run), &run.reason) {
            (Outcome::Interrupted, None) => "the run did not finish".to_owned(),
            (Outcome::FailAsExpected | Outcome::Fail, Some(reason)) => reason.clone(),
            _ => note(run),
        };
        text.push_str(&format!("**{}** ({}): {reason}\n\n", name(run), outcome(run).as_str()));
        if let Some(advice) = advice(run) {
            text.push_str(&format!("Help: {advice}\n\n"));
        }
        for check in run.checks.iter().filter(|check| !check.passed) {
            text.push_str(&format!("- {}\n\n", check.name));
            let indented = check.detail.lines().map(|line| format!("      {line}\n"));
            text.push_str(&indented.collect::<String>());
            text.push('\n');
        }
    }
}

fn growth(text: &mut String, runs: &[RunMeasure]) {
    let rows: Vec<Vec<String>> = runs
        .iter()
        .filter(|run| run.growth.r2.is_some())
        .map(|run| {
            let growth = &run.growth;
            vec![
                name(run),
                run.payload.requests.to_string(),
                bytes(growth.static_bytes),
                format!("{:.0} B", growth.slope),
                growth.r2.map(|r2| format!("{r2:.4}")).unwrap_or_default(),
                bytes(growth.static_share),
                bytes(growth.history_share),
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    text.push_str("## Growth of requests\n\n");
    text.push_str(
        "Request size against request number: `p` is the first request, `s` the slope. Sent = \
         `p*n` (static share) + history share; an append-only session sends `s*n*(n-1)/2` of \
         history. Curves of the sums, in tokens: growth.html.\n\n",
    );
    let head = ["scenario", "n", "p", "s", "R2", "static share", "history share"];
    table(text, &head, rows);
}

fn transports(text: &mut String, runs: &[RunMeasure]) {
    let row = |run: &RunMeasure| {
        let up = run.payload.up;
        vec![
            name(run),
            run.transport.as_str().to_owned(),
            bytes(run.payload.wire_bytes),
            bytes(up.http),
            bytes(up.http_previous),
            bytes(up.websocket),
            ratio(up.http, up.websocket),
        ]
    };
    let rows: Vec<Vec<String>> =
        runs.iter().filter(|run| run.payload.requests > 0).map(row).collect();
    if rows.is_empty() {
        return;
    }
    text.push_str("## Bytes up, by transport\n\n");
    text.push_str(
        "Request bodies of the main thread: on the wire, and computed for a client that sends its \
         whole history, that continues stored responses (`previous_response_id`), and that \
         continues on a WebSocket. Tools and instructions are sent every time; the prompt that \
         the model reads, and that is paid for, is the same.\n\n",
    );
    let head = [
        "scenario",
        "transport",
        "on the wire",
        "HTTP, all",
        "HTTP, continued",
        "WebSocket",
        "all/WebSocket",
    ];
    table(text, &head, rows);
}

fn breaks(text: &mut String, runs: &[RunMeasure]) {
    let mut rows = Vec::new();
    for run in runs {
        for one in &run.breaks {
            rows.push(vec![
                name(run),
                one.seq.to_string(),
                one.cause.as_str().to_owned(),
                one.layer.as_str().to_owned(),
                format!("`{}`", one.pointer),
                count(one.tokens_lost),
                bytes(one.bytes_lost),
            ]);
        }
    }
    if rows.is_empty() {
        return;
    }
    text.push_str("## Prefix breaks\n\n");
    text.push_str(
        "`unreel explain DIR RUN` shows each with a diff of the place, its price and a fix.\n\n",
    );
    let head =
        ["scenario", "request", "cause", "layer", "first difference", "tokens lost", "bytes lost"];
    table(text, &head, rows);
}

fn compactions(text: &mut String, runs: &[RunMeasure]) {
    let all: Vec<(&RunMeasure, &CompactionMeasure)> =
        runs.iter().flat_map(|run| run.compactions.iter().map(move |one| (run, one))).collect();
    if all.is_empty() {
        return;
    }
    text.push_str("## Compactions\n\n");
    text.push_str(
        "Recall is read from the decoded requests before and after: k of n planted facts. Which \
         facts survive is chosen by the scenario's retention policy (remote, endpoint, summary) or \
         by the client (clear-tool-results, sliding-window); it describes agent plus policy, never \
         a provider's compaction.\n\n",
    );
    let row = |(run, one): &(&RunMeasure, &CompactionMeasure)| {
        let kept = one.facts.iter().filter(|fate| fate.kept).count();
        let lost: Vec<&str> =
            one.facts.iter().filter(|fate| !fate.kept).map(|fate| fate.fact.as_str()).collect();
        vec![
            name(run),
            one.number.to_string(),
            format!("{} {}", one.strategy, one.phase),
            format!("{} to {}", count(one.tokens_before), count(one.tokens_after)),
            format!("{kept}/{}", one.facts.len()),
            lost.join(", "),
            count(one.cache_reset_tokens),
            format!("{} calls, {}", one.reacquired_calls, bytes(one.reacquired_bytes)),
        ]
    };
    let head = [
        "scenario",
        "#",
        "strategy, phase",
        "tokens",
        "facts kept",
        "lost",
        "cache reset tokens",
        "re-acquired",
    ];
    table(text, &head, all.iter().map(row).collect());
}
