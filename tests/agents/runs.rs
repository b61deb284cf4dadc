//! Runs with installed agents, and what their journals say of them.

use super::clients::installed;
use super::program::{Caller, scratch, skipped};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use unreel::recording::journal::{RunLog, Verdict, read_journal};
use unreel::wire::Digest;

/// The Codex that tests are written against.
pub(crate) const NEWEST: &str = "0.169.0";
/// Those that must do the same.
pub(crate) const OLDER: [&str; 3] = ["0.166.0", "0.165.0", "0.164.0"];

/// What Codex can do. Not `tool-errors`, which needs a session of the built-in `exec_command` with
/// input, nor `compaction-loses`: Codex keeps user messages over a compaction, so nothing is lost.
pub(crate) const ELEVEN: [&str; 11] = [
    "change-folder",
    "compaction-keeps",
    "fix-failing-test",
    "huge-output",
    "long-session",
    "nested-agents-md",
    "parallel-calls",
    "rename-across-files",
    "role-conflict",
    "rust-implement",
    "sealed-reasoning",
];

/// The folder of a Codex version, for `--agent-path`.
pub(crate) fn codex(version: &str) -> Option<String> {
    folder("codex", &format!("codex-{version}/bin/codex"))
}

/// The folder of opencode.
pub(crate) fn opencode() -> Option<String> {
    folder("opencode", "opencode/bin/opencode")
}

fn folder(part: &str, program: &str) -> Option<String> {
    Some(installed(part, program)?.parent()?.parent()?.to_str()?.to_owned())
}

/// `unreel run ARGS` in the crate's folder, which must end well; its results, in a folder of this
/// name.
pub(crate) fn run(name: &str, args: &[&str]) -> PathBuf {
    let out = scratch(name).join("out");
    Caller::here().runs(args, &out);
    out
}

/// Codex and the built-in agent on all that both can do, by script; once for all tests.
pub(crate) fn everything() -> Option<&'static Path> {
    static OUT: OnceLock<Option<PathBuf>> = OnceLock::new();
    OUT.get_or_init(|| {
        let codex = codex(NEWEST)?;
        let options = ["--script", "--agent", "builtin,codex", "--agent-path", &codex];
        Some(run("agents-everything", &[&ELEVEN[..], &options].concat()))
    })
    .as_deref()
}

/// The runs of a folder of results, by name (`scenario`, `scenario+codex`).
pub(crate) fn logs(out: &Path) -> BTreeMap<String, RunLog> {
    let mut logs = BTreeMap::new();
    read_journal(out, |log| {
        logs.insert(log.started.run.name(), log);
    })
    .unwrap();
    logs
}

/// How a run ended: verdict, and the files it left.
pub(crate) fn ended(log: &RunLog) -> (Verdict, Option<Digest>) {
    let finished = log.finished.as_ref().unwrap();
    (finished.verdict, finished.tree)
}

/// A run with an agent ended as that of the built-in agent: well, with the same files.
pub(crate) fn assert_as_builtin(scenario: &str, builtin: &RunLog, other: &RunLog) {
    let (expected, found) = (ended(builtin), ended(other));
    assert_eq!(found, expected, "{scenario}: {:?}", other.finished);
    if expected.0 == Verdict::Skipped {
        let reason = builtin.finished.as_ref().and_then(|finished| finished.reason.as_deref());
        return skipped(&format!("{scenario}: {}", reason.unwrap_or_default()));
    }
    assert_eq!(expected.0, Verdict::Pass, "{scenario}");
    assert!(expected.1.is_some(), "{scenario}");
    assert!(builtin.checks.len() >= 3 && other.checks == builtin.checks, "{scenario}");
}
