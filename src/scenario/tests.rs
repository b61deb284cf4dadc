//! Bad input: what a person reads who got something wrong.

use super::testing::{Folder, MINIMAL};
use super::{ScenarioErrorKind, find};

/// The message after the folder's own path.
fn error(keys: &str) -> String {
    let folder = Folder::new();
    folder.scenario("a", keys);
    let message = folder.load("a").expect_err("bad").to_string();
    message.split_once("a/scenario.yaml:").expect("names the file").1.to_owned()
}

#[test]
fn a_missing_scenario_file_says_what_a_scenario_is() {
    let folder = Folder::new();
    folder.write("a/repo/x", "");
    let error = folder.load("a").expect_err("missing");
    assert_eq!(error.kind(), &ScenarioErrorKind::Missing("scenario file".into()));
    let message = error.to_string();
    assert!(message.contains("a/scenario.yaml: there is no scenario file\nhelp: a scenario is"));
}

#[test]
fn two_kinds_of_check_in_one_are_refused() {
    let folder = Folder::new();
    folder.scenario("a", "");
    let text = format!(
        "{MINIMAL}  - name: both\n    run: {{cmd: x}}\n    file: {{path: y}}\n    on_seed: {{exit: 1}}\n"
    );
    folder.write("a/scenario.yaml", &text);
    let error = folder.load("a").expect_err("two kinds");
    assert_eq!((error.line(), error.column()), (Some(7), Some(5)));
    assert_eq!(error.snippet(), Some("  |\n7 |   - name: both\n  |     ^"));
    let message = error.to_string();
    assert!(message.contains(":7:5: `run` and `file` in one entry (at checks/1)"), "{message}");
    assert!(message.ends_with("help: exactly one kind of check: make two entries"), "{message}");
}

#[test]
fn every_broken_rule_names_its_place() {
    let fact = |keys: &str| format!("facts:\n  - {{id: f, class: todo, value: v, {keys}}}\n");
    let bad_date = "date: 2026-02-30\n".to_owned();
    for (keys, start) in [
        (bad_date, "7:1: `2026-02-30` is not a date"),
        ("folder: ../x\n".into(), "7:1: `../x`: the path leaves the workspace"),
        ("folder: src\n".into(), "7:1: the folder `src` is not in the seed"),
        ("timeline:\n  - {turn: 3, set_model: m}\n".into(), "8:6: there is no turn 3"),
        ("timeline:\n  - {turn: 1}\n".into(), "8:5: no action"),
        (
            "timeline:\n  - {turn: 1, set_model: m, restart_server: true}\n".into(),
            "8:5: `set_model` and `restart_server` in one entry",
        ),
        (
            "timeline:\n  - {turn: 2, set_tools: [exec_command, aply_patch]}\n".into(),
            "8:41: unknown tool `aply_patch` (at timeline/0/set_tools/1)",
        ),
        (
            "timeline:\n  - {turn: 1, set_effort: low, set_tools: []}\n".into(),
            "8:5: `set_effort` and `set_tools` in one entry",
        ),
        ("tools: [view_image, view_image]\n".into(), "7:21: the tool `view_image` stands twice"),
        ("effort: hi\n".into(), "7:9: unknown value `hi`"),
        ("prompt: {tools_order: shufled}\n".into(), "7:23: unknown value `shufled`"),
        ("prompt: {clok: first}\n".into(), "7:10: unknown key `clok`"),
        (fact("forms: []"), "8:36: a fact needs at least one form"),
        (fact("forms: [v], recover: user"), "8:48: `recover: user` needs an `answer`"),
        (fact("forms: [v], answer: v"), "8:48: an `answer` is only given"),
        ("volatile:\n  - {pattern: 'a[', replace: x}\n".into(), "8:6: bad pattern `a[`: unclosed"),
        ("retention: {oracle: {facts: [x]}}\n".into(), "7:30: unknown fact `x`"),
        ("variants: {quick: {}}\n".into(), "7:12: there is no `variants/quick.yaml`"),
        ("budgets: {requsts: 1}\n".into(), "7:11: unknown key `requsts`"),
        ("permissions: {writable: [tmp]}\n".into(), "7:26: `tmp` is not an absolute path"),
    ] {
        let error = error(&keys);
        assert!(error.starts_with(start), "wanted {start}\ngot {error}");
    }
}

#[test]
fn a_check_must_say_how_it_fails_on_the_seed() {
    let with = |check: &str| error(&format!("date: 2026-01-01\n{check}"));
    let replaced = |check: &str| {
        let folder = Folder::new();
        folder.scenario("a", "");
        let text = format!("summary: x\nmessages: [{{text: go}}]\nchecks:\n  - {check}\n");
        folder.write("a/scenario.yaml", &text);
        folder.load("a").expect_err("bad").to_string()
    };
    for (check, says) in [
        ("{name: a, run: {cmd: x}, on_seed: {}}", ":4:30: it does not say how the check fails"),
        ("{name: a, tree: {only: [x]}, on_seed: {}}", ":4:34: a guard holds on the seed"),
        ("{name: a, file: {path: x}, on_seed: {exit: 1}}", ":4:42: only a command has an exit"),
        ("{name: a, run: {cmd: x}, on_seed: {missing: true}}", ":4:40: only a file can be"),
        ("{name: a, run: {cmd: x, output: {matches: '('}}, on_seed: {exit: 1}}", ":4:38: bad"),
        ("{name: a, forbidden: {}, on_seed: {holds: true}}", ":4:15: nothing is forbidden"),
        ("{name: a, on_seed: {holds: true}}", ":4:5: no kind of check"),
    ] {
        let error = replaced(check);
        assert!(error.contains(says), "wanted {says}\ngot {error}");
    }
    assert!(with("checks: []\n").starts_with("8:1: the key `checks` stands twice"));
}

