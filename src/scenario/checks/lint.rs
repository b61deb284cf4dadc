//! What a script must not do: know a planted fact, or write one path twice at once.

use super::Finding;
use crate::scenario::paths::tidy;
use crate::scenario::{Action, Scenario, Script, yaml};
use std::collections::BTreeMap;

/// The planted values that stand literally in the script, outside comments. A script that knows
/// a value does not depend on what is visible, and would hide every loss.
#[must_use]
pub fn literal_facts(scenario: &Scenario, script_text: &str) -> Vec<Finding> {
    let Some(tree) = yaml::tree(script_text) else { return Vec::new() };
    let lines: Vec<&str> = script_text.lines().collect();
    let mut out = Vec::new();
    for fact in &scenario.file.facts {
        for (line, text) in tree.scalars() {
            if !holds(text, &fact.value) {
                continue;
            }
            // The scalar starts at `line`; a block goes on below it.
            let start = usize::try_from(line).unwrap_or(1).max(1);
            let shown = (start..=lines.len())
                .find(|number| holds(lines[number - 1], &fact.value))
                .unwrap_or(start);
            out.push(Finding {
                scenario: scenario.name.clone(),
                place: format!("script.yaml:{shown}"),
                what: format!("the value of the fact `{}` stands in the script", fact.id),
                expected: "a `bind` that copies it from the request".into(),
                found: lines.get(shown - 1).map_or("", |line| line.trim()).to_owned(),
            });
        }
    }
    out
}

/// Whether the value occurs. A short one counts only as a word: `8` is not in `80`.
fn holds(text: &str, value: &str) -> bool {
    let alike = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => {
            (a.is_numeric() && b.is_numeric()) || (a.is_alphabetic() && b.is_alphabetic())
        }
        _ => false,
    };
    text.match_indices(value).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + value.len()..].chars().next();
        let inside = alike(before, value.chars().next()) || alike(value.chars().next_back(), after);
        !(inside && value.chars().count() < 4)
    })
}

/// The paths that several parallel calls of one step write; which one wins depends on the order in
/// which they finish.
#[must_use]
pub fn parallel_writes(scenario: &str, script: &Script) -> Vec<Finding> {
    let mut out = Vec::new();
    for step in &script.steps {
        let mut writers: BTreeMap<String, u32> = BTreeMap::new();
        for action in &step.actions {
            let mut paths = written(action);
            paths.sort();
            paths.dedup();
            for path in paths {
                *writers.entry(path).or_default() += 1;
            }
        }
        for (path, calls) in writers.into_iter().filter(|(_, calls)| *calls > 1) {
            out.push(Finding {
                scenario: scenario.to_owned(),
                place: format!("step {}", step.id),
                what: format!("{calls} parallel calls write {path}"),
                expected: "one of them, or a step each".into(),
                found: String::new(),
            });
        }
    }
    out
}

/// The paths that a patch or write names.
fn written(action: &Action) -> Vec<String> {
    match action {
        Action::Write(write) => vec![tidy(&write.path)],
        Action::Patch(patch) => patch
            .lines()
            .filter_map(|line| {
                let heads =
                    ["*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:"];
                heads.iter().find_map(|head| line.trim().strip_prefix(head))
            })
            .map(|path| tidy(path.trim()))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::Folder;
    use std::path::Path;

    fn script(text: &str) -> Script {
        yaml::parse(Path::new("script.yaml"), text).expect("parses")
    }

    #[test]
    fn a_planted_value_in_the_script_is_found_with_its_line_but_not_in_comments() {
        let folder = Folder::new();
        folder.scenario("a", "facts:\n  - {id: n, class: needle, value: 9f3a, forms: [9f3a]}\n");
        let scenario = folder.load("a").expect("loads");
        let text = "# 9f3a\nsteps:\n  - id: a # 9f3a\n    do:\n      - say: '{x}'\n";
        assert!(literal_facts(&scenario, text).is_empty());
        let text =
            "steps:\n  - id: a\n    do:\n      - patch: |\n          one\n          # is 9f3a\n";
        let findings = literal_facts(&scenario, text);
        assert_eq!(findings.len(), 1);
        assert_eq!(
            (findings[0].place.as_str(), findings[0].found.as_str()),
            ("script.yaml:6", "# is 9f3a")
        );
    }

    #[test]
    fn short_values_count_as_words() {
        assert!(holds("LIMIT=8", "8") && holds("8ms", "8") && !holds("80", "8"));
        assert!(holds("x9f3ax", "9f3a"), "a long value counts anywhere");
        assert!(!holds("forbid", "or") && holds("a or b", "or"));
        assert!(holds("80 8", "8"), "a later one counts");
    }

    #[test]
    fn two_parallel_calls_must_not_write_one_path() {
        let text = "steps:\n  - id: both\n    do:\n      - write: {path: ./a, text: x}\n      - patch: |\n          *** Begin Patch\n          *** Update File: b\n          *** Move to: a\n          *** End Patch\n  - id: fine\n    do:\n      - write: {path: a, text: x}\n      - write: {path: b, text: x}\n";
        let findings = parallel_writes("s", &script(text));
        assert_eq!(findings.len(), 1);
        assert_eq!(
            findings[0].to_string(),
            "s: step both: 2 parallel calls write a\n  expected: one of them, or a step each"
        );
    }

    #[test]
    fn one_patch_may_name_a_path_twice() {
        let text = "steps:\n  - id: a\n    do:\n      - patch: |\n          *** Update File: a\n          *** Move to: a\n";
        assert!(parallel_writes("s", &script(text)).is_empty());
    }
}
