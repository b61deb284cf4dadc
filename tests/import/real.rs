//! Importers over real logs, which are no part of the repository: skipped where they are absent.

use crate::data;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use unreel::cache::Prices;
use unreel::measure::{conversation, measure};
use unreel::recording::Recording;
use unreel::recording::import::{Format, detect, load};
use unreel::report::ScanRow;
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

/// The lines of a log as JSON, read without any of our code.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn count(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

#[test]
fn a_session_of_claude_code_counts_what_its_lines_count() {
    let Some(path) = data::data("sessions/claude-code/session-624a4a58.jsonl") else { return };
    let imported = load(Format::ClaudeCode, &path).unwrap();
    // The last line of each message has its usage.
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    for line in lines(&path).into_iter().filter(|line| line["type"] == "assistant") {
        let id = line["message"]["id"].as_str().unwrap().to_owned();
        last.insert(id, line["message"]["usage"].clone());
    }
    assert_eq!(imported.recording.exchanges.len(), last.len());
    let all = |name: &str| last.values().map(|usage| count(usage, name)).sum::<u64>();
    let (read, written) = (all("cache_read_input_tokens"), all("cache_creation_input_tokens"));
    let expected =
        Usage::new(all("input_tokens") + read + written, read, written, all("output_tokens"), 0);
    assert_eq!(sum(&imported.recording), expected);
    assert_eq!(imported.session.compactions.len(), 1);
    assert_eq!(measure(&conversation(&imported.recording)).compactions.len(), 1);
}

#[test]
fn a_session_of_pi_counts_and_costs_what_pi_says() {
    let Some(path) = data::data("sessions/pi/before-compaction.jsonl") else { return };
    let imported = load(Format::Pi, &path).unwrap();
    let answers = lines(&path).into_iter().filter(|line| line["message"]["role"] == "assistant");
    let usages: Vec<Value> = answers.map(|line| line["message"]["usage"].clone()).collect();
    assert_eq!(imported.recording.exchanges.len(), usages.len());
    let all = |name: &str| usages.iter().map(|usage| count(usage, name)).sum::<u64>();
    let (read, written) = (all("cacheRead"), all("cacheWrite"));
    let expected = Usage::new(all("input") + read + written, read, written, all("output"), 0);
    assert_eq!(sum(&imported.recording), expected);
    assert_eq!(imported.session.compactions.len(), 2);
    let money: f64 = usages.iter().filter_map(|usage| usage["cost"]["total"].as_f64()).sum();
    let row = ScanRow::of("x", &imported, &Prices::shipped().unwrap());
    let ours = row.cost_nano_usd.unwrap() as f64 / 1e9;
    assert!((ours - money).abs() < 0.001, "pi says {money}, we say {ours}");
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
        let _ = writeln!(std::io::stderr(), "{line}");
        found.push(line);
    }
}
