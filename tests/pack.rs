//! `unreel pack X -o F` and `unreel run F` in another folder: the same journal, or the first event
//! that differs.
#![cfg(target_os = "linux")]

#[path = "support/world.rs"]
mod world;

use std::os::unix::fs::PermissionsExt;
use unreel::run::pack::Pack;
use world::{SCRIPT, TINY, World};

/// A world with a seed that has everything a seed can have, its run packed in `tiny.unreel`.
fn packed() -> World {
    let world = World::new();
    let script = SCRIPT.replace("cat a.txt", "cat a.txt && ./say.sh && cat to && wc -c <raw.bin");
    world.scenario("tiny", TINY, &script);
    world.write("scenarios/tiny/repo/say.sh", "#!/bin/sh\necho said\n");
    let program = world.path("scenarios/tiny/repo/say.sh");
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("a.txt", world.path("scenarios/tiny/repo/to")).unwrap();
    world.write("scenarios/tiny/repo/raw.bin", [0xff, 0x00, 0xfe]);
    world.write("scenarios/variants/calm.yaml", "summary: nothing changes\n");
    for args in [&["record"][..], &["pack", "tiny", "-o", "tiny.unreel"]] {
        let ran = world.unreel(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
    }
    world
}

/// The digest at the end of what `pack` or `run` says.
fn digest(said: &str) -> &str {
    let at = said.rfind("journal ").unwrap();
    &said[at + "journal ".len()..][..32]
}

#[test]
fn a_packed_run_gives_the_same_journal_elsewhere() {
    let world = packed();
    let again = world.unreel(&["pack", "tiny", "-o", "again.unreel"]);
    assert!(again.out.starts_with("again.unreel: tiny@base#1, 8 files, journal "), "{}", again.out);
    let bytes = std::fs::read(world.path("tiny.unreel")).unwrap();
    assert!(bytes == std::fs::read(world.path("again.unreel")).unwrap());

    let elsewhere = World::new();
    std::fs::remove_dir_all(elsewhere.path("scenarios")).unwrap();
    elsewhere.write("some where/tiny.unreel", &bytes);
    let ran = elsewhere.unreel(&["run", "some where/tiny.unreel", "--out", "out"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let last = ran.out.lines().last().unwrap();
    let expected = format!(
        "journal {}: as packed by unreel {}",
        digest(&again.out),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(last, expected);
    assert_eq!(elsewhere.leftovers(), [""; 0].map(std::path::PathBuf::from));

    let calm = world.unreel(&["pack", "tiny", "--variant", "calm", "-o", "calm.unreel"]);
    assert_eq!(calm.code, 0, "{}", calm.err);
    assert_ne!(digest(&calm.out), digest(&again.out));
    let ran = world.unreel(&["run", "calm.unreel", "--out", "out"]);
    assert_eq!((ran.code, digest(&ran.out)), (0, digest(&calm.out)), "{}", ran.err);
}

#[test]
fn another_journal_is_a_failure_that_names_the_first_event() {
    let world = packed();
    let path = world.path("tiny.unreel");
    let mut pack = Pack::read(&path).unwrap();
    let scenario = pack.files.iter_mut().find(|file| file.path.ends_with("scenario.yaml")).unwrap();
    scenario.text = scenario.text.take().map(|text| text.replace("a word is", "one word is"));
    world.write("other.unreel", pack.to_bytes().unwrap());
    let ran = world.unreel(&["run", "other.unreel", "--out", "out"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let error = ran.error();
    assert!(error.contains("\nevent 1, run_started, at /scenario_digest: packed \""), "{error}");
    assert!(error.contains("as packed by unreel "), "{error}");
}

#[test]
fn what_is_no_whole_pack_is_refused() {
    let world = packed();
    let bytes = std::fs::read(world.path("tiny.unreel")).unwrap();
    world.write("cut.unreel", &bytes[..bytes.len() / 2]);
    let text = String::from_utf8(zstd::decode_all(&*bytes).unwrap()).unwrap();
    let written = |name: &str, text: &str| {
        world.write(name, zstd::encode_all(text.as_bytes(), 3).unwrap());
    };
    written("edited.unreel", &text.replace("run_started", "run_begun"));
    written("newer.unreel", &text.replacen("\"version\":1", "\"version\":2", 1));
    written("other.unreel", "{}\n");
    written("out.unreel", &text.replace("\"scenarios/tiny/repo/a.txt\"", "\"../a.txt\""));
    let mut said = String::new();
    for name in ["cut", "edited", "newer", "other", "out"] {
        let ran = world.unreel(&["run", &format!("{name}.unreel"), "--out", "out"]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.err);
        said.push_str(ran.error());
    }
    insta::assert_snapshot!(said, @r#"
    error: cut.unreel: it is cut, or no pack at all
    error: edited.unreel: it was edited: its events have another digest than it says
    error: newer.unreel: it has version 2; this unreel reads 1
    error: other.unreel: it is no pack of unreel
    error: out.unreel: the name "../a.txt" leads out of the pack
    "#);
}

#[test]
fn what_would_not_run_elsewhere_is_not_packed() {
    let world = packed();
    let seed = "seed: ../elsewhere\n";
    world.write("scenarios/elsewhere/a.txt", "hello\n");
    world.scenario("far", &format!("{TINY}{seed}"), SCRIPT);
    std::fs::remove_dir_all(world.path("scenarios/far/repo")).unwrap();
    let mut said = String::new();
    for args in [&["record", "far"][..], &["pack", "far", "-o", "x"], &["pack", "none", "-o", "x"]]
    {
        let ran = world.unreel(args);
        if args[0] == "pack" {
            assert_eq!(ran.code, 2, "{args:?}: {}", ran.out);
            said.push_str(ran.error());
        }
    }
    std::fs::remove_file(world.path("recordings/tiny.jsonl")).unwrap();
    let ran = world.unreel(&["pack", "tiny", "-o", "x"]);
    said.push_str(ran.error());
    insta::assert_snapshot!(said, @r"
    error: x: the seed lies outside of the scenario's folder; put a folder or a git bundle into it
    error: scenarios: unknown scenario `none`
    help: one of: far, tiny
    error: recordings/tiny.jsonl: there is no such recording
    help: make it: unreel record tiny; or add --script to follow the script instead
    ");
    assert!(!world.path("x").exists());
}
