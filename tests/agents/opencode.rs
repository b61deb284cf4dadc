//! opencode does what the built-in agent does; its request for a title is a conversation apart.

use super::runs::{assert_as_builtin, logs, opencode, run};
use unreel::measure::measure;
use unreel::recording::journal::RunLog;

/// Four of the nine that it can do: one of each kind of work.
const FOUR: [&str; 4] =
    ["fix-failing-test", "nested-agents-md", "parallel-calls", "sealed-reasoning"];

#[test]
fn scenarios_end_as_with_the_built_in_agent_and_titles_count_for_nothing() {
    let Some(opencode) = opencode() else { return };
    let options = ["--script", "--agent", "builtin,opencode", "--agent-path", &opencode];
    let logs = logs(&run("agents-opencode", &[&FOUR[..], &options].concat()));
    for scenario in FOUR {
        let log = &logs[&format!("{scenario}+opencode")];
        assert!(log.started.agent.starts_with("opencode "), "{}", log.started.agent);
        assert_as_builtin(scenario, &logs[scenario], log);
        title_is_apart(log);
    }
}

fn title_is_apart(log: &RunLog) {
    let name = log.started.run.name();
    let beside = |at: &usize| log.exchanges[*at].thread != 0;
    let others: Vec<usize> = (0..log.exchanges.len()).filter(beside).collect();
    let [at] = others.as_slice() else { panic!("{name}: {others:?}") };
    let title = &log.exchanges[*at];
    assert_eq!((title.thread, log.turns[*at]), (1, 1), "{name}");
    assert!(log.turns.get(at + 1).is_none_or(|turn| *turn == 2), "{name}: last of its turn");
    assert!(title.request.tools().is_empty(), "{name}: it can do nothing");
    assert_eq!(log.answered_by[*at], "side conversation", "{name}");
    assert!(log.calls.iter().all(|call| call.seq != title.seq), "{name}");

    // The same run in which no title was asked for.
    let mut without = log.clone();
    without.exchanges.remove(*at);
    without.turns.remove(*at);
    without.answered_by.remove(*at);
    let (all, main) = (measure(log), measure(&without));
    assert_eq!(all.payload, main.payload, "{name}");
    assert_eq!((all.calls, all.facts_kept), (main.calls, main.facts_kept), "{name}");
    assert_eq!((&all.breaks, &all.compactions), (&main.breaks, &main.compactions), "{name}");
}
