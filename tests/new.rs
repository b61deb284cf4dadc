//! From a session to a regression test: `unreel new --from-session`.

#[path = "support/repository.rs"]
mod repository;
#[path = "support/session_logs.rs"]
mod session_logs;
#[path = "support/world.rs"]
mod world;

use repository::Repository;
use serde_json::json;
use session_logs::{Claude, Codex, FOLDER};
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
        "The tests of the adder fail. Mend it.\nLook at /home/somebody/work/adder/tests first.",
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
    folder   . (/home/somebody/work/adder is the root of the repository)
    changed  README.md, lib/add.sh
    checks   failed early, passed late: sh tests/run.sh
    script   8 steps: 4 run, 1 plan, 1 patch, 2 say
    not recovered, or to be looked at:
      - calls that reach out of the repository: left out (1)
      - calls that a script has no word for: 1 web_search_call
      - log, 1 of 9 answers have no usage
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
    folder   . (/home/somebody/work/adder is the root of the repository)
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
