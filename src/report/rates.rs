//! Trials with a live model: a row for each scenario and variant, because what one trial came to says
//! little. Rows stand in matrix order, variants of a scenario side by side.

use super::format::{bytes, cut, percent, ratio};
use super::grid::{columns, table};
use super::outcome::outcome;
use crate::measure::RunMeasure;
use crate::measure::paired::{Rate, wilson};

const HEAD: [&str; 9] =
    ["scenario", "passed", "95 %", "req", "sent", "new", "sent/new", "cached", "note"];
/// The columns that hold words.
const WORDS: [usize; 2] = [0, 8];

/// Whether rates say more than rows.
pub(super) fn are_wanted(runs: &[RunMeasure]) -> bool {
    runs.iter().any(|run| run.is_live() && run.run.trial > 1)
}

/// The table.
pub(super) fn rates(runs: &[RunMeasure]) -> Vec<String> {
    let mut cells = vec![HEAD.map(str::to_owned).to_vec()];
    let groups = runs.chunk_by(|one, other| one.run.is_trial_of(&other.run));
    cells.extend(groups.map(row));
    columns(&cells, &WORDS)
}

/// The same for `summary.md`; nothing where rows say it all.
pub(super) fn section(text: &mut String, runs: &[RunMeasure]) {
    if !are_wanted(runs) {
        return;
    }
    text.push_str("## Rates\n\n");
    let groups = runs.chunk_by(|one, other| one.run.is_trial_of(&other.run));
    table(text, &HEAD, groups.map(row).collect());
}

fn row(trials: &[RunMeasure]) -> Vec<String> {
    let graded: Vec<&RunMeasure> = trials.iter().filter(|run| run.graded().is_some()).collect();
    let passed = graded.iter().filter(|run| run.graded() == Some(true)).count();
    let rate = Rate { successes: passed as u32, trials: graded.len() as u32 };
    let (low, high) = wilson(rate);
    let sum = |of: &dyn Fn(&RunMeasure) -> u64| graded.iter().map(|run| of(run)).sum::<u64>();
    let (sent, new) = (sum(&|run| run.payload.sent_bytes), sum(&|run| run.payload.new_bytes));
    let requests = sum(&|run| u64::from(run.payload.requests));
    let trials_graded = graded.len() as u64;
    let show = |text: String| if trials_graded > 0 { text } else { String::new() };
    vec![
        cut(&trials[0].run.name(), 30),
        format!("{passed}/{trials_graded}"),
        show(format!("{:.0} .. {:.0}", low * 100.0, high * 100.0)),
        ratio(requests, trials_graded),
        show(bytes(sent.checked_div(trials_graded).unwrap_or_default())),
        show(bytes(new.checked_div(trials_graded).unwrap_or_default())),
        ratio(sent, new),
        percent(sum(&|run| cached(run).0), sum(&|run| cached(run).1)),
        note(trials),
    ]
}

/// What did not pass, by what it was.
fn note(trials: &[RunMeasure]) -> String {
    let mut words: Vec<(&str, u32)> = Vec::new();
    for run in trials.iter().filter(|run| run.graded() != Some(true)) {
        let word = outcome(run).as_str();
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, times)) => *times += 1,
            None => words.push((word, 1)),
        }
    }
    let words = words.iter().map(|(word, times)| format!("{times} {word}"));
    words.collect::<Vec<_>>().join(", ")
}

/// Cached tokens, and all. Of a live model both are the provider's own count: its tokens are not ours.
pub(super) fn cached(run: &RunMeasure) -> (u64, u64) {
    let payload = &run.payload;
    if !run.is_live() {
        return (payload.cached_tokens, payload.sent_tokens);
    }
    let main = run.requests.iter().filter(|request| request.thread == 0);
    main.fold((0, 0), |(cached, all), request| {
        let told = (request.cached_tokens.unwrap_or(0), request.input_tokens.unwrap_or(0));
        (cached.saturating_add(told.0), all.saturating_add(told.1))
    })
}
