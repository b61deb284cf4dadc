//! An agent of somebody's own, in a repository of their own: from nothing to a passing replay.

#[path = "support/clients.rs"]
mod clients;
#[path = "support/world.rs"]
mod world;

use assert_cmd::Command;
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;
use world::{Ran, SCRIPT, TINY, ran};

/// A folder outside of this repository; what is run in it is counted.
struct Folder {
    folder: TempDir,
    commands: u32,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), commands: 0 }
    }

    /// With an agent of one page in it, called so; `None`, with a word about it, where the machine
    /// has nothing to run it with.
    fn with_agent(agent: &str, name: &str) -> Option<Self> {
        clients::on_path(if agent.ends_with(".py") { "python3" } else { "node" })?;
        let folder = Self::new();
        let agent = clients::root().join("tests/support/agents").join(agent);
        std::fs::copy(agent, folder.path(name)).unwrap();
        Some(folder)
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).unwrap()
    }

    fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Changes a file, which must hold what is replaced.
    fn change(&self, relative: &str, from: &str, to: &str) {
        let text = self.read(relative);
        assert!(text.contains(from), "{from} in {text}");
        self.write(relative, &text.replace(from, to));
    }

    fn unreel(&mut self, args: &[&str]) -> Ran {
        self.commands += 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_unreel"));
        command.current_dir(&self.folder).env_remove("CI").args(args);
        ran(command)
    }

    /// The same; it must end with 0. Gives standard output.
    fn good(&mut self, args: &[&str]) -> String {
        let ran = self.unreel(args);
        assert_eq!(ran.code, 0, "{args:?}\n{}\n{}", ran.out, ran.err);
        ran.out
    }

    /// The values of a key of the newest report's events of a kind.
    fn events(&self, kind: &str, key: &str) -> Vec<Value> {
        let journal = self.read("reports/latest/journal.jsonl");
        let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter(|event| event["event"] == kind).map(|event| event[key].clone()).collect()
    }
}

#[test]
fn five_commands_lead_from_an_agent_to_a_passing_replay() {
    let python = Folder::with_agent("mini_agent.py", "agent.py");
    let node = Folder::with_agent("mini_agent.mjs", "main.mjs");
    let named = ["init", "--name", "mine", "--command", "node main.mjs {prompt}"];
    for (folder, name, init) in [(python, "agent", &named[..1]), (node, "mine", &named[..])] {
        let Some(mut folder) = folder else { continue };
        let said = folder.good(init);
        assert!(said.contains("wrote unreel.toml\n") && said.contains("next, with 1 scenario"));
        let said = folder.good(&["verify", "--mutate"]);
        assert!(said.contains("0 with findings"), "{said}");
        let said = folder.good(&["learn"]);
        assert_eq!(said, format!("{name} on first: 4 requests, equal in both runs\n"));
        let said = folder.good(&["record", "first"]);
        assert_eq!(said, format!("recordings/{name}/first.jsonl: 4 exchanges\n"));
        let said = folder.good(&["run"]);
        assert!(said.contains("model: recorded (scripted)"), "{said}");
        assert!(said.contains("\n1 passed · 0 drift · 0 unplayed\n"), "{said}");
        assert_eq!(folder.commands, 5);
        assert_eq!(folder.events("run_started", "provenance"), ["recorded (scripted)"]);
        assert_eq!(folder.events("run_started", "agent"), [name]);
        assert_eq!(folder.events("run_finished", "verdict"), ["pass"]);

        // And it is this agent that was run: without it there is no run.
        folder.change("unreel.toml", "\"{prompt}\"]", "\"--no-such-option\", \"{prompt}\"]");
        assert_eq!(folder.unreel(&["run"]).code, 1);
        assert_eq!(folder.unreel(&["run", "--agent", "builtin", "--script"]).code, 0);
    }
}

/// Two turns, the second of which must know of the first.
const TWO_TURNS: &str = "summary: two words are changed
messages:
  - text: Change hello to goodbye in a.txt.
  - text: And now to farewell.
