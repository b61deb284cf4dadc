//! The matrix: order, recordings, rates, comparison.

use crate::drawn::Drawn;
use crate::world::{self, World};
use unreel::recording::Recording;

/// A variant that shows in the first request.
const GREET: &str = "summary: the developer asks for more\ndeveloper: Greet the user first.\n";

/// Two scenarios that differ in what the user says.
fn world() -> World {
    let world = World::new();
    world.scenario("other", &world::TINY.replace("Change hello", "Turn hello"), "");
    world.write("scenarios/variants/greet.yaml", GREET);
    world
}

/// What is unlike from machine to machine.
fn steady(text: &str) -> String {
    let seconds = regex::Regex::new(r"\d+\.\d s\b").unwrap();
    let text = seconds.replace_all(text, "# s").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    // Sizes depend on the wording of prompts.
    let sizes = regex::Regex::new(r" *\d+(\.\d+)? (B|kB)").unwrap();
    let text = sizes.replace_all(&text, " #").into_owned();
    let money = regex::Regex::new(r"\$\d+\.\d+").unwrap();
    money.replace_all(&text, "$$#").into_owned()
}

#[test]
fn variants_take_turns_and_every_trial_is_recorded() {
    let world = world();
    let model = Drawn::start(world::SCRIPT, |number| number % 4 == 2 || number % 8 == 4);
    let mut command = world.command(&["run", "--live", &model.url(), "--key-env", "LIVE_KEY"]);
    command.args(["--variant", "base,greet", "--trials", "4", "--out", "out", "--model", "gpt-5"]);
    let key = "kq7-Xk2Vb9.Tz4Lm8Rw3";
    let ran = world::ran({
        command.env("LIVE_KEY", key);
        command
    });
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);

    // Trial by trial through scenarios and variants.
    let round = ["Turn hello", "Turn hello+Greet", "Change hello", "Change hello+Greet"];
    let begun = model.begun(&["Change hello", "Turn hello", "Greet"]);
    assert_eq!(begun, round.repeat(4));

    // The journal is in matrix order all the same, and says no port.
    let journal = world.read("out/journal.jsonl");
    let started: Vec<&str> = journal.lines().filter(|line| line.contains("run_started")).collect();
    assert_eq!(started.len(), 16);
    for (line, trial) in started.iter().zip([1, 2, 3, 4].repeat(4)) {
        assert!(line.contains(&format!("\"trial\":{trial}")), "{line}");
        assert!(line.contains("\"provenance\":\"live (127.0.0.1)\""), "{line}");
    }

    // Each trial has its recording, without the key; so has everything else.
    let names = world.names("out/recordings");
    assert_eq!(names.len(), 16);
    assert_eq!(names[0], "other@base#1.jsonl");
    for name in &names {
        let path = world.path(&format!("out/recordings/{name}"));
        let recording = Recording::load(&path).unwrap();
        assert_eq!(recording.header.provenance, "recorded");
        assert_eq!(recording.header.model, "gpt-5");
        assert_eq!(recording.header.upstream.as_deref(), Some("127.0.0.1"));
        assert!([1, 3].contains(&recording.exchanges.len()), "{name}");
    }
    let found = std::process::Command::new("grep")
        .args(["-rlE", "kq7-Xk2V|Bearer"])
        .arg(world.path("out"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    assert!(world.leftovers().is_empty(), "{:?}", world.leftovers());

    insta::assert_snapshot!(steady(&ran.out), @r#"
    2 scenarios · 16 runs · agent builtin VERSION · model: live (127.0.0.1) · cache: provider's · seed 1 ·
      # s
    scenario     passed       95 %  req     sent      new  sent/new  cached  note
    other           4/4  51 .. 100  3.0 # #       2.9    91 %
    other@greet     0/4    0 .. 49  1.0 # #       1.0    99 %  4 FAIL
    tiny            4/4  51 .. 100  3.0 # #       2.9    99 %
    tiny@greet      2/4   15 .. 85  2.0 # #       2.0    99 %  2 FAIL
    FAIL: other@greet#1: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    FAIL: other@greet#2: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    FAIL: other@greet#3: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    FAIL: other@greet#4: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    FAIL: tiny@greet#1: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    FAIL: tiny@greet#3: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    10 passed · 6 failed
    pass = checks hold on the final repository. Answers: a live model's; another trial may end
      otherwise.
    passed: graded trials; 95 %: interval of the rate (Wilson). req, sent, new: of one trial.
    sent, new: rendered prompt bytes. new = bound of an ideal prefix; providers cache less.
    cached: share of prompt tokens, both as the provider told.
    full: out/summary.md · beside it: tables/, journal.jsonl
    used: 36 requests, about $#, by prices of 2026-11-22
    16 trials recorded: out/recordings/SCENARIO@VARIANT#TRIAL.jsonl
    compare: unreel diff out
    look at one: unreel show 'out/recordings/other@base#1.jsonl'
    play one from now on: unreel promote out 'other@base#1'
    "#);

    // The same again from the journal.
    let again = world.unreel(&["report", "out"]);
    assert!(again.out.contains("model: live (127.0.0.1)"), "{}", again.out);
    assert_eq!(again.code, 1);
    for word in ["unstable", "UNSTABLE"] {
        assert!(!ran.out.contains(word) && !again.out.contains(word));
    }

    // Two arms.
    let compared = world.unreel(&["diff", "out"]);
    insta::assert_snapshot!(steady(&compared.out), @r"
    A  base · builtin VERSION · model gpt-5 · answers: live (127.0.0.1)
    B  greet · builtin VERSION · model gpt-5 · answers: live (127.0.0.1)

    scenario      A      B  difference                  p       requests  money
    other       4/4    0/4  -100 pp (-100 .. -31)   0.014     3.0 -> 1.0  $# -> $#
    tiny        4/4    2/4  -50 pp (-85 .. +10)     0.214     3.0 -> 2.0  $# -> $#

    no difference is shown: 100 % -> 25 %, -75 pp (-100 .. +100) over 2 scenarios
    the smallest drop these trials could have shown: 62 pp (one-sided 5 %, power 80 %)
    sent # -> #, new # -> # over all graded trials
    difference: of success rates, 95 % interval (a scenario: Newcombe; all: paired, the scenario is the
      unit). p: Fisher, one-sided. Requests and money: of one trial.
    money: an estimate, by prices of 2026-11-22
    ");
    let shown = world.unreel(&["show", "out/recordings/tiny@greet#1.jsonl"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("recorded") && shown.out.contains("greet"), "{}", shown.out);
}

#[test]
fn earlier_results_are_replaced_with_their_recordings() {
    let world = World::new();
    let model = Drawn::start(world::SCRIPT, |_| false);
    let url = model.url();
    let run = |trials: &str| {
        world.unreel(&["run", "--live", &url, "--trials", trials, "--out", "out"]).code
    };
    assert_eq!(run("2"), 0);
    assert_eq!(world.names("out/recordings"), ["tiny@base#1.jsonl", "tiny@base#2.jsonl"]);
    assert_eq!(run("1"), 0);
    assert_eq!(world.names("out/recordings"), ["tiny@base#1.jsonl"]);
    // One trial each is shown as runs are.
    let again = world.unreel(&["report", "out"]);
    assert!(again.out.contains("pass "), "{}", again.out);
    // What a recording is called that somebody keeps is never thrown away.
    world.write("out/recordings/tiny.jsonl", "precious");
    assert_eq!(run("1"), 3);
    assert_eq!(world.read("out/recordings/tiny.jsonl"), "precious");
}
