//! Several agents on the same scenarios, side by side: same verdict, same files, which tool each
//! verb of the script became, and what of their requests was taken as volatile.

use super::format::bytes;
use super::grid::table;
use super::outcome::outcome;
use crate::measure::RunMeasure;
use crate::recording::journal::BUILTIN;
use indexmap::{IndexMap, IndexSet};

/// How much of a reason stands in a cell.
const REASON_CHARS: usize = 160;

/// `agents.md`; nothing where only the built-in agent ran.
pub(super) fn text(runs: &[RunMeasure]) -> Option<String> {
    if runs.iter().all(|run| run.run.agent == BUILTIN) {
        return None;
    }
    let mut text = String::from("# unreel: agents\n\n");
    let names: IndexSet<&str> = runs.iter().map(|run| run.run.agent.as_str()).collect();
    if names.len() > 1 {
        side_by_side(&mut text, runs, &names);
    }
    verbs(&mut text, runs);
    masked(&mut text, runs);
    Some(text.trim_end().to_owned() + "\n")
}

/// Each agent against the first one.
fn side_by_side(text: &mut String, runs: &[RunMeasure], names: &IndexSet<&str>) {
    let labels: IndexMap<&str, &str> =
        runs.iter().map(|run| (run.run.agent.as_str(), run.agent.as_str())).collect();
    let first = names.first().copied().unwrap_or_default();
    text.push_str("## Agents side by side\n\n");
    text.push_str(&format!(
        "Each cell: the outcome, and whether the final files (paths, modes, content; without `.git` \
         and ignored files) are those that {} left.\n\n",
        labels[first]
    ));
    let mut rows: IndexMap<(String, u32), Vec<&RunMeasure>> = IndexMap::new();
    for run in runs {
        let mut key = run.run.clone();
        first.clone_into(&mut key.agent);
        rows.entry((key.name(), key.trial)).or_default().push(run);
    }
    let mut same: IndexMap<&str, usize> = IndexMap::new();
    let mut cells = Vec::new();
    for ((name, _), of) in &rows {
        let base = of.iter().find(|run| run.run.agent == first);
        let mut row = vec![name.trim_end_matches(&format!("+{first}")).to_owned()];
        for agent in names {
            let Some(run) = of.iter().find(|run| run.run.agent == *agent) else {
                row.push(String::new());
                continue;
            };
            let word = outcome(run).as_str();
            let equal = base.is_some_and(|base| {
                base.verdict == run.verdict && base.tree == run.tree && run.tree.is_some()
            });
            *same.entry(agent).or_default() += usize::from(equal);
            row.push(match (equal, *agent == first) {
                (_, true) => word.to_owned(),
                (true, _) => format!("{word}, same files"),
                (false, _) => format!("{word}: {}", why(base.copied(), run)),
            });
        }
        cells.push(row);
    }
    let mut head = vec!["scenario"];
    head.extend(names.iter().map(|name| labels[name]));
    table(text, &head, cells);
    for (agent, count) in same.iter().filter(|(agent, _)| **agent != first) {
        text.push_str(&format!(
            "{}: same verdict and same files as {} in {count} of {}.\n\n",
            labels[agent],
            labels[first],
            rows.len()
        ));
    }
}

fn why(base: Option<&RunMeasure>, run: &RunMeasure) -> String {
    let files = base.is_some_and(|base| base.verdict == run.verdict && base.tree != run.tree);
    let reason = run.reason.clone().unwrap_or_default();
    let why = match (files, reason.is_empty()) {
        (true, true) => "other files".to_owned(),
        (true, false) => format!("other files; {reason}"),
        (false, true) => "another verdict".to_owned(),
        (false, false) => reason,
    };
    why.chars().take(REASON_CHARS).collect()
}

fn verbs(text: &mut String, runs: &[RunMeasure]) {
    let mut counts: IndexMap<(&str, &str, &str), u64> = IndexMap::new();
    for run in runs {
        for (verb, tool, times) in &run.rendered {
            *counts.entry((run.agent.as_str(), verb, tool)).or_default() += u64::from(*times);
        }
    }
    if counts.is_empty() {
        return;
    }
    text.push_str("## Verbs and tools\n\nWhich tool each verb of the scripts became.\n\n");
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|((agent, verb, _), _)| (agent.to_string(), verb.to_string()));
    let row = |((agent, verb, tool), times): &((&str, &str, &str), u64)| {
        vec![(*agent).to_owned(), format!("`{verb}`"), format!("`{tool}`"), times.to_string()]
    };
    table(text, &["agent", "verb", "tool", "calls"], rows.iter().map(row).collect());
}

fn masked(text: &mut String, runs: &[RunMeasure]) {
    let mut sums: IndexMap<(&str, &str), u64> = IndexMap::new();
    let mut worst: IndexMap<&str, f64> = IndexMap::new();
    for run in runs {
        for (rule, bytes) in &run.masked {
            *sums.entry((run.agent.as_str(), rule)).or_default() += bytes;
        }
        for request in run.requests.iter().filter(|request| request.masked_bytes > 0) {
            let share = request.masked_bytes as f64 / request.wire_bytes.max(1) as f64;
            let most = worst.entry(run.agent.as_str()).or_default();
            *most = most.max(share);
        }
    }
    if sums.is_empty() {
        return;
    }
    text.push_str("## Volatile values\n\n");
    text.push_str(
        "What differs from run to run in an agent's requests, by rule: bytes of the placeholders \
         that stand for it. What an item keeps is compared with the request before and counts once. \
         All figures are computed on requests with placeholders.\n\n",
    );
    let row = |((agent, rule), sum): (&(&str, &str), &u64)| {
        vec![(*agent).to_owned(), (*rule).to_owned(), bytes(*sum)]
    };
    table(text, &["agent", "rule", "bytes"], sums.iter().map(row).collect());
    for (agent, share) in worst {
        text.push_str(&format!("{agent}: at most {:.2} % of a request.\n\n", share * 100.0));
    }
}
