//! What a compaction loses, end to end: one scenario under several retention policies, and the
//! conflict of roles with the roles swapped.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs `unreel run ARGS` into a fresh folder; gives the exit code and `summary.json`.
fn run(args: &[&str]) -> (i32, Value, tempfile::TempDir) {
    let out = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_unreel"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("run")
        .args(args)
        .arg("--out")
        .arg(out.path().join("report"))
        .output()
        .unwrap();
    let report = out.path().join("report");
    let summary = std::fs::read_to_string(report.join("summary.json")).unwrap();
    (status.status.code().unwrap(), serde_json::from_str(&summary).unwrap(), out)
}

fn result<'a>(summary: &'a Value, scenario: &str, variant: &str) -> &'a Value {
    let all = summary["results"].as_array().unwrap();
    let wanted = |row: &&Value| row["scenario"] == scenario && row["variant"] == variant;
    all.iter().find(wanted).unwrap_or_else(|| panic!("no row {scenario}@{variant}"))
}

/// The rows of `tables/compactions.csv` of a run: the values of one column.
fn column(out: &Path, scenario: &str, variant: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(out.join("report/tables/compactions.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let at = head.iter().position(|column| *column == name).unwrap();
    let ours = lines.filter(|row| row[0] == scenario && row[1] == variant);
    ours.map(|row| row[at].to_owned()).collect()
}

#[test]
fn the_verdict_hangs_on_what_the_compaction_keeps() {
    let variants = "base,oracle,one-fact-less,empty";
    let (code, summary, out) = run(&["compaction-keeps", "--script", "--variant", variants]);
    let outcome = |variant| result(&summary, "compaction-keeps", variant)["outcome"].clone();
    let lost = |variant| column(out.path(), "compaction-keeps", variant, "facts_lost").join(" ");
    assert_eq!(outcome("base"), "pass");
    assert_eq!(outcome("oracle"), "pass", "the needed facts alone are enough");
    // One fact less flips the verdict, and the lost fact is the one whose check fails.
    assert_eq!(outcome("one-fact-less"), "fail (ok)");
    assert!(!lost("base").contains("size_key"), "{}", lost("base"));
    assert!(lost("one-fact-less").contains("size_key"), "{}", lost("one-fact-less"));
    let reason = &result(&summary, "compaction-keeps", "one-fact-less")["reason"];
    assert!(reason.as_str().unwrap().contains("key that the user named"), "{reason}");
    // A scenario that passes with nothing kept would not test memory.
    assert_eq!(outcome("empty"), "fail (ok)");
    assert_eq!(code, 0, "every failure is expected: {summary}");
}

#[test]
fn the_twin_that_loses_names_the_fact_and_what_it_cost() {
    let (code, summary, out) = run(&["compaction-keeps", "compaction-loses"]);
    assert_eq!(code, 0, "{summary}");
    let row = |scenario| result(&summary, scenario, "base").clone();
    let (keeps, loses) = (row("compaction-keeps"), row("compaction-loses"));
    assert_eq!(keeps["outcome"], "pass");
    assert_eq!(loses["outcome"], "fail (ok)");
    let lost = column(out.path(), "compaction-loses", "base", "facts_lost").join(" ");
    assert!(lost.contains("vendor_rule"), "{lost}");
    let asked = |row: &Value| row["requests"].as_u64().unwrap();
    assert!(asked(&loses) > asked(&keeps), "what was lost is asked for again");
    let text = std::fs::read_to_string(out.path().join("report/summary.md")).unwrap();
    assert!(text.contains("vendored code is not patched"), "{text}");
}

#[test]
fn with_the_roles_swapped_the_same_script_breaks_the_rule() {
    let (code, summary, _out) = run(&["role-conflict", "--variant", "base,swapped"]);
    assert_eq!(code, 0, "{summary}");
    assert_eq!(result(&summary, "role-conflict", "base")["outcome"], "pass");
    assert_eq!(result(&summary, "role-conflict", "swapped")["outcome"], "fail (ok)");
}
