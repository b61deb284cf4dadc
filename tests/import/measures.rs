//! Imported recordings are recordings: written, read again, and measured like any other.

use crate::logs::ALL;
use crate::story::{import, log};
use unreel::cache::MissReason;
use unreel::measure::{conversation, measure};
use unreel::recording::Entry;
use unreel::recording::Recording;
use unreel::recording::file::{Elided, Stream};
use unreel::recording::import::{Format, import as stream_of, load};
use unreel::wire::Request;

#[test]
fn what_is_written_as_it_comes_is_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in ALL {
        for end in ["jsonl", "jsonl.zst"] {
            let target = folder.path().join(format!("{name}.{end}"));
            let mut stream = Stream::create(&target).unwrap();
            let (header, _) = stream_of(format, &log(name), &mut stream).unwrap();
            stream.finish(&header).unwrap();
            let read = Recording::load(&target).unwrap();
            assert_eq!(read, import(format, name).recording, "{name}");
            // Line by line the same file that would be written from memory.
            if end == "jsonl" {
                let text = std::fs::read_to_string(&target).unwrap();
                assert_eq!(text, read.to_jsonl(), "{name}");
            }
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2 * ALL.len(), "nothing else is left behind: {left:?}");
}

#[test]
fn requests_are_put_together_and_measured() {
    for (format, name) in ALL {
        let recording = import(format, name).recording;
        let log = conversation(&recording);
        for exchange in &log.exchanges {
            let body = exchange.request.to_body();
            assert_eq!(Request::parse(body.as_bytes()).unwrap(), exchange.request, "{name}");
        }
        let measured = measure(&log);
        assert_eq!(measured.requests.len(), recording.exchanges.len(), "{name}");
        let usages = recording.exchanges.iter().map(|exchange| exchange.usage);
        let counted = measured.requests.iter().map(|request| request.input_tokens);
        assert!(usages.map(|usage| usage.map(|usage| usage.input_tokens)).eq(counted), "{name}");
    }
}

#[test]
fn compactions_and_calls_are_read_from_the_requests() {
    for (format, name, at) in [
        (Format::Codex, "codex-0.169.jsonl", 5),
        (Format::ClaudeCode, "claude-code.jsonl", 5),
        (Format::Pi, "pi.jsonl", 3),
    ] {
        let imported = import(format, name);
        let log = conversation(&imported.recording);
        let measured = measure(&log);
        assert_eq!(measured.compactions.len(), 1, "{name}");
        assert_eq!(measured.compactions[0].after_seq, Some(at), "{name}");
        let causes: Vec<MissReason> = measured.breaks.iter().map(|one| one.cause).collect();
        assert!(causes.contains(&MissReason::ContextCompacted), "{name}: {causes:?}");
    }
    let log = conversation(&import(Format::Codex, "codex-0.125.jsonl").recording);
    let calls: Vec<(&str, &str, &str)> = log
        .calls
        .iter()
        .map(|call| (call.tool.as_str(), call.arguments.as_str(), call.output.as_str()))
        .collect();
    assert_eq!(
        calls,
        [
            ("exec_command", "{\"cmd\": \"ls\"}", "a.txt\n"),
            ("apply_patch", "*** Begin Patch\n*** End Patch\n", "done"),
        ]
    );
}

#[test]
fn elided_and_missing_layers_do_not_stop_a_measure() {
    for (format, name) in ALL {
        let mut recording = import(format, name).recording;
        for entry in recording.items.values_mut() {
            *entry = Entry::Elided(Elided { bytes: 10, tokens: 3 });
        }
        let measured = measure(&conversation(&recording));
        assert_eq!(measured.requests.len(), recording.exchanges.len(), "{name}");
        recording.items.clear();
        let measured = measure(&conversation(&recording));
        assert_eq!(measured.requests.len(), recording.exchanges.len(), "{name}");
    }
}

#[test]
fn a_field_that_is_null_is_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let line = r#"{"request":{"model":"m","text":null,"input":[null,"x"]},"response":{"id":"r","output":[{"type":"message","role":"assistant","content":[]}]}}"#;
    std::fs::write(&path, line).unwrap();
    let recording = load(Format::ChatCompletions, &path).unwrap().recording;
    let target = folder.path().join("recording.jsonl");
    recording.save(&target).unwrap();
    assert_eq!(Recording::load(&target).unwrap(), recording);
}
