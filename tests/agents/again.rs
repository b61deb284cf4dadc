//! Record, replay, record with whole agents: what an agent was answered, and recorded again with the
//! recording in the place of the upstream, gives the same file. What changes with each session, the
//! client's own ids, is what the agent's rules mask.

use super::program::{Caller, scratch, text};
use super::runs::{NEWEST, codex, opencode};
use super::serving::Serving;
use std::path::Path;

const SCENARIO: &str = "fix-failing-test";

/// `unreel record SCENARIO ARGS`, which must end well.
fn record(args: &[&str]) {
    let args = [&["record", SCENARIO], args].concat();
    let output = Caller::here().command(&args).output().unwrap();
    let (said, noted) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{args:?}: {said}\n{noted}");
}

/// Two files hold the same bytes.
fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (std::fs::read(one).unwrap(), std::fs::read(other).unwrap());
    let (a, b) = (text(&one), text(&other));
    let differs = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    assert!(one == other, "{} and {} bytes: {differs:#?}", one.len(), other.len());
}

/// The script in the place of a vendor's endpoint, then what was recorded of it. A client's ids are
/// new each time; the server is told whose they are.
fn plays_and_records_the_same(agent: &[&str], name: &str) {
    let folder = scratch(name);
    let (one, two) = (folder.join("one.jsonl"), folder.join("two.jsonl"));
    let script = ["--scenario", SCENARIO, "--script"];
    let upstream = Serving::start(&[&script, agent].concat());
    let to = ["--upstream", &upstream.base, "--out", one.to_str().unwrap()];
    record(&[agent, &to].concat());
    drop(upstream);
    let recorded = ["--recording", one.to_str().unwrap(), "--match", "strict"];
    let replay = Serving::start(&[&recorded, agent].concat());
    record(&[agent, &["--upstream", &replay.base, "--out", two.to_str().unwrap()]].concat());
    assert_same(&one, &two);
}

#[test]
fn the_built_in_agent_records_what_it_replays() {
    plays_and_records_the_same(&["--agent", "builtin"], "agents-again-builtin");
}

#[test]
fn codex_records_what_it_replays_and_a_script_twice_the_same() {
    let Some(place) = codex(NEWEST) else { return };
    let agent = ["--agent", "codex", "--agent-path", &place];
    plays_and_records_the_same(&agent, "agents-again-codex");
    let folder = scratch("agents-again-codex-script");
    let outs = [folder.join("one"), folder.join("two")];
    for out in &outs {
        record(&[&agent[..], &["--out", out.to_str().unwrap()]].concat());
    }
    let [one, two] = outs.map(|out| out.join("codex").join(format!("{SCENARIO}.jsonl")));
    assert_same(&one, &two);
}

#[test]
fn opencode_records_what_it_replays() {
    let Some(place) = opencode() else { return };
    let agent = ["--agent", "opencode", "--agent-path", &place];
    plays_and_records_the_same(&agent, "agents-again-opencode");
}
