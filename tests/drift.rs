//! What is changed in an agent, its prompt, its tools or its world, and what a replay says of it: one
//! row for each mutation, the same that docs/matching.md shows. The real binary, the built-in loop.

#![expect(clippy::print_stdout, reason = "the table is for people")]

#[path = "support/world.rs"]
mod world;

use serde_json::Value;
use unreel::recording::{Entry, Recording};
use unreel::wire::Raw;
use world::{Ran, World};

const SCENARIO: &str = "summary: a word is changed
date: '2026-01-15'
model: unreel-1
developer: Answer in one sentence.
messages:
  - text: Change hello to goodbye in a.txt, as notes.txt says.
checks:
  - name: the word is changed
    file: {path: a.txt, text: {equals: goodbye}}
    on_seed: {contains: hello}
";

const SCRIPT: &str = "steps:
  - id: look
    do:
      - run: {cmd: cat a.txt}
      - run: {cmd: cat notes.txt}
  - id: fix
    do:
      - patch: |
          *** Begin Patch
          *** Update File: a.txt
          @@
          -hello
          +goodbye
          *** End Patch
  - id: check
    do:
      - run: {cmd: cat a.txt}
  - id: done
    do:
      - say: Done.
";

const VARIANT: &str = "instructions: |
  You are a careful agent.
  Run the tests before you answer.
tools: [exec_command, apply_patch, update_plan]
";

