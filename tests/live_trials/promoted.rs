//! A trial becomes what is played from then on.

use crate::drawn::Drawn;
use crate::world::{self, World};
use std::io::Write;

#[test]
fn a_good_trial_is_promoted_and_played() {
    let world = World::new();
    let model = Drawn::start(world::SCRIPT, |number| number == 1);
    let ran = world.unreel(&["run", "--live", &model.url(), "--trials", "2", "--out", "out"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let promote = |args: &[&str]| world.unreel(&[&["promote", "out"], args].concat());

    let failed = promote(&["tiny#1"]);
    assert_eq!(failed.code, 1);
    insta::assert_snapshot!(failed.error(), @r"
    error: tiny@base#1: not promoted: check failed: the word is changed: line 1 of the file differs
    help: a replay would end in the same way; take another trial, or add --force
    ");
    assert!(!world.path("recordings").exists());

    let good = promote(&["tiny@base#2"]);
    assert_eq!((good.code, good.err.as_str()), (0, ""));
    insta::assert_snapshot!(good.out, @"recordings/tiny.jsonl: 3 exchanges, of tiny@base#2");
    let kept = world.read("recordings/tiny.jsonl");
    assert_eq!(kept, world.read("out/recordings/tiny@base#2.jsonl"));
    let requests = model.requests();
    let played = world.unreel(&["run", "--match", "strict"]);
    assert_eq!(played.code, 0, "{}\n{}", played.out, played.err);
    assert!(played.out.contains("1 passed · 0 drift · 0 unplayed"), "{}", played.out);
    assert_eq!(model.requests(), requests, "nobody is asked any more");

    // What is there is not replaced, unless that is meant.
    let again = promote(&["tiny#2"]);
    assert_eq!(again.code, 1);
    insta::assert_snapshot!(again.error(), @r"
    error: recordings/tiny.jsonl: there is a recording already
    help: add --force to replace it; or name another folder with --to
    ");
    let forced = promote(&["tiny#1", "--force"]);
    assert_eq!((forced.code, forced.err.as_str()), (0, ""));
    let played = world.unreel(&["run"]);
    assert_eq!(played.code, 1, "a failure is played as one");

    let other = promote(&["tiny#2", "--to", "elsewhere"]);
    assert_eq!(other.code, 0);
    assert_eq!(world.read("elsewhere/tiny.jsonl"), kept);
    assert_eq!(promote(&["tiny#3"]).code, 2);
}

#[test]
fn another_model_than_the_scenarios_is_said() {
    let world = World::new();
    let model = Drawn::start(world::SCRIPT, |_| false);
    let ran = world.unreel(&["run", "--live", &model.url(), "--model", "gpt-5", "--out", "out"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let promoted = world.unreel(&["promote", "out", "tiny"]);
    assert_eq!(promoted.code, 0, "{}", promoted.err);
    assert!(promoted.err.contains("unreel run --model gpt-5"), "{}", promoted.err);
    let played = world.unreel(&["run", "--match", "strict", "--model", "gpt-5"]);
    assert_eq!(played.code, 0, "{}\n{}", played.out, played.err);
    world.write("scenarios/tiny/scenario.yaml", format!("{}model: gpt-5\n", world::TINY));
    let played = world.unreel(&["run", "--match", "strict"]);
    assert_eq!(played.code, 0, "{}\n{}", played.out, played.err);

    // Nothing but a live run has anything to promote.
    assert_eq!(world.unreel(&["run", "--script", "--out", "scripted"]).code, 0);
    let nothing = world.unreel(&["promote", "scripted", "tiny"]);
    assert_eq!(nothing.code, 2);
    insta::assert_snapshot!(nothing.error(), @r"
    error: scripted/recordings/tiny@base#1.jsonl: there is no such recording
    help: name a trial that asked a live model (unreel run --live); other runs play a recording or
      follow a script, which unreel record records
    ");
}

#[test]
fn a_program_is_tried_promoted_and_played_like_the_built_in_loop() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no python3");
        return;
    }
    let world = World::new();
    let agent = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/agents/mini_agent.py");
    world.write("agent.py", std::fs::read(agent).unwrap());
    let model = Drawn::start(world::SCRIPT, |number| number == 1);
    let line = "command:python3 agent.py {prompt}";
    let url = model.url();
    let args = ["run", "--live", &url, "--agent", line, "--trials", "3", "--out", "out"];
    let ran = world.unreel(&[&args[..], &["--max-requests", "6"]].concat());
    assert_eq!((ran.code, model.requests()), (1, 6), "{}\n{}", ran.out, ran.err);
    let names = world.names("out/recordings");
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(ran.out.contains("1/2") && ran.out.contains("1 interrupted"), "{}", ran.out);
    let run = names[1].strip_suffix(".jsonl").unwrap();
    let promoted = world.unreel(&["promote", "out", run]);
    assert_eq!(promoted.code, 0, "{}", promoted.err);
    let played = world.unreel(&["run", "--agent", line]);
    assert!(played.out.contains("1 passed"), "{}\n{}", played.out, played.err);
    assert_eq!(model.requests(), 6);
}
