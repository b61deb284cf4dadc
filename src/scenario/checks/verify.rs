//! `verify`: a check that cannot fail decides nothing. Every check must fail on the untouched
//! seed in the way it states, and hold after the solution. Pure functions over what was seen.

use super::Observed;
use crate::scenario::{Check, Scenario};

/// Something that a scenario or script promises and does not keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Name of the scenario.
    pub scenario: String,
    /// The check, or the place in the script: `script.yaml:12`, `step fix`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What should have been; may be empty.
    pub expected: String,
    /// What was; may be empty and may have several lines.
    pub found: String,
}

impl Finding {
    /// The finding without the name of its scenario, for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.place, self.what)];
        for (label, text) in [("expected", &self.expected), ("found", &self.found)] {
            let mut rest = text.lines();
            lines.extend(rest.next().map(|first| format!("  {label}: {first}")));
            lines.extend(rest.map(|line| format!("    {line}")));
        }
        lines
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.scenario, self.lines().join("\n"))
    }
}

/// How the checks behave on the untouched seed against what they state.
#[must_use]
pub fn verify_on_seed(scenario: &Scenario, observed: &[Observed]) -> Vec<Finding> {
    let finding = |place: &str, what: &str, expected: String, found: String| Finding {
        scenario: scenario.name.clone(),
        place: place.to_owned(),
        what: what.to_owned(),
        expected,
        found,
    };
    let mut out = Vec::new();
    for (check, seen) in scenario.file.checks.iter().zip(observed) {
        if let Some((what, expected, found)) = against_seed(check, seen) {
            out.push(finding(&check.name, what, expected, found));
        }
    }
    if observed.iter().all(|seen| seen.event.passed) {
        let what = "every check holds on the untouched seed: nothing is left to do";
        out.push(finding("checks", what, String::new(), String::new()));
    }
    out
}

fn against_seed(check: &Check, seen: &Observed) -> Option<(&'static str, String, String)> {
    let stated = &check.on_seed;
    let detail = seen.event.detail.clone();
    match (stated.holds, seen.event.passed) {
        (true, true) => return None,
        (true, false) => return Some(("fails on the seed", "holds".into(), detail)),
        (false, true) => {
            return Some(("holds on the seed", "fails".into(), "it passed".into()));
        }
        (false, false) => {}
    }
    let what = "fails on the seed in another way";
    if seen.timed_out {
        return Some((what, "an end".into(), detail));
    }
    if let Some(exit) = stated.exit.filter(|exit| seen.exit != Some(*exit)) {
        return Some((what, format!("exit code {exit}"), detail));
    }
    if stated.missing && !seen.missing {
        return Some((what, "the file is missing".into(), detail));
    }
    let text = seen.text.as_deref().unwrap_or_default();
    if let Some(part) = stated.contains.as_ref().filter(|part| !text.contains(part.as_str())) {
        return Some((what, format!("the text contains {part:?}"), detail));
    }
    None
}

/// The checks that do not hold after the solution.
#[must_use]
pub fn verify_solution(scenario: &Scenario, observed: &[Observed]) -> Vec<Finding> {
    observed
        .iter()
        .filter(|seen| !seen.event.passed)
        .map(|seen| Finding {
            scenario: scenario.name.clone(),
            place: seen.event.name.clone(),
            what: "fails with solution.patch applied".into(),
            expected: "holds".into(),
            found: seen.event.detail.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::journal::CheckEvent;
    use crate::scenario::testing::Folder;

    /// A scenario whose one check is a command that must fail with exit code 1 and `FAIL`.
    fn scenario(on_seed: &str) -> Scenario {
        let folder = Folder::new();
        folder.scenario("a", "");
        let text = format!(
            "summary: x\nmessages: [{{text: go}}]\nchecks:\n  - name: works\n    run: {{cmd: x}}\n    on_seed: {on_seed}\n"
        );
        folder.write("a/scenario.yaml", &text);
        folder.load("a").expect("loads")
    }

    fn seen(passed: bool, exit: i32, text: &str) -> Observed {
        let detail = if passed { String::new() } else { format!("exit code {exit}, expected 0") };
        Observed {
            event: CheckEvent { name: "works".into(), passed, detail },
            exit: Some(exit),
            text: Some(text.into()),
            missing: false,
            timed_out: false,
        }
    }

    #[test]
    fn failing_as_stated_is_no_finding() {
        let scenario = scenario("{exit: 1, contains: FAIL}");
        assert!(verify_on_seed(&scenario, &[seen(false, 1, "1 FAIL")]).is_empty());
        assert!(verify_solution(&scenario, &[seen(true, 0, "")]).is_empty());
    }

    #[test]
    fn failing_in_another_way_is_a_finding() {
        let scenario = scenario("{exit: 1, contains: FAIL}");
        let what = |seen: Observed| {
            let findings = verify_on_seed(&scenario, &[seen]);
            assert_eq!(findings.len(), 1);
            format!("{} | {}", findings[0].what, findings[0].expected)
        };
        assert_eq!(what(seen(false, 127, "")), "fails on the seed in another way | exit code 1");
        assert_eq!(
            what(seen(false, 1, "x")),
            "fails on the seed in another way | the text contains \"FAIL\""
        );
        let hung = Observed { timed_out: true, exit: None, ..seen(false, 1, "FAIL") };
        assert_eq!(what(hung), "fails on the seed in another way | an end");
    }

    #[test]
    fn a_check_that_holds_on_the_seed_must_say_so_and_some_check_must_fail() {
        let findings = verify_on_seed(&scenario("{exit: 1}"), &[seen(true, 0, "")]);
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[0].what, "holds on the seed");
        assert!(findings[1].what.starts_with("every check holds"));
        let guard = scenario("{holds: true}");
        assert_eq!(verify_on_seed(&guard, &[seen(true, 0, "")]).len(), 1);
        assert_eq!(verify_on_seed(&guard, &[seen(false, 1, "")])[0].what, "fails on the seed");
    }

    #[test]
    fn a_check_that_fails_after_the_solution_is_shown_with_its_detail() {
        let findings = verify_solution(&scenario("{exit: 1}"), &[seen(false, 1, "")]);
        insta::assert_snapshot!(findings[0].to_string(), @r"
        a: works: fails with solution.patch applied
          expected: holds
          found: exit code 1, expected 0
        ");
    }
}
