//! Importers over real logs, which are no part of the repository: skipped where they are absent.

use crate::data;
use unreel::recording::Recording;
use unreel::recording::import::{Format, detect, load};
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

#[test]
fn every_file_imports_or_is_refused_with_its_line() {
    let sessions = data::files("sessions", "");
    let logs = ["claude-code", "codex", "inspect", "mini-swe-agent", "pi"];
    let mut traces = data::files("traces/swe-agent", ".traj");
    traces.extend(data::files("traces/mini-swe-agent", ".json"));
    let mut found = Vec::new();
    for path in sessions.iter().chain(&traces) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("LICENSE") {
            continue;
        }
        let format = detect(path).unwrap().unwrap_or_else(|| panic!("{}", path.display()));
        let folder = path.display().to_string();
        assert!(
            logs.iter()
                .filter(|log| folder.contains(&format!("sessions/{log}/")))
                .all(|log| *log == format.as_str()),
            "{folder} is no {}",
            format.as_str()
        );
        let line = match load(format, path) {
            Ok(imported) => {
                let usage = sum(&imported.recording);
                format!(
                    "{} {name}: {} exchanges, {} in, {} cached, {} out, lacks {:?}, {} notes",
                    format.as_str(),
                    imported.recording.exchanges.len(),
                    usage.input_tokens,
                    usage.cached(),
                    usage.output_tokens,
                    imported.recording.header.lacks,
                    imported.session.notes.len()
                ) + &imported
                    .session
                    .notes
                    .iter()
                    .map(|note| format!("\n    {note}"))
                    .collect::<String>()
            }
            Err(error) => {
                let error = error.to_string();
                let line = error
                    .split_once(&format!("{name}:"))
                    .map(|(_, rest)| rest.split(':').next().unwrap());
                assert!(line.is_some_and(|line| line.parse::<usize>().is_ok()), "{error}");
                error
            }
        };
        eprintln!("{line}");
        found.push(line);
    }
}