/// A scenario, recorded.
fn recorded() -> World {
    let world = World::new();
    world.scenario("words", SCENARIO, SCRIPT);
    world.write("scenarios/words/repo/notes.txt", "Only the first word.\n");
    world.write("scenarios/words/repo/AGENTS.md", "Use tabs.\n");
    world.write("scenarios/words/variants/v.yaml", VARIANT);
    let ran = world.unreel(&["record", "words", "--variant", "v"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    world
}

fn run(world: &World, policy: &str) -> Ran {
    world.unreel(&["run", "words", "--variant", "v", "--match", policy])
}

fn edit(world: &World, path: &str, from: &str, to: &str) {
    let text = world.read(path);
    assert!(text.contains(from), "{from} in {text}");
    world.write(path, text.replacen(from, to, 1));
}

/// Puts another value into the item table of the recording, everywhere the old one stood.
fn replace(world: &World, change: impl Fn(&Raw) -> Option<String>) {
    let path = world.path("recordings/words@v.jsonl");
    let mut recording = Recording::load(&path).unwrap();
    let changed = recording.items.iter().find_map(|(digest, entry)| {
        let new = change(entry.raw()?)?;
        Some((*digest, Raw::parse(&new).unwrap()))
    });
    let (old, new) = changed.expect("a value to change");
    let digest = new.digest();
    recording.items.insert(digest, Entry::Raw(new));
    for exchange in &mut recording.exchanges {
        let fields = exchange.fields.iter_mut().map(|(_, digest)| digest);
        for place in fields.chain(&mut exchange.input).filter(|place| **place == old) {
            *place = digest;
        }
    }
    recording.save(&path).unwrap();
}

struct Mutation {
    name: &'static str,
    make: fn(&World),
    /// Severity, layer and pointer of the change that is told first.
    told: (&'static str, &'static str, &'static str),
}

const MUTATIONS: [Mutation; 12] = [
    Mutation {
        name: "system prompt changed",
        make: |world| {
            let path = "scenarios/words/variants/v.yaml";
            edit(world, path, "tests before", "tests twice before");
        },
        told: ("context", "instructions", "/instructions"),
    },
    Mutation {
        name: "tool description changed",
        make: |world| {
            replace(world, |raw| {
                let text = raw.as_str();
                let is_tools = text.starts_with("[{\"type\":\"function\"");
                is_tools.then(|| text.replacen("\"description\":\"", "\"description\":\"Once: ", 1))
            });
        },
        told: ("context", "tools", "/tools/0/description"),
    },
    Mutation {
        name: "tool order changed",
        make: |world| {
            let path = "scenarios/words/variants/v.yaml";
            edit(world, path, "exec_command, apply_patch", "apply_patch, exec_command");
        },
        told: ("context", "tools", "/tools/0"),
    },
    Mutation {
        name: "tool added",
        make: |world| {
            let path = "scenarios/words/variants/v.yaml";
            edit(world, path, "update_plan]", "update_plan, view_image]");
        },
        told: ("context", "tools", "/tools/3"),
    },
    Mutation {
        name: "developer instructions changed",
        make: |world| edit(world, "scenarios/words/scenario.yaml", "one sentence", "two words"),
        told: ("context", "developer", "/input/1/content/0/text"),
    },
    Mutation {
        name: "AGENTS.md changed",
        make: |world| world.write("scenarios/words/repo/AGENTS.md", "Use spaces.\n"),
        told: ("context", "agents_md", "/input/2/content/0/text"),
    },
    Mutation {
        name: "environment date changed",
        make: |world| edit(world, "scenarios/words/scenario.yaml", "2026-01-15", "2026-02-01"),
        told: ("context", "environment", "/input/3/content/0/text"),
    },
    Mutation {
        name: "one user word changed",
        make: |world| edit(world, "scenarios/words/scenario.yaml", "Change hello", "Turn hello"),
        told: ("context", "user", "/input/4/content/0/text"),
    },
    Mutation {
        name: "model changed",
        make: |world| edit(world, "scenarios/words/scenario.yaml", "unreel-1", "unreel-2"),
        told: ("context", "other", "/model"),
    },
    Mutation {
        name: "one tool output changed",
        make: |world| world.write("scenarios/words/repo/notes.txt", "Only the last word.\n"),
        told: ("state", "tool_output", "/input/8/output"),
    },
    Mutation {
        name: "old items dropped from the history",
        make: |world| {
            let path = "scenarios/words/variants/v.yaml";
            let window = "compaction: {strategy: sliding-window, threshold: 100, keep_items: 2}\n";
            world.write(path, format!("{VARIANT}{window}"));
        },
        told: ("shape", "", ""),
    },
    Mutation {
        name: "the same in other bytes",
        make: |world| {
            replace(world, |raw| {
                let is_call = raw.as_str().contains("cat notes.txt");
                is_call.then(|| raw.as_str().replacen(':', " : ", 1)).filter(|_| {
                    raw.as_str().starts_with("{\"type\":\"message\"")
                        || raw.as_str().starts_with("{\"type\":\"function_call\"")
                })
            });
        },
        told: ("cosmetic", "", ""),
    },
];

fn summary(world: &World) -> Value {
    serde_json::from_str(&world.read("reports/latest/summary.json")).unwrap()
}

/// The rows of `tables/drift.csv` but for its head, cut at commas up to the pointer.
fn rows(world: &World) -> Vec<Vec<String>> {
    let text = world.read("reports/latest/tables/drift.csv");
    let rows = text.lines().filter(|line| line.starts_with("words,"));
    rows.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn the_mutation_table() {
    let mut table = String::new();
    for mutation in &MUTATIONS {
        let Mutation { name, make, told: (severity, layer, pointer) } = mutation;
        let world = recorded();
        make(&world);
        let [strict, report] = ["strict", "report"].map(|policy| {
            let ran = run(&world, policy);
            assert!(ran.code < 2, "{name}: {}", ran.err);
            let summary = summary(&world);
            let row = &summary["results"][0];
            assert_eq!(row["drift"], *severity, "{name}, {policy}: {}", ran.out);
            assert_eq!(summary["drifted"], 1, "{name}, {policy}");
            assert!(ran.out.contains(" · 1 drift · "), "{name}, {policy}: {}", ran.out);
            assert!(ran.out.contains(&format!("{severity} drift")) || *severity == "shape");
            let outcome = row["outcome"].as_str().unwrap().to_owned();
            (ran.code, outcome, rows(&world))
        });
        let first = report.2.iter().find(|row| row[6] == *severity).unwrap();
        if !layer.is_empty() {
            assert_eq!((first[8].as_str(), first[9].as_str()), (*layer, *pointer), "{name}");
        }
        // Refused at the request that differs, and at no other.
        assert_eq!(strict.0, i32::from(*severity != "cosmetic"), "{name}");
        let off_policy = ["state", "shape"].contains(severity);
        assert_eq!(report.0, i32::from(off_policy), "{name}: {}", report.1);
        assert_eq!(report.1 == "OFF-POLICY", off_policy, "{name}");
        let silent = report.1 == "pass" && *severity != "cosmetic";
        assert!(!silent, "{name}: green without a word");
        let line = format!(
            "| {name} | {severity} | {} | {} {} | {} {} |",
            first[8], strict.0, strict.1, report.0, report.1
        );
        table.push_str(&(line + "\n"));
    }
    print!("{table}");
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/matching.md"));
    assert!(docs.unwrap().contains(&table), "docs/matching.md has another table than\n{table}");
}

#[test]
fn one_change_is_told_once_with_all_its_requests() {
    let world = recorded();
    edit(&world, "scenarios/words/variants/v.yaml", "tests before", "tests twice before");
    let ran = run(&world, "report");
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.problems(), @r"
    drift: words@v: context drift in 4 requests: instructions
    warning[drift/context]: words@v, request 1 differs from its recording
      at     exchange 0 · layer instructions · /instructions, byte 39
      -      Run the tests before you answer.⏎
      +      Run the tests twice before you answer.⏎
      effect cached prefix lost once, # tokens; 3 later requests extend it
      meant: unreel record --update words --variant v, then unreel review words@v
      not:   every request is in journal.jsonl, every change in tables/drift.csv
    ");
    assert_eq!(rows(&world).len(), 1);
    let journal = world.read("reports/latest/journal.jsonl");
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let drifts: Vec<Value> = events.filter(|event| event["event"] == "drift").collect();
    assert_eq!(drifts.len(), 4, "each request says that it has it");
    let told = drifts.iter().filter(|event| !event["differences"].as_array().unwrap().is_empty());
    assert_eq!(told.count(), 1, "and the first what it is");
}

#[test]
fn what_follows_from_a_change_of_state_is_off_policy() {
    let world = recorded();
    world.write("scenarios/words/repo/a.txt", "hello\nhello again\n");
    let ran = run(&world, "report");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    OFF-POLICY: words@v: off-policy from request 2 on: state drift, tool_output at /input/7/output;
      check failed: the word is changed: line 2 of the file differs
    error[drift/state]: words@v, request 2 differs from its recording
      at     exchange 1 · layer tool_output · /input/7/output, byte 92
      -      Original token count: 2⏎Output:⏎hello⏎
      +      Original token count: 5⏎Output:⏎hello⏎hello again⏎
      effect cached prefix lost once, # tokens; 2 later requests extend it
    error[drift/state]: words@v, request 4 differs from its recording
      at     exchange 3 · layer tool_output · /input/12/output, byte 92
      -      Original token count: 2⏎Output:⏎goodbye⏎
      +      Original token count: 5⏎Output:⏎goodbye⏎hello again⏎
      effect cached prefix lost once, # tokens
      meant: unreel record --update words --variant v, then unreel review words@v
      not:   every request is in journal.jsonl, every change in tables/drift.csv
    ");
}

/// A scenario that is expected to fail does not become green because its recording does not fit.
#[test]
fn a_mismatch_is_no_failure_that_anybody_expects() {
    let world = World::new();
    let failing = SCENARIO.replace("equals: goodbye", "equals: farewell");
    let failing = format!("{failing}expect_fail: nobody says farewell\n");
    world.scenario("words", &failing, SCRIPT);
    world.write("scenarios/words/repo/notes.txt", "Only the first word.\n");
    assert_eq!(world.unreel(&["record", "words"]).code, 0);
    assert_eq!(world.unreel(&["run", "words", "--match", "strict"]).code, 0);
    world.write("scenarios/words/repo/notes.txt", "Only the last word.\n");
    let outcome = |policy: &str, code: i32| {
        let ran = world.unreel(&["run", "words", "--match", policy]);
        assert_eq!(ran.code, code, "{policy}: {}", ran.out);
        summary(&world)["results"][0]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome("strict", 1), "FAIL");
    assert_eq!(outcome("report", 1), "OFF-POLICY");
    world.write("scenarios/words/repo/notes.txt", "Only the first word.\n");
    edit(&world, "scenarios/words/scenario.yaml", "one sentence", "two words");
    assert_eq!(outcome("strict", 1), "FAIL");
    // The checks fail as expected, and the drift is told.
    assert_eq!(outcome("report", 0), "drift");
}

#[test]
fn another_task_is_a_miss_whatever_the_policy() {
    let world = recorded();
    let task = "Write the documentation of each module.";
    edit(
        &world,
        "scenarios/words/scenario.yaml",
        "Change hello to goodbye in a.txt, as notes.txt says.",
        task,
    );
    for policy in ["strict", "report"] {
        let ran = run(&world, policy);
        assert_eq!(ran.code, 1, "{policy}");
        let problems = ran.problems().replace("\n  ", " ");
        assert!(
            problems.contains("no recorded conversation begins like this request"),
            "{problems}"
        );
    }
}

#[test]
fn strict_is_the_policy_of_ci_and_report_of_everybody_else() {
    let world = recorded();
    edit(&world, "scenarios/words/variants/v.yaml", "tests before", "tests twice before");
    let run = |ci: Option<&str>| {
        let mut command = world.command(&["run", "words", "--variant", "v"]);
        ci.map(|value| command.env("CI", value));
        world::ran(command).code
    };
    assert_eq!([run(Some("true")), run(Some("")), run(None)], [1, 0, 0]);
}

/// What happens to the server says nothing about the prompt: a drifting run that is disturbed gets
/// the same answers, and the same count of cached tokens, as one that is not.
#[test]
fn a_drifting_run_finds_its_place_after_retries_and_restarts() {
    let world = recorded();
    let turns = "messages:\n  - text: Do nothing yet.\n  - text: Change";
    edit(&world, "scenarios/words/scenario.yaml", "messages:\n  - text: Change", turns);
    edit(
        &world,
        "scenarios/words/script.yaml",
        "steps:",
        "steps:\n  - id: wait\n    do: [{say: Waiting.}]",
    );
    assert_eq!(world.unreel(&["record", "words", "--variant", "v"]).code, 0);
    edit(&world, "scenarios/words/variants/v.yaml", "tests before", "tests twice before");
    let ran = run(&world, "report");
    assert_eq!(ran.code, 0, "{}", ran.out);
    let answers = || -> Vec<(Value, Value)> {
        let journal = world.read("reports/latest/journal.jsonl");
        let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let whole = |event: &Value| event["event"] == "response" && event["outcome"] == "completed";
        let cached = "/usage/input_tokens_details/cached_tokens";
        events
            .filter(whole)
            .map(|event| (event["answered_by"].clone(), event.pointer(cached).cloned().unwrap()))
            .collect()
    };
    let peaceful = answers();
    assert_eq!(peaceful.len(), 5);
    let timeline = "timeline:\n  - {turn: 2, restart_server: true}\nmessages:";
    edit(&world, "scenarios/words/scenario.yaml", "messages:", timeline);
    let faults =
        "faults:\n  - {request: 1, kind: {status: 429}}\n  - {request: 3, kind: {status: 500}}\n";
    let variant = world.read("scenarios/words/variants/v.yaml");
    world.write("scenarios/words/variants/v.yaml", variant + faults);
    let ran = run(&world, "report");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(answers(), peaceful);
    assert!(
        ran.out.contains("2 retries")
            || world.read("reports/latest/journal.jsonl").contains("\"event\":\"retry\"")
    );
}
