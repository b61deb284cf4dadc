//! A story for people: what it is of, the layers of its first request, then a row for each exchange
//! with its figures on the left and what was said and done on the right.

mod fold;
mod runs;
mod step;
mod whole;

pub use runs::runs_text;
pub use whole::exchange_text;

use super::format::{WIDTH, bytes, count, percent, plural, ratio, wrap};
use super::outcome::verdict_name;
use super::paint::Paint;
use crate::measure::Layer;
use crate::measure::story::{End, Step, Story};
use crate::recording::journal::Verdict;
use step::Line;

/// So many lines of a check's detail are shown.
const DETAIL: usize = 6;

/// The text of a story. `all` shows every exchange; `again` is the command line that names the same
/// source, for the last line.
#[must_use]
pub fn story_text(story: &Story, all: bool, again: &str, paint: Paint) -> String {
    let mut lines = head(story, paint);
    lines.push(String::new());
    lines.extend(layers(story, paint));
    lines.push(String::new());
    lines.push(paint.dim(&step::columns()));
    let mut turn = 0;
    let shown = fold::folded(story, all);
    for row in &shown.rows {
        match row {
            fold::Row::Step(step) => {
                if step.turn != turn && step.thread == 0 {
                    turn = step.turn;
                    if turn > 1 {
                        lines.push(String::new());
                    }
                    lines.extend(step::turn(turn, opening(story, turn), paint));
                }
                let opens = opening(story, step.turn)
                    .is_some_and(|opening| opening.exchange == step.exchange);
                lines.extend(step::before(step, story, opens, paint));
                lines.extend(step::rows(step, paint));
            }
            fold::Row::Folded(steps) => lines.extend(fold::line(steps, paint)),
        }
    }
    lines.push(String::new());
    if let Some(end) = &story.end {
        lines.extend(ending(end, paint));
    }
    lines.extend(notes(story, shown.hidden, again).iter().map(|line| paint.dim(line)));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The first request of a turn that says something new of the user's.
fn opening(story: &Story, turn: u32) -> Option<&Step> {
    story.steps.iter().find(|step| {
        step.turn == turn
            && step.thread == 0
            && step.endpoint == "responses"
            && !step.user.is_empty()
    })
}

fn head(story: &Story, paint: Paint) -> Vec<String> {
    let about = &story.about;
    let mut parts = vec![format!("agent {}", about.agent), format!("model {}", about.model)];
    if !about.scenario.is_empty() {
        let variant = match about.variant.as_str() {
            "" | "base" => String::new(),
            variant => format!("@{variant}"),
        };
        parts.push(format!("scenario {}{variant}", about.scenario));
    }
    if !about.rules.is_empty() {
        let rules = about.rules.iter().map(|(agent, version)| format!("{agent} {version}"));
        parts.push(format!("rules {}", rules.collect::<Vec<_>>().join(", ")));
    }
    parts.extend(about.source.as_ref().map(|source| format!("from {source}")));
    parts.extend(about.upstream.as_ref().map(|upstream| format!("answered by {upstream}")));
    let first = format!("{} {}", about.kind, about.name);
    let mut lines = vec![format!("{} · {}", paint.bold(&first), about.provenance)];
    lines.extend(wrap(&parts.join(" · "), WIDTH, "  "));
    let totals = &story.totals;
    let mut sums = vec![
        format!(
            "{} in {}",
            plural(totals.exchanges as usize, "request"),
            plural(totals.turns as usize, "turn")
        ),
        plural(totals.calls as usize, "call"),
    ];
    if story.threads.len() > 1 {
        sums.push(plural(story.threads.len(), "conversation"));
    }
    sums.push(format!("sent {}, new {}", bytes(totals.sent_bytes), bytes(totals.new_bytes)));
    sums.push(format!("sent/new {}", ratio(totals.sent_bytes, totals.new_bytes)));
    if let (Some(cached), Some(input)) = (totals.cached_tokens, totals.input_tokens) {
        sums.push(format!("cached {}", percent(cached, input)));
    }
    for (number, word) in [
        (totals.breaks, "prefix break"),
        (totals.compactions, "compaction"),
        (totals.stale, "stale answer"),
    ] {
        if number > 0 {
            sums.push(plural(number as usize, word));
        }
    }
    match totals.retries {
        0 => {}
        1 => sums.push("1 retry".to_owned()),
        more => sums.push(format!("{more} retries")),
    }
    lines.extend(wrap(&sums.join(" · "), WIDTH, "  "));
    if !about.lacks.is_empty() {
        let lacks = format!("lacks: {}", about.lacks.join(", "));
        lines.extend(wrap(&lacks, WIDTH, "  ").iter().map(|line| paint.yellow(line)));
    }
    lines
}

/// The name of a layer for people.
pub(in crate::report) fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::AgentsMd => "AGENTS.md",
        Layer::ToolOutput => "tool output",
        other => other.as_str(),
    }
}