#[test]
fn extending_replaces_keys_and_borrows_files() {
    let folder = Folder::new();
    folder.scenario("keeps", "model: m1\nretention: all\n");
    folder.write("keeps/script.yaml", "steps: []\n");
    folder.write("loses/scenario.yaml", "extends: keeps\nretention: empty\nexpect_fail: lost\n");
    let keeps = folder.load("keeps").expect("loads");
    let loses = folder.load("loses").expect("loads");
    assert_eq!(loses.file.model, "m1");
    assert_eq!(loses.file.retention, Some(super::Retention::Empty));
    assert_eq!((&loses.seed, &loses.script), (&keeps.seed, &keeps.script));
    assert_eq!((keeps.recording(), loses.recording()), ("keeps", "keeps"));
    assert_ne!(keeps.digest, loses.digest);
}

#[test]
fn errors_of_an_extending_scenario_point_into_the_file_at_fault() {
    let folder = Folder::new();
    folder.scenario("base", "volatile:\n  - {pattern: '(', replace: x}\n");
    for (text, says) in [
        ("extends: base\nsumary: x\n", "b/scenario.yaml:2:1: unknown key `sumary`"),
        ("extends: base\ndate: soon\n", "b/scenario.yaml:2:1: `soon` is not a date"),
        ("extends: base\n", "base/scenario.yaml:8:6: bad pattern `(`"),
        ("extends: bas\n", "b/scenario.yaml:1:1: there is no scenario `bas` beside this one"),
        ("extends: ../x\n", "b/scenario.yaml:1:1: `../x` is not the name of a folder"),
    ] {
        folder.write("b/scenario.yaml", text);
        let error = folder.load("b").expect_err("bad").to_string();
        assert!(error.contains(says), "wanted {says}\ngot {error}");
    }
    folder.write("c/scenario.yaml", "extends: b\n");
    let error = folder.load("c").expect_err("bad").to_string();
    assert!(error.contains("`b` itself extends another scenario"), "{error}");
}

#[test]
fn the_digest_does_not_know_where_the_folder_lies_but_every_file() {
    let (one, two) = (Folder::new(), Folder::new());
    for folder in [&one, &two] {
        folder.scenario("a", "");
    }
    let digest = |folder: &Folder| folder.load("a").expect("loads").digest;
    let before = digest(&one);
    assert_eq!(before, digest(&two));
    for (path, text) in [
        ("a/repo/test.sh", "exit 2\n"),
        ("a/repo/more", ""),
        ("a/script.yaml", "x"),
        ("a/solution.patch", "x"),
        ("a/scenario.yaml", &format!("{MINIMAL}\n")),
    ] {
        let last = digest(&one);
        one.write(path, text);
        assert_ne!(last, digest(&one), "{path}");
    }
}

#[test]
fn scenarios_are_found_by_name_and_path_and_sorted() {
    let folder = Folder::new();
    for name in ["b", "a", "c"] {
        folder.scenario(name, "");
    }
    folder.write("variants/x.yaml", "summary: not a scenario\n");
    let root = folder.path("");
    let names = |wanted: &[&str]| {
        let wanted: Vec<String> = wanted.iter().map(|word| (*word).to_owned()).collect();
        let found = find(&root, &wanted).map_err(|error| error.to_string())?;
        Ok::<_, String>(found.into_iter().map(|scenario| scenario.name).collect::<Vec<_>>())
    };
    assert_eq!(names(&[]), Ok(vec!["a".into(), "b".into(), "c".into()]));
    let path = folder.path("b").to_string_lossy().into_owned();
    assert_eq!(names(&["c", &path, "b"]), Ok(vec!["b".into(), "c".into()]));
    assert_eq!(names(&[&format!("{path}/scenario.yaml")]), Ok(vec!["b".into()]));
    let error = names(&["bb"]).expect_err("unknown");
    assert!(error.contains("unknown scenario `bb`\nhelp: did you mean `b`?"), "{error}");
    let error = names(&["zzz"]).expect_err("unknown");
    assert!(error.ends_with("help: one of: a, b, c"), "{error}");
}

#[test]
fn a_folder_without_scenarios_says_how_to_make_one() {
    let folder = Folder::new();
    let error = find(&folder.path(""), &[]).expect_err("empty");
    assert_eq!(error.kind(), &ScenarioErrorKind::NoScenarios);
    assert!(error.to_string().contains("help: a scenario is a folder NAME/ with `scenario.yaml`"));
}
