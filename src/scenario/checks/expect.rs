//! What a text must be, and how to say in a few lines that it is not.

use crate::scenario::OutputExpect;
use regex::Regex;

/// Most lines of a detail.
const LINES: usize = 10;
/// Longest line of a detail, in characters.
const WIDTH: usize = 160;

/// What of the expectation `found` does not meet, in lines; empty when it meets all. `what` names
/// the text: `output`, `file`.
pub(super) fn unmet(expect: &OutputExpect, found: &str, what: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut wants_tail = false;
    if let Some(expected) = &expect.equals {
        out.extend(first_difference(expected.trim_end(), found.trim_end(), what));
    }
    for text in expect.contains.iter().filter(|text| !found.contains(text.as_str())) {
        out.push(format!("the {what} does not contain {text:?}"));
        wants_tail = true;
    }
    for text in &expect.lacks {
        if let Some(at) = found.find(text.as_str()) {
            let line = found[..at].matches('\n').count() + 1;
            out.push(format!("the {what} must not contain {text:?}: line {line}"));
        }
    }
    if let Some(pattern) = &expect.matches {
        match Regex::new(pattern) {
            Ok(regex) if regex.is_match(found) => {}
            Ok(_) => {
                out.push(format!("nothing in the {what} matches /{pattern}/"));
                wants_tail = true;
            }
            Err(_) => out.push(format!("bad pattern /{pattern}/")),
        }
    }
    if wants_tail {
        out.extend(tail(found, what));
    }
    out
}

fn first_difference(expected: &str, found: &str, what: &str) -> Vec<String> {
    if expected == found {
        return Vec::new();
    }
    let (mut left, mut right) = (expected.lines(), found.lines());
    let mut number = 1;
    loop {
        let (want, have) = (left.next(), right.next());
        if want == have && want.is_some() {
            number += 1;
            continue;
        }
        let show = |line: Option<&str>| line.map_or("(end)".into(), |line| format!("{line:?}"));
        return vec![
            format!("line {number} of the {what} differs"),
            format!("  expected: {}", show(want)),
            format!("  found:    {}", show(have)),
        ];
    }
}

/// The end of a text, as found, under a head line.
pub(super) fn tail(found: &str, what: &str) -> Vec<String> {
    let lines: Vec<&str> = found.trim_end().lines().collect();
    if lines.is_empty() {
        return vec![format!("the {what} is empty")];
    }
    let shown = lines.len().min(LINES - 3);
    let head = match lines.len() == shown {
        true => format!("the {what}:"),
        false => format!("the {what}, last {shown} of {} lines:", lines.len()),
    };
    let body = lines[lines.len() - shown..].iter().map(|line| format!("  {line}"));
    std::iter::once(head).chain(body).collect()
}

/// The lines as one text, cut to a size that a person reads.
pub(super) fn detail(lines: &[String]) -> String {
    let cut = |line: &String| match line.chars().count() > WIDTH {
        true => format!("{}..", line.chars().take(WIDTH - 2).collect::<String>()),
        false => line.clone(),
    };
    let mut out: Vec<String> = lines.iter().take(LINES).map(cut).collect();
    if lines.len() > LINES {
        out[LINES - 1] = format!("(and {} more lines)", lines.len() - LINES + 1);
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(fill: impl FnOnce(&mut OutputExpect)) -> OutputExpect {
        let mut expect = OutputExpect::default();
        fill(&mut expect);
        expect
    }

    #[test]
    fn equality_ignores_white_space_at_the_end_and_shows_the_first_difference() {
        let equals = expect(|e| e.equals = Some("a\nb\n".into()));
        assert!(unmet(&equals, "a\nb \n\n", "output").is_empty());
        insta::assert_snapshot!(detail(&unmet(&equals, "a\nc\n", "output")), @r#"
        line 2 of the output differs
          expected: "b"
          found:    "c"
        "#);
        let shorter = unmet(&equals, "a\n", "output");
        assert_eq!(shorter[2], "  found:    (end)");
        let longer = unmet(&equals, "a\nb\nc", "output");
        assert_eq!(longer[0], "line 3 of the output differs");
    }

    #[test]
    fn a_difference_in_line_ends_alone_is_still_a_difference() {
        let equals = expect(|e| e.equals = Some("a\nb".into()));
        assert!(!unmet(&equals, "a\r\nb", "file").is_empty());
    }

    #[test]
    fn every_key_must_hold() {
        let all = expect(|e| {
            e.contains = vec!["ok".into(), "2 passed".into()];
            e.lacks = vec!["FAIL".into()];
            e.matches = Some(r"\d+ passed".into());
        });
        assert!(unmet(&all, "ok: 2 passed", "output").is_empty());
        insta::assert_snapshot!(detail(&unmet(&all, "ok\nFAIL x", "output")), @r#"
        the output does not contain "2 passed"
        the output must not contain "FAIL": line 2
        nothing in the output matches /\d+ passed/
        the output:
          ok
          FAIL x
        "#);
    }

    #[test]
    fn details_stay_short() {
        let long: Vec<String> = (0..40).map(|i| format!("{i} {}", "x".repeat(300))).collect();
        let text = detail(&long);
        assert_eq!(text.lines().count(), LINES);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.ends_with("(and 31 more lines)"));
    }
}
