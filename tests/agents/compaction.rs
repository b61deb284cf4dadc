//! Codex compacts both ways, in the middle of a turn, and the task still succeeds.

use super::runs::{NEWEST, assert_as_builtin, codex, everything, logs, run};
use unreel::measure::is_sampling;
use unreel::recording::Exchange;
use unreel::recording::journal::{CompactionEvent, RunLog};
use unreel::wire::{Item, Kind, Raw};

/// The only compaction of a run, and the exchange that made it.
fn compacted(log: &RunLog) -> (&CompactionEvent, &Exchange) {
    let [compaction] = log.compactions.as_slice() else { panic!("{:?}", log.compactions) };
    let call = compaction.call_seq.unwrap();
    assert_eq!((compaction.phase.as_str(), &compaction.error), ("mid_turn", &None));
    assert!(compaction.estimate_after < compaction.estimate_before, "{compaction:?}");
    (compaction, log.exchanges.iter().find(|exchange| exchange.seq == call).unwrap())
}

/// The requests that sample after an exchange.
fn after(log: &RunLog, seq: u32) -> Vec<&Exchange> {
    let exchanges = log.exchanges.iter();
    exchanges.filter(|exchange| exchange.seq > seq && is_sampling(exchange)).collect()
}

fn items(exchange: &Exchange) -> Vec<Item> {
    exchange.request.input.iter().map(Raw::item).collect()
}

#[test]
fn the_server_compacts_and_its_blob_comes_back_whole() {
    let Some(out) = everything() else { return };
    let logs = logs(out);
    let log = &logs["compaction-keeps+codex"];
    let (compaction, call) = compacted(log);
    assert_eq!(compaction.strategy, "remote");
    assert_eq!(items(call).last().unwrap().kind(), Kind::CompactionTrigger);
    let [answer] = call.output.as_slice() else { panic!("{:?}", call.output) };
    assert_eq!(answer.item().kind(), Kind::Compaction);
    let blob = answer.item().str("encrypted_content").unwrap().to_owned();
    assert!(blob.len() > 100, "{blob}");

    let later = after(log, call.seq);
    assert!(later.len() > 5, "{}", later.len());
    for exchange in later {
        let items = items(exchange);
        let compactions = items.iter().filter(|item| item.kind() == Kind::Compaction);
        let blobs: Vec<_> = compactions.map(|item| item.str("encrypted_content")).collect();
        assert_eq!(blobs, [Some(blob.as_str())], "request {}", exchange.seq);
        assert!(!items.iter().any(|item| item.kind() == Kind::CompactionTrigger));
    }
}

#[test]
fn codex_compacts_by_itself_and_the_summary_is_what_goes_on() {
    let (Some(codex), Some(everything)) = (codex(NEWEST), everything()) else { return };
    let variant = "scenarios/variants/summary.yaml";
    let options = ["--script", "--agent", "codex", "--agent-path", &codex, "--variant", variant];
    let out = run("agents-summary", &[&["compaction-keeps"][..], &options].concat());
    let found = logs(&out);
    let log = &found["compaction-keeps@summary+codex"];
    let builtin = &logs(everything)["compaction-keeps"];
    assert_as_builtin("compaction-keeps@summary", builtin, log);

    let (compaction, call) = compacted(log);
    assert_eq!(compaction.strategy, "summary");
    assert_eq!(items(call).last().unwrap().role(), Some("user"), "a prompt that asks for it");
    let [answer] = call.output.as_slice() else { panic!("{:?}", call.output) };
    let summary = answer.item().text();
    assert!(summary.len() > 100, "{summary}");
    for exchange in after(log, call.seq) {
        let items = items(exchange);
        let carriers = items.iter().filter(|item| item.text().contains(&summary)).count();
        assert_eq!(carriers, 1, "request {}", exchange.seq);
        assert!(items.iter().all(|item| item.kind() != Kind::Compaction));
    }
    // What only a provider named "OpenAI" is sent.
    let passed = |raw: &Raw| raw.as_str().contains("internal_chat_message_metadata_passthrough");
    assert!(!log.exchanges.iter().any(|exchange| exchange.request.input.iter().any(passed)));
}
