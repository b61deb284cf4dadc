//! `unreel show`: stories of recordings and runs, exchanges in full, and what it says of files that
//! are neither.

#[path = "support/data.rs"]
mod data;
#[path = "support/talk.rs"]
mod talk;
#[path = "support/world.rs"]
mod world;

use serde_json::Value;
use talk::Talk;
use unreel::wire::Ending;
use world::{Ran, World};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// No line is wider than a terminal, and nobody looks at one: no colours.
fn fits(ran: &Ran) {
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
    }
    assert!(!ran.out.contains('\u{1b}'), "colours in a pipe");
}

fn shown(talk: &Talk, more: &[&str]) -> Ran {
    let world = World::new();
    world.write("talk.jsonl", talk.jsonl());
    let args: Vec<&str> = ["show", "talk.jsonl"].iter().chain(more).copied().collect();
    world.unreel(&args)
}

#[test]
fn a_short_recording_reads_as_a_story() {
    let ran = shown(&Talk::default(), &[]);
    fits(&ran);
    insta::assert_snapshot!(ran.out, @r"
    recording talk.jsonl · scripted
    agent toy 1.0 · model toy-1 · scenario greeting · rules builtin 1
    3 requests in 1 turn · 2 calls · sent 2.68 kB, new 1.19 kB · sent/new 2.2 · cached 29 %

    first request    parts      bytes    tokens
      tools              3      256 B        59
      instructions       1       97 B        24
      permissions        1       72 B        16
      AGENTS.md          1       90 B        22
      user               1       62 B        16
      in all             7      577 B       137

        #      sent       new cached
    turn 1  Change hello to goodbye in a.txt.
        0     577 B     577 B    0 % thinks  I want to see the file first.
                                     exec_command  cat a.txt  -> exit 0 · 12 B · hello (+1 line)
        1     911 B     334 B   29 % apply_patch  M a.txt +1 -1
                                       -> exit 1 · 19 B · no such line: hello
        2   1.19 kB     281 B   50 % The word is changed; nothing else was touched.

    sent, new: rendered prompt bytes; new = behind the longest prefix sent before, the bound of an
    ideal cache. cached: share of input tokens, as reported with the answer.
    one in full: unreel show talk.jsonl --exchange N
    ");
}

#[test]
fn an_ending_other_than_completed_is_told() {
    let talk = Talk { ending: Ending::Incomplete("max_output_tokens".into()), ..Talk::default() };
    let ran = shown(&talk, &[]);
    fits(&ran);
    assert!(ran.out.contains("incomplete: max_output_tokens"), "{}", ran.out);
}

#[test]
fn an_exchange_in_full_has_every_place_and_every_text() {
    let ran = shown(&Talk::default(), &["--exchange", "1"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r#"
    exchange 1 of talk.jsonl
    thread 0 · turn 1 · POST /responses
    request: prompt 911 B, 232 tokens · body 1.00 kB

    fields
      model         "toy-1"
      instructions  (96 B, below)
      tools         (257 B, below)
      stream        true

    /tools/0 · tools · exec_command · 95 B, 21 tokens
      type: function
      name: exec_command
      description: Runs a command line.
      parameters: {}

    /tools/1 · tools · apply_patch · 70 B, 17 tokens
      type: custom
      name: apply_patch
      description: Patches files.

    /tools/2 · tools · view_image · 91 B, 21 tokens
      type: function
      name: view_image
      description: Looks at an image.
      parameters: {}

    /instructions · instructions · 97 B, 24 tokens
      You work in a repository.
      Read before you write.
      Run the tests before you answer.
      Be brief.

    /input/0 · permissions · message developer · 72 B, 16 tokens
      role: developer
      content:
        <permissions instructions>
        Read only.

    /input/1 · AGENTS.md · message user · 90 B, 22 tokens
      role: user
      content:
        # AGENTS.md instructions for /workspace
        Never touch vendor/.

    /input/2 · user · message user · 62 B, 16 tokens
      role: user
      content: Change hello to goodbye in a.txt.

    /input/3 · model · reasoning · 96 B, 26 tokens
      type: reasoning
      id: x_r0
      summary/0:
        type: summary_text
        text: I want to see the file first.

    /input/4 · model · function_call exec_command · 102 B, 29 tokens
      type: function_call
      id: x_f0
      call_id: x_c0
      name: exec_command
      arguments (JSON):
        cmd: cat a.txt

    /input/5 · tool output · function_call_output x_c0 · 136 B, 40 tokens
      type: function_call_output
      call_id: x_c0
      output:
        Wall time: 0.1 seconds
        Process exited with code 0
        Output:
        hello
        world


    answer: completed · resp_x1

    /output/0 · model · custom_tool_call apply_patch · 153 B, 46 tokens
      type: custom_tool_call
      id: x_f1
      call_id: x_c1
      name: apply_patch
      input:
        *** Begin Patch
        *** Update File: a.txt
        @@
        -hello
        +goodbye
        *** End Patch

    usage as reported: 350 input tokens, 100 of them cached; 20 output tokens, 0 of them reasoning
    "#);
}

#[test]
fn what_was_left_out_is_named_and_counts_what_it_had() {
    let mut recording = Talk::default().recording();
    let whole = world_story(&recording.to_jsonl());
    let elided: Vec<_> = recording.exchanges[0].fields.iter().map(|(_, digest)| *digest).collect();
    for digest in elided {
        let entry = recording.items.get_mut(&digest).unwrap();
        let raw = entry.raw().unwrap().clone();
        if raw.len() > 60 {
            let (bytes, tokens) = (raw.len() as u64, unreel::cache::count(raw.as_str()));
            *entry =
                unreel::recording::Entry::Elided(unreel::recording::file::Elided { bytes, tokens });
        }
    }
    let world = World::new();
    world.write("talk.jsonl", recording.to_jsonl());
    let ran = world.unreel(&["show", "talk.jsonl"]);
    fits(&ran);
    assert!(ran.out.contains("left out, by digest"), "{}", ran.out);
    let left = world_story(&recording.to_jsonl());
    let instructions = |story: &Value| {
        let layers = story["first_request"].as_array().unwrap().clone();
        layers.into_iter().find(|layer| layer["layer"] == "instructions").unwrap()["bytes"].clone()
    };
    assert_eq!(instructions(&left), instructions(&whole));
    let full = world.unreel(&["show", "talk.jsonl", "--exchange", "0"]);
    assert!(full.out.contains("(left out of the file: "), "{}", full.out);
}

fn world_story(jsonl: &str) -> Value {
    let world = World::new();
    world.write("talk.jsonl", jsonl);
    let ran = world.unreel(&["show", "talk.jsonl", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn the_json_has_the_documented_shape() {
    let story = world_story(&Talk::default().jsonl());
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    insta::assert_snapshot!(keys(&story).join(" "), @"version about totals first_request threads steps end");
    insta::assert_snapshot!(keys(&story["steps"][0]).join(" "), @"exchange thread turn endpoint answered_by timeline compaction user context broken sent_bytes new_bytes sent_tokens new_tokens input_tokens cached_tokens output_tokens answer outcome status problem drift stale");
    insta::assert_snapshot!(story["steps"][1]["answer"][0], @r#"{"part":"call","tool":"apply_patch","brief":"M a.txt +1 -1","arguments":"*** Begin Patch\n*** Update File: a.txt\n@@\n-hello\n+goodbye\n*** End Patch","output":{"exit":1,"bytes":19,"cut_from":null,"lines":1,"head":"no such line: hello","changed":[]}}"#);
    let world = World::new();
    world.write("talk.jsonl", Talk::default().jsonl());
    let full = world.unreel(&["show", "talk.jsonl", "--exchange", "2", "--format", "json"]);
    let full: Value = serde_json::from_str(&full.out).unwrap();
    insta::assert_snapshot!(keys(&full).join(" "), @"version exchange thread turn endpoint answered_by wire_bytes sent_bytes sent_tokens fields items status outcome incomplete error response_id output usage");
    assert_eq!(full["items"][3]["pointer"], "/instructions");
    assert_eq!(full["items"][6]["json"]["content"], "Change hello to goodbye in a.txt.");
}

#[test]
fn every_shipped_recording_fits_and_long_ones_are_folded() {
    let world = World::new();
    let folder = std::path::Path::new(ROOT).join("recordings");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "jsonl") {
            continue;
        }
        seen += 1;
        // From its own folder, so that no line holds a path of this machine.
        let name = path.file_name().unwrap().to_str().unwrap();
        std::fs::copy(&path, world.path(name)).unwrap();
        fits(&world.unreel(&["show", name]));
    }
    assert!(seen >= 13, "{seen}");
    let short = world.unreel(&["show", "long-session.jsonl"]).out;
    let all = world.unreel(&["show", "long-session.jsonl", "--all"]).out;
    assert!(short.lines().count() < 60, "{} lines", short.lines().count());
    assert!(short.contains(" like these: exec_command "), "{short}");
    assert!(all.lines().count() > 240, "{} lines", all.lines().count());
}

#[test]
fn a_run_tells_its_checks_and_a_folder_its_runs() {
    let world = World::new();
    let failing = world::TINY.replace("equals: goodbye", "equals: farewell");
    world.scenario("bad", &failing, world::SCRIPT);
    assert_eq!(world.unreel(&["run", "--script", "--out", "out"]).code, 1);
    let runs = world.unreel(&["show", "out"]);
    fits(&runs);
    let first = runs.out.lines().nth(1).unwrap();
    assert!(first.starts_with("bad@base#1   FAIL"), "bad ones first: {}", runs.out);
    let story = world.unreel(&["show", "out", "bad"]);
    fits(&story);
    for part in [
        "run bad@base#1 · scripted",
        "turn 1  Change hello to goodbye in a.txt.",
        "thinks  I want to see the file first.",
        "exec_command  cat a.txt  -> exit 0 · 6 B · hello",
        "apply_patch  M a.txt +1 -1",
        "end fail · 0 of 1 check hold",
        "  failed: the word is changed",
    ] {
        assert!(story.out.contains(part), "{part} in {}", story.out);
    }
    let events = world.unreel(&["show", "out/runs/bad@base#1/events.jsonl"]);
    let told = |out: &str| -> Vec<String> {
        out.lines().filter(|line| !line.contains("unreel show")).map(str::to_owned).collect()
    };
    assert_eq!(told(&events.out), told(&story.out));
    let journal = world.unreel(&["show", "out/journal.jsonl", "bad@base#1"]);
    assert!(journal.out.starts_with("run bad@base#1"), "{}", journal.out);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let world = World::new();
    std::fs::copy(format!("{ROOT}/recordings/long-session.jsonl"), world.path("l.jsonl")).unwrap();
    let line =
        format!("'{}' show l.jsonl --exchange 100 | head -n 1", env!("CARGO_BIN_EXE_unreel"));
    let output = std::process::Command::new("sh")
        .args(["-c", &line])
        .current_dir(world.path("."))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "exchange 100 of l.jsonl\n");
}

#[test]
fn what_cannot_be_shown_is_named_with_the_way_out() {
    let world = World::new();
    let talk = Talk::default().jsonl();
    world.write("talk.jsonl", &talk);
    world.write("cut.jsonl", &talk[..talk.len() - 40]);
    world.write("log.jsonl", "{\"type\":\"session_meta\",\"payload\":{}}\n");
    assert_eq!(world.unreel(&["run", "--script", "--out", "out"]).code, 0);
    let error = |args: &[&str]| {
        let ran = world.unreel(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        ran.error().to_owned()
    };
    insta::assert_snapshot!(error(&["show", "talk.jsonl", "--exchange", "3"]), @r"
    error: talk.jsonl: there is no exchange 3
    help: its exchanges are 0 to 2
    ");
    insta::assert_snapshot!(error(&["show", "cut.jsonl"]), @r"
    error: cut.jsonl:17: the file is cut: the last line does not end
    help: the rest is not in the file; copy or record it again
    ");
    insta::assert_snapshot!(error(&["show", "log.jsonl"]), @r"
    error: log.jsonl: the log holds no answer of a model
    help: name a log in which a model answered
    ");
    world.write("other.jsonl", "{\"type\":\"nobody knows\"}\n");
    insta::assert_snapshot!(error(&["show", "other.jsonl"]), @r#"
    error: other.jsonl:1: this is no unreel recording: line 1 is "{\"type\":\"nobody knows\"}"
    help: name a recording or a folder of results; sessions of other tools become recordings by unreel
      import
    "#);
    insta::assert_snapshot!(error(&["show", "none.jsonl"]), @r"
    error: none.jsonl: cannot be read: No such file or directory (os error 2)
    help: see that the file is there and may be read
    ");
    insta::assert_snapshot!(error(&["show", "out", "tini"]), @r"
    error: out: there is no run `tini`
    help: did you mean `tiny`?
    ");
    insta::assert_snapshot!(error(&["show", "scenarios"]), @r"
    error: scenarios: this folder holds no journal
    help: name a recording, a folder of results of `unreel run`, or one of its runs/RUN
    ");
    insta::assert_snapshot!(error(&["show", "talk.jsonl", "tiny"]), @r"
    error: talk.jsonl: a recording has no runs, and no `tiny`
    help: leave the name of the run out
    ");
}

#[test]
fn a_real_codex_session_reads_as_a_story() {
    let logs = data::files("sessions/codex", ".jsonl");
    let is_rollout = |path: &&std::path::PathBuf| {
        path.file_name().unwrap().to_string_lossy().starts_with("rollout-")
    };
    let Some(rollout) = logs.iter().find(is_rollout) else { return };
    let world = World::new();
    let imported =
        world.unreel(&["import", "codex", rollout.to_str().unwrap(), "--out", "codex.jsonl"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let ran = world.unreel(&["show", "codex.jsonl"]);
    fits(&ran);
    assert!(ran.out.contains("66 requests in 2 turns"), "{}", ran.out);
    assert!(ran.out.contains("lacks: tools, bodies, events, ids"), "{}", ran.out);
}