checks:
  - name: the word is changed twice
    file: {path: a.txt, text: {equals: farewell}}
    on_seed: {contains: hello}
";

#[test]
fn several_turns_by_resume() {
    let Some(mut folder) = Folder::with_agent("mini_agent.py", "loop.py") else { return };
    folder.write("scenarios/two/repo/a.txt", "hello\n");
    folder.write("scenarios/two/scenario.yaml", TWO_TURNS);
    let again = "  - id: again\n    do: [{write: {path: a.txt, text: farewell}}]\n  - id: end\n    do: \
                 [{say: Done too.}]\n";
    folder.write("scenarios/two/script.yaml", &format!("{SCRIPT}{again}"));
    let start = "python3 loop.py --session {home}/history {prompt}";
    let said = folder.good(&["init", "--command", start]);
    assert!(said.contains("for scenarios of several turns, say `resume` in unreel.toml"), "{said}");
    // There are scenarios: no example.
    assert!(!folder.path("scenarios/first").exists());
    let said = folder.unreel(&["record"]);
    assert!(said.err.contains("cannot do this scenario: several turns"), "{}", said.err);

    let resume = "python3 loop.py --resume {home}/history {prompt}";
    folder.good(&["init", "--force", "--command", start, "--resume", resume]);
    folder.good(&["record"]);
    folder.good(&["run"]);
    assert_eq!(folder.events("run_started", "provenance"), ["recorded (scripted)"]);
    assert_eq!(folder.events("turn_finished", "said"), ["Done.", "Done too."]);
}

/// The agent of one page with an id, two kinds of time and a duration in its requests.
fn restless() -> Option<Folder> {
    let folder = Folder::with_agent("mini_agent.py", "agent.py")?;
    folder.change(
        "agent.py",
        "import json\n",
        "import datetime\nimport json\nimport time\nimport uuid\n",
    );
    let fields = "\"store\": False, \"prompt_cache_key\": str(uuid.uuid4()),\n            \
                  \"metadata\": {\"sent_at\": str(int(time.time()))},";
    folder.change("agent.py", "\"store\": False,", fields);
    let started = "f\"You are a coding agent, started {datetime.datetime.now().isoformat()}.\"";
    let plain = "\"You are a coding agent. Work in the current folder.\"";
    folder.change("agent.py", plain, started);
    let timed = "start = time.monotonic()\n    done = subprocess.run(";
    folder.change("agent.py", "done = subprocess.run(", timed);
    let wall = "\\nwall time {time.monotonic() - start} s\\nexit code";
    folder.change("agent.py", "\\nexit code", wall);
    Some(folder)
}

