//! From a session to a regression test: `unreel new --from-session`.

#[path = "support/clients.rs"]
mod clients;
#[path = "support/codex_cli.rs"]
mod codex_cli;
#[path = "support/data.rs"]
mod data;
#[path = "support/repository.rs"]
mod repository;
#[path = "support/session_logs.rs"]
mod session_logs;
#[path = "support/world.rs"]
mod world;

use repository::Repository;
use serde_json::json;
use session_logs::{Claude, Codex, FOLDER};
use std::io::BufRead;
use world::World;

const BROKEN: &str = "# Adds two numbers.\nadd() {\n\techo $(($1 - $2))\n}\n";
const TEST: &str = ". ./lib/add.sh\n[ \"$(add 2 3)\" = 5 ] || { echo \"FAIL: add 2 3\"; exit 1; }\n\
                    echo ok\n";
const PATCH: &str = "*** Begin Patch\n*** Update File: lib/add.sh\n@@\n add() {\n-\techo $(($1 - $2))\n\
                     +\techo $(($1 + $2))\n }\n*** End Patch\n";

/// The repository of the sessions, with a commit before and one after them.
fn adder(world: &World) -> (Repository, String) {
    let repository = Repository::new(world.path("adder"));
    repository.write("lib/add.sh", BROKEN);
    repository.write("tests/run.sh", TEST);
    repository.write("README.md", "Adds.\n");
    let commit = repository.commit_at("first", "2026-03-01T10:00:00Z");
    repository.write("lib/add.sh", BROKEN.replace('-', "+"));
    repository.commit_at("fixed", "2026-03-03T10:00:00Z");
    (repository, commit)
}

/// The session as Codex logs it.
fn codex(commit: &str) -> Codex {
    let mut log = Codex::new(FOLDER, commit);
    log.user(
        "The tests of the adder fail. Mend it.\nLook at /home/somebody/code/adder/tests first.",
    );
    log.runs("sh tests/run.sh", FOLDER, 1, "FAIL: add 2 3\n");
    log.runs(&format!("sed -n 1,9p {FOLDER}/lib/add.sh"), FOLDER, 0, BROKEN);
    let plan = json!({"plan": [{"step": "mend", "status": "in_progress"}]}).to_string();
    log.item(
        &json!({"type": "function_call", "name": "update_plan", "arguments": plan, "call_id": "p"}),
    );
    log.item(&json!({"type": "function_call_output", "call_id": "p", "output": "Plan updated"}));
    log.item(&json!({"type": "web_search_call", "id": "ws_1", "status": "completed",
        "action": {"type": "search", "query": "how to add"}}));
    log.patches(PATCH);
    log.runs("sh tests/run.sh", FOLDER, 0, "ok\n");
    log.runs("cat /home/somebody/.codex/skills/x.md", FOLDER, 1, "no such file\n");
    log.says("It adds now.");
    log.user("Say so in the README.");
    log.runs(&format!("cd {FOLDER} && echo Really. >> README.md"), FOLDER, 0, "");
    log.says("Done.");
    log
}

/// The same as Claude Code logs it.
fn claude() -> Claude {
    let mut log = Claude::new(FOLDER);
    log.user("The tests of the adder fail. Mend it.");
    let bash = |cmd: &str| json!({"command": cmd, "description": "tests"});
    log.uses("Bash", &bash("sh tests/run.sh"), "Exit code 1\nFAIL: add 2 3", true);
    let path = format!("{FOLDER}/lib/add.sh");
    log.uses("Read", &json!({"file_path": path}), BROKEN, false);
    log.uses("Grep", &json!({"pattern": "add"}), "lib/add.sh", false);
    let edit = json!({"file_path": path, "old_string": "$1 - $2", "new_string": "$1 + $2"});
    log.uses("Edit", &edit, "The file has been updated.", false);
    let note = json!({"file_path": format!("{FOLDER}/NOTES.md"), "content": "It adds.\n"});
    log.uses("Write", &note, "File created.", false);
    log.uses("Bash", &bash(&format!("cd {FOLDER} && sh tests/run.sh")), "ok", false);
    log.says("It adds now.");
    log
}

