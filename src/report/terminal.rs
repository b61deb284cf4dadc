//! The table after a matrix: at most 100 columns, bad rows first, what the figures mean last.

use super::Summary;
use super::format::{WIDTH, bytes, cut, percent, plural, quoted, ratio, wrap};
use super::grid::columns;
use super::note::note;
use super::outcome::{Outcome, outcome};
use super::problems::problems;
use super::rates;
use crate::cache::MissReason;
use crate::measure::RunMeasure;

/// Beyond so many rows, passes are counted instead of shown.
const ROWS: usize = 24;

/// The text; `all` shows every row, `wall` is what the matrix took, for people, `place` the folder
/// of the report.
#[must_use]
pub fn terminal(
    runs: &[RunMeasure],
    summary: &Summary,
    all: bool,
    wall: &str,
    place: &str,
) -> String {
    let mut rows: Vec<&RunMeasure> = runs.iter().collect();
    // A stable sort: rows of one outcome stay in matrix order.
    rows.sort_by_key(|run| outcome(run));
    let hidden = match all || rows.len() <= ROWS {
        true => 0,
        false => {
            let keep = rows.iter().filter(|run| outcome(run) != Outcome::Pass).count();
            let keep = keep.max(ROWS.min(rows.len()));
            rows.split_off(keep).len()
        }
    };
    let mut lines = wrap(&header(runs, summary, wall), WIDTH, "  ");
    let name = names(runs);
    let by_rates = rates::are_wanted(runs);
    if by_rates {
        lines.extend(rates::rates(runs));
    }
    if all || !by_rates {
        lines.extend(table(&rows, &name));
    }
    if hidden > 0 && !by_rates {
        lines.push(format!("({hidden} more passed; --all)"));
    }
    lines.extend(problems(&rows, &name, WIDTH));
    lines.push(counts(runs, summary));
    lines.extend(caveats(runs).iter().flat_map(|caveat| wrap(caveat, WIDTH, "  ")));
    if let Some(run) = worst_broken(runs) {
        let name = match run.run.trial {
            1 => run.run.name(),
            _ => run.run.to_string(),
        };
        let (place, name) = (quoted(place), quoted(&name));
        lines.push(format!("what broke the prefix: unreel explain {place} {name}"));
    }
    // Never cut, however long: it is there to be copied.
    lines.push(format!("full: {place}/summary.md · beside it: tables/, journal.jsonl"));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The run that lost most of its cached prefix to something else than compactions.
fn worst_broken(runs: &[RunMeasure]) -> Option<&RunMeasure> {
    let lost = |run: &&RunMeasure| -> u64 {
        let breaks = run.breaks.iter().filter(|one| one.cause != MissReason::ContextCompacted);
        breaks.map(|one| one.tokens_lost).sum()
    };
    // Of equal ones the first.
    runs.iter().rev().max_by_key(lost).filter(|run| lost(run) > 0)
}

fn header(runs: &[RunMeasure], summary: &Summary, wall: &str) -> String {
    let scenarios = plural(summary.scenarios, "scenario");
    let runs_of = match summary.runs == summary.scenarios {
        true => String::new(),
        false => format!(" · {} runs", summary.runs),
    };
    let one = |values: Vec<&str>| {
        let mut values = values;
        values.sort_unstable();
        values.dedup();
        values.join(", ")
    };
    let agent = one(runs.iter().map(|run| run.agent.as_str()).collect());
    let model = one(runs.iter().map(|run| run.provenance.as_str()).collect());
    let cache = one(runs.iter().map(cache).collect());
    format!(
        "{scenarios}{runs_of} · agent {agent} · model: {model} · cache: {cache} · seed {} · {wall}",
        summary.seed
    )
}

/// Whose cache it is.
fn cache(run: &RunMeasure) -> &str {
    if run.is_live() { "provider's" } else { &run.cache }
}

/// How runs are named: without what is the same for all.
fn names(runs: &[RunMeasure]) -> impl Fn(&RunMeasure) -> String {
    let several = runs.iter().any(|run| run.run.trial > 1);
    move |run| {
        let mut name = run.run.name();
        if several {
            name.push_str(&format!("#{}", run.run.trial));
        }
        name
    }
}

fn table(rows: &[&RunMeasure], name: impl Fn(&RunMeasure) -> String) -> Vec<String> {
    let head = ["scenario", "checks", "req", "sent", "new", "sent/new", "cached", "facts", "note"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for run in rows {
        let payload = &run.payload;
        let ran = payload.requests > 0;
        let show = |text: String| if ran { text } else { String::new() };
        let (cached, of) = rates::cached(run);
        cells.push(vec![
            cut(&name(run), 30),
            outcome(run).as_str().to_owned(),
            show(payload.requests.to_string()),
            show(bytes(payload.sent_bytes)),
            show(bytes(payload.new_bytes)),
            show(ratio(payload.sent_bytes, payload.new_bytes)),
            show(percent(cached, of)),
            run.facts_kept.map(|(kept, of)| format!("{kept}/{of}")).unwrap_or_default(),
            note(run),
        ]);
    }
    columns(&cells, &[0, 1, 8])
}

fn counts(runs: &[RunMeasure], summary: &Summary) -> String {
    let of = |wanted| runs.iter().filter(|run| outcome(run) == wanted).count();
    let interrupted = of(Outcome::Interrupted);
    let mut parts = vec![format!("{} passed", summary.passed)];
    for (count, word) in [
        (summary.failed - interrupted - of(Outcome::OffPolicy), "failed"),
        (interrupted, "interrupted"),
        (of(Outcome::OffPolicy), "off-policy"),
        (of(Outcome::Unstable), "unstable"),
        (summary.failed_as_expected, "failed as expected"),
        (summary.skipped, "skipped"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    if runs.iter().all(RunMeasure::is_live) && !runs.is_empty() {
        return parts.join(" · ");
    }
    parts.push(format!("{} drift", summary.drifted));
    if summary.stale > 0 {
        parts.push(format!("{} stale", plural(summary.stale as usize, "answer")));
    }
    parts.push(format!("{} unplayed", summary.unplayed));
    parts.join(" · ")
}

/// What must stand beside the figures (design: measures, "printed beside, always").
pub(super) fn caveats(runs: &[RunMeasure]) -> Vec<String> {
    let scripted = runs.iter().all(|run| run.provenance.contains("scripted"));
    let live = runs.iter().any(RunMeasure::is_live);
    let answers = match scripted {
        _ if live => "a live model's; another trial may end otherwise",
        true => "from a script, not a live model's",
        false => "recorded, not a live model's",
    };
    let mut lines =
        vec![format!("pass = checks hold on the final repository. Answers: {answers}.")];
    if rates::are_wanted(runs) {
        lines.push(
            "passed: graded trials; 95 %: interval of the rate (Wilson). req, sent, new: of one trial."
                .to_owned(),
        );
    }
    lines.push(
        "sent, new: rendered prompt bytes. new = bound of an ideal prefix; providers cache less."
            .to_owned(),
    );
    let facts = match runs.iter().any(|run| run.facts_kept.is_some()) {
        true => " facts: kept k/n; the scenario's retention policy chose.",
        false => "",
    };
    lines.push(match live {
        true => format!("cached: share of prompt tokens, both as the provider told.{facts}"),
        false => format!(
            "cached: share of sent tokens, policy in force. Tokens: o200k, own rendering.{facts}"
        ),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, terminal};
    use crate::measure::{RunMeasure, measure, testing};
    use crate::recording::journal::{RunFinished, Verdict};
    use crate::report::Summary;

    fn failed(reason: &str, expected: Option<&str>) -> RunMeasure {
        let mut log = testing::log(vec![testing::exchange(0, &[testing::user("a")])]);
        log.started.expect_fail = expected.map(str::to_owned);
        log.finished = Some(RunFinished {
            verdict: Verdict::Fail,
            reason: Some(reason.to_owned()),
            unplayed: 0,
            unsettled: false,
            tree: None,
        });
        let mut measured = measure(&log);
        measured.facts_kept = Some((1, 2));
        measured
    }

    #[test]
    fn reasons_and_caveats_are_said_whole_within_the_width() {
        let long = "some words of a reason, ".repeat(8);
        let runs = [failed(&format!("{long}END"), None), failed("x", Some(&format!("{long}WHY")))];
        let text = terminal(&runs, &Summary::of(&runs, 1), false, "1 s", "a/place");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in ["reason, END", "reason, WHY", "not a live model's.", "policy chose."] {
            assert!(words.contains(part), "{part} in {text}");
        }
    }
}
