//! Finding the old lines of a chunk in a file.
//!
//! Models copy text imperfectly, so four comparisons are tried over the whole rest of the file, from
//! exact to loose; the first position of the strictest comparison that has one wins. The order is
//! that of the Codex tool.

/// Strictest first.
const LEVELS: [fn(&str, &str) -> bool; 4] = [
    |a, b| a == b,
    |a, b| a.trim_end() == b.trim_end(),
    |a, b| a.trim() == b.trim(),
    |a, b| a.trim().chars().map(ascii).eq(b.trim().chars().map(ascii)),
];

/// Index of the first line of `wanted` in `lines`, at or after `from`. With `at_end` the last
/// possible position is tried first. Empty `wanted`: none.
pub(super) fn find(lines: &[&str], wanted: &[&str], from: usize, at_end: bool) -> Option<usize> {
    let last = lines.len().checked_sub(wanted.len())?;
    if wanted.is_empty() || from > last {
        return None;
    }
    let fits = |same: fn(&str, &str) -> bool, at: usize| {
        lines[at..].iter().zip(wanted).all(|(have, want)| same(have, want))
    };
    if at_end && LEVELS.into_iter().any(|same| fits(same, last)) {
        return Some(last);
    }
    LEVELS.into_iter().find_map(|same| (from..=last).find(|at| fits(same, *at)))
}

/// The place where most of `wanted` stands in a row, by the loosest comparison: its index and the
/// number of lines that fit, at least one.
pub(super) fn nearest(lines: &[&str], wanted: &[&str], from: usize) -> Option<(usize, usize)> {
    let [.., loosest] = LEVELS;
    let mut best = None;
    for at in from..lines.len() {
        let fit = lines[at..].iter().zip(wanted).take_while(|(h, w)| loosest(h, w)).count();
        if fit > best.map_or(0, |(_, most)| most) {
            best = Some((at, fit));
        }
    }
    best
}

/// Typographic dashes, quotes and spaces as the ASCII characters that models mix them up with.
fn ascii(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_of_the_strictest_level_wins() {
        let lines = ["  x", "x ", "x", "x"];
        assert_eq!(find(&lines, &["x"], 0, false), Some(2));
        assert_eq!(find(&lines[..2], &["x"], 0, false), Some(1));
        assert_eq!(find(&lines[..1], &["x"], 0, false), Some(0));
    }

    #[test]
    fn typographic_punctuation_is_the_last_resort() {
        let lines = ["say “no” — it’s\u{a0}over"];
        assert_eq!(find(&lines, &["say \"no\" - it's over"], 0, false), Some(0));
        assert_eq!(find(&lines, &["say \"yes\" - it's over"], 0, false), None);
    }

    #[test]
    fn search_goes_forward_and_from_the_end_when_asked() {
        let lines = ["a", "b", "a", "b"];
        assert_eq!(find(&lines, &["a", "b"], 0, false), Some(0));
        assert_eq!(find(&lines, &["a", "b"], 1, false), Some(2));
        assert_eq!(find(&lines, &["a", "b"], 0, true), Some(2));
        assert_eq!(find(&lines, &["b", "a"], 0, true), Some(1));
        assert_eq!(find(&lines, &["a", "b"], 3, true), None);
        assert_eq!(find(&lines, &["a"; 5], 0, true), None);
        assert_eq!(find(&lines, &[], 0, true), None);
    }

    #[test]
    fn nearest_is_the_longest_beginning() {
        let lines = ["a", "x", "a", "b", "x"];
        assert_eq!(nearest(&lines, &["a", "b", "c"], 0), Some((2, 2)));
        assert_eq!(nearest(&lines, &["c"], 0), None);
    }
}
