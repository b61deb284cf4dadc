//! Bad input: every message names the place, the cause and the remedy, and nothing is half-written.

#[path = "support/flip.rs"]
mod flip;
#[path = "support/world.rs"]
mod world;

use world::{SCRIPT, TINY, World};

/// `tiny` with more keys, in a world of its own.
fn tiny(keys: &str) -> World {
    let world = World::new();
    world.scenario("tiny", &format!("{TINY}{keys}"), SCRIPT);
    world
}

/// What `unreel run --script` says of a scenario file; nothing may have been run or written.
fn scenario_error(yaml: &str) -> String {
    let world = World::new();
    world.scenario("tiny", yaml, SCRIPT);
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(!world.path("reports").exists());
    ran.err
}

#[test]
fn a_folder_without_a_scenario_file() {
    let world = World::new();
    world.write("scenarios/empty/repo/a.txt", "hello\n");
    let ran = world.unreel(&["run", "scenarios/empty"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: scenarios/empty: no scenarios here
    help: a scenario is a folder NAME/ with `scenario.yaml` (summary, messages, checks) and `repo/` (the
      files of the seed repository)
    ");
    let ran = world.unreel(&["run", "scenarios/empty/scenario.yaml"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: scenarios/empty/scenario.yaml: there is no scenario here
    help: a scenario is a folder NAME/ with `scenario.yaml` (summary, messages, checks) and `repo/` (the
      files of the seed repository)
    ");
    let ran = world.unreel(&["verify", "--root", "nowhere"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: nowhere: no scenarios here
    help: a scenario is a folder NAME/ with `scenario.yaml` (summary, messages, checks) and `repo/` (the
      files of the seed repository)
    ");
}

#[test]
fn an_unknown_key_and_a_wrong_type() {
    insta::assert_snapshot!(scenario_error(&format!("{TINY}bugdets: {{seconds: 9}}\n")), @r"
    error: scenarios/tiny/scenario.yaml:8:1: unknown key `bugdets`
      |
    8 | bugdets: {seconds: 9}
      | ^
    help: did you mean `budgets`?
    ");
    insta::assert_snapshot!(scenario_error(&format!("{TINY}budgets: {{seconds: soon}}\n")), @r"
    error: scenarios/tiny/scenario.yaml:8:20: a whole number, not negative, is expected here
      |
    8 | budgets: {seconds: soon}
      |                    ^
    ");
    insta::assert_snapshot!(scenario_error(&TINY.replace("{contains: hello}", "[hello]")), @r"
    error: scenarios/tiny/scenario.yaml:7:14: a mapping (`key: value`) is expected here
      |
    7 |     on_seed: [hello]
      |              ^
    ");
}

#[test]
fn a_bad_regular_expression() {
    let check = "  - name: nothing is removed\n    forbidden: {commands: ['rm (-rf']}\n    on_seed: {holds: true}\n";
    insta::assert_snapshot!(scenario_error(&format!("{TINY}{check}")), @r"
    error: scenarios/tiny/scenario.yaml:9:28: bad pattern `rm (-rf`: unclosed group (at checks/1/forbidden/commands/0)
      |
    9 |     forbidden: {commands: ['rm (-rf']}
      |                            ^
    help: in single quotes, with a backslash before a literal sign: 'f\(x\) \[1\]'
    ");
    let volatile = "volatile: [{pattern: 'in [0-9', replace: T}]\n";
    insta::assert_snapshot!(scenario_error(&format!("{TINY}{volatile}")), @r"
    error: scenarios/tiny/scenario.yaml:8:13: bad pattern `in [0-9`: unclosed character class (at volatile/0/pattern)
      |
    8 | volatile: [{pattern: 'in [0-9', replace: T}]
      |             ^
    help: in single quotes, with a backslash before a literal sign: 'f\(x\) \[1\]'
    ");
}

#[test]
fn an_unknown_scenario_and_an_unknown_variant() {
    let world = World::new();
    world.write("scenarios/variants/short.yaml", "developer: Be brief.\n");
    let ran = world.unreel(&["run", "tyni"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: scenarios: unknown scenario `tyni`
    help: one of: tiny
    ");
    let ran = world.unreel(&["run", "--variant", "shrot"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: scenarios/tiny: unknown variant `shrot`
    help: did you mean `short`?
    ");
    let ran = world.unreel(&["run", "--variant", "./short.yaml"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: ./short.yaml: there is no variant file
    help: name one by its path, or one of a `variants/` folder by its name, without `.yaml`
    ");
    world.write("tools.yaml", "tools: [exec_command, aply_patch]\n");
    let ran = world.unreel(&["run", "--script", "--variant", "./tools.yaml"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: ./tools.yaml:1:23: unknown tool `aply_patch` (at tools/1)
      |
    1 | tools: [exec_command, aply_patch]
      |                       ^
    help: did you mean `apply_patch`?
    ");
}

#[test]
fn a_missing_script_and_a_missing_recording() {
    let world = World::new();
    let ran = world.unreel(&["run"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: recordings/tiny.jsonl: there is no such recording
    help: make it: unreel record tiny; or add --script to follow the script instead
    ");
    world.scenario("mute", TINY, "");
    for command in [&["run", "--script", "mute"][..], &["record", "mute"]] {
        let ran = world.unreel(command);
        assert_eq!(ran.code, 2);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.err, @r"
            error: scenarios/mute/script.yaml: there is no script to follow
            help: write one (`steps:`), or leave the scenario out
            ");
        }
    }
}

/// What `unreel run` says of the recording of `tiny` after `spoil`.
fn spoilt(spoil: impl Fn(&str) -> String) -> String {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    let whole = world.read("recordings/tiny.jsonl");
    let bad = spoil(&whole);
    assert_ne!(whole, bad);
    world.write("recordings/tiny.jsonl", bad);
    let ran = world.unreel(&["run"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(!world.path("reports").exists(), "nothing was run");
    let digest = regex::Regex::new("[0-9a-f]{32}").unwrap();
    digest.replace_all(&ran.err, "DIGEST").into_owned()
}

#[test]
fn a_recording_that_is_cut() {
    // In the middle of a line.
    insta::assert_snapshot!(spoilt(|text| text[..text.len() - 9].to_owned()), @r"
    error: recordings/tiny.jsonl:23: the file is cut: the last line does not end
    help: restore the file, or make it again: unreel record tiny
    ");
    // Before an item that a later exchange needs.
    let without = |start: &'static str| {
        move |text: &str| -> String {
            let at = text.find(start).unwrap();
            let end = at + text[at..].find('\n').unwrap() + 1;
            [&text[..at], &text[end..]].concat()
        }
    };
    insta::assert_snapshot!(spoilt(without("{\"item\"")), @r"
    error: recordings/tiny.jsonl:15: the file is cut: it lacks item DIGEST, which this line needs
    help: restore the file, or make it again: unreel record tiny
    ");
    insta::assert_snapshot!(spoilt(without("{\"exchange\":1,")), @r"
    error: recordings/tiny.jsonl:21: the file is cut: exchange 1 is missing, found 2
    help: restore the file, or make it again: unreel record tiny
    ");
    // Between lines.
    insta::assert_snapshot!(spoilt(|text| text.replace("{\"end\":3}\n", "")), @r"
    error: recordings/tiny.jsonl: the file is cut: it ends after 3 exchanges, without its last line
    help: restore the file, or make it again: unreel record tiny
    ");
    // Behind the first line.
    insta::assert_snapshot!(spoilt(|text| text.lines().next().unwrap().to_owned() + "\n"), @r"
    error: recordings/tiny.jsonl: the file is cut: it ends after 0 exchanges, without its last line
    help: restore the file, or make it again: unreel record tiny
    ");
}

#[test]
fn a_recording_of_another_version_or_another_kind() {
    insta::assert_snapshot!(spoilt(|text| text.replacen("\"version\":2", "\"version\":3", 1)), @r"
    error: recordings/tiny.jsonl:1: the file has format version 3; this unreel reads version 2
    help: restore the file, or make it again: unreel record tiny
    ");
    insta::assert_snapshot!(spoilt(|_| "summary: not a recording\n".to_owned()), @r#"
    error: recordings/tiny.jsonl:1: this is no unreel recording: line 1 is "summary: not a recording"
    help: restore the file, or make it again: unreel record tiny
    "#);
    insta::assert_snapshot!(spoilt(|_| String::new()), @r"
    error: recordings/tiny.jsonl:1: this is no unreel recording: the file is empty
    help: restore the file, or make it again: unreel record tiny
    ");
}

#[test]
fn a_recording_that_was_edited() {
    insta::assert_snapshot!(spoilt(|text| text.replacen("Change hello", "Change HELLO", 1)), @r"
    error: recordings/tiny.jsonl:13: /item: the line was edited: its content has the digest DIGEST, not DIGEST
    help: restore the file, or make it again: unreel record tiny
    ");
    insta::assert_snapshot!(spoilt(|text| text.replacen("\"thread\":", "\"thraed\":", 1)), @r"
    error: recordings/tiny.jsonl:16: column 22: unknown field `thraed`
    help: restore the file, or make it again: unreel record tiny
    ");
}

#[test]
fn a_recording_without_its_end_is_no_success() {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    let whole = world.read("recordings/tiny.jsonl");
    let last = whole.find("{\"exchange\":2,").unwrap();
    world.write("recordings/tiny.jsonl", whole[..last].to_owned() + "{\"end\":2}\n");
    let ran = world.unreel(&["run"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    FAIL: tiny: HTTP 400 replay_mismatch: recording tiny.jsonl: nothing was recorded after exchange 1,
      the last one of the recording, yet the agent asks again (its request has 8 input items)
      help: a replay answers only what was recorded. If the change is meant, record it: unreel record
      tiny; to run without a recording: unreel run --script tiny
    ");
}

#[test]
fn a_request_that_matches_nothing() {
    let world = tiny("developer: Answer in one sentence.\n");
    assert_eq!(world.unreel(&["record"]).code, 0);
    let variant = "developer: Answer in two sentences, and say which files you changed.\n";
    world.write("scenarios/variants/two.yaml", variant);
    let ran = world.unreel(&["run", "--variant", "two", "--match", "strict"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    FAIL: tiny@two: refused: context drift in 1 request: developer
    error[drift/context]: tiny@two, request 1 differs from its recording
      at     exchange 0 · layer developer · /input/1/content/0/text, byte 10
      -      Answer in one sentence.
      +      Answer in two sentences, and say which files you changed.
      effect cached prefix lost once, # tokens
      meant: unreel record --update tiny --variant two, then unreel review tiny@two
      not:   every request is in journal.jsonl, every change in tables/drift.csv
    ");
    // The table cuts the reason; summary.md has the whole of it.
    let summary = world.read("reports/latest/summary.md");
    let whole = "byte 10: recorded \"Answer in one sentence.\", received \"Answer in two sentences, and say";
    assert!(summary.contains(whole), "{summary}");
    let journal = world.read("reports/latest/journal.jsonl");
    assert!(journal.contains("\"code\":\"replay_mismatch\""));
    assert!(journal.contains("\"param\":\"/input/1/content/0/text\""));
    // A tool output that differs is a miss too, never an answer with nothing in it.
    let edited = SCRIPT.replace("cat a.txt", "cat a.txt; cat extra");
    world.scenario("tiny", TINY, &edited);
    assert_eq!(world.unreel(&["record"]).code, 0);
    world.write("scenarios/tiny/repo/extra", "");
    let ran = world.unreel(&["run", "--match", "strict"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    FAIL: tiny: refused: state drift in 1 request: tool_output
    error[drift/state]: tiny, request 2 differs from its recording
      at     exchange 1 · layer tool_output · /input/5/output, byte 68
      -      Process exited with code 1⏎Original token count: 11⏎Output:⏎hello⏎cat: e…
      +      Process exited with code 0⏎Original token count: 2⏎Output:⏎hello⏎
      effect cached prefix lost once, # tokens
      meant: unreel record --update tiny, then unreel review tiny
      not:   every request is in journal.jsonl, every change in tables/drift.csv
    ");
}

#[test]
fn a_script_that_calls_a_tool_the_agent_lacks() {
    let world = World::new();
    world.write("scenarios/variants/plans.yaml", "tools: [update_plan]\n");
    let ran = world.unreel(&["run", "--script", "--variant", "plans"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    FAIL: tiny@plans: HTTP 400 tool_not_advertised: script tiny, step look: the verb `run` needs a
      shell, such as `exec_command` or `bash`; the agent advertises update_plan
      help: add the tool to `tools` of the variant, or write the step of script.yaml with another verb
    ");
}

#[test]
fn results_are_never_written_over_other_things() {
    let world = World::new();
    world.write("mine/notes.txt", "mine");
    let ran = world.unreel(&["run", "--script", "--out", "mine"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.err, @r"
    error: mine: the folder holds other things (`notes.txt`)
    help: choose an empty or new folder, or one with earlier results, with --out
    ");
    assert_eq!(world.names("mine"), ["notes.txt"]);
    // Someone else's folder of the name that ours have.
    world.write("train/runs/2026-01-01/model", "mine");
    let ran = world.unreel(&["run", "--script", "--out", "train"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.err, @r"
    error: train: the folder holds other things (`runs`)
    help: choose an empty or new folder, or one with earlier results, with --out
    ");
    assert_eq!(world.read("train/runs/2026-01-01/model"), "mine");
    let ran = world.unreel(&["run", "--script", "--out", "mine/notes.txt"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.err, @r"
    error: mine/notes.txt: this is a file, not a folder
    help: choose an empty or new folder, or one with earlier results, with --out
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written() {
    // Even root makes no folders in /proc.
    let world = World::new();
    let ran = world.unreel(&["run", "--script", "--out", "/proc/unreel"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.err, @r"
    error: /proc/unreel: results cannot be written there: No such file or directory (os error 2)
    help: choose an empty or new folder, or one with earlier results, with --out
    ");
    // Found out before the runs, not after them.
    let ran = world.unreel(&["record", "--out", "/proc/unreel"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    insta::assert_snapshot!(ran.err, @r"
    error: /proc/unreel: cannot be written: No such file or directory (os error 2)
    help: look at the folder, its permissions and the free space
    ");
    assert_eq!(world.leftovers(), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn a_report_of_a_folder_without_a_journal() {
    let world = World::new();
    let ran = world.unreel(&["report", "nowhere"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.err, @r"
    error: nowhere/journal.jsonl: cannot be read: No such file or directory (os error 2)
    help: name a folder of results, which holds journal.jsonl and objects/; unreel run --out nowhere
      makes one
    ");
}

#[test]
fn a_check_that_hangs() {
    let check = "  - name: the server answers\n    run: {cmd: 'echo waiting; sleep 600', seconds: 1}\n    on_seed: {exit: 1}\n";
    let world = tiny(check);
    let start = std::time::Instant::now();
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 1);
    assert!(start.elapsed().as_secs() < 60, "the run is stuck");
    insta::assert_snapshot!(ran.problems(), @r"
    FAIL: tiny: check failed: the server answers: timed out after 1 s
        the output:
          waiting
    ");
}

/// The problems of a `tiny` whose script runs a command again and again.
fn looping(budgets: &str, cmd: &str) -> String {
    let world = World::new();
    let script = format!(
        "steps:\n  - id: again\n    repeat: 500\n    do: [{{run: {{cmd: '{cmd} # {{i}}'}}}}]\n"
    );
    world.scenario("tiny", &format!("{TINY}budgets: {budgets}\n"), &script);
    let start = std::time::Instant::now();
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 1);
    assert!(start.elapsed().as_secs() < 60, "the run is stuck");
    ran.problems()
}

#[test]
fn an_agent_that_loops() {
    insta::assert_snapshot!(looping("{requests: 4}", "cat a.txt"), @r"
    UNFINISHED: tiny: `budgets.requests` (4) is used up
      help: the agent may be looping: its calls are in the journal; if the work needs more, raise
      `budgets` in scenario.yaml
    ");
    insta::assert_snapshot!(looping("{bytes: 60000}", "cat a.txt"), @r"
    UNFINISHED: tiny: `budgets.bytes` (60000) is used up
      help: the agent may be looping: its calls are in the journal; if the work needs more, raise
      `budgets` in scenario.yaml
    ");
    insta::assert_snapshot!(looping("{seconds: 1}", "sleep 0.2"), @r"
    TIMEOUT: tiny: `budgets.seconds` (1) is used up
      help: a command or an answer hung; if the work needs longer, raise `budgets.seconds` in
      scenario.yaml
    ");
    // One command that never ends uses the budget up as well, and is killed.
    insta::assert_snapshot!(looping("{seconds: 1}", "sleep 600"), @r"
    TIMEOUT: tiny: `budgets.seconds` (1) is used up
      help: a command or an answer hung; if the work needs longer, raise `budgets.seconds` in
      scenario.yaml
    ");
}

#[test]
fn a_blob_that_was_changed() {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    let blob = regex::Regex::new(r"gAAAA[^. ]+").unwrap();
    for source in [flip::Answers::Recording, flip::Answers::Script] {
        let reason = flip::run(&world, source).reason.unwrap();
        let reason = blob.replace_all(&reason, "BLOB");
        insta::allow_duplicates! {
            insta::assert_snapshot!(reason, @r"HTTP 400 invalid_encrypted_content: the encrypted content BLOB.. at /input/3/encrypted_content could not be verified: it does not open, so it was changed, cut or made by another server; send it back exactly as it was received");
        }
    }
}

#[test]
fn a_failing_record_leaves_the_old_recording_alone() {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    let before = world.read("recordings/tiny.jsonl");
    world.scenario("tiny", TINY, "steps:\n  - {id: done, do: [{say: Done.}]}\n");
    let ran = world.unreel(&["record"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    insta::assert_snapshot!(ran.error(), @r"
    error: tiny@base#1: not recorded: check failed: the word is changed: line 1 of the file differs
    help: tiny.jsonl is left as it was; mend the script and record again
    ");
    assert_eq!(world.read("recordings/tiny.jsonl"), before);
    assert_eq!(world.names("recordings"), ["tiny.jsonl"]);
    assert_eq!(world.leftovers(), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn a_solution_that_does_not_apply_is_a_finding() {
    let world = World::new();
    let ran = world.unreel(&["verify"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    FINDINGS tiny: 1 check, 0 mutations
             solution.patch: there is none
               expected: a patch that `git apply` puts on the seed, after which every check holds
    1 scenario · 0 mutations · 1 with findings
    ");
    world.write(
        "scenarios/tiny/solution.patch",
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-hi\n+goodbye\n",
    );
    let ran = world.unreel(&["verify"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    FINDINGS tiny: 1 check, 0 mutations
             workspace: cannot be made
               found: git apply solution.patch failed in the workspace: error: patch failed: a.txt:1
                 error: a.txt: patch does not apply
    1 scenario · 0 mutations · 1 with findings
    ");
}

/// What a command says that is refused as a whole: exit 2, nothing on standard output.
fn refused(world: &World, args: &[&str]) -> String {
    let ran = world.unreel(args);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
    ran.err
}

/// A world with a recording, for the commands that look at one.
fn laboratory() -> World {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    world
}

#[test]
fn a_price_list_that_is_none() {
    let world = laboratory();
    let list = |price: &str| format!("date: 2026-01-01\nmodels:\n  m: {{{price}}}\n");
    world.write("negative.yaml", list("input: 1, cached: -0.1, source: own"));
    world.write("typo.yaml", list("input: 1, cahced: 0.1, source: own"));
    world.write("lacking.yaml", list("input: 1, source: own"));
    for command in ["explain", "growth", "simulate"] {
        let said =
            |file: &str| refused(&world, &[command, "recordings/tiny.jsonl", "--prices", file]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said("negative.yaml"), @r"
            error: negative.yaml:3:25: -0.1 is no price: dollars for a million tokens, from 0 on
              |
            3 |   m: {input: 1, cached: -0.1, source: own}
              |                         ^
            help: mend the price list: docs/caches.md, Money
            ");
            insta::assert_snapshot!(said("typo.yaml"), @r"
            error: typo.yaml:3:17: unknown key `cahced`
              |
            3 |   m: {input: 1, cahced: 0.1, source: own}
              |                 ^
            help: did you mean `cached`?
            ");
            insta::assert_snapshot!(said("lacking.yaml"), @r"
            error: lacking.yaml:3:17: the key `cached` is missing
              |
            3 |   m: {input: 1, source: own}
              |                 ^
            help: mend the price list: docs/caches.md, Money
            ");
            insta::assert_snapshot!(said("nowhere.yaml"), @r"
            error: nowhere.yaml: cannot read: No such file or directory (os error 2)
            help: see that the file is there and may be read
            ");
        }
    }
}

#[test]
fn no_results_yet() {
    let world = World::new();
    for command in ["explain", "growth", "show"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused(&world, &[command]), @r"
            error: reports/latest: there are no results yet
            help: unreel run makes some; or name a recording, or a folder of results
            ");
        }
    }
}

#[test]
fn a_journal_with_a_broken_line() {
    let world = World::new();
    assert_eq!(world.unreel(&["run", "--script", "--out", "r"]).code, 0);
    let journal = world.read("r/journal.jsonl");
    let mut lines: Vec<&str> = journal.lines().collect();
    lines[2] = "{broken";
    world.write("r/journal.jsonl", lines.join("\n") + "\n");
    insta::assert_snapshot!(refused(&world, &["explain", "r"]), @r"
    error: r/journal.jsonl:3: column 2: key must be a string
    help: journals are not to be edited by hand; run it again
    ");
}

#[test]
fn a_simulation_that_is_refused_leaves_nothing() {
    let world = laboratory();
    let file = "recordings/tiny.jsonl";
    let endless = ["simulate", file, "--compaction", "threshold:1,to=1", "--out", "s"];
    let said = refused(&world, &endless);
    assert!(
        said.contains("would never end") && said.contains("help: a higher threshold"),
        "{said}"
    );
    assert!(!world.path("s").exists());
    // What is not refused is told as before.
    let some = ["simulate", file, "--compaction", "none,threshold:1,to=1"];
    let ran = world.unreel(&some);
    assert_eq!((ran.code, ran.out.contains("append")), (2, true), "{}", ran.out);
    world.write("file", "x");
    let ran = world.unreel(&["simulate", file, "--out", "file"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    insta::assert_snapshot!(ran.err, @r"
    error: file/tables: cannot be written: Not a directory (os error 20)
    help: see that the folder can be written to and that there is room
    ");
    let ran = world.unreel(&["growth", file, "--out", "file"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    insta::assert_snapshot!(ran.err, @r"
    error: file/growth: cannot be written: Not a directory (os error 20)
    help: see that the folder can be written to and that there is room
    ");
    world.write("tools.json", "[3]");
    insta::assert_snapshot!(refused(&world, &["simulate", file, "--tools", "tools.json"]), @r"
    error: tools.json: item 0 of the list is no JSON object
    help: a JSON list of tool definitions, or an object whose `tools` is one
    ");
    insta::assert_snapshot!(refused(&world, &["simulate", file, "--tools", "nowhere.json"]), @r"
    error: nowhere.json: cannot be read: No such file or directory (os error 2)
    help: see that the file is there and may be read
    ");
    let said = refused(&world, &["explain", file, "--exchange", "-1"]);
    assert!(said.starts_with("error: invalid value '-1' for '--exchange <N>'"), "{said}");
}
