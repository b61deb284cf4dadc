//! Two conversations, held against each other: what changed in the prompt, in what tools gave and in
//! what was answered, and what the change costs a prefix cache. Pure; either side is a run or a
//! recording.
//!
//! Requests are compared by the rules of matching, so that `diff` and a replay call a difference by
//! the same name. A difference that every later request repeats is told once.

mod align;
mod answers;
mod cost;
mod fill;
mod names;
mod requests;
mod text;
mod whole;

pub use text::{Edit, changed_lines};
pub use whole::{ReportDiff, RunDiff, compare_reports};

use crate::measure::run::of_session;
use crate::measure::session::Session;
use crate::measure::story::About;
use crate::recording::Layer;
use crate::recording::journal::{RunLog, Verdict};
use crate::recording::matching::{Change, Severity};
use serde::Serialize;

/// The comparison of two conversations. `A` is the older one, by custom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// One side.
    pub a: About,
    /// The other.
    pub b: About,
    /// Whether nothing differs that was said, sent, called or checked.
    pub equal: bool,
    /// The severest of all differences.
    pub severity: Option<Severity>,
    /// Agent, model, scenario and what else was held fixed, where it was not.
    pub conditions: Vec<Condition>,
    /// Verdicts, where both sides are runs.
    pub verdicts: Option<(Option<Verdict>, Option<Verdict>)>,
    /// Checks that came out differently.
    pub checks: Vec<CheckChange>,
    /// What differs in requests, the severest first.
    pub changes: Vec<RequestChange>,
    /// Answers and calls that differ.
    pub answers: Vec<AnswerChange>,
    /// Exchanges of A that B has nothing for.
    pub only_a: Vec<u32>,
    /// Exchanges of B that A has nothing for.
    pub only_b: Vec<u32>,
    /// Exchanges that were held against each other.
    pub pairs: u32,
    /// What it does to the cached prefix.
    pub prefix: Prefix,
    /// Figures of A.
    pub cost_a: Cost,
    /// Figures of B.
    pub cost_b: Cost,
}

/// Something that should be the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// `agent`, `model`, `scenario`, ..
    pub what: String,
    /// In A.
    pub a: String,
    /// In B.
    pub b: String,
}

/// A check that came out differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckChange {
    /// Its name.
    pub name: String,
    /// Whether it held in A; `None` if it is not there.
    pub a: Option<bool>,
    /// In B.
    pub b: Option<bool>,
    /// Why it does not hold, in the side where it does not.
    pub detail: String,
}

/// One difference of requests, with all requests that have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestChange {
    /// How much it matters.
    pub severity: Severity,
    /// What became of the part.
    pub change: Change,
    /// Its prompt layer.
    pub layer: Layer,
    /// The tool that it is, or whose output it is.
    pub tool: Option<String>,
    /// JSON pointer into the request of B; into that of A for what was lost.
    pub pointer: String,
    /// Byte offset in a text, where the two part.
    pub byte: Option<u64>,
    /// The first exchange of A that has it.
    pub exchange_a: u32,
    /// The exchange of B beside that.
    pub exchange_b: u32,
    /// How many requests have it.
    pub requests: u32,
    /// In A, around there.
    pub a: Option<String>,
    /// In B.
    pub b: Option<String>,
    /// The changed lines, where both are texts.
    pub lines: Vec<Edit>,
    /// Tokens of the first such request from there on, which no cache of A's prompt holds.
    pub tokens_lost: u64,
}

/// Two answers that differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnswerChange {
    /// The exchange of A.
    pub exchange_a: u32,
    /// That of B.
    pub exchange_b: u32,
    /// Whether it is the calls that differ, and not the words alone.
    pub calls: bool,
    /// The parts of the answers, one a line, as edits.
    pub lines: Vec<Edit>,
}

