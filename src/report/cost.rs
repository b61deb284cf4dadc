//! Two arms, for people who look at what they cost: tokens, what a cache gave of them, money.
//!
//! Whether the work was done is the other table's question (`arms`); this one says so where it was not,
//! since a cheaper run that failed is no bargain.

use super::format::{WIDTH, count, percent, wrap};
use super::grid::{columns, table};
use super::paint::Paint;
use crate::cache::dollars;
use crate::measure::paired::{Arms, Label, Row, Side};

/// For a terminal: a line for each side, so that figures stand below each other.
#[must_use]
pub fn cost_text(arms: &Arms, paint: Paint) -> String {
    let head =
        ["scenario", "variant", "requests", "sent tokens", "new tokens", "", "cached", "money", ""];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for row in &arms.rows {
        let side = |name: &str, variant: &str, side: &Side, times: [String; 2]| {
            let [new, paid] = times;
            vec![
                name.to_owned(),
                variant.to_owned(),
                count(each(side, side.requests)),
                count(each(side, side.sent_tokens)),
                count(each(side, side.new_tokens)),
                new,
                percent(side.cached_tokens, side.input_tokens),
                money(side).unwrap_or_default(),
                paid,
            ]
        };
        let none = [String::new(), String::new()];
        cells.push(side(&row.scenario, &arms.a.variant, &row.a, none));
        cells.push(side("", &arms.b.variant, &row.b, [times_new(row), times_paid(row)]));
    }
    let mut lines = columns(&cells, &[0, 1]);
    if let Some(first) = lines.first_mut() {
        *first = paint.dim(first);
    }
    lines.push(String::new());
    for note in notes(arms) {
        lines.extend(wrap(&note, WIDTH, "  ").iter().map(|line| paint.dim(line)));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// For a page: a row for each scenario, both sides in each cell.
#[must_use]
pub fn cost_markdown(arms: &Arms) -> String {
    let mut text = String::new();
    let head = [
        "scenario",
        "requests",
        "sent tokens",
        "new tokens",
        "times",
        "cached tokens",
        "money",
        "times",
    ];
    let row = |row: &Row| {
        let both = |of: fn(&Side) -> u64| {
            let (a, b) = (each(&row.a, of(&row.a)), each(&row.b, of(&row.b)));
            if a == b { count(a) } else { format!("{} -> {}", count(a), count(b)) }
        };
        vec![
            row.scenario.clone(),
            both(|side| side.requests),
            both(|side| side.sent_tokens),
            both(|side| side.new_tokens),
            times_new(row),
            both(|side| side.cached_tokens),
            match (money(&row.a), money(&row.b)) {
                (Some(a), Some(b)) if a == b => a,
                (Some(a), Some(b)) => format!("{a} -> {b}"),
                _ => String::new(),
            },
            times_paid(row),
        ]
    };
    table(&mut text, &head, arms.rows.iter().map(row).collect());
    for note in notes(arms) {
        text.push_str(&format!("{note}\n\n"));
    }
    text.trim_end().to_owned() + "\n"
}

/// Of one trial, on average.
fn each(side: &Side, sum: u64) -> u64 {
    sum / u64::from(side.rate.trials.max(1))
}

fn money(side: &Side) -> Option<String> {
    side.cost.map(|cost| dollars(each(side, cost)))
}

/// New tokens of B, in multiples of A.
fn times_new(row: &Row) -> String {
    times(each(&row.a, row.a.new_tokens), each(&row.b, row.b.new_tokens))
}

/// Money of B, in multiples of A.
fn times_paid(row: &Row) -> String {
    match (row.a.cost, row.b.cost) {
        (Some(a), Some(b)) => times(each(&row.a, a), each(&row.b, b)),
        _ => String::new(),
    }
}

fn times(a: u64, b: u64) -> String {
    match a {
        0 => String::new(),
        _ => format!("{:.2}x", b as f64 / a as f64),
    }
}

fn notes(arms: &Arms) -> Vec<String> {
    let label = |name: &str, of: fn(&Label) -> &str| {
        let (a, b) = (of(&arms.a), of(&arms.b));
        if a == b { format!("{name} {a}") } else { format!("{name} {a} -> {b}") }
    };
    let mut notes = vec![
        [
            label("variant", |side| &side.variant),
            label("agent", |side| &side.agent),
            label("model", |side| &side.model),
            label("cache", |side| &side.cache),
            label("answers:", |side| &side.provenance),
        ]
        .join(" · "),
    ];
    for row in arms.rows.iter().filter(|row| row.a.rate != row.b.rate) {
        let rate = |side: &Side| format!("{}/{}", side.rate.successes, side.rate.trials);
        notes.push(format!("{}: passed {} -> {}", row.scenario, rate(&row.a), rate(&row.b)));
    }
    if !arms.unpaired.is_empty() {
        notes.push(format!("without graded trials in both arms: {}", arms.unpaired.join(", ")));
    }
    let priced = arms.rows.iter().any(|row| row.a.cost.is_some() && row.b.cost.is_some());
    let paid = match priced {
        true => format!("money: an estimate, by prices of {}", arms.prices),
        false => "money: the model has no price".to_owned(),
    };
    notes.push(format!(
        "sent, new: o200k tokens of the rendered prompt, of one trial; new = bound of an ideal prefix. \
         cached: as the cache in force counted. {paid}"
    ));
    notes
}

#[cfg(test)]
mod tests {
    use super::{cost_markdown, cost_text};
    use crate::measure::paired::{Arms, Label, Rate, Row, Side};
    use crate::report::Paint;

    fn side(new_tokens: u64, cost: Option<u64>) -> Side {
        Side {
            rate: Rate { successes: 1, trials: 1 },
            requests: 9,
            sent_tokens: 47_687,
            new_tokens,
            input_tokens: 47_687,
            cached_tokens: 47_687 - new_tokens,
            cost,
            ..Side::default()
        }
    }

    fn arms(a: Side, b: Side) -> Arms {
        let label = |variant: &str| Label {
            variant: variant.into(),
            agent: "builtin".into(),
            model: "m".into(),
            cache: "ideal".into(),
            provenance: "scripted".into(),
        };
        let row = Row { scenario: "tools".into(), a, b, delta: 0.0, interval: (0.0, 0.0), p: 1.0 };
        Arms {
            version: 1,
            a: label("fixed"),
            b: label("base"),
            rows: vec![row],
            unpaired: Vec::new(),
            all: None,
            prices: "2026-11-22".into(),
        }
    }

    #[test]
    fn both_forms_tell_tokens_cache_money_and_their_factors() {
        let arms = arms(side(6_000, Some(20_000_000)), side(47_000, Some(121_000_000)));
        insta::assert_snapshot!(cost_markdown(&arms), @r"
        | scenario | requests | sent tokens | new tokens | times | cached tokens | money | times |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        | tools | 9 | 47,687 | 6,000 -> 47,000 | 7.83x | 41,687 -> 687 | $0.0200 -> $0.1210 | 6.05x |

        variant fixed -> base · agent builtin · model m · cache ideal · answers: scripted

        sent, new: o200k tokens of the rendered prompt, of one trial; new = bound of an ideal prefix. cached: as the cache in force counted. money: an estimate, by prices of 2026-11-22
        ");
        insta::assert_snapshot!(cost_text(&arms, Paint::new(false)), @r"
        scenario  variant  requests  sent tokens  new tokens         cached    money
        tools     fixed           9       47,687       6,000           87 %  $0.0200
                  base            9       47,687      47,000  7.83x     1 %  $0.1210  6.05x

        variant fixed -> base · agent builtin · model m · cache ideal · answers: scripted
        sent, new: o200k tokens of the rendered prompt, of one trial; new = bound of an ideal prefix.
          cached: as the cache in force counted. money: an estimate, by prices of 2026-11-22
        ");
    }

    #[test]
    fn figures_are_those_of_one_trial_and_failures_are_told() {
        let mut arms = arms(side(6_000, None), side(18_000, None));
        arms.rows[0].b.rate = Rate { successes: 0, trials: 2 };
        let text = cost_markdown(&arms);
        assert!(text.contains("| 6,000 -> 9,000 | 1.50x | 41,687 -> 14,843 |  |  |"), "{text}");
        assert!(text.contains("tools: passed 1/1 -> 0/2"), "{text}");
        assert!(text.contains("money: the model has no price"), "{text}");
    }
}
