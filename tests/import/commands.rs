//! `unreel import` and `unreel scan` as a user types them.

use crate::story::log;
use assert_cmd::Command;
use std::path::Path;
use tempfile::TempDir;

/// The command in an empty folder that is home, too.
fn unreel(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("unreel").unwrap();
    command.current_dir(folder).args(arguments).env_clear().env("HOME", folder);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn path(name: &str) -> String {
    log(name).display().to_string()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_log_becomes_a_recording_named_after_it() {
    let folder = folder();
    let (code, out, err) = unreel(folder.path(), &["import", "codex", &path("codex-0.125.jsonl")]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "wrote recordings/codex-0.125.jsonl\n\
         \x20 codex 0.125.0 · 2 exchanges · 2,100 tokens in (43 % cached), 36 out\n\
         \x20 the log lacks: tools, bodies, events, ids\n\
         next: unreel show recordings/codex-0.125.jsonl\n"
    );
    let (code, _, err) = unreel(folder.path(), &["import", &path("codex-0.125.jsonl")]);
    assert_eq!(code, 2);
    assert!(err.contains("is there already\nhelp: --force"), "{err}");
    let (code, ..) = unreel(folder.path(), &["import", "--force", &path("codex-0.125.jsonl")]);
    assert_eq!(code, 0);
}

#[test]
fn several_logs_of_any_kind_and_a_bad_one_among_them() {
    let folder = folder();
    let bad = folder.path().join("bad.jsonl");
    std::fs::write(&bad, "{\"type\":\"session_meta\",\"payload\":{}}\n{\"type\":\n").unwrap();
    let files = [path("claude-code.jsonl"), bad.display().to_string(), path("traffic.har")];
    let arguments = ["import", "auto", &files[0], &files[1], &files[2], "--out", "all"];
    let (code, out, err) = unreel(folder.path(), &arguments);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("bad.jsonl:2: column"), "{err}");
    assert!(err.contains("claude-code.jsonl:18: skipped: not an object\n"), "{err}");
    assert!(out.contains("wrote all/claude-code.jsonl\n"), "{out}");
    assert!(out.contains("6 exchanges in 2 threads · 1 compaction"), "{out}");
    let mut there: Vec<_> = std::fs::read_dir(folder.path().join("all"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, ["claude-code.jsonl", "traffic.jsonl"], "nothing half-written");
    // Played like any recording: its file is one.
    let one = ["import", "pi", &path("pi.jsonl"), "--out", "one/of-pi.jsonl.zst"];
    assert_eq!(unreel(folder.path(), &one).0, 0);
    assert!(folder.path().join("one/of-pi.jsonl.zst").is_file());
}

#[test]
fn what_is_neither_format_nor_file_is_said() {
    let folder = folder();
    let (code, _, err) = unreel(folder.path(), &["import", "codec", "x"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("`codec` is neither a format nor a file\nhelp: formats are auto, codex,"),
        "{err}"
    );
    let (code, _, err) = unreel(folder.path(), &["import", "codex"]);
    assert_eq!((code, err.contains("which log?")), (2, true));
    std::fs::write(folder.path().join("notes.txt"), "hello\n").unwrap();
    let (code, _, err) = unreel(folder.path(), &["import", "notes.txt"]);
    assert_eq!(code, 2);
    assert!(err.contains("notes.txt:1: it looks like no log"), "{err}");
}

/// A home with sessions of both programs.
fn home() -> TempDir {
    let folder = folder();
    let codex = folder.path().join(".codex/sessions/2026/05/01");
    let claude = folder.path().join(".claude/projects/-home-me-shop");
    for place in [&codex, &claude] {
        std::fs::create_dir_all(place).unwrap();
    }
    std::fs::copy(log("codex-0.125.jsonl"), codex.join("rollout-1.jsonl")).unwrap();
    std::fs::copy(log("claude-code.jsonl"), claude.join("s1.jsonl")).unwrap();
    std::fs::write(claude.join("opened.jsonl"), "{\"type\":\"summary\",\"leafUuid\":\"x\"}\n")
        .unwrap();
    std::fs::write(claude.join("broken.jsonl"), "{\"type\":\"user\",\"uuid\":\"a\"}\n").unwrap();
    std::fs::write(claude.join("notes.txt"), "no log").unwrap();
    folder
}

#[test]
fn a_scan_finds_the_sessions_at_home() {
    let home = home();
    let (code, out, err) = unreel(home.path(), &["scan"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("session "), "{out}");
    assert!(lines[1].starts_with("codex shop                    2026-05-01     2 "), "{out}");
    assert!(lines[1].contains(" 43 % ") && lines[1].ends_with(" $0.004"), "{out}");
    assert!(lines[2].starts_with("claude-code shop              2026-02-01     6 "), "{out}");
    assert!(lines[3].starts_with("all 2 sessions"), "{out}");
    assert!(lines[4].contains("broken.jsonl:1: a line without `message`"), "{out}");
    assert!(
        out.contains("cost: estimate, list prices of 2026-11-22, for 2 of 2 sessions\n"),
        "{out}"
    );
    assert!(
        out.contains("prefix breaks by cause: context_compacted 1 · input_changed 1\n"),
        "{out}"
    );
    assert!(out.contains("1 log without any answer left out\n"), "{out}");
    let last = *lines.last().unwrap();
    assert!(
        last.starts_with("next: unreel import codex '") && last.ends_with("rollout-1.jsonl'"),
        "{out}"
    );
    assert!(lines.iter().all(|line| line.chars().count() <= 100 || line.contains('/')), "{out}");
    // The same for one job and for eight.
    for jobs in ["1", "8"] {
        assert_eq!(unreel(home.path(), &["scan", "--jobs", jobs]).1, out);
    }
}

#[test]
fn a_scan_as_json_sorted_by_cost_and_with_other_prices() {
    let home = home();
    let (code, out, _) = unreel(home.path(), &["scan", "--format", "json", "--sort", "cost"]);
    assert_eq!(code, 0);
    let scan: serde_json::Value = serde_json::from_str(&out).unwrap();
    let formats: Vec<&str> = scan["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["format"].as_str().unwrap())
        .collect();
    assert_eq!(formats, ["claude-code", "codex"]);
    // 1,204 plain at 2.50, 896 cached at 0.25, 36 out at 15.
    assert_eq!(scan["sessions"][1]["cost_nano_usd"], 1_204 * 2_500 + 896 * 250 + 36 * 15_000);
    assert_eq!(scan["totals"]["requests"], 8);
    assert_eq!(scan["unreadable"].as_array().unwrap().len(), 1);
    assert!(scan["caveats"][0].as_str().unwrap().starts_with("prefix breaks"));

    // A model without a price has no cost, which is not a cost of nothing.
    let prices =
        "date: 2020-01-01\nmodels:\n  other: {input: 1, cached: 1, output: 1, source: own}\n";
    std::fs::write(home.path().join("prices.yaml"), prices).unwrap();
    let (_, out, _) = unreel(home.path(), &["scan", "--prices", "prices.yaml", ".codex"]);
    assert!(out.contains("for 0 of 1 session; no price known for gpt-5.4\n"), "{out}");
    assert!(!out.contains('$'), "{out}");
    std::fs::write(home.path().join("prices.yaml"), "date: 2020-01-01\nmodel: {}\n").unwrap();
    let (code, _, err) = unreel(home.path(), &["scan", "--prices", "prices.yaml"]);
    assert_eq!((code, err.contains("prices.yaml:2")), (2, true), "{err}");
}

#[test]
fn a_scan_that_finds_nothing_says_where_it_looked() {
    let folder = folder();
    let (code, _, err) = unreel(folder.path(), &["scan"]);
    assert_eq!(code, 2);
    assert!(err.contains("no session logs in ") && err.contains(".codex/sessions"), "{err}");
    let (code, out, _) = unreel(folder.path(), &["scan", "absent.jsonl"]);
    assert_eq!(
        (code, out.contains("unreadable: absent.jsonl: cannot be read")),
        (0, true),
        "{out}"
    );
}
