//! Two arms, for people who look at what they cost: tokens, what a cache gave of them, money.
//!
//! Whether the work was done is the other table's question (`arms`); this one says so where it was not,
//! since a cheaper run that failed is no bargain. All figures are means of one trial: the numbers of
//! trials may differ.

use super::arms::left_out;
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
                mean(side, side.requests),
                mean(side, side.sent_tokens),
                mean(side, side.new_tokens),
                new,
                percent(side.cached_tokens, side.input_tokens),
                money(side).unwrap_or_default(),
                paid,
            ]
        };
        let none = [String::new(), String::new()];
        let name = Row { variant: None, ..row.clone() }.name();
        let [a, b] = variants(arms, row);
        cells.push(side(&name, &a, &row.a, none));
        cells.push(side("", &b, &row.b, [times_new(row), times_paid(row)]));
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
            let (a, b) = (mean(&row.a, of(&row.a)), mean(&row.b, of(&row.b)));
            if a == b { a } else { format!("{a} -> {b}") }
        };
        vec![
            row.name(),
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

/// What the sides are called: where both are of one variant, which side they are.
fn variants(arms: &Arms, row: &Row) -> [String; 2] {
    let of = |label: &Label| row.variant.clone().unwrap_or_else(|| label.variant.clone());
    let (a, b) = (of(&arms.a), of(&arms.b));
    if a == b { [format!("A {a}"), format!("B {b}")] } else { [a, b] }
}

/// Of one trial, on average.
fn each(side: &Side, sum: u64) -> f64 {
    sum as f64 / f64::from(side.rate.trials.max(1))
}

/// The same for people; small numbers with what is behind the point.
fn mean(side: &Side, sum: u64) -> String {
    let whole = sum.is_multiple_of(side.rate.trials.max(1).into());
    match each(side, sum) {
        mean if mean < 100.0 && !whole => format!("{mean:.1}"),
        mean => count(mean.round() as u64),
    }
}

fn money(side: &Side) -> Option<String> {
    side.cost.map(|cost| dollars(each(side, cost).round() as u64))
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

fn times(a: f64, b: f64) -> String {
    if a == 0.0 { String::new() } else { format!("{:.2}x", b / a) }
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
        let (a, b) = (row.a.rate.trials, row.b.rate.trials);
        let means = match a == b {
            true => String::new(),
            false => format!("; {a} -> {b} trials, so means of one trial are compared, not sums"),
        };
        notes.push(format!("{}: passed {} -> {}{means}", row.name(), rate(&row.a), rate(&row.b)));
    }
    notes.extend(left_out(arms));
    let sides = || arms.rows.iter().flat_map(|row| [&row.a, &row.b]);
    let models = label("the model", |side| &side.model);
    let paid = match sides().filter(|side| side.cost.is_none()).count() {
        0 => format!("money: an estimate, by prices of {}", arms.prices),
        none if none == sides().count() => {
            format!("money: the list of {} has no price for {models}: --prices FILE", arms.prices)
        }
        _ => format!(
            "money: an estimate, by prices of {}; blank where they have none for the model: \
             --prices FILE",
            arms.prices
        ),
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
        let row = Row {
            scenario: "tools".into(),
            variant: None,
            agent: None,
            a,
            b,
            delta: 0.0,
            interval: (0.0, 0.0),
            p: 1.0,
        };
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
        assert!(
            text.contains(
                "| 9 -> 4.5 | 47,687 -> 23,844 | 6,000 -> 9,000 | 1.50x | 41,687 -> 14,844 |"
            ),
            "{text}"
        );
        let passed = "tools: passed 1/1 -> 0/2; 1 -> 2 trials, so means of one trial are compared";
        assert!(text.contains(passed), "{text}");
        let price = "money: the list of 2026-11-22 has no price for the model m: --prices FILE";
        assert!(text.contains(price), "{text}");
    }

    #[test]
    fn as_much_in_each_of_more_trials_is_no_difference() {
        let one = side(6_000, Some(20_000_000));
        let three = Side {
            rate: Rate { successes: 3, trials: 3 },
            repeats: 4,
            requests: 27,
            sent_tokens: 3 * 47_687,
            new_tokens: 18_000,
            input_tokens: 3 * 47_687,
            cached_tokens: 3 * (47_687 - 6_000),
            cost: Some(60_000_000),
            ..Side::default()
        };
        let mut row = arms(one, three).rows.remove(0);
        assert!(row.costs_the_same());
        row.b.new_tokens += 1;
        assert!(!row.costs_the_same());
        row.b = Side { cost: None, ..three };
        assert!(!row.costs_the_same(), "no price is not the same as a price");
        row.b = Side { rate: Rate { successes: 2, trials: 3 }, ..three };
        assert!(!row.costs_the_same(), "a run that failed is no bargain");
    }

    #[test]
    fn variants_are_told_apart_and_sides_of_one_variant_too() {
        let mut arms = arms(side(6_000, None), side(18_000, None));
        arms.b.variant = "base, fixed".into();
        arms.a.variant = "base, fixed".into();
        let base = Row { variant: Some("base".into()), ..arms.rows[0].clone() };
        arms.rows = vec![base.clone(), Row { agent: Some("codex".into()), ..base }];
        let text = cost_text(&arms, Paint::new(false));
        for line in ["tools        A base ", "             B base ", "tools+codex  A base "] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(cost_markdown(&arms).contains("| tools@base+codex |"));
    }
}
