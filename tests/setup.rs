//! `setup:` runs once on the seed; what it leaves is kept, and the same for every run.

#[path = "support/world.rs"]
mod world;

use world::{SCRIPT, TINY, World};

/// `tiny` with a setup of these commands, each a YAML scalar.
fn with_setup(commands: &[&str], more: &str) -> World {
    let world = World::new();
    world.scenario("tiny", &yaml(commands, more), SCRIPT);
    world.write(
        "scenarios/tiny/solution.patch",
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-hello\n+goodbye\n",
    );
    world
}

fn yaml(commands: &[&str], more: &str) -> String {
    let commands: String = commands.iter().map(|cmd| format!("  - {cmd}\n")).collect();
    format!("{TINY}{more}setup:\n{commands}")
}

/// Everything that a setup can leave.
const KINDS: [&str; 2] = [
    "mkdir -p out/empty dir dir-x && echo built > out/made.txt && ln -s made.txt out/link",
    "printf '#!/bin/sh\\necho ran\\n' > dir/tool && chmod +x dir/tool && echo 'out/' > .gitignore && \
     rm -r dir-x && touch 'a b'",
];

const SEEN: &str = "  - name: all kinds are there
    run:
      cmd: |
        set -e
        test \"$(cat out/link)\" = built
        test \"$(dir/tool)\" = ran
        test -d out/empty
        test ! -e dir-x
        git ls-files
        git log --format=%s
        git status --short
      output: {equals: \".gitignore\\na b\\na.txt\\ndir/tool\\nseed\\n M a.txt\"}
    on_seed: {exit: 0, contains: seed}
";

fn digest_of_tree(world: &World) -> String {
    let journal = world.read("reports/latest/journal.jsonl");
    let at = journal.find("\"tree\":\"").unwrap() + 8;
    journal[at..].split('"').next().unwrap().to_owned()
}

/// Names of kept results.
fn kept(world: &World) -> Vec<String> {
    let names = world.names("cache/setup");
    names.into_iter().filter(|name| !name.ends_with(".lock")).collect()
}

#[test]
fn what_the_setup_leaves_is_what_every_run_starts_from() {
    let world = with_setup(&KINDS, SEEN);
    let ran = world.unreel(&["run", "--script", "--trials", "4", "--jobs", "4"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let first = (digest_of_tree(&world), world.read("reports/latest/journal.jsonl"));
    let names = kept(&world);
    assert!(names.len() == 1 && names[0].ends_with(".zst"), "{names:?}");
    let made = std::fs::metadata(world.path("cache/setup").join(&names[0])).unwrap();
    // From what is kept, and made anew in another place: the same journal.
    world.unreel(&["run", "--script", "--trials", "4"]);
    assert_eq!(world.read("reports/latest/journal.jsonl"), first.1);
    let again = std::fs::metadata(world.path("cache/setup").join(&names[0])).unwrap();
    assert_eq!(made.modified().unwrap(), again.modified().unwrap(), "it was not made twice");
    world.unreel(&["run", "--script", "--trials", "4", "--cache-dir", "elsewhere"]);
    assert_eq!(world.read("reports/latest/journal.jsonl"), first.1);
    assert!(world.path("elsewhere/setup").join(&names[0]).is_file());
    // What was damaged is made again.
    std::fs::write(world.path("cache/setup").join(&names[0]), "damaged").unwrap();
    world.unreel(&["run", "--script", "--trials", "4"]);
    assert_eq!(world.read("reports/latest/journal.jsonl"), first.1);
    assert!(std::fs::metadata(world.path("cache/setup").join(&names[0])).unwrap().len() > 100);
    assert!(world.leftovers().is_empty(), "{:?}", world.leftovers());
}

#[test]
fn other_commands_and_another_seed_are_another_result() {
    let world = with_setup(&["cat a.txt > copy.txt"], "");
    world.unreel(&["run", "--script"]);
    assert_eq!(kept(&world).len(), 1);
    world.write("scenarios/tiny/scenario.yaml", yaml(&["cat a.txt > copy.txt", "true"], ""));
    world.unreel(&["run", "--script"]);
    assert_eq!(kept(&world).len(), 2);
    world.write("scenarios/tiny/repo/b.txt", "more\n");
    world.unreel(&["run", "--script"]);
    assert_eq!(kept(&world).len(), 3);
    world.write(
        "scenarios/tiny/scenario.yaml",
        yaml(&["cat a.txt > copy.txt"], "requires: [git]\n"),
    );
    world.unreel(&["run", "--script"]);
    assert_eq!(kept(&world).len(), 4, "versions of the programs count");
    world.write("scenarios/tiny/variants/other.yaml", "files: {c.txt: laid over the seed}\n");
    world.unreel(&["run", "--script", "--variant", "other"]);
    assert_eq!(kept(&world).len(), 5);
    world.write("scenarios/tiny/scenario.yaml", yaml(&["cat a.txt > copy.txt"], ""));
    std::fs::remove_file(world.path("scenarios/tiny/repo/b.txt")).unwrap();
    world.unreel(&["run", "--script"]);
    assert_eq!(kept(&world).len(), 5, "the first one again");
}

#[test]
fn a_setup_that_fails_is_no_failure_of_the_agent() {
    let world = with_setup(&["echo one", "echo trying; cat nowhere"], "");
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    insta::assert_snapshot!(ran.problems(), @r"
    ERROR: tiny: the setup of the scenario failed: `echo trying; cat nowhere` ends with exit code 1:
      trying
      cat: nowhere: No such file or directory
      help: this machine failed, not the agent: mend what is named, and run again
    ");
    assert!(kept(&world).is_empty());
    let ran = world.unreel(&["verify"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    FINDINGS tiny: 1 check, 0 mutations
             workspace: cannot be made
               found: the setup of the scenario failed: `echo trying; cat nowhere` ends with exit code 1:
                 trying
                 cat: nowhere: No such file or directory
    1 scenario · 0 mutations · 1 with findings
    ");
    world.write("scenarios/tiny/scenario.yaml", yaml(&["sleep 20"], "budgets: {setup: 1}\n"));
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 3);
    assert!(ran.problems().contains("is not done after 1 s (`budgets.setup`)"), "{}", ran.out);
}

#[test]
fn a_setup_that_varies_is_a_finding() {
    let world = with_setup(&["od -An -N8 -tx1 /dev/urandom > id.txt", "echo same > same.txt"], "");
    let ran = world.unreel(&["verify"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    FINDINGS tiny: 1 check, 0 mutations
             setup: two executions leave different files: no two machines would run the same scenario
               expected: the same files, whenever and wherever it is run
               found: M id.txt
    1 scenario · 0 mutations · 1 with findings
    ");
    // Runs agree all the same: what is kept is one of the results.
    let ran = world.unreel(&["run", "--script", "--trials", "4", "--jobs", "4"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    world.write("scenarios/tiny/scenario.yaml", yaml(&["echo same > same.txt"], ""));
    let ran = world.unreel(&["verify"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn the_network_is_off_and_the_commit_of_the_seed_is_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let ask = format!("git ls-remote git://127.0.0.1:{port}/x > net.txt 2>&1 && exit 9 || true");
    let check = "  - name: subject
    file: {path: subject.txt, text: {equals: seed}}
    on_seed: {holds: true}
";
    let world = with_setup(&[&ask, "git log --format=%s > subject.txt"], check);
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(listener.accept().is_err(), "nobody has come");
}

#[test]
fn a_folder_that_cannot_be_written_is_named_as_the_cause() {
    let world = with_setup(&["true"], "");
    world.write("file", "");
    let ran = world.unreel(&["run", "--script", "--cache-dir", "file"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.problems(), @r"
    ERROR: tiny: results of setups cannot be kept: Not a directory (os error 20) (--cache-dir or
      UNREEL_CACHE names the folder)
      help: this machine failed, not the agent: mend what is named, and run again
    ");
    let ran = world.unreel(&["verify", "--cache-dir", "file"]);
    assert_eq!(ran.code, 3);
    world.write("scenarios/tiny/scenario.yaml", yaml(&["' '"], ""));
    let ran = world.unreel(&["run", "--script"]);
    assert!(ran.err.contains("the command is empty (at setup/0)"), "{}", ran.err);
}