#[test]
fn what_varies_is_learned_written_and_then_equal() {
    let Some(mut folder) = restless() else { return };
    folder.good(&["init"]);
    // Nothing is masked yet: no replay.
    folder.good(&["record"]);
    let replayed = folder.unreel(&["run", "--match", "strict"]);
    assert_eq!(replayed.code, 1);
    assert!(replayed.out.contains("context drift"), "{}", replayed.out);

    let before = folder.read("agent.agent.yaml");
    let learned = folder.unreel(&["learn"]);
    assert_eq!((learned.code, folder.read("agent.agent.yaml")), (1, before.clone()));
    insta::assert_snapshot!(learned.out, @r"
    agent on first: 4 requests, not equal in both runs
    for `rules` under `volatile` in the agent file:
        - name: time instructions
          at: /instructions
          pattern: '^You are a coding agent, started (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)'
          with: zeros
        - name: uuid prompt_cache_key
          at: /prompt_cache_key
          pattern: '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})'
          with: {numbered: uuid}
        - name: number metadata/sent_at
          at: /metadata/sent_at
          pattern: '^(\d+)'
          with: zeros
        - name: decimal input/*/output
          at: /input/*/output
          pattern: '(?m)^wall time (\d+\.\d+)'
          with: {text: '0'}
    unreel learn --write puts them into agent.agent.yaml
    ");

    let said = folder.good(&["learn", "--write"]);
    let end = "wrote 4 rules to agent.agent.yaml; once more:\n\
               agent on first: 4 requests, equal in both runs\n";
    assert!(said.ends_with(end), "{said}");
    let after = folder.read("agent.agent.yaml");
    let head = before.replace("  version: 1\n  rules: []\n", "  version: 2\n  rules:\n");
    let rules = after.strip_prefix(&head).unwrap_or_else(|| panic!("{after}"));
    assert!(learned.out.contains(rules) && rules.lines().count() == 16, "{rules}");

    folder.good(&["record"]);
    assert!(folder.read("recordings/agent/first.jsonl").contains("\"rules\":{\"agent\":2}"));
    folder.good(&["run"]);
    assert_eq!(folder.events("run_started", "provenance"), ["recorded (scripted)"]);
    assert_eq!(folder.good(&["learn"]), "agent on first: 4 requests, equal in both runs\n");
}

/// What unreel knows of Codex, it could have learned.
#[test]
fn the_rules_of_codex_are_found_from_nothing() {
    let Some(codex) = clients::installed("codex", "codex-0.169.0/bin/codex") else { return };
    let mut folder = Folder::new();
    folder.good(&["init", "--command", "./nobody"]);
    let shipped = std::fs::read_to_string(clients::root().join("src/external/agents/codex.yaml"));
    let shipped = shipped.unwrap().replacen("name: codex", "name: bare", 1);
    let (bare, _) = shipped.split_once("\nvolatile:").unwrap();
    folder.write("bare.agent.yaml", bare);
    let whose = ["--agent", "bare.agent.yaml", "--agent-path", codex.to_str().unwrap()];
    let said = folder.good(&[&["learn", "--write"], &whose[..]].concat());
    assert!(said.ends_with("bare on first: 4 requests, equal in both runs\n"), "{said}");
    assert!(folder.read("bare.agent.yaml").contains("\n      with: sorted\n"), "{said}");
    folder.good(&[&["record"], &whose[..]].concat());
    folder.good(&[&["run"], &whose[..]].concat());
    assert_eq!(folder.events("run_started", "provenance"), ["recorded (scripted)"]);
}

#[test]
fn what_no_rule_can_take_away_is_named() {
    let Some(mut folder) = Folder::with_agent("mini_agent.py", "agent.py") else { return };
    folder.change("agent.py", "import json\n", "import json\nimport uuid\n");
    let metadata = "\"store\": False, \"metadata\": {str(uuid.uuid4()): \"\"},";
    folder.change("agent.py", "\"store\": False,", metadata);
    folder.good(&["init"]);
    let learned = folder.unreel(&["learn", "--write"]);
    assert_eq!(learned.code, 1);
    assert!(learned.out.contains("\nno rule can take away:\n  /metadata/"), "{}", learned.out);
    assert!(folder.read("agent.agent.yaml").contains("  rules: []\n"));

    // An agent that fails has nothing to compare; one without a file, nowhere to write to.
    folder.write("agent.py", "raise SystemExit('no idea')");
    let failed = folder.unreel(&["learn"]);
    assert_eq!((failed.code, failed.out.as_str()), (1, ""));
    assert!(failed.error().starts_with("error: first@base+agent#1: exit code 1: no idea\nhelp: "));
    let nowhere = folder.unreel(&["learn", "--write", "--agent", "command:python3 agent.py"]);
    assert_eq!(nowhere.code, 2);
    insta::assert_snapshot!(nowhere.err, @r"
    error: agent command: there is no agent file here to write to
    help: say `file` in unreel.toml, or name the path of one: --agent mine.agent.yaml
    ");
    assert_eq!(folder.unreel(&["learn", "--agent", "builtin"]).code, 2);
}

#[test]
fn init_overwrites_nothing_unasked() {
    let mut folder = Folder::new();
    let nothing = folder.unreel(&["init"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
    insta::assert_snapshot!(nothing.err, @r"
    error: no agent found here: there is no agent.py, agent.mjs, main.py, agent.js or `bin` in package.json
    help: say how it is started: unreel init --command 'python3 my_agent.py {prompt}'
    ");
    folder.write("unreel.toml", "# precious\n");
    folder.write("bot.agent.yaml", "# precious\n");
    let init = ["init", "--name", "bot", "--command", "./bot --ask {prompt}"];
    let refused = folder.unreel(&init);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    insta::assert_snapshot!(refused.err, @r"
    error: there already: unreel.toml, bot.agent.yaml
    help: --force writes anew what is named here, and nothing else
    ");
    assert_eq!(folder.read("unreel.toml"), "# precious\n");
    assert!(!folder.path("scenarios").exists());

    folder.good(&[&init[..], &["--force"]].concat());
    assert_eq!(folder.read("reports/.gitignore"), "*\n!.gitignore\n");
    let toml = folder.read("unreel.toml");
    assert!(toml.contains("command = [\"./bot\", \"--ask\", \"{prompt}\"]\n"), "{toml}");
    let taken = folder.unreel(&["init", "--name", "codex", "--command", "x"]);
    assert_eq!(taken.code, 2);
    assert!(taken.err.starts_with("error: --name: `codex` is the name of another agent\n"));
}

#[test]
fn a_wrong_file_is_said_where_it_is_wrong() {
    let mut folder = Folder::new();
    folder.good(&["init", "--command", "./bot {prompt}"]);
    folder.change("unreel.toml", "# requires", "requiers");
    let unknown = folder.unreel(&["verify"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));
    insta::assert_snapshot!(unknown.err, @r"
    error: unreel.toml:16:1: unknown key `requiers`
       |
    16 | requiers = []
       | ^
    help: did you mean `requires`?
    ");
    folder.change("unreel.toml", "requiers = []", "requires = \"git\"");
    insta::assert_snapshot!(folder.unreel(&["run"]).err, @r#"
    error: unreel.toml:16:12: invalid type: string "git", expected a list
       |
    16 | requires = "git"
       |            ^
    "#);
    folder.change("unreel.toml", "requires = \"git\"", "requires = []");
    // The agent itself is not there.
    let missing = folder.unreel(&["run"]);
    assert_eq!(missing.code, 2);
    insta::assert_snapshot!(missing.err, @r"
    error: agent agent needs ./bot: there is no such file
    help: install it, put it on PATH, or say where it is with --agent-path
    ");
    folder.change("agent.agent.yaml", "name: agent", "name: other");
    insta::assert_snapshot!(folder.unreel(&["run"]).err, @r"
    error: agent.agent.yaml: this is the file of an agent `other`, not `agent`
    help: give it the same `name` as in unreel.toml
    ");
    folder.change(
        "agent.agent.yaml",
        "  rules: []",
        "  rules: [{at: /x, pattern: 'a', with: zeros}]",
    );
    insta::assert_snapshot!(folder.unreel(&["run"]).err, @r"
    error: agent.agent.yaml:31:34: the key `name` is missing
       |
    31 |   rules: [{at: /x, pattern: 'a', with: zeros}]
       |                                  ^
    ");
    // The built-in loop does not need it.
    folder.good(&["run", "--agent", "builtin", "--script"]);
    assert_eq!(folder.unreel(&["run", "--agent", "agent.agent.yaml"]).code, 2);
}

#[test]
fn folders_are_those_of_the_file() {
    let mut folder = Folder::new();
    folder.write("tasks/tiny/repo/a.txt", "hello\n");
    folder.write("tasks/tiny/scenario.yaml", TINY);
    folder.write("tasks/tiny/script.yaml", SCRIPT);
    let folders = "[folders]\nscenarios = 'tasks'\nrecordings = 'kept/talks'\nreports = 'out'\n";
    folder.write("unreel.toml", folders);
    assert_eq!(folder.good(&["record"]), "kept/talks/tiny.jsonl: 3 exchanges\n");
    assert!(folder.good(&["run"]).contains("full: out/latest/summary.md"));
    assert!(folder.good(&["report"]).contains("full: out/latest/summary.md"));
    assert!(folder.good(&["run", "--out", "other"]).contains("full: other/summary.md"));
    assert!(!folder.path("reports").exists() && !folder.path("recordings").exists());
}
