//! What is said of a comparison, the worst first.

use super::{Block, Section};
use crate::measure::compare::{Comparison, Cost, Prefix, RequestChange};
use crate::recording::Layer;
use crate::recording::matching::{Change, Severity};
use crate::report::format::{bytes, count, percent, plural};
use crate::report::story::layer_name;
use crate::report::verdict_name;

/// So many differences of a section are shown.
const SHOWN: usize = 12;

/// One line about all of it.
pub(super) fn headline(one: &Comparison) -> String {
    if one.equal {
        return format!("equal: {} alike", plural(one.pairs as usize, "exchange"));
    }
    let mut parts = Vec::new();
    if let Some((a, b)) = one.verdicts.filter(|(a, b)| a != b) {
        parts.push(format!("{} -> {}", verdict_name(a), verdict_name(b)));
    }
    for (number, word) in [
        (one.checks.len(), "check"),
        (one.answers.len(), "answer"),
        (one.changes.len(), "difference in request"),
        (one.only_a.len() + one.only_b.len(), "exchange"),
    ] {
        match (number, word) {
            (0, _) => {}
            (number, "difference in request") => {
                parts.push(format!("{} in requests", plural(number, "difference")));
            }
            (number, "exchange") => {
                parts.push(format!("{} on one side only", plural(number, word)))
            }
            (number, word) => parts.push(format!("{} came out differently", plural(number, word))),
        }
    }
    let severity = one.severity.map(|severity| format!("{}: ", severity.as_str()));
    format!("{}{}", severity.unwrap_or_default(), parts.join(" · "))
}

/// The sections that hold anything.
pub(super) fn sections(one: &Comparison) -> Vec<Section> {
    let mut sections = vec![checks(one), answers(one)];
    let of = |severity: Severity, title: &str, wanted: &dyn Fn(&RequestChange) -> bool| {
        let changes = one.changes.iter().filter(|change| change.severity == severity);
        requests(&format!("{}: {title}", severity.as_str()), changes.filter(|one| wanted(one)))
    };
    sections.push(of(Severity::Shape, "history", &|_| true));
    sections.push(of(Severity::State, "tool outputs", &|_| true));
    sections.push(of(Severity::Context, "tools", &|one| one.layer == Layer::Tools));
    let prompt = |one: &RequestChange| ![Layer::Tools, Layer::Other].contains(&one.layer);
    sections.push(of(Severity::Context, "prompt", &prompt));
    sections.push(of(Severity::Context, "fields", &|one| one.layer == Layer::Other));
    sections.push(of(Severity::Cosmetic, "other bytes of the same meaning", &|_| true));
    sections.push(conditions(one));
    sections.push(prefix(one));
    if !one.equal || one.cost_a != one.cost_b {
        sections.push(costs(one));
    }
    sections.retain(|section| !section.blocks.is_empty());
    sections
}

fn conditions(one: &Comparison) -> Section {
    let row = |condition: &crate::measure::compare::Condition| {
        let or_nothing =
            |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let (a, b) = (or_nothing(&condition.a), or_nothing(&condition.b));
        Block::Point(format!("{}: {a} -> {b}", condition.what))
    };
    let blocks = one.conditions.iter().map(row).collect();
    Section { title: "not the same on both sides".into(), blocks }
}

fn checks(one: &Comparison) -> Section {
    let mut blocks = Vec::new();
    if let Some((a, b)) = one.verdicts.filter(|(a, b)| a != b) {
        blocks.push(Block::Point(format!("verdict: {} -> {}", verdict_name(a), verdict_name(b))));
    }
    for check in &one.checks {
        let word = |side: Option<bool>| match side {
            Some(true) => "holds",
            Some(false) => "fails",
            None => "is not there",
        };
        let why = check.detail.lines().next().map(|line| format!(" · {line}"));
        blocks.push(Block::Point(format!(
            "check `{}`: {} in A, {} in B{}",
            check.name,
            word(check.a),
            word(check.b),
            why.unwrap_or_default()
        )));
    }
    Section { title: "checks".into(), blocks }
}

fn answers(one: &Comparison) -> Section {
    let mut blocks = Vec::new();
    for change in one.answers.iter().take(SHOWN) {
        let what = if change.calls { "calls" } else { "words" };
        let place = beside(change.exchange_a, change.exchange_b);
        blocks.push(Block::Point(format!("{place}: other {what}")));
        blocks.push(Block::Diff(change.lines.clone()));
    }
    more(&mut blocks, one.answers.len());
    for (side, only) in [("A", &one.only_a), ("B", &one.only_b)] {
        if !only.is_empty() {
            blocks.push(Block::Point(format!("only in {side}: {}", ranges(only))));
        }
    }
    Section { title: "shape: answers and calls".into(), blocks }
}

fn requests<'a>(title: &str, changes: impl Iterator<Item = &'a RequestChange>) -> Section {
    let changes: Vec<&RequestChange> = changes.collect();
    let mut blocks = Vec::new();
    for change in changes.iter().take(SHOWN) {
        blocks.push(Block::Point(point(change)));
        if !change.lines.is_empty() {
            blocks.push(Block::Diff(change.lines.clone()));
        } else if change.a.is_some() || change.b.is_some() {
            let line = |sign, text: &Option<String>| {
                text.as_ref().map(|text| crate::measure::compare::Edit {
                    sign,
                    text: text.replace('\n', " "),
                })
            };
            let lines = [line('-', &change.a), line('+', &change.b)];
            blocks.push(Block::Diff(lines.into_iter().flatten().collect()));
        }
    }
    more(&mut blocks, changes.len());
    Section { title: title.to_owned(), blocks }
}

