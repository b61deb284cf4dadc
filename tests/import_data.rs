//! Importers over real logs, which are no part of the repository: skipped where they are absent.

#[path = "support/data.rs"]
mod data;

use unreel::recording::Recording;
use unreel::recording::import::{Format, load};
use unreel::wire::Usage;

/// The usage of all exchanges together.
fn sum(recording: &Recording) -> Usage {
    let all = recording.exchanges.iter().filter_map(|exchange| exchange.usage);
    all.fold(Usage::default(), |sum, usage| {
        Usage::new(
            sum.input_tokens + usage.input_tokens,
            sum.cached() + usage.cached(),
            sum.input_tokens_details.cache_write_tokens
                + usage.input_tokens_details.cache_write_tokens,
            sum.output_tokens + usage.output_tokens,
            sum.output_tokens_details.reasoning_tokens
                + usage.output_tokens_details.reasoning_tokens,
        )
    })
}

#[test]
fn the_real_rollout_has_66_answers_and_its_own_totals() {
    let Some(path) = data::data(
        "sessions/codex/rollout-2026-05-11T11-26-55-019e1625-789d-76c0-80ab-3724b5ddb799.jsonl",
    ) else {
        return;
    };
    let imported = load(Format::Codex, &path).unwrap();
    assert_eq!(imported.recording.exchanges.len(), 66);
    assert!(imported.recording.exchanges.iter().all(|exchange| exchange.usage.is_some()));
    assert_eq!(Some(sum(&imported.recording)), imported.session.reported);
    let outputs = imported.recording.exchanges.iter().map(|exchange| exchange.output.len());
    // 25 reasoning items, 99 + 3 calls, 3 searches, 13 messages.
    assert_eq!(outputs.sum::<usize>(), 25 + 99 + 3 + 3 + 13);
    assert_eq!(imported.session.said.len(), 2);
    assert_eq!(imported.session.notes, []);
    assert!(imported.session.commit.is_some());
    // Each request continues the one before.
    for (number, exchange) in imported.recording.exchanges.iter().enumerate().skip(1) {
        let before = &imported.recording.exchanges[number - 1];
        assert_eq!(exchange.parent, Some(number as u32 - 1));
        assert!(exchange.input.starts_with(&before.input));
    }
}

#[test]
fn sessions_of_claude_code() {
    let Some(path) = data::data("sessions/claude-code/session-624a4a58.jsonl") else { return };
    let imported = load(Format::ClaudeCode, &path).unwrap();
    eprintln!("{:?} {:?}", imported.recording.header, imported.session);
    let exchanges = &imported.recording.exchanges;
    assert_eq!(exchanges.len(), 55);
    assert_eq!(imported.session.compactions.len(), 1);
}
