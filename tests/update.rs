//! From a changed prompt to a green run again, in the words of the command line: run, record
//! --update, review. Read it as a tutorial; each step is the real binary in a fresh folder.

#[path = "support/world.rs"]
mod world;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use world::{Ran, SCRIPT, TINY, World};

/// A scenario whose instructions will change, with its recording.
fn recorded() -> World {
    let world = World::new();
    let scenario = TINY.replace("messages:", "developer: Answer in one sentence.\nmessages:");
    world.scenario("tiny", &scenario, SCRIPT);
    assert_eq!(world.unreel(&["record"]).code, 0);
    world
}

fn change(world: &World, path: &str, from: &str, to: &str) {
    let text = world.read(path);
    assert!(text.contains(from), "{from} in {text}");
    world.write(path, text.replace(from, to));
}

fn changed() -> World {
    let world = recorded();
    change(&world, "scenarios/tiny/scenario.yaml", "one sentence", "two sentences");
    world
}

/// The last line of the account.
fn counts(ran: &Ran) -> &str {
    ran.out.lines().find(|line| line.contains(" passed · ")).unwrap()
}

#[test]
fn a_changed_prompt_is_seen_recorded_reviewed_and_green() {
    // A recording, and a run that keeps to it.
    let world = recorded();
    assert_eq!(counts(&world.unreel(&["run"])), "1 passed · 0 drift · 0 unplayed");

    // The instructions change. The run says so; on a desk that is no failure, in CI it is.
    change(&world, "scenarios/tiny/scenario.yaml", "one sentence", "two sentences");
    let ran = world.unreel(&["run"]);
    assert_eq!((ran.code, counts(&ran)), (0, "0 passed · 1 drift · 0 unplayed"));
    assert_eq!(world.unreel(&["run", "--match", "strict"]).code, 1);

    // It is meant. The model is asked again, and the answers wait beside the recording.
    let before = world.read("recordings/tiny.jsonl");
    let ran = world.unreel(&["record", "--update", "tiny"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @"recordings/tiny.jsonl.new: 3 exchanges wait; look at them: unreel review tiny");
    assert_eq!(world.read("recordings/tiny.jsonl"), before, "the recording is as it was");

    // What changed is shown. Nobody is there to decide, so nothing is decided.
    let ran = world.unreel(&["review"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    recordings/tiny.jsonl: 3 exchanges
      request  context · developer · /input/1/content/0/text changed · 3 requests from exchange 0 on
        - Answer in one sentence.
        + Answer in two sentences.
      verdict  the agent as it is: drift with the old, pass with the new
    ");
    assert_eq!(world.names("recordings"), ["tiny.jsonl", "tiny.jsonl.new"]);

    // It is accepted, and the run is green again, under the strictest policy.
    let ran = world.unreel(&["review", "--accept"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.ends_with("accepted: recordings/tiny.jsonl\n"), "{}", ran.out);
    assert_eq!(world.names("recordings"), ["tiny.jsonl"]);
    let ran = world.unreel(&["run", "--match", "strict"]);
    assert_eq!((ran.code, counts(&ran)), (0, "1 passed · 0 drift · 0 unplayed"));
    let ran = world.unreel(&["review"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "nothing waits for review\n"));
}

#[test]
fn a_changed_script_shows_its_answers_and_calls() {
    let world = recorded();
    change(&world, "scenarios/tiny/script.yaml", "cat a.txt", "head -n 1 a.txt");
    change(&world, "scenarios/tiny/script.yaml", "say: Done.", "say: Done and told.");
    let steps = "  - id: done";
    let more = "  - id: check\n    do:\n      - run: {cmd: cat a.txt}\n  - id: done";
    change(&world, "scenarios/tiny/script.yaml", steps, more);
    assert_eq!(world.unreel(&["record", "--update"]).code, 0);
    insta::assert_snapshot!(world.unreel(&["review"]).out, @r#"
    recordings/tiny.jsonl: 4 exchanges instead of 3
      request  shape · tool_output · /input/10 added · 1 request from exchange 3 on
        + Chunk ID: f2d98e⏎Wall time: 0.0000 seconds⏎Process exited with code 0⏎Or…
      call     exchange 0: exec_command
        - {"cmd":"cat a.txt"}
        + {"cmd":"head -n 1 a.txt"}
      answer   exchange 3: said
        - Done.
        + Done and told.
      added    exchanges 2
      verdict  the agent as it is: pass with the old, pass with the new
    "#);
}

#[test]
fn what_is_rejected_is_gone_and_the_recording_stays() {
    let world = changed();
    let before = world.read("recordings/tiny.jsonl");
    assert_eq!(world.unreel(&["record", "--update"]).code, 0);
    let ran = world.unreel(&["review", "tiny", "--reject"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.ends_with("rejected: recordings/tiny.jsonl is left as it was\n"));
    assert_eq!(world.names("recordings"), ["tiny.jsonl"]);
    assert_eq!(world.read("recordings/tiny.jsonl"), before);
    let ran = world.unreel(&["review", "tiny"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.error(), @r"
    error: recordings/tiny.jsonl.new: nothing waits there for review
    help: ask again first: unreel record --update
    ");
}

#[test]
fn only_what_drifts_is_asked_again() {
    let world = changed();
    world.scenario("other", TINY, SCRIPT);
    assert_eq!(world.unreel(&["record", "other"]).code, 0);
    let ran = world.unreel(&["record", "--update", "--drifted"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(world.names("recordings"), ["other.jsonl", "tiny.jsonl", "tiny.jsonl.new"]);
    assert_eq!(world.unreel(&["review", "--accept"]).code, 0);
    let ran = world.unreel(&["record", "--update", "--drifted"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "no recording drifts: nothing to update\n"));
    // Asked again without need, the same is said, and nothing waits.
    let ran = world.unreel(&["record", "--update", "other"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "recordings/other.jsonl: unchanged\n"));
    assert_eq!(world.names("recordings"), ["other.jsonl", "tiny.jsonl"]);
}

#[test]
fn a_script_that_fails_leaves_nothing_to_review() {
    let world = changed();
    change(&world, "scenarios/tiny/script.yaml", "+goodbye", "+farewell");
    let ran = world.unreel(&["record", "--update"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.error(), @r"
    error: tiny@base#1: not recorded: check failed: the word is changed: line 1 of the file differs
    help: tiny.jsonl is left as it was, and nothing waits
    ");
    assert_eq!(world.names("recordings"), ["tiny.jsonl"]);
}

#[test]
fn kept_answers_are_stale_and_counted_everywhere() {
    let world = changed();
    let before = world.read("recordings/tiny.jsonl");
    let ran = world.unreel(&["review", "--requests-only", "tiny"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    recordings/tiny.jsonl: 3 exchanges
      request  context · developer · /input/1/content/0/text changed · 3 requests from exchange 0 on
        - Answer in one sentence.
        + Answer in two sentences.
      stale    3 answers kept, which other requests got
      verdict  the agent as it is: drift with the old, pass with the new
    ");
    assert_eq!(world.read("recordings/tiny.jsonl"), before, "nobody accepted it");
    assert_eq!(world.unreel(&["review", "--requests-only", "tiny", "--accept"]).code, 0);
    let marks = world.read("recordings/tiny.jsonl").matches("\"stale\":true").count();
    assert_eq!(marks, 3);
    let ran = world.unreel(&["run", "--match", "strict"]);
    let expected = "1 passed · 0 drift · 3 answers stale · 0 unplayed";
    assert_eq!((ran.code, counts(&ran)), (0, expected));
    let summary = world.read("reports/latest/summary.json");
    assert_eq!(summary.matches("\"stale\": 3").count(), 2, "{summary}");
    assert!(world.read("reports/latest/summary.md").contains("3 stale answers"));
    let journal = world.read("reports/latest/journal.jsonl");
    assert_eq!(journal.matches("\"stale\":true").count(), 3);
    // Once accepted, there is nothing to decide any more.
    let ran = world.unreel(&["review", "--requests-only", "tiny"]);
    let expected = "recordings/tiny.jsonl: the agent asks what was recorded\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
    // Answers that another world gave are no answers to keep.
    world.write("scenarios/tiny/repo/a.txt", "hello\nhello\n");
    let ran = world.unreel(&["review", "--requests-only", "tiny", "--accept"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.error(), @r"
    error: recordings/tiny.jsonl: its answers belong to another world: not only the prompt changed, but what tools gave or what happened
    help: ask again instead: unreel record --update tiny
    1 recording left to review: unreel review on a terminal, or with --accept or --reject
    ");
}

#[test]
fn an_upstream_is_asked_again_like_a_script() {
    let world = changed();
    // Any endpoint will do; here another unreel, which follows the script.
    let mut server = Command::new(env!("CARGO_BIN_EXE_unreel"));
    let serve = ["serve", "--scenario", "tiny", "--script", "--port", "0", "--quiet"];
    server.current_dir(world.path(".")).args(serve).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = server.spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.find_map(|line| Some(line.strip_prefix("export OPENAI_BASE_URL=")?.to_owned()));
    let url = url.unwrap();
    let ran = world.unreel(&["record", "--update", "tiny", "--upstream", &url]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ran.code, 0, "{}", ran.err);
    let shown = world.unreel(&["review", "--accept"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(
        shown.out.contains("verdict  the agent as it is: drift with the old, pass with the new")
    );
    let header = world.read("recordings/tiny.jsonl").lines().next().unwrap().to_owned();
    assert!(header.contains("\"provenance\":\"recorded\""), "{header}");
    let ran = world.unreel(&["run", "--match", "strict"]);
    assert_eq!((ran.code, counts(&ran)), (0, "1 passed · 0 drift · 0 unplayed"));
}
