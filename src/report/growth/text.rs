//! Growth for a terminal: of one session the sums along the way, of several a row each.

use super::{caveats, off};
use crate::measure::growth::{Curves, Point};
use crate::report::format::{WIDTH, count, cut, percent, plural, ratio, wrap};
use crate::report::grid::columns;
use crate::report::paint::Paint;

/// The widest name.
const NAME: usize = 26;

/// The text.
#[must_use]
pub fn growth_text(all: &[Curves], paint: Paint) -> String {
    let mut lines = Vec::new();
    match all {
        [] => lines.push("no session has a sampling request in its main thread".to_owned()),
        [one] => lines.extend(session(one, paint)),
        several => lines.extend(sessions(several, paint)),
    }
    if !all.is_empty() {
        lines.push(String::new());
        lines.extend(
            caveats(all)
                .iter()
                .flat_map(|line| wrap(line, WIDTH, "  "))
                .map(|line| paint.dim(&line)),
        );
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn session(one: &Curves, paint: Paint) -> Vec<String> {
    let last = one.last();
    let requests = plural(last.n as usize, "request");
    let mut lines = vec![paint.bold(&cut(&format!("{} · {requests}", one.name), WIDTH))];
    lines.extend(painted(&along(one), &[], paint));
    lines.push(String::new());
    lines.extend(painted(&law(one), &[0], paint));
    lines
}

/// The sums at some of the requests.
pub(super) fn along(one: &Curves) -> Vec<Vec<String>> {
    let head = [
        "n",
        "size",
        "sent",
        "new",
        "sent/new",
        "cached",
        "billed",
        "static share",
        "history share",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for point in stops(&one.points) {
        let some = |value: Option<u64>| value.map(count).unwrap_or_default();
        rows.push(vec![
            point.n.to_string(),
            count(point.size),
            count(point.sent),
            count(point.new),
            ratio(point.sent, point.new),
            some(point.cached),
            some(point.billed),
            count(point.static_share),
            count(point.history_share),
        ]);
    }
    rows
}

/// Measured beside the closed form.
pub(super) fn law(one: &Curves) -> Vec<Vec<String>> {
    let (last, law) = (one.last(), &one.law);
    let fit = format!("p = {}, s = {:.1}", count(law.p), law.s);
    let r2 = law.r2.map(|r2| format!("R2 {r2:.4}")).unwrap_or_default();
    let row = |name: &str, measured: u64, law: u64| {
        vec![name.to_owned(), count(measured), count(law), off(measured, law)]
    };
    let mut rows = vec![
        vec![fit, "measured".into(), "closed form".into(), r2],
        row("sent, T = n p + s n(n-1)/2", last.sent, law.sent),
        row("new, U = p + (n-1) s", last.new, law.new),
    ];
    if let Some(exponent) = one.exponent {
        let name = "exponent of the history share".to_owned();
        rows.push(vec![name, format!("{exponent:.2}"), "2".into(), String::new()]);
    }
    rows
}

/// 1, 2, 5, 10, 20, .. and the last.
fn stops(points: &[Point]) -> Vec<&Point> {
    let round = |n: u64| {
        let mut rest = n;
        while rest.is_multiple_of(10) && rest > 0 {
            rest /= 10;
        }
        matches!(rest, 1 | 2 | 5)
    };
    let last = points.len() as u64;
    points.iter().filter(|point| round(point.n) || point.n == last).collect()
}

fn sessions(all: &[Curves], paint: Paint) -> Vec<String> {
    // The page has room for p and s, a terminal has not.
    let narrow = |row: Vec<String>| {
        let cells = row.into_iter().enumerate().filter(|(at, _)| ![2, 3].contains(at));
        cells.map(|(_, cell)| cell).collect()
    };
    let cells: Vec<Vec<String>> = rows(all, NAME).into_iter().map(narrow).collect();
    painted(&cells, &[0], paint)
}

/// A row for each session, its name cut to a width.
pub(super) fn rows(all: &[Curves], width: usize) -> Vec<Vec<String>> {
    let head = [
        "session", "n", "p", "s", "R2", "sent", "/law", "new", "/law", "sent/new", "cached",
        "billed",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in all {
        let (last, law) = (one.last(), &one.law);
        rows.push(vec![
            cut(one.name.rsplit('/').next().unwrap_or_default(), width),
            last.n.to_string(),
            short(law.p),
            if law.s < 0.0 { format!("{:.0}", law.s) } else { short(law.s.round() as u64) },
            law.r2.map(|r2| format!("{r2:.3}")).unwrap_or_default(),
            short(last.sent),
            off(last.sent, law.sent),
            short(last.new),
            off(last.new, law.new),
            ratio(last.sent, last.new),
            last.cached
                .zip(last.input)
                .map(|(cached, input)| percent(cached, input))
                .unwrap_or_default(),
            last.billed.map(short).unwrap_or_default(),
        ]);
    }
    rows
}

fn short(value: u64) -> String {
    super::chart::short(value as f64)
}

fn painted(cells: &[Vec<String>], words: &[usize], paint: Paint) -> Vec<String> {
    let mut table = columns(cells, words).into_iter();
    let head = table.next().map(|head| paint.dim(&head));
    head.into_iter().chain(table).collect()
}

#[cfg(test)]
mod tests {
    use super::growth_text;
    use crate::report::format::WIDTH;
    use crate::report::growth::testing::{broken, gapped, session};
    use crate::report::paint::Paint;

    fn text(all: &[crate::measure::growth::Curves]) -> String {
        let text = growth_text(all, Paint::default());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        text
    }

    #[test]
    fn the_sums_along_the_way_beside_the_closed_form() {
        insta::assert_snapshot!(text(&[session("reference", 200, true)]), @r"
        reference · 200 requests
          n     size        sent      new  sent/new      cached     billed  static share  history share
          1   12,000      12,000   12,000       1.0           0     12,000        12,000              0
          2   13,000      25,000   13,000       1.9      12,000     14,200        24,000          1,000
          5   16,000      70,000   16,000       4.4      54,000     21,400        60,000         10,000
         10   21,000     165,000   21,000       7.9     144,000     35,400       120,000         45,000
         20   31,000     430,000   31,000      13.9     399,000     70,900       240,000        190,000
         50   61,000   1,825,000   61,000      29.9   1,764,000    237,400       600,000      1,225,000
        100  111,000   6,150,000  111,000      55.4   6,039,000    714,900     1,200,000      4,950,000
        200  211,000  22,300,000  211,000     105.7  22,089,000  2,419,900     2,400,000     19,900,000

        p = 12,000, s = 1000.0           measured  closed form  R2 1.0000
        sent, T = n p + s n(n-1)/2     22,300,000   22,300,000          =
        new, U = p + (n-1) s              211,000      211,000          =
        exponent of the history share        2.01            2

        Sampling requests of the main thread; those for compactions are left out. sent: tokens of rendered
          prompts (o200k, own rendering). new: behind the longest prefix of any earlier request, the bound
          of an ideal cache; providers cache less.
        closed form: T = n p + s n(n-1)/2 sent and U = p + (n-1) s new, with p the first request and s the
          slope of size over number. It holds where a session only appends (R2 near 1), and means little
          after a compaction.
        cached: read from the cache, by the server's count of input. billed: its count of input in tokens at
          the plain price, estimate; no price known, assumed: a cached token costs 0.1, a written one 1.
        exponent: of the history share against n, over the second half of the requests, from 50 requests on.
          What was sent is a mixed sum and has none.
        ");
    }

    #[test]
    fn several_sessions_a_row_each() {
        let all =
            [session("appending", 200, true), broken("broken", 30), session("bare", 2, false)];
        let text = text(&all);
        let (table, _) = text.split_once("\n\n").unwrap();
        insta::assert_snapshot!(table, @r"
        session      n     R2    sent  /law    new  /law  sent/new  cached  billed
        appending  200  1.000  22.3 M     =  211 k     =     105.7    99 %  2.42 M
        broken      30  1.000   795 k     =  795 k   19x       1.0     0 %   795 k
        bare         2           25 k     =   13 k     =       1.9
        ");
    }

    #[test]
    fn requests_without_a_count_are_told() {
        let told = "without a count of the server: cached and billed leave them out";
        let line = |all: &[_]| text(all).replace("\n  ", " ");
        let one = line(&[gapped("s", 20, &[3, 19])]);
        assert!(one.contains(&format!("\n2 requests {told}")), "{one}");
        // 18 of 20 requests: what the last one read is not made up.
        assert!(one.contains("355,000"), "{one}");
        let two = line(&[gapped("s", 20, &[3]), session("whole", 9, true)]);
        assert!(two.contains(&format!("\n1 request in 1 session {told}")), "{two}");
        for all in [[session("s", 20, true)], [session("s", 20, false)]] {
            assert!(!line(&all).contains(told), "nothing to tell");
        }
    }

    #[test]
    fn nothing_to_show() {
        assert!(text(&[]).starts_with("no session has"));
    }
}