/// Where the prefix breaks, and what that costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Prefix {
    /// The first request of B's main thread that is no longer A's.
    pub first: Option<Parting>,
    /// Places where B's main thread breaks its own prefix and A does not.
    pub breaks_more: u32,
    /// Breaks of A's main thread.
    pub breaks_a: u32,
    /// Breaks of B's main thread.
    pub breaks_b: u32,
    /// Tokens that B's own breaks lose, minus those of A.
    pub repeated_tokens: i64,
    /// The same in bytes.
    pub repeated_bytes: i64,
}

/// Where two requests part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parting {
    /// The exchange of A.
    pub exchange_a: u32,
    /// That of B.
    pub exchange_b: u32,
    /// JSON pointer of the first difference in the rendering.
    pub pointer: String,
    /// Its layer.
    pub layer: Layer,
    /// Tokens of B's request that A's prefix holds.
    pub kept_tokens: u64,
    /// The same in bytes.
    pub kept_bytes: u64,
    /// Tokens that a cache of A has to read anew, once.
    pub lost_tokens: u64,
    /// The same in bytes.
    pub lost_bytes: u64,
}

/// Sums over the main thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Requests.
    pub requests: u32,
    /// Rendered bytes sent.
    pub sent_bytes: u64,
    /// Of these new.
    pub new_bytes: u64,
    /// Rendered tokens sent.
    pub sent_tokens: u64,
    /// Of these new.
    pub new_tokens: u64,
    /// Input tokens as reported.
    pub input_tokens: u64,
    /// Cached tokens as reported.
    pub cached_tokens: u64,
    /// Output tokens as reported.
    pub output_tokens: u64,
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct SideOf<'a> {
    /// What is known of it.
    pub about: &'a About,
    /// The conversation.
    pub log: &'a RunLog,
}

/// Compares two conversations.
#[must_use]
pub fn compare(a: SideOf<'_>, b: SideOf<'_>) -> Comparison {
    let (whole_a, whole_b) = (fill::filled(a.log, b.log), fill::filled(b.log, a.log));
    let (a, b) = (SideOf { log: &whole_a, ..a }, SideOf { log: &whole_b, ..b });
    // Ids are minted anew in every conversation; those of answers that are held against each other
    // are given one name before anything is compared.
    let aligned = align::align(a.log, b.log);
    let renamed = names::renamed(a.log, b.log, &aligned);
    let (one, two) = (Session::new(a.log), Session::new(b.log));
    let (measured_a, measured_b) = (of_session(&one), of_session(&two));
    let answers = answers::changes(a.log, &renamed, &aligned);
    let mut changes = requests::changes(&one, &two, &renamed, &aligned);
    changes.sort_by_key(|change| std::cmp::Reverse(change.severity));
    let both_ran = a.about.kind == "run" && b.about.kind == "run";
    let verdicts = both_ran.then_some((measured_a.verdict, measured_b.verdict));
    let checks = if both_ran { whole::checks(&measured_a, &measured_b) } else { Vec::new() };
    let shape = !answers.is_empty() || !aligned.only_a.is_empty() || !aligned.only_b.is_empty();
    let severity = changes.first().map(|change| change.severity);
    let numbers = |log: &RunLog, at: &[usize]| at.iter().map(|at| log.exchanges[*at].seq).collect();
    Comparison {
        version: 1,
        a: a.about.clone(),
        b: b.about.clone(),
        equal: changes.is_empty()
            && !shape
            && checks.is_empty()
            && verdicts.is_none_or(|(a, b)| a == b),
        severity: if shape { Some(Severity::Shape) } else { severity },
        conditions: whole::conditions(a, b),
        verdicts,
        checks,
        prefix: cost::prefix(&one, &two, &measured_a, &measured_b, &aligned),
        cost_a: cost::cost(&measured_a),
        cost_b: cost::cost(&measured_b),
        changes,
        answers,
        only_a: numbers(a.log, &aligned.only_a),
        only_b: numbers(b.log, &aligned.only_b),
        pairs: aligned.pairs.len() as u32,
    }
}
