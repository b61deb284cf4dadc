//! The Codex CLI does what the built-in agent does, in every tested version, and does it again.

use super::program::{Caller, assert_same, scratch};
use super::runs::{ELEVEN, NEWEST, OLDER, assert_as_builtin, codex, everything, logs, run};
use unreel::recording::journal::CallRecord;
use unreel::wire::Raw;

#[test]
fn eleven_scenarios_end_as_with_the_built_in_agent() {
    let Some(out) = everything() else { return };
    let logs = logs(out);
    assert_eq!(logs.len(), 2 * ELEVEN.len());
    for scenario in ELEVEN {
        let codex = &logs[&format!("{scenario}+codex")];
        assert_eq!(codex.started.agent, format!("codex {NEWEST}"));
        assert_as_builtin(scenario, &logs[scenario], codex);
    }
    // Codex looks at the repository on the side, and a request may be sent before it knows: what it
    // then tells of it would depend on the load of the machine.
    for log in logs.values() {
        let told = |raw: &Raw| raw.as_str().contains("workspaces");
        let metadata = log.exchanges.iter().filter_map(|one| one.request.field("client_metadata"));
        assert!(!metadata.into_iter().any(told), "{}", log.started.run.name());
        // Its commands see the repository all the same.
        let blind = |call: &CallRecord| call.output.contains("not a git repository");
        assert!(!log.calls.iter().any(blind), "{}", log.started.run.name());
    }
    // One conversation each: nothing beside the scenario's own was asked.
    assert!(logs.values().flat_map(|log| &log.exchanges).all(|exchange| exchange.thread == 0));
}

#[test]
fn older_versions_end_the_same_way() {
    let Some(out) = everything() else { return };
    let expected = logs(out);
    let scenarios = ["compaction-keeps", "fix-failing-test", "rename-across-files"];
    for version in OLDER {
        let Some(codex) = codex(version) else { continue };
        let options = ["--script", "--agent", "codex", "--agent-path", &codex];
        let out = run(&format!("agents-codex-{version}"), &[&scenarios[..], &options].concat());
        let logs = logs(&out);
        for scenario in scenarios {
            let codex = &logs[&format!("{scenario}+codex")];
            assert_eq!(codex.started.agent, format!("codex {version}"));
            assert_as_builtin(scenario, &expected[scenario], codex);
        }
    }
}

#[test]
fn two_runs_give_the_same_files_byte_for_byte() {
    let Some(codex) = codex(NEWEST) else { return };
    let scenarios = ["compaction-keeps", "fix-failing-test", "parallel-calls"];
    let options = ["--script", "--agent", "codex", "--agent-path", &codex];
    let args = [&scenarios[..], &options].concat();
    let one = scratch("agents-one-job").join("out");
    Caller::here().runs(&[&args[..], &["--jobs", "1"]].concat(), &one);
    let home = scratch("agents-two-jobs");
    let two = home.join("out");
    let elsewhere =
        Caller::here().env("HOME", &home).env("LC_ALL", "tr_TR.UTF-8").env("TZ", "Asia/Kathmandu");
    elsewhere.runs(&[&args[..], &["--jobs", "2"]].concat(), &two);
    assert_same(&one, &two);
}