fn layers(story: &Story, paint: Paint) -> Vec<String> {
    let row = |name: &str, parts: &str, size: &str, tokens: &str, note: &str| {
        format!("{name:<16}{parts:>6}  {size:>9}  {tokens:>8}  {note}")
    };
    let mut lines = vec![paint.dim(&row("first request", "parts", "bytes", "tokens", ""))];
    let (mut all_bytes, mut all_tokens, mut all_parts) = (0, 0, 0);
    for size in &story.first_request {
        let note = match size.elided {
            0 => String::new(),
            parts if parts == size.parts => "left out, by digest".to_owned(),
            parts => format!("{parts} left out, by digest"),
        };
        let name = format!("  {}", layer_name(size.layer));
        let (parts, tokens) = (size.parts.to_string(), count(size.tokens));
        lines.push(row(&name, &parts, &bytes(size.bytes), &tokens, &note));
        all_bytes += size.bytes;
        all_tokens += size.tokens;
        all_parts += size.parts;
    }
    let (parts, tokens) = (all_parts.to_string(), count(all_tokens));
    lines.push(paint.dim(&row("  in all", &parts, &bytes(all_bytes), &tokens, "")));
    lines
}

fn ending(end: &End, paint: Paint) -> Vec<String> {
    let held = end.checks.iter().filter(|check| check.passed).count();
    let word = match end.verdict {
        Some(Verdict::Pass) => paint.green("pass"),
        Some(_) if end.expect_fail.is_some() => {
            paint.yellow(&format!("{}, as expected", verdict_name(end.verdict)))
        }
        Some(_) => paint.red(&verdict_name(end.verdict)),
        None => paint.yellow("interrupted"),
    };
    let mut lines = vec![format!(
        "{} {word} · {held} of {} hold{}",
        paint.bold("end"),
        plural(end.checks.len(), "check"),
        match end.unplayed {
            0 => String::new(),
            unplayed => format!(" · {unplayed} unplayed"),
        }
    )];
    if let Some(why) = &end.expect_fail {
        lines.extend(wrap(&format!("  expected to fail: {why}"), WIDTH, "    "));
    }
    let failed: Vec<_> = end.checks.iter().filter(|check| !check.passed).collect();
    if let Some(reason) = end.reason.as_ref().filter(|_| failed.is_empty()) {
        lines.extend(wrap(&format!("  {reason}"), WIDTH, "    "));
    }
    for check in failed {
        lines.push(paint.red(&format!("  failed: {}", check.name)));
        let detail: Vec<&str> = check.detail.lines().collect();
        for line in detail.iter().take(DETAIL) {
            lines.push(format!("    {}", super::format::cut(line, WIDTH - 4)));
        }
        if detail.len() > DETAIL {
            lines.push(format!("    (+{} lines)", detail.len() - DETAIL));
        }
    }
    lines.push(String::new());
    lines
}

fn notes(story: &Story, hidden: usize, again: &str) -> Vec<String> {
    let mut lines = vec![
        "sent, new: rendered prompt bytes; new = behind the longest prefix sent before, the bound of an"
            .to_owned(),
        match story.totals.cached_tokens {
            Some(_) => "ideal cache. cached: share of input tokens, as reported with the answer.",
            None => "ideal cache. No usage was reported.",
        }
        .to_owned(),
    ];
    if hidden > 0 {
        lines.push(format!("{hidden} requests folded; all of them: {again} --all"));
    }
    lines.push(format!("one in full: {again} --exchange N"));
    lines
}

/// Lines with a common indentation before all.
fn indented(lines: Vec<Line>, by: &str, paint: Paint) -> Vec<String> {
    lines.into_iter().map(|line| format!("{by}{}", line.painted(paint))).collect()
}
