//! Logs that are broken: a message with file and line, never a panic, and what can be read is read.

use crate::logs::ALL;
use crate::story::log;
use std::path::PathBuf;
use tempfile::TempDir;
use unreel::recording::import::{Format, load};

/// A file of these bytes, and what reading it as `format` says.
fn read(format: Format, bytes: &[u8]) -> (TempDir, PathBuf, Result<u32, String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.log");
    std::fs::write(&path, bytes).unwrap();
    let read = load(format, &path);
    let read = read.map(|imported| imported.recording.exchanges.len() as u32);
    (folder, path, read.map_err(|error| error.to_string()))
}

#[test]
fn a_file_that_is_no_such_log_is_refused_with_its_line() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let deep_record = format!("{{\"type\":\"response_item\",\"payload\":{deep}}}");
    for (format, _) in Format::ALL {
        for (bytes, name) in [
            (&b"\xff\xfe\x00\n"[..], "not UTF-8"),
            (b"{\"type\":\"user\"", "cut"),
            (b"42\n", "a number"),
            (b"[]\n", "an empty list"),
            (b"{}\n", "an empty object"),
            (b"{\"log\":3,\"history\":4,\"messages\":5,\"samples\":6}\n", "wrong types"),
            (deep.as_bytes(), "deep"),
            (deep_record.as_bytes(), "a deep record"),
        ] {
            let (_folder, path, read) = read(format, bytes);
            let error = read.expect_err(name);
            let place = format!("{}:1: ", path.display());
            let nothing = format!("{}: the log holds no answer", path.display());
            // An empty document of the right shape has no line to name.
            assert!(
                error.starts_with(&place) || error.starts_with(&nothing),
                "{format:?}, {name}: {error}"
            );
        }
    }
}

#[test]
fn an_empty_file_holds_no_answer() {
    for (format, _) in Format::ALL {
        let (_folder, _path, read) = read(format, b"");
        let error = read.unwrap_err();
        assert!(error.contains("no answer") || error.contains(":1: "), "{format:?}: {error}");
    }
}

#[test]
fn a_log_that_is_cut_is_read_as_far_as_it_goes_or_refused_where_it_ends() {
    for (format, name) in ALL {
        let whole = std::fs::read(log(name)).unwrap();
        let cut = &whole[..whole.len() - 20];
        let lines = cut.iter().filter(|byte| **byte == b'\n').count() + 1;
        match read(format, cut) {
            (_, _, Ok(exchanges)) => assert!(exchanges > 0, "{name}"),
            (_, path, Err(error)) => {
                let place = format!("{}:{lines}: ", path.display());
                assert!(error.starts_with(&place), "{name}: {error}");
            }
        }
    }
}

#[test]
fn lines_of_a_session_that_are_no_records_are_skipped_and_named() {
    let whole = std::fs::read_to_string(log("codex-0.125.jsonl")).unwrap();
    let mut lines: Vec<Vec<u8>> = whole.lines().map(|line| line.as_bytes().to_vec()).collect();
    lines.insert(1, b"{\"type\":\"response_item\",\"payload\":{\"ty".to_vec());
    lines.insert(3, b"\xff\xff".to_vec());
    lines.insert(5, b"[1,2]".to_vec());
    lines.insert(7, br#"{"type":"response_item","payload":{"no":"item"}}"#.to_vec());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.jsonl");
    std::fs::write(&path, lines.join(&b'\n')).unwrap();
    let imported = load(Format::Codex, &path).unwrap();
    assert_eq!(imported.recording.exchanges.len(), 2);
    let notes: Vec<String> = imported.session.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 4, "{notes:?}");
    for (note, line) in notes.iter().zip([2, 4, 6, 8]) {
        assert!(note.starts_with(&format!("line {line}: skipped: ")), "{note}");
    }
}

#[test]
fn an_archive_that_is_no_archive_is_refused() {
    let (_folder, _path, read) = read(Format::Inspect, b"PK\x03\x04 and then nothing");
    assert!(read.unwrap_err().contains("the file is cut: "));
}
