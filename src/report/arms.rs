//! Two arms of trials, for people: rates side by side, what the difference may be, what a trial
//! takes, and how small a drop these trials could have shown.

use super::format::{WIDTH, bytes, cut, plural, wrap};
use super::grid::table;
use super::paint::Paint;
use crate::cache::dollars;
use crate::measure::paired::{Arms, Label, Rate, Row, Side};

/// For a terminal.
#[must_use]
pub fn arms_text(arms: &Arms, paint: Paint) -> String {
    let mut lines = vec![side('A', &arms.a), side('B', &arms.b), String::new()];
    let width = arms.rows.iter().map(|row| row.name().chars().count()).max().unwrap_or(0);
    let width = width.clamp(8, 28);
    let line = |cells: [&str; 7]| {
        let [name, a, b, difference, p, requests, money] = cells;
        format!(
            "{:<width$}  {a:>5}  {b:>5}  {difference:<22}  {p:>5}  {requests:>13}  {money}",
            cut(name, width)
        )
    };
    let head = ["scenario", "A", "B", "difference", "p", "requests", "money"];
    lines.push(paint.dim(&line(head)));
    for row in &arms.rows {
        let cells = cells(row);
        let [name, a, b, difference, p, requests, money] = cells.each_ref().map(String::as_str);
        let text = line([name, a, b, difference, p, requests, money]);
        lines.push(match row.interval {
            (_, high) if high < 0.0 => paint.red(&text),
            (low, _) if low > 0.0 => paint.green(&text),
            _ => text,
        });
    }
    lines.push(String::new());
    for text in verdict(arms) {
        lines.extend(wrap(&text, WIDTH, "  "));
    }
    for text in caveats(arms) {
        lines.extend(wrap(&text, WIDTH, "  ").iter().map(|line| paint.dim(line)));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// For a comment below a pull request.
#[must_use]
pub fn arms_markdown(arms: &Arms) -> String {
    let mut text = String::new();
    for line in verdict(arms) {
        text.push_str(&format!("{line}\n\n"));
    }
    text.push_str(&format!("{}  \n{}\n\n", side('A', &arms.a), side('B', &arms.b)));
    let head = ["scenario", "A", "B", "difference (95 %)", "p", "requests", "money"];
    table(&mut text, &head, arms.rows.iter().map(|row| cells(row).to_vec()).collect());
    for line in caveats(arms) {
        text.push_str(&format!("{line}\n\n"));
    }
    text
}

fn side(name: char, label: &Label) -> String {
    let Label { variant, agent, model, provenance, .. } = label;
    format!("{name}  {variant} · {agent} · model {model} · answers: {provenance}")
}

fn cells(row: &Row) -> [String; 7] {
    let rate = |rate: Rate| format!("{}/{}", rate.successes, rate.trials);
    let each = |side: &Side| side.requests as f64 / f64::from(side.rate.trials);
    [
        row.name(),
        rate(row.a.rate),
        rate(row.b.rate),
        with_interval(row.delta, Some(row.interval)),
        format!("{:.3}", row.p),
        format!("{:.1} -> {:.1}", each(&row.a), each(&row.b)),
        match (money(&row.a), money(&row.b)) {
            (Some(a), Some(b)) => format!("{a} -> {b}"),
            _ => String::new(),
        },
    ]
}

/// Percentage points, with the interval where there is one.
fn with_interval(delta: f64, interval: Option<(f64, f64)>) -> String {
    let points = |value: f64| format!("{:+.0}", value * 100.0);
    let interval = interval.map(|(low, high)| format!(" ({} .. {})", points(low), points(high)));
    format!("{} pp{}", points(delta), interval.unwrap_or_default())
}

/// Dollars a trial.
fn money(side: &Side) -> Option<String> {
    Some(dollars(side.cost? / u64::from(side.rate.trials)))
}

/// What it comes to.
fn verdict(arms: &Arms) -> Vec<String> {
    let Some(all) = &arms.all else {
        return vec!["no scenario has graded trials in both arms: nothing can be compared".into()];
    };
    let over = plural(all.scenarios, "scenario");
    let rates = format!("{:.0} % -> {:.0} %", all.a * 100.0, all.b * 100.0);
    let difference = with_interval(all.delta, all.interval);
    let says = match all.interval {
        Some((_, high)) if high < 0.0 => "B is worse",
        Some((low, _)) if low > 0.0 => "B is better",
        Some(_) => "no difference is shown",
        None => "all scenarios moved alike, which gives no interval",
    };
    vec![
        format!("{says}: {rates}, {difference} over {over}"),
        format!(
            "the smallest drop these trials could have shown: {:.0} pp (one-sided 5 %, power 80 %)",
            all.smallest_drop * 100.0
        ),
    ]
}

fn caveats(arms: &Arms) -> Vec<String> {
    let mut told = Vec::new();
    // Sums over other numbers of trials say nothing of each other.
    let means = arms.rows.iter().any(|row| row.a.rate.trials != row.b.rate.trials);
    let sum = |of: fn(&Side) -> u64| {
        let one = |side: &Side| {
            let trials = if means { side.rate.trials.max(1) } else { 1 };
            of(side) / u64::from(trials)
        };
        let a: u64 = arms.rows.iter().map(|row| one(&row.a)).sum();
        let b: u64 = arms.rows.iter().map(|row| one(&row.b)).sum();
        format!("{} -> {}", bytes(a), bytes(b))
    };
    if !arms.rows.is_empty() {
        let over =
            if means { "in one trial of each, on average" } else { "over all graded trials" };
        let (sent, new) = (sum(|side| side.sent_bytes), sum(|side| side.new_bytes));
        told.push(format!("sent {sent}, new {new} {over}"));
    }
    told.extend(left_out(arms));
    told.push(
        "difference: of success rates, 95 % interval (a scenario: Newcombe; all: paired, the \
         scenario is the unit). p: Fisher, one-sided. Requests and money: of one trial."
            .to_owned(),
    );
    if arms.rows.iter().any(|row| row.a.cost.is_some() && row.b.cost.is_some()) {
        told.push(format!("money: an estimate, by prices of {}", arms.prices));
    }
    told
}

/// Trials that no figure counts.
pub(super) fn left_out(arms: &Arms) -> Vec<String> {
    let mut told = Vec::new();
    let sum = |of: fn(&Side) -> u32| -> (u32, u32) {
        (arms.rows.iter().map(|row| of(&row.a)).sum(), arms.rows.iter().map(|row| of(&row.b)).sum())
    };
    let (ungraded_a, ungraded_b) = sum(|side| side.ungraded);
    if ungraded_a + ungraded_b > 0 {
        told.push(format!(
            "left out: {ungraded_a} of A, {ungraded_b} of B (harness errors, skipped, \
             interrupted, off-policy)"
        ));
    }
    let (repeats_a, repeats_b) = sum(|side| side.repeats);
    if repeats_a + repeats_b > 0 {
        told.push(format!(
            "counted once, since without a live model they only repeat each other: {repeats_a} more \
             of A, {repeats_b} more of B"
        ));
    }
    if !arms.unpaired.is_empty() {
        told.push(format!("without graded trials in both arms: {}", arms.unpaired.join(", ")));
    }
    told
}
