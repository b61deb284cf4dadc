//! Agents that do badly: each ends in a result that is clear and not green.

use super::program::skipped;
use super::runs::{NEWEST, codex};
use super::world::{Ran, TINY, World};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// A world with a program of the test's own.
fn world(name: &str, program: &str) -> World {
    let world = World::new();
    world.write(name, program);
    world
}

/// `unreel run tiny --agent AGENT ARGS` there.
fn run(world: &World, agent: &str, args: &[&str]) -> Ran {
    world.unreel(&[&["run", "tiny", "--agent", agent, "--out", "out"][..], args].concat())
}

#[test]
fn one_that_says_done_without_doing_fails_by_the_checks() {
    let world = world("agent.sh", "echo 'All done, boss.'\n");
    let ran = run(&world, "command:sh agent.sh", &["--script"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r#"
    FAIL: tiny+command: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    "#);
}

#[test]
fn one_that_gets_there_without_the_model_fails_too() {
    let world = world("agent.sh", "printf 'goodbye\\n' >a.txt\n");
    let ran = run(&world, "command:sh agent.sh", &["--script"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @"FAIL: tiny+command: the agent ended before step look: 3 of 3 steps are unplayed");

    // A recording that nobody asks for.
    assert_eq!(world.unreel(&["record", "tiny"]).code, 0);
    let own = world.path("recordings/command");
    std::fs::create_dir(&own).unwrap();
    std::fs::rename(world.path("recordings/tiny.jsonl"), own.join("tiny.jsonl")).unwrap();
    let ran = run(&world, "command:sh agent.sh", &[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @"FAIL: tiny+command: the agent ended, and 3 of 3 recorded exchanges are unplayed");
    assert!(ran.out.contains("3 unplayed"), "{}", ran.out);
}

#[test]
fn one_that_fails_is_quoted() {
    let program = "echo half >a.txt; echo 'no model found: give --model' >&2; exit 3\n";
    let ran = run(&world("agent.sh", program), "command:sh agent.sh", &["--script"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @"FAIL: tiny+command: exit code 3: no model found: give --model");
}

#[test]
fn a_tool_that_nobody_advertises_is_named_with_those_that_are() {
    let program = r#"
import json, os, sys, urllib.request
body = {"model": "m", "input": sys.argv[1], "tools": [
    {"type": "function", "name": "frobnicate", "parameters": {"type": "object", "properties": {}}}]}
request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/responses",
    json.dumps(body).encode(), {"content-type": "application/json"})
try:
    urllib.request.urlopen(request)
except urllib.request.HTTPError as error:
    sys.exit(json.load(error)["error"]["message"])
"#;
    let world = world("agent.py", program);
    let ran = run(&world, "command:python3 agent.py", &["--script"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.problems(), @r"
    FAIL: tiny+command: exit code 1: script tiny, step look: the verb `run` needs a shell, such as
      `exec_command` or `bash`; the agent advertises frobnicate
      help: say in the agent file, under `dialect`, which of its tools does this, or write the step of
      script.yaml with another verb
    ");
}

#[test]
fn a_call_of_a_tool_with_a_wrong_name_fails_by_the_checks() {
    let Some(codex) = codex(NEWEST) else { return };
    let world = World::new();
    let script = "steps:
  - id: wrong
    do:
      - raw: {tool: frobnicate, arguments: '{}'}
  - id: done
    do:
      - say: Done.
";
    world.scenario("tiny", TINY, script);
    let ran = run(&world, "codex", &["--script", "--agent-path", &codex]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.problems(), @r#"
    FAIL: tiny+codex: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    "#);
    let log = world.read("out/journal.jsonl");
    assert!(log.contains("\"tool\":\"frobnicate\""), "{log}");
}

#[test]
fn one_that_is_not_installed_is_an_error_with_help() {
    let world = World::new();
    let mut command =
        world.command(&["run", "tiny", "--agent", "codex", "--script", "--out", "out"]);
    let ran = super::world::ran({
        command.env("PATH", world.path("nothing"));
        command
    });
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.error(), @r"
    error: agent codex needs codex: not found on PATH
    help: install it, put it on PATH, or say where it is with --agent-path
    ");
    let ran = run(&world, "codex", &["--script", "--agent-path", "elsewhere"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.error(), @r"
    error: agent codex needs codex: not found at the given path
    help: install it, put it on PATH, or say where it is with --agent-path
    ");
    assert!(!world.path("out").exists());
}

/// The processes of this machine that have a word in their command line.
fn running(word: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines =
        entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(word)).collect()
}

#[test]
fn one_that_hangs_is_killed_at_the_budget_with_all_that_it_started() {
    // Seconds that nothing else on this machine sleeps.
    let marker = format!("86431.{}", std::process::id());
    let program = format!("setsid sleep {marker} & sleep {marker} & exec sleep {marker}\n");
    let world = world("agent.sh", &program);
    world.write("scenarios/tiny/scenario.yaml", format!("{TINY}budgets: {{seconds: 3}}\n"));
    let seen = thread::scope(|scope| {
        let run = scope.spawn(|| run(&world, "command:sh agent.sh", &["--script"]));
        let start = Instant::now();
        while running(&marker).len() < 3 && start.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(20));
        }
        let seen = running(&marker).len();
        (seen, run.join().unwrap())
    });
    let (seen, ran) = seen;
    assert_eq!(seen, 3, "they hung");
    assert_eq!(running(&marker), Vec::<String>::new());
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    TIMEOUT: tiny+command: `budgets.seconds` (3) is used up
      help: a command or an answer hung; if the work needs longer, raise `budgets.seconds` in
      scenario.yaml
    ");
    assert_eq!(world.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn two_agents_at_once_on_the_same_port_do_not_meet() {
    let Some(codex) = codex(NEWEST) else { return };
    let worlds = [World::new(), World::new()];
    let urls = thread::scope(|scope| {
        let run = |world| {
            let options = ["--script", "--agent-path", &codex, "--sandbox", "require"];
            let ran = run(world, "codex", &options);
            (ran.code, ran.out, ran.err)
        };
        let runs = worlds.each_ref().map(|world| scope.spawn(move || run(world)));
        runs.map(|run| run.join().unwrap())
    });
    for (code, out, err) in urls {
        if err.contains("sandbox") && code == 3 {
            return skipped(&format!("no whole sandbox here: {err}"));
        }
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("1 passed · 0 drift · 0 unplayed"), "{out}");
    }
}

#[test]
fn nothing_but_the_server_can_be_reached() {
    let Some(codex) = codex(NEWEST) else { return };
    // Codex itself, behind a script that looks around first.
    let world = world("look.sh", "cat /proc/net/dev /proc/net/route\nexec codex \"$@\"\n");
    let shipped = unreel::external::shipped("codex").unwrap();
    let file = shipped
        .replace("name: codex\n", "name: looking\n")
        .replace("program: codex\n", "program: sh\nrequires: [sh, codex]\n")
        .replace("start:\n", "start:\n  - '{project}/look.sh'\n");
    world.write("looking.yaml", file);
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command =
        world.command(&["run", "tiny", "--agent", "looking.yaml", "--script", "--out", "out"]);
    command.env("PATH", format!("{codex}/bin:{path}"));
    let ran = super::world::ran(command);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    if ran.err.contains("sandbox: missing") {
        return skipped(&ran.err);
    }
    let log = world.read("out/runs/tiny@base+looking#1/timing.agent.log");
    let interfaces: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, rest)| rest.split_whitespace().count() == 16 && !name.contains('{'))
        .map(|(name, _)| name.trim())
        .collect();
    assert_eq!(interfaces, ["lo"], "{log}");
    let routes = log.lines().skip_while(|line| !line.starts_with("Iface\t")).skip(1);
    let routes: Vec<&str> = routes.take_while(|line| !line.starts_with('{')).collect();
    assert!(routes.iter().all(|line| line.starts_with("lo\t")), "{routes:?}");
    assert!(log.contains("\"thread.started\"") && log.contains("Iface\t"), "{log}");
}

#[test]
fn the_way_to_a_program_may_be_given_from_the_folder() {
    let world = world("bin/agent", "#!/bin/sh\necho wrong way >&2\nexit 5\n");
    make_executable(&world.path("bin/agent"));
    let ran = run(&world, "command:bin/agent", &["--script"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.problems().contains("exit code 5: wrong way"), "{}", ran.problems());
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn one_that_asks_too_often_is_ended_before_the_checks() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        return skipped("no python3 on PATH");
    }
    // It goes on whatever it is told; a thread shows that it lives, also while it waits for answers.
    let program = "import os, threading, time, urllib.request\n\
        def live():\n    while True:\n        \
        open('alive.txt', 'a').write('x')\n        time.sleep(0.05)\n\
        threading.Thread(target=live, daemon=True).start()\n\
        while True:\n    try:\n        \
        urllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/responses', b'{}')\n    \
        except Exception:\n        pass\n    time.sleep(0.05)\n";
    let world = world("agent.py", program);
    let still = "  - name: it is still\n    run:\n      cmd: |\n        \
        a=$(wc -c <alive.txt); sleep 1; b=$(wc -c <alive.txt); [ $a = $b ] && echo still\n      \
        output: {equals: still}\n    on_seed: {exit: 2}\n";
    let text = format!("{TINY}{still}budgets: {{requests: 3}}\n");
    world.write("scenarios/tiny/scenario.yaml", text);
    let ran = run(&world, "command:python3 agent.py", &["--script"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("UNFINISHED"), "{}", ran.out);
    let journal = std::fs::read_to_string(world.path("out/journal.jsonl")).unwrap();
    let check = journal.lines().find(|line| line.contains("it is still")).unwrap();
    assert!(check.contains("\"passed\":true"), "{check}");
}
