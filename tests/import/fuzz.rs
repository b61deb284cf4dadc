//! Importers and the reader of recordings under mutated logs and arbitrary bytes: no panic, and no
//! more memory than a log of that size may cost. A few cases in every run; for as many seconds as
//! `UNREEL_FUZZ_SECONDS` says, an importer, in the ignored test.

use crate::logs::ALL;
use crate::story::log;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use unreel::measure::{conversation, measure};
use unreel::recording::Recording;
use unreel::recording::import::{Format, detect, load};

/// One change of a log.
#[derive(Clone, Debug)]
enum Change {
    /// Bytes in the place of others.
    Bytes(usize, usize, Vec<u8>),
    /// A line again, somewhere else.
    Line(usize, usize),
    /// A line less.
    Drop(usize),
    /// Two lines change places.
    Swap(usize, usize),
    /// A value of another kind behind the n-th colon.
    Value(usize, usize),
    /// Cut there.
    Cut(usize),
}

const VALUES: [&str; 10] = [
    "null",
    "0",
    "-1",
    "18446744073709551615",
    "1e999",
    "\"\"",
    "[]",
    "{}",
    "[[[{}]]]",
    "\"\\ud800\"",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        3 => (at(), 0..6usize, prop::collection::vec(any::<u8>(), 0..6))
            .prop_map(|(at, gone, bytes)| Change::Bytes(at, gone, bytes)),
        2 => (at(), at()).prop_map(|(from, to)| Change::Line(from, to)),
        2 => at().prop_map(Change::Drop),
        2 => (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
        4 => (at(), at()).prop_map(|(at, value)| Change::Value(at, value)),
        1 => at().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let mut lines: Vec<Vec<u8>> =
        bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let count = lines.len().max(1);
    match change {
        Change::Bytes(at, gone, new) => {
            let at = at % (bytes.len() + 1);
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, new.iter().copied());
            return;
        }
        Change::Cut(at) => {
            bytes.truncate(at % (bytes.len() + 1));
            return;
        }
        Change::Value(at, value) => {
            let colons: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b':').collect();
            if colons.is_empty() {
                return;
            }
            let from = colons[at % colons.len()] + 1;
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b'\n');
            let length = bytes[from..].iter().position(ends).unwrap_or_default();
            let value = VALUES[value % VALUES.len()].bytes();
            bytes.splice(from..from + length, value);
            return;
        }
        Change::Line(from, to) if !lines.is_empty() => {
            let line = lines[from % count].clone();
            lines.insert(to % (count + 1), line);
        }
        Change::Drop(at) if !lines.is_empty() => {
            lines.remove(at % count);
        }
        Change::Swap(a, b) if !lines.is_empty() => lines.swap(a % count, b % count),
        _ => {}
    }
    *bytes = lines.concat();
}

/// What is read: an importer, or recordings.
#[derive(Clone, Copy, Debug)]
enum Reader {
    Import(Format),
    Recording,
}

/// Reads; what is read is measured, too.
fn read(reader: Reader, path: &Path) {
    match reader {
        Reader::Import(format) => {
            let _ = detect(path);
            if let Ok(imported) = load(format, path) {
                drop(measure(&conversation(&imported.recording)));
                let text = imported.recording.to_jsonl();
                let again = Recording::parse(path, &text).unwrap();
                assert_eq!(again, imported.recording, "what was imported is read back");
            }
        }
        Reader::Recording => {
            if let Ok(recording) = Recording::load(path) {
                drop(measure(&conversation(&recording)));
            }
        }
    }
}

/// Every reader with what it reads.
fn readers() -> Vec<(Reader, PathBuf)> {
    let imports = ALL.iter().map(|(format, name)| (Reader::Import(*format), log(name)));
    let recordings = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let own = ["compaction-keeps.jsonl", "parallel-calls.jsonl"];
    let own = own.map(|name| (Reader::Recording, recordings.join(name)));
    imports.chain(own).collect()
}

/// Feeds a reader until the time is over or so many cases were tried. Gives their number.
fn feed(reader: Reader, seed: &Path, cases: u32, until: Option<Instant>) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.jsonl");
    let whole = std::fs::read(seed).unwrap();
    let mut tried = 0;
    let mut seeds = 0u8;
    loop {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        // The same cases in every run, others in every round of a long one.
        let mut bytes = [0; 32];
        bytes[0] = seeds;
        bytes[1..9].copy_from_slice(&tried_bytes(tried));
        let rng = proptest::test_runner::TestRng::from_seed(
            proptest::test_runner::RngAlgorithm::ChaCha,
            &bytes,
        );
        let mut runner = TestRunner::new_with_rng(config, rng);
        let changes = prop::collection::vec(change(), 1..6);
        let noise = prop::collection::vec(any::<u8>(), 0..200);
        let input = prop_oneof![9 => changes.prop_map(Ok), 1 => noise.prop_map(Err)];
        let run = runner.run(&input, |input| {
            let bytes = match input {
                Ok(changes) => {
                    let mut bytes = whole.clone();
                    changes.iter().for_each(|change| apply(&mut bytes, change));
                    bytes
                }
                Err(noise) => noise,
            };
            std::fs::write(&path, &bytes).unwrap();
            read(reader, &path);
            Ok(())
        });
        if let Err(error) = run {
            panic!("{reader:?} over {}: {error}", seed.display());
        }
        tried += u64::from(cases);
        seeds = seeds.wrapping_add(1);
        if until.is_none_or(|until| Instant::now() >= until) {
            return tried;
        }
    }
}

fn tried_bytes(tried: u64) -> [u8; 8] {
    tried.to_le_bytes()
}

#[test]
fn changed_logs_and_noise_do_not_panic() {
    for (reader, seed) in readers() {
        feed(reader, &seed, 60, None);
    }
}

/// Kilobytes of the largest resident set of this process, where the system tells.
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
#[ignore = "runs as long as UNREEL_FUZZ_SECONDS says, for each reader, or UNREEL_FUZZ_READER alone"]
fn changed_logs_and_noise_for_a_long_time() {
    let seconds = std::env::var("UNREEL_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let seconds = seconds.unwrap_or(600);
    let only = std::env::var("UNREEL_FUZZ_READER").ok();
    let wanted = |reader: &Reader| only.as_ref().is_none_or(|only| *only == format!("{reader:?}"));
    let readers: Vec<_> = readers().into_iter().filter(|(reader, _)| wanted(reader)).collect();
    assert!(!readers.is_empty(), "UNREEL_FUZZ_READER names none");
    for (reader, seed) in readers {
        let until = Instant::now() + Duration::from_secs(seconds);
        let tried = feed(reader, &seed, 500, Some(until));
        let name = seed.file_name().unwrap().to_string_lossy();
        let _ = writeln!(
            std::io::stderr(),
            "{reader:?} {name}: {tried} cases in {seconds} s, peak {:?} kB",
            peak()
        );
        assert!(peak().is_none_or(|peak| peak < 400_000), "memory stays bounded");
    }
}