/// What a command says, with ids of commits and the temporary folder replaced.
fn plain(world: &World, text: &str) -> String {
    let hex = regex::Regex::new("[0-9a-f]{40}").unwrap();
    let text = hex.replace_all(text, "COMMIT").into_owned();
    text.replace(&world.path("").display().to_string(), "WORLD/")
}

#[test]
fn a_rollout_of_codex_becomes_a_scenario_that_holds() {
    let world = World::new();
    let (_, commit) = adder(&world);
    world.write("rollout.jsonl", codex(&commit).text());
    let ran = world.unreel(&[
        "new",
        "--from-session",
        "rollout.jsonl",
        "--repo",
        "adder",
        "--name",
        "mend",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    insta::assert_snapshot!(plain(&world, &ran.out), @r"
    session  codex 0.149.0, 2 messages, 9 answers
    commit   COMMIT (from the log)
    folder   . (/home/somebody/code/adder is the root of the repository)
    changed  README.md, lib/add.sh
    checks   failed early, passed late: sh tests/run.sh
    script   8 steps: 4 run, 1 plan, 1 patch, 2 say
    not recovered, or to be looked at:
      - calls that reach out of the repository: left out (1)
      - calls that a script has no word for: 1 web_search_call
    wrote scenarios/mend
    ok       mend: 1 check, 0 mutations
    ");
    insta::assert_snapshot!(plain(&world, &world.read("scenarios/mend/scenario.yaml")), @r"
    # Made of a session of codex 0.149.0, begun 2026-03-02T09:00:00.000Z.
    # Commit: from the log. Read it before you rely on it.
    summary: The tests of the adder fail. Mend it.
    seed: {git: '../../adder', commit: COMMIT}
    date: '2026-03-02'
    messages:
      - text: |-
          The tests of the adder fail. Mend it.
          Look at /workspace/tests first.
      - text: Say so in the README.
    checks:
      - name: 'passes: sh tests/run.sh'
        run: {cmd: sh tests/run.sh, seconds: 120}
        on_seed: {exit: 1}
    budgets: {requests: 60, bytes: 67108864, seconds: 120}
    ");
    insta::assert_snapshot!(world.read("scenarios/mend/script.yaml"), @r"
    # Made of a session of codex 0.149.0, begun 2026-03-02T09:00:00.000Z.
    # Commit: from the log. Read it before you rely on it.
    steps:
      - id: run-1
        do:
          - run: {cmd: sh tests/run.sh}
      - id: run-2
        do:
          - run: {cmd: 'sed -n 1,9p lib/add.sh'}
      - id: plan-3
        do:
          - plan: ['in_progress: mend']
      - id: patch-4
        do:
          - patch: |
              *** Begin Patch
              *** Update File: lib/add.sh
              @@
               add() {
              -	echo $(($1 - $2))
              +	echo $(($1 + $2))
               }
              *** End Patch
      - id: run-5
        do:
          - run: {cmd: sh tests/run.sh}
      - id: say-6
        do:
          - say: It adds now.
      - id: run-7
        do:
          - run: {cmd: 'echo Really. >> README.md'}
      - id: say-8
        do:
          - say: Done.
    ");
    insta::assert_snapshot!(world.read("scenarios/mend/solution.patch"), @r"
    diff --git a/README.md b/README.md
    index 145d3d7eeac7a2dd9bc70b775c526ff80b236ceb..582a8c22914cea7ff963f28bf71899db51cdd3f8 100644
    --- a/README.md
    +++ b/README.md
    @@ -1 +1,2 @@
     Adds.
    +Really.
    diff --git a/lib/add.sh b/lib/add.sh
    index 8a72e2f07648e99d0ad1e9a3d8f60db49421d167..4a4abec92771cf236b741b2b84abf5a17a524d31 100644
    --- a/lib/add.sh
    +++ b/lib/add.sh
    @@ -1,4 +1,4 @@
     # Adds two numbers.
     add() {
    -	echo $(($1 - $2))
    +	echo $(($1 + $2))
     }
    ");
    let ran = world.unreel(&["verify", "mend", "--mutate"]);
    assert_eq!(ran.code, 1, "the README is not checked, and --mutate says so: {}", ran.out);
    let ran = world.unreel(&["run", "mend", "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        world.leftovers().iter().all(|path| path.starts_with(world.path("adder"))),
        "{:?}",
        world.leftovers()
    );
}

#[test]
fn a_session_of_claude_code_finds_its_commit_by_time() {
    let world = World::new();
    adder(&world);
    world.write("session.jsonl", claude().text());
    let ran =
        world.unreel(&["new", "--from-session", "session.jsonl", "--repo", "adder", "--bundle"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    insta::assert_snapshot!(plain(&world, &ran.out), @r"
    session  claude-code 2.0.76, 1 message, 7 answers
    commit   COMMIT (by time: the last of the branch `main` before 2026-03-02T09:00:00.000Z)
    folder   . (/home/somebody/code/adder is the root of the repository)
    changed  NOTES.md, lib/add.sh
    checks   failed early, passed late: sh tests/run.sh
    script   6 steps: 2 run, 1 read, 1 patch, 1 write, 1 say
    not recovered, or to be looked at:
      - calls that a script has no word for: 1 Grep
    wrote scenarios/the-tests-of-the-adder-fail
    ok       the-tests-of-the-adder-fail: 1 check, 0 mutations
    ");
    let name = "the-tests-of-the-adder-fail";
    insta::assert_snapshot!(world.read(&format!("scenarios/{name}/script.yaml")), @r"
    # Made of a session of claude-code 2.0.76, begun 2026-03-02T09:00:00.000Z.
    # Commit: by time: the last of the branch `main` before 2026-03-02T09:00:00.000Z. Read it before you rely on it.
    steps:
      - id: run-1
        do:
          - run: {cmd: sh tests/run.sh}
      - id: read-2
        do:
          - read: {path: lib/add.sh}
      - id: patch-3
        do:
          - patch: |
              *** Begin Patch
              *** Update File: lib/add.sh
              @@
               # Adds two numbers.
               add() {
              -	echo $(($1 - $2))
              +	echo $(($1 + $2))
               }
              *** End Patch
      - id: write-4
        do:
          - write:
              path: NOTES.md
              text: |
                It adds.
      - id: run-5
        do:
          - run: {cmd: sh tests/run.sh}
      - id: say-6
        do:
          - say: It adds now.
    ");
    // The bundle holds the files, and nothing of the repository is needed any more.
    std::fs::remove_dir_all(world.path("adder")).unwrap();
    let ran = world.unreel(&["verify", name]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = world.unreel(&["run", name, "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_session_of_the_real_codex_becomes_a_scenario_that_holds() {
    let Some(codex) = codex_cli::Codex::new(codex_cli::PINNED) else { return };
    let world = World::new();
    let (adder, commit) = adder(&world);
    // Codex works in a clone, at that commit.
    let work = codex.work().display().to_string();
    adder.git(&["clone", "-q", ".", &work]);
    adder.git(&["-C", &work, "checkout", "-q", &commit]);
    let yaml = "summary: mend\nseed: {git: ../../adder, commit: COMMIT}\nmessages:\n  - text: The \
                tests fail. Mend it.\nchecks:\n  - name: tests\n    run: {cmd: sh \
                tests/run.sh}\n    on_seed: {exit: 1}\n";
    world.write("scenarios/tiny/scenario.yaml", yaml.replace("COMMIT", &commit));
    std::fs::remove_dir_all(world.path("scenarios/tiny/repo")).unwrap();
    world.write(
        "scenarios/tiny/script.yaml",
        MODEL.replace("PATCH", &PATCH.replace('\n', "\n          ")),
    );
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_unreel"))
        .args(["serve", "--script", "--scenario", "tiny", "--port", "0"])
        .current_dir(world.path(""))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(server.stdout.take().unwrap()).lines();
    let url = lines
        .map(Result::unwrap)
        .find_map(|line| line.strip_prefix("export OPENAI_BASE_URL=").map(str::to_owned));
    let ran = codex.exec(&url.unwrap(), &["The tests fail. Mend it."]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ran.said().last(), Some(&"It adds now."), "{ran:#?}");
    let rollouts = codex.rollouts();
    let log = rollouts[0].display().to_string();
    let ran = world.unreel(&["new", "--from-session", &log, "--repo", &work, "--name", "mend"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(&format!("commit   {commit} (from the log)")), "{}", ran.out);
    assert!(ran.out.contains("changed  lib/add.sh\n"), "{}", ran.out);
    assert!(
        ran.out.contains("checks   failed early, passed late: sh tests/run.sh\n"),
        "{}",
        ran.out
    );
    let script = world.read("scenarios/mend/script.yaml");
    let patch = PATCH.replace('\n', "\n          ");
    assert!(script.contains(patch.trim_end()), "{script}");
    let ran = world.unreel(&["run", "mend", "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

/// What the model does in the session of the real Codex.
const MODEL: &str = "steps:
  - id: look
    do: [{say: I run the tests.}, {run: {cmd: sh tests/run.sh}}]
  - id: read
    do: [{read: {path: lib/add.sh}}]
  - id: mend
    do:
      - patch: |
          PATCH
  - id: test
    do: [{run: {cmd: sh tests/run.sh}}]
  - id: done
    do: [{say: It adds now.}]
";

/// Makes a scenario of a log in the world; what is said, the temporary folder replaced.
fn made(world: &World, log: &str, more: &[&str]) -> (i32, String, String) {
    world.write("session.jsonl", log);
    let _ = std::fs::remove_dir_all(world.path("scenarios/made"));
    let mut args = vec!["new", "--from-session", "session.jsonl"];
    if !more.contains(&"--name") {
        args.extend(["--name", "made"]);
    }
    args.extend(more);
    let ran = world.unreel(&args);
    (ran.code, plain(world, &ran.out), plain(world, &ran.err))
}

#[test]
fn a_test_that_came_with_the_session_does_not_fail_on_the_seed() {
    let world = World::new();
    let repository = Repository::new(world.path("adder"));
    repository.write("lib/add.sh", BROKEN);
    let commit = repository.commit("first");
    let mut log = Codex::new(FOLDER, &commit);
    log.user("Write a test and mend what it finds.");
    let lines: String = TEST.lines().map(|line| format!("+{line}\n")).collect();
    log.patches(&format!("*** Begin Patch\n*** Add File: tests/run.sh\n{lines}*** End Patch\n"));
    let test = "sh tests/run.sh 2>/dev/null || test ! -e tests/run.sh";
    log.runs(test, FOLDER, 1, "FAIL: add 2 3\n");
    log.user("Go on.");
    log.patches(PATCH);
    log.runs(test, FOLDER, 0, "ok\n");
    log.says("Done.");
    let (code, out, err) = made(&world, &log.text(), &["--repo", "adder"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    insta::assert_snapshot!(out, @r"
    session  codex 0.149.0, 2 messages, 5 answers
    commit   COMMIT (from the log)
    folder   . (/home/somebody/code/adder is the root of the repository)
    changed  lib/add.sh, tests/run.sh
    checks   failed early, passed late: sh tests/run.sh 2>/dev/null || test ! -e tests/run.sh
    script   6 steps: 2 patch, 2 run, 2 say
    not recovered, or to be looked at:
      - `sh tests/run.sh 2>/dev/null || test ! -e tests/run.sh` failed in the session, and passes on the seed: what made it fail came later
      - no command tells the seed from the solution: checks compare lines of files, write better ones
      - turns that end without a word of the model: the script ends them with a line (1)
    wrote scenarios/made
    ok       made: 3 checks, 0 mutations
    ");
    insta::assert_snapshot!(checks(&world), @r#"
    checks:
      - name: 'passes: sh tests/run.sh 2>/dev/null || test ! -e tests/run.sh'
        run: {cmd: 'sh tests/run.sh 2>/dev/null || test ! -e tests/run.sh', seconds: 120}
        on_seed: {holds: true}
      - name: lib/add.sh holds what the session wrote
        file:
          path: lib/add.sh
          text: {contains: ['echo $(($1 + $2))']}
        on_seed: {contains: 'echo $(($1 - $2))'}
      - name: tests/run.sh holds what the session wrote
        file:
          path: tests/run.sh
          text: {contains: ['[ "$(add 2 3)" = 5 ] || { echo "FAIL: add 2 3"; exit 1; }']}
        on_seed: {missing: true}
    "#);
    let ran = world.unreel(&["run", "made", "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn what_the_session_committed_is_part_of_the_solution() {
    let world = World::new();
    let (_, commit) = adder(&world);
    let mut log = Codex::new(FOLDER, &commit);
    log.user("Mend it and commit.");
    log.runs("sh tests/run.sh", FOLDER, 1, "FAIL\n");
    log.patches(PATCH);
    log.runs("git mv README.md READ.md && git commit -qam mended", FOLDER, 0, "");
    log.runs("sh tests/run.sh", FOLDER, 0, "ok\n");
    log.says("Done.");
    let (code, out, err) = made(&world, &log.text(), &["--repo", "adder"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("changed  READ.md, README.md, lib/add.sh\n"), "{out}");
    // Where commands would see this machine's files, those of the log are not run.
    let (code, out, _) = made(&world, &log.text(), &["--repo", "adder", "--sandbox", "none"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("changed  lib/add.sh\n"), "{out}");
    let why = "commands that write, not done again: the sandbox cannot keep files apart here (1)";
    assert!(out.contains(why), "{out}");
}

/// The checks of the scenario that was made.
fn checks(world: &World) -> String {
    let yaml = world.read("scenarios/made/scenario.yaml");
    let from = yaml.find("checks:").unwrap();
    yaml[from..yaml.find("budgets:").unwrap()].to_owned()
}

#[test]
fn the_files_of_a_commit_can_be_the_solution() {
    let world = World::new();
    let (repository, commit) = adder(&world);
    let mut log = Codex::new(FOLDER, &commit);
    log.user("Mend it.");
    log.runs("sh tests/run.sh", FOLDER, 1, "FAIL\n");
    // Mended by a tool that nobody here knows.
    log.item(
        &json!({"type": "function_call", "name": "mender", "arguments": "{}", "call_id": "m"}),
    );
    log.item(&json!({"type": "function_call_output", "call_id": "m", "output": "mended"}));
    log.runs("sh tests/run.sh", FOLDER, 0, "ok\n");
    log.says("Done.");
    let (code, out, err) = made(&world, &log.text(), &["--repo", "adder"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(format!("{out}{err}"), @r"
    session  codex 0.149.0
    began    2026-03-02T09:00:00.000Z
    folder   /home/somebody/code/adder
    commit   COMMIT
    branch   main
    origin   https://example.invalid/adder.git
    holds    1 message of the user, 4 answers
    not recovered, or to be looked at:
      - calls that a script has no word for: 1 mender
    error: session.jsonl: no scenario: the session's changes, done again on the commit, leave every file as it is: there is nothing to check
    help: if a commit holds what came of it, name that: --final COMMIT
    ");
    repository.write("bin/adder", "#!/bin/sh\n");
    repository.executable("bin/adder");
    std::fs::remove_file(repository.path.join("README.md")).unwrap();
    std::os::unix::fs::symlink("lib/add.sh", repository.path.join("add")).unwrap();
    repository.commit("more");
    let (code, out, err) = made(&world, &log.text(), &["--repo", "adder", "--final", "main"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("changed  README.md, add, bin/adder, lib/add.sh\n"), "{out}");
    assert!(out.contains("  - calls that a script has no word for: 1 mender\n"), "{out}");
}

#[test]
fn a_session_in_a_folder_of_the_repository_with_edits_side_by_side() {
    let world = World::new();
    let repository = Repository::new(world.path("mono"));
    for name in ["one", "two"] {
        repository.write(&format!("pkg/adder/{name}.txt"), "start\nmiddle\nend\n");
    }
    repository
        .write("pkg/adder/test.sh", "grep -q START one.txt && grep -q END ../adder/one.txt\n");
    let commit = repository.commit("first");
    let mut log = Codex::new(&format!("{FOLDER}/pkg/adder"), &commit);
    log.user("Shout.");
    log.runs("sh test.sh", &format!("{FOLDER}/pkg/adder"), 1, "");
    log.runs(&format!("cat {FOLDER}/pkg/adder/one.txt"), &format!("{FOLDER}/pkg"), 0, "start\n");
    let patch = |from: &str, to: &str| {
        format!(
            "*** Begin Patch\n*** Update File: {FOLDER}/pkg/adder/one.txt\n@@\n-{from}\n+{to}\n*** End Patch"
        )
    };
    // Two calls in one answer, on one file.
    for (id, patch) in [("a", patch("start", "START")), ("b", patch("end", "END"))] {
        log.item(&json!({"type": "custom_tool_call", "call_id": id, "name": "apply_patch", "input": patch}));
    }
    for id in ["a", "b"] {
        log.item(&json!({"type": "custom_tool_call_output", "call_id": id, "output": "Exit code: 0\nOutput:\nSuccess."}));
    }
    log.runs("sh test.sh", &format!("{FOLDER}/pkg/adder"), 0, "");
    log.says("DONE.");
    let (code, out, err) = made(&world, &log.text(), &["--repo", "mono"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    insta::assert_snapshot!(out, @r"
    session  codex 0.149.0, 1 message, 5 answers
    commit   COMMIT (from the log)
    folder   pkg/adder (/home/somebody/code/adder is the root of the repository)
    changed  pkg/adder/one.txt
    checks   failed early, passed late: cd pkg/adder && sh test.sh
    script   6 steps: 3 run, 2 patch, 1 say
    wrote scenarios/made
    ok       made: 1 check, 0 mutations
    ");
    insta::assert_snapshot!(checks(&world), @r"
    checks:
      - name: 'passes: cd pkg/adder && sh test.sh'
        run: {cmd: 'cd pkg/adder && sh test.sh', seconds: 120}
        on_seed: {exit: 1}
    ");
    insta::assert_snapshot!(world.read("scenarios/made/script.yaml"), @r"
    # Made of a session of codex 0.149.0, begun 2026-03-02T09:00:00.000Z.
    # Commit: from the log. Read it before you rely on it.
    steps:
      - id: run-1
        do:
          - run: {cmd: sh test.sh}
      - id: run-2
        do:
          - run: {cmd: cat /workspace/pkg/adder/one.txt, workdir: '..'}
      - id: patch-3
        do:
          - patch: |
              *** Begin Patch
              *** Update File: one.txt
              @@
              -start
              +START
              *** End Patch
      - id: patch-4
        do:
          - patch: |
              *** Begin Patch
              *** Update File: one.txt
              @@
              -end
              +END
              *** End Patch
      - id: run-5
        do:
          - run: {cmd: sh test.sh}
      - id: say-6
        do:
          - say: DONE.
    ");
    let ran = world.unreel(&["run", "made", "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(world.unreel(&["verify", "made", "--mutate"]).code, 0);
}

#[test]
fn secrets_and_homes_do_not_get_into_a_scenario() {
    let world = World::new();
    let (_, commit) = adder(&world);
    let key = ["sk-proj-", "9fJ2kLm3Nq8Rt5Vw7Xz1Bc4Df6Gh0Jk2Lm4Np6Qr8St"].concat();
    let mut log = Codex::new(FOLDER, &commit);
    log.user(&format!("Use the key {key} and mend {FOLDER}/lib."));
    log.runs("sh tests/run.sh", FOLDER, 1, "FAIL\n");
    log.runs(&format!("KEY={key} true"), FOLDER, 0, "");
    log.patches(PATCH);
    log.patches(&format!("*** Begin Patch\n*** Add File: key\n+{key}\n*** End Patch\n"));
    log.runs("sh tests/run.sh", FOLDER, 0, "ok\n");
    log.says(&format!("I used {key}."));
    let (code, out, err) = made(&world, &log.text(), &["--repo", "adder"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("  - secrets in the log, replaced by placeholders: "), "{out}");
    for file in ["scenario.yaml", "script.yaml", "solution.patch"] {
        let text = world.read(&format!("scenarios/made/{file}"));
        assert!(!text.contains(&key) && !text.contains("somebody"), "{file}: {text}");
    }
    assert_eq!(world.unreel(&["run", "made", "--script"]).code, 0);
}

#[test]
fn what_cannot_become_a_scenario_says_why() {
    let world = World::new();
    let (_, commit) = adder(&world);
    let repo: &[&str] = &["--repo", "adder"];
    let says = |log: &str, more: &[&str]| {
        let (code, out, err) = made(&world, log, more);
        assert_eq!(code, 2, "{out}{err}");
        assert!(!world.path("scenarios/made").exists());
        format!("{out}{err}")
    };
    insta::assert_snapshot!(says("no log\n", repo), @r"
    error: session.jsonl: this is no log of a session
    help: Codex keeps them in ~/.codex/sessions, Claude Code in ~/.claude/projects
    ");
    insta::assert_snapshot!(says("{\"a\": 1}\n", repo), @r"
    error: session.jsonl: this is no log of a session
    help: Codex keeps them in ~/.codex/sessions, Claude Code in ~/.claude/projects
    ");
    insta::assert_snapshot!(says(&codex(&commit).text(), &[]), @r"
    session  codex 0.149.0
    began    2026-03-02T09:00:00.000Z
    folder   /home/somebody/code/adder
    commit   COMMIT
    branch   main
    origin   https://example.invalid/adder.git
    holds    2 messages of the user, 9 answers
    error: session.jsonl: the log does not hold the files that the session began with
    help: clone the repository (https://example.invalid/adder.git at
      COMMIT) and name it: --repo PATH
    ");
    let none = "0123456789012345678901234567890123456789";
    insta::assert_snapshot!(says(&codex(none).text(), repo), @r"
    session  codex 0.149.0
    began    2026-03-02T09:00:00.000Z
    folder   /home/somebody/code/adder
    commit   COMMIT
    branch   main
    origin   https://example.invalid/adder.git
    holds    2 messages of the user, 9 answers
    error: session.jsonl: no scenario: the log names the commit COMMIT, which the repository does not have
    help: fetch it, or say where the session began: --commit COMMIT
    ");
    insta::assert_snapshot!(says(&codex(&commit).text(), &["--repo", "nowhere"]), @r"
    session  codex 0.149.0
    began    2026-03-02T09:00:00.000Z
    folder   /home/somebody/code/adder
    commit   COMMIT
    branch   main
    origin   https://example.invalid/adder.git
    holds    2 messages of the user, 9 answers
    error: session.jsonl: no scenario: nowhere: there is no git repository here
    ");
    insta::assert_snapshot!(says(&codex(&commit).text(), &["--repo", "adder", "--commit", "v9"]), @r"
    session  codex 0.149.0
    began    2026-03-02T09:00:00.000Z
    folder   /home/somebody/code/adder
    commit   COMMIT
    branch   main
    origin   https://example.invalid/adder.git
    holds    2 messages of the user, 9 answers
    error: session.jsonl: no scenario: the repository has no commit `v9`
    ");
    let mut silent = Codex::new(FOLDER, &commit);
    silent.runs("ls", FOLDER, 0, "lib\n");
    let said = says(&silent.text(), repo);
    assert!(said.contains("no scenario: the log holds no message of a user"), "{said}");
    let mut idle = Codex::new(FOLDER, &commit);
    idle.user("Hello.");
    idle.says("Hello.");
    let said = says(&idle.text(), repo);
    assert!(said.contains("the session never ran a command and changed no file"), "{said}");
    let early = claude().text().replace("2026-03-02", "2025-03-02");
    let said = says(&early, repo);
    assert!(said.contains("the branch `main` has none before 2025-03-02T09:00:00.000Z"), "{said}");
    let said = says(&codex(&commit).text(), &["--repo", "adder", "--name", "a/b"]);
    assert!(said.contains("`a/b` cannot be the name of a scenario"), "{said}");
    // What is there is not touched.
    world.write("session.jsonl", codex(&commit).text());
    let args = ["new", "--from-session", "session.jsonl", "--repo", "adder", "--name", "tiny"];
    let ran = world.unreel(&args);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("scenarios/tiny: there is such a folder already"), "{}", ran.err);
    assert!(world.read("scenarios/tiny/scenario.yaml").contains("a word is changed"));
    let ran = world.unreel(&["new", "--from-session", "nowhere.jsonl", "--repo", "adder"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("nowhere.jsonl"), "{}", ran.err);
}

#[test]
fn a_program_that_is_not_here_is_named_and_the_check_is_that_of_the_log() {
    let world = World::new();
    let (_, commit) = adder(&world);
    let mut log = Codex::new(FOLDER, &commit);
    log.user("Mend it.");
    log.runs("zig build test", FOLDER, 3, "FAIL\n");
    log.patches(PATCH);
    log.runs("zig build test", FOLDER, 0, "");
    log.says("Done.");
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::split_paths(&path).filter(|folder| !folder.join("zig").exists());
    let path = std::env::join_paths(path).unwrap();
    world.write("session.jsonl", log.text());
    let mut command = world.command(&[
        "new",
        "--from-session",
        "session.jsonl",
        "--repo",
        "adder",
        "--name",
        "made",
    ]);
    command.env("PATH", path);
    let ran = world::ran(command);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("  - `zig build test` could not be tried: zig is not here\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("skipped  made: needs zig: not found on PATH\n"), "{}", ran.out);
    let yaml = world.read("scenarios/made/scenario.yaml");
    assert!(yaml.contains("requires: [zig]\n") && yaml.contains("on_seed: {exit: 3}"), "{yaml}");
}

#[test]
fn the_real_rollout_says_what_it_lacks() {
    let place =
        "sessions/codex/rollout-2026-05-11T11-26-55-019e1625-789d-76c0-80ab-3724b5ddb799.jsonl";
    let Some(log) = data::data(place) else { return };
    let world = World::new();
    adder(&world);
    let log = log.display().to_string();
    let ran = world.unreel(&["new", "--from-session", &log]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.contains("2 messages of the user, 66 answers"), "{}", ran.out);
    assert!(ran.err.contains("name it: --repo PATH"), "{}", ran.err);
    let ran = world.unreel(&["new", "--from-session", &log, "--repo", "adder"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("which the repository does not have"), "{}", ran.err);
    assert!(!world.path("tmp").read_dir().unwrap().any(|_| true));
}