fn point(change: &RequestChange) -> String {
    let what = match (&change.tool, change.layer) {
        (Some(tool), Layer::Tools) => format!("`{tool}`"),
        (Some(tool), _) => format!("`{tool}`, its output"),
        (None, Layer::Other) => String::new(),
        (None, layer) => layer_name(layer).to_owned(),
    };
    let became = match (change.change, change.layer) {
        (Change::Moved, Layer::Tools) => "in another order".to_owned(),
        (became, _) => became.as_str().to_owned(),
    };
    let byte = change.byte.map(|byte| format!(", byte {byte}")).unwrap_or_default();
    let place = beside(change.exchange_a, change.exchange_b);
    let often = match change.requests {
        1 => place,
        more => format!("from {place} on, {more} requests"),
    };
    let behind = match change.tokens_lost {
        0 => String::new(),
        tokens => format!(" · {} tokens behind it", count(tokens)),
    };
    format!("{what} {became} · {often}{behind} · {}{byte}", change.pointer).trim_start().to_owned()
}

/// The exchange of A and that of B, once if they have one number.
fn beside(a: u32, b: u32) -> String {
    if a == b { format!("#{a}") } else { format!("A #{a}, B #{b}") }
}

fn more(blocks: &mut Vec<Block>, all: usize) {
    if all > SHOWN {
        blocks.push(Block::Point(format!("and {} more; --format json has all", all - SHOWN)));
    }
}

/// `#1, #3-#5`
pub(in crate::report) fn ranges(numbers: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let shown = ranges.iter().map(|(first, last)| match first == last {
        true => format!("#{first}"),
        false => format!("#{first}-#{last}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn prefix(one: &Comparison) -> Section {
    let Prefix { first, breaks_more, breaks_a, breaks_b, repeated_tokens, repeated_bytes } =
        &one.prefix;
    let mut blocks = Vec::new();
    if let Some(first) = first {
        let whole = first.kept_tokens + first.lost_tokens;
        blocks.push(Block::Point(format!(
            "B leaves A's prefix at {}, {} ({}): {} of its {} tokens are A's, {}",
            beside(first.exchange_a, first.exchange_b),
            first.pointer,
            layer_name(first.layer),
            count(first.kept_tokens),
            count(whole),
            percent(first.kept_tokens, whole),
        )));
        blocks.push(Block::Point(format!(
            "a cache that holds A reads {} tokens ({}) anew, once",
            count(first.lost_tokens),
            bytes(first.lost_bytes)
        )));
        blocks.push(Block::Point(match breaks_more {
            0 => "later requests of B extend their own prefix as those of A do".to_owned(),
            more => format!(
                "B breaks its own prefix at {} where A does not ({breaks_b} breaks, A has \
                 {breaks_a}): {} tokens, {} more to be read each time over",
                plural(*more as usize, "request"),
                signed(*repeated_tokens, count),
                signed(*repeated_bytes, bytes),
            ),
        }));
    }
    Section { title: "cached prefix".into(), blocks }
}

fn costs(one: &Comparison) -> Section {
    let (a, b) = (&one.cost_a, &one.cost_b);
    let row = |name: &str, get: &dyn Fn(&Cost) -> u64, show: fn(u64) -> String| {
        let (old, new) = (get(a), get(b));
        let change = i128::from(new) - i128::from(old);
        let change = i64::try_from(change).unwrap_or_default();
        let share = match (old, change) {
            (_, 0) => String::new(),
            (0, _) => signed(change, show),
            _ => {
                let percent = format!("{:+.1} %", change as f64 * 100.0 / old as f64);
                match percent.trim_start_matches(['+', '-']) {
                    "0.0 %" => signed(change, show),
                    _ => format!("{} ({percent})", signed(change, show)),
                }
            }
        };
        [name.to_owned(), show(old), show(new), share]
    };
    let mut rows = vec![
        ["main thread".into(), "A".into(), "B".into(), "B - A".into()],
        row("requests", &|cost| u64::from(cost.requests), count),
        row("sent", &|cost| cost.sent_bytes, bytes),
        row("new", &|cost| cost.new_bytes, bytes),
        row("sent tokens", &|cost| cost.sent_tokens, count),
        row("new tokens", &|cost| cost.new_tokens, count),
    ];
    if a.input_tokens > 0 && b.input_tokens > 0 {
        rows.push(row("cached tokens", &|cost| cost.cached_tokens, count));
        rows.push(row("output tokens", &|cost| cost.output_tokens, count));
    }
    Section { title: "cost".into(), blocks: vec![Block::Table(rows)] }
}

fn signed(change: i64, show: fn(u64) -> String) -> String {
    let sign = if change < 0 { '-' } else { '+' };
    format!("{sign}{}", show(change.unsigned_abs()))
}
