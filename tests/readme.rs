//! The README holds: its commands exist, its example of a scenario works, its links lead somewhere.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn unreel() -> Command {
    Command::new(env!("CARGO_BIN_EXE_unreel"))
}

/// The fenced blocks of a language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut parts = text.split("```");
    parts.next();
    let inside = parts.step_by(2);
    inside
        .filter_map(|part| part.strip_prefix(&format!("{language}\n")))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_two_commands_do_what_they_say_and_ci_runs_the_same() {
    let blocks = blocks(&read("README.md"), "sh");
    assert_eq!(blocks[..2], ["cargo run -- run\n", "cargo test\n"]);
    let ci = read(".ci/run");
    for command in &blocks[..2] {
        let command = command.trim_end();
        let runs = |line: &str| line.trim_start_matches("step 'main job' ").starts_with(command);
        assert!(ci.lines().any(|line| runs(line.trim())), "{command} in .ci/run");
    }
}

#[test]
fn every_command_is_understood() {
    let mut seen = 0;
    for block in blocks(&read("README.md"), "sh") {
        for line in block.lines() {
            let Some(arguments) = line.strip_prefix("cargo run -- ") else { continue };
            let arguments = arguments.split('#').next().unwrap_or_default();
            // Options before it are read first, and must be known.
            unreel().args(arguments.split_whitespace()).arg("--help").assert().success();
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn the_example_of_a_scenario_verifies_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for block in blocks(&read("README.md"), "yaml") {
        let path = block.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap();
        write(path, &block);
    }
    write("scenarios/cap/repo/limit.sh", "LIMIT=0\n");
    write("scenarios/cap/repo/docs/limits.md", "The machine keeps at most 43 generations.\n");
    write(
        "scenarios/cap/solution.patch",
        "--- a/limit.sh\n+++ b/limit.sh\n@@ -1 +1 @@\n-LIMIT=0\n+LIMIT=43\n",
    );
    unreel().current_dir(&folder).args(["verify", "--mutate"]).assert().success();
    unreel().current_dir(&folder).args(["run", "--script"]).assert().success();
    unreel().current_dir(&folder).args(["record"]).assert().success();
    let run = ["run", "--variant", "summary", "--out", "replayed"];
    unreel().current_dir(&folder).args(run).assert().success();
    assert!(folder.path().join("replayed/tables/runs.parquet").is_file());
}

#[test]
fn links_lead_somewhere() {
    let names = std::fs::read_dir(root().join("docs")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut docs: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    docs.sort();
    assert!(docs.len() > 8, "{docs:?}");
    for page in docs.iter().map(String::as_str).chain(["README.md"]) {
        let text = read(page);
        let folder = root().join(page).parent().map(PathBuf::from).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            assert!(path.is_empty() || folder.join(path).is_file(), "{page}: {link}");
            let heading = |line: &str| {
                let words = line.trim_start_matches('#').trim().to_lowercase();
                let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                kept.collect::<String>().replace(' ', "-")
            };
            let known = |text: &str| {
                text.lines().any(|line| line.starts_with('#') && heading(line) == anchor)
            };
            // An anchor is on the page linked to.
            let known = match path {
                "" => known(&text),
                _ => {
                    anchor.is_empty() || known(&std::fs::read_to_string(folder.join(path)).unwrap())
                }
            };
            assert!(known, "{page}: {link}");
        }
    }
}
