//! Changed lines within a width. Of a long line that changed in one place only that place is shown.

use crate::measure::compare::Edit;
use crate::report::format::cut;

/// So many lines of one change are shown.
const LINES: usize = 14;
/// How much of what two long lines begin with is shown.
const BEFORE: usize = 24;

/// At most [`LINES`] lines of at most `width` columns, sign included.
pub(super) fn shown(edits: &[Edit], width: usize) -> Vec<Edit> {
    let mut lines: Vec<Edit> = edits.to_vec();
    for group in pairs(edits, width) {
        let (minus, plus) = (&edits[group.0].text, &edits[group.1].text);
        let common = minus.chars().zip(plus.chars()).take_while(|(a, b)| a == b).count();
        if let Some(skip) = common.checked_sub(BEFORE).filter(|skip| *skip > 0) {
            for at in [group.0, group.1] {
                lines[at].text =
                    format!("…{}", edits[at].text.chars().skip(skip).collect::<String>());
            }
        }
    }
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    for line in &mut lines {
        let clean: String =
            line.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        line.text = cut(clean.trim_end(), width.saturating_sub(1));
    }
    if more > 0 {
        lines.push(Edit { sign: '~', text: format!("{more} more lines") });
    }
    lines
}

/// Lines of A with the one of B that took their place, where one of them is too long.
fn pairs(edits: &[Edit], width: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut at = 0;
    while at < edits.len() {
        let run = |from: usize, sign: char| {
            edits[from..].iter().take_while(|edit| edit.sign == sign).count()
        };
        let minus = run(at, '-');
        let plus = run(at + minus, '+');
        let both = minus.min(plus);
        let long = |at: usize| edits[at].text.chars().count() >= width;
        pairs.extend(
            (0..both)
                .map(|step| (at + step, at + minus + step))
                .filter(|(a, b)| long(*a) || long(*b)),
        );
        at += (minus + plus).max(1);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{LINES, shown};
    use crate::measure::compare::changed_lines;

    #[test]
    fn the_changed_place_of_a_long_line_is_shown() {
        let long = "word ".repeat(40);
        let edits = changed_lines(&format!("{long}once more"), &format!("{long}twice more"));
        let texts: Vec<String> = shown(&edits, 60).into_iter().map(|edit| edit.text).collect();
        assert!(texts[0].ends_with("once more") && texts[1].ends_with("twice more"), "{texts:?}");
        assert!(texts.iter().all(|text| text.chars().count() < 60), "{texts:?}");
    }

    #[test]
    fn a_long_change_is_counted() {
        let lines = |from: usize| (from..from + 40).map(|n| format!("{n}\n")).collect::<String>();
        let shown = shown(&changed_lines(&lines(0), &lines(100)), 60);
        assert_eq!(shown.len(), LINES + 1);
        assert_eq!(shown[LINES].text, "66 more lines");
    }
}
