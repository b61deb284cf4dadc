//! The shipped recordings of other agents: they hold no text of a vendor, and whoever has the agent
//! can play them, twice the same.

use super::program::{Caller, assert_same, root, scratch};
use super::runs::{NEWEST, codex, logs, opencode};
use std::path::{Path, PathBuf};
use unreel::recording::journal::Verdict;
use unreel::recording::{Entry, Recording};

fn shipped(agent: &str) -> Vec<PathBuf> {
    let folder = root().join("recordings").join(agent);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_is_the_vendors_is_left_out_of_shipped_recordings() {
    for (agent, count) in [("codex", 3), ("opencode", 1)] {
        let files = shipped(agent);
        assert_eq!(files.len(), count, "{files:?}");
        for file in files {
            let recording = Recording::load(&file).unwrap();
            let entry = |name: &str| {
                let fields = &recording.exchanges[0].fields;
                let (_, digest) = fields.iter().find(|(key, _)| key == name)?;
                Some(&recording.items[digest])
            };
            assert!(matches!(entry("tools"), Some(Entry::Elided(_))), "{file:?}");
            assert!(!matches!(entry("instructions"), Some(Entry::Raw(_))), "{file:?}");
            let raws = recording.items.values().filter_map(Entry::raw);
            let developer = raws.filter(|raw| raw.item().role() == Some("developer")).count();
            assert_eq!(developer, 0, "{file:?}");
            let elided = recording.items.values().filter_map(|entry| match entry {
                Entry::Elided(elided) => Some(elided),
                Entry::Raw(_) => None,
            });
            // What is left out counts all the same.
            assert!(elided.clone().all(|one| one.bytes > 3 * one.tokens && one.tokens > 20));
            assert!(elided.map(|one| one.bytes).sum::<u64>() > 10_000, "{file:?}");
        }
    }
    let linted = Caller::here().command(&["lint", "recordings"]).output().unwrap();
    let said = String::from_utf8_lossy(&linted.stdout);
    assert!(linted.status.success(), "{said}");
}

fn played(agent: &str, place: &str, path: &Path) {
    let scenarios: Vec<String> = shipped(agent)
        .iter()
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let words: Vec<&str> = scenarios.iter().map(String::as_str).collect();
    let args = [&words[..], &["--agent", agent, "--agent-path", place]].concat();
    let outs = [path.join("one"), path.join("two")];
    for out in &outs {
        Caller::here().runs(&args, out);
    }
    assert_same(&outs[0], &outs[1]);
    for (name, log) in logs(&outs[0]) {
        assert_eq!(log.started.provenance, "recorded (scripted)", "{name}");
        let finished = log.finished.as_ref().unwrap();
        assert_eq!((finished.verdict, finished.unplayed), (Verdict::Pass, 0), "{name}");
    }
}

#[test]
fn shipped_recordings_of_codex_play_twice_the_same() {
    let Some(place) = codex(NEWEST) else { return };
    played("codex", &place, &scratch("agents-shipped-codex"));
}

#[test]
fn shipped_recordings_of_opencode_play_twice_the_same() {
    let Some(place) = opencode() else { return };
    played("opencode", &place, &scratch("agents-shipped-opencode"));
}
