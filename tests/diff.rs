//! `unreel diff`: what it says of two conversations that differ in one thing, and of folders of
//! results.

#[path = "support/talk.rs"]
mod talk;
#[path = "support/world.rs"]
mod world;

use serde_json::Value;
use talk::Talk;
use unreel::recording::Entry;
use unreel::recording::file::Elided;
use world::{Ran, World};

/// Two recordings, compared.
fn compared(a: &Talk, b: &Talk, more: &[&str]) -> Ran {
    let world = World::new();
    world.write("a.jsonl", a.jsonl());
    world.write("b.jsonl", b.jsonl());
    let args: Vec<&str> = ["diff", "a.jsonl", "b.jsonl"].iter().chain(more).copied().collect();
    let ran = world.unreel(&args);
    assert_eq!(ran.err, "");
    if more.is_empty() {
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
    }
    ran
}

fn json(a: &Talk, b: &Talk) -> Value {
    serde_json::from_str(&compared(a, b, &["--format", "json"]).out).unwrap()
}

/// Severity, change, layer, pointer and number of requests of each difference.
fn changes(a: &Talk, b: &Talk) -> Vec<String> {
    let found = json(a, b);
    let word = |change: &Value, key: &str| change[key].to_string().replace('"', "");
    let changes = found["changes"].as_array().unwrap().iter();
    let keys = ["severity", "change", "layer", "pointer", "requests"];
    changes.map(|change| keys.map(|key| word(change, key)).join(" ")).collect()
}

#[test]
fn equal_recordings_are_equal_whatever_their_ids() {
    let ran = compared(&Talk::default(), &Talk::default(), &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("equal: 3 exchanges alike"), "{}", ran.out);
    let other = Talk { ids: "y".into(), ..Talk::default() };
    let ran = compared(&Talk::default(), &other, &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn what_follows_from_an_answer_that_one_side_lacks_is_not_told_again() {
    let shorter = Talk { patches: false, ..Talk::default() };
    let found = json(&Talk::default(), &shorter);
    assert_eq!(found["only_a"], serde_json::json!([1]), "{found}");
    assert_eq!(changes(&Talk::default(), &shorter), [""; 0]);
    // What does not follow from it is told.
    let other = Talk { user: "Change hello to farewell in a.txt.".into(), ..shorter };
    assert_eq!(changes(&Talk::default(), &other), ["context changed user /input/2/content 2"]);
}

#[test]
fn what_was_left_out_of_one_side_is_known_from_the_other() {
    let mut left_out = Talk::default().recording();
    for (_, digest) in left_out.exchanges[0].fields.clone() {
        let entry = left_out.items.get_mut(&digest).unwrap();
        let raw = entry.raw().unwrap().clone();
        if raw.len() > 60 {
            let (bytes, tokens) = (raw.len() as u64, unreel::cache::count(raw.as_str()));
            *entry = Entry::Elided(Elided { bytes, tokens });
        }
    }
    let world = World::new();
    world.write("a.jsonl", left_out.to_jsonl());
    world.write("b.jsonl", Talk::default().jsonl());
    let same = world.unreel(&["diff", "a.jsonl", "b.jsonl"]);
    assert_eq!((same.code, same.out.contains("equal: 3 exchanges alike")), (0, true));
    let other = Talk { instructions: "Other.".into(), ..Talk::default() };
    world.write("b.jsonl", other.jsonl());
    let ran = world.unreel(&["diff", "a.jsonl", "b.jsonl"]);
    assert_eq!(ran.code, 1);
    for part in [
        "context: prompt\n  instructions changed",
        "-(left out of the recording)\n      +Other.",
        "B leaves A's prefix at #0, /instructions (instructions)",
    ] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
}

#[test]
fn a_changed_instruction() {
    let other = Talk {
        instructions: Talk::default()
            .instructions
            .replace("before you answer", "twice before you answer"),
        ..Talk::default()
    };
    let ran = compared(&Talk::default(), &other, &[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    A  recording a.jsonl · scripted · toy 1.0 · toy-1
    B  recording b.jsonl · scripted · toy 1.0 · toy-1
    context: 1 difference in requests

    context: prompt
      instructions changed · from #0 on, 3 requests · 79 tokens behind it · /instructions, byte 63
           Read before you write.
          -Run the tests before you answer.
          +Run the tests twice before you answer.
           Be brief.

    cached prefix
      B leaves A's prefix at #0, /instructions (instructions): 76 of its 138 tokens are A's, 55 %
      a cache that holds A reads 62 tokens (261 B) anew, once
      later requests of B extend their own prefix as those of A do

    cost
      main thread          A        B           B - A
      requests             3        3
      sent           2.68 kB  2.70 kB  +18 B (+0.7 %)
      new            1.19 kB  1.20 kB   +6 B (+0.5 %)
      sent tokens        686      689     +3 (+0.4 %)
      new tokens         317      318     +1 (+0.3 %)
      cached tokens      300      300
      output tokens       60       60

    Recorded answers do not react: this shows what the agent sent and what its tools did, not how a
    model would answer the changed requests.
    ");
}

#[test]
fn another_order_of_tools() {
    let mut other = Talk::default();
    other.tools.swap(0, 1);
    let ran = compared(&Talk::default(), &other, &[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    A  recording a.jsonl · scripted · toy 1.0 · toy-1
    B  recording b.jsonl · scripted · toy 1.0 · toy-1
    context: 1 difference in requests

    context: tools
      tools in another order · from #0 on, 3 requests · 137 tokens behind it · /tools/0
          -exec_command, apply_patch, view_image
          +apply_patch, exec_command, view_image

    cached prefix
      B leaves A's prefix at #0, /tools/0/type (tools): 3 of its 137 tokens are A's, 2 %
      a cache that holds A reads 134 tokens (568 B) anew, once
      later requests of B extend their own prefix as those of A do

    cost
      main thread          A        B  B - A
      requests             3        3
      sent           2.68 kB  2.68 kB
      new            1.19 kB  1.19 kB
      sent tokens        686      686
      new tokens         317      317
      cached tokens      300      300
      output tokens       60       60

    Recorded answers do not react: this shows what the agent sent and what its tools did, not how a
    model would answer the changed requests.
    ");
}

#[test]
fn tools_added_lost_and_changed() {
    let mut other = Talk::default();
    other.tools[0]["description"] = "Runs a command line with sh.".into();
    other.tools.pop();
    other.tools.push(serde_json::json!({"type": "function", "name": "plan"}));
    assert_eq!(
        changes(&Talk::default(), &other),
        [
            "context changed tools /tools/0/description 3",
            "context lost tools /tools/2 3",
            "context added tools /tools/2 3",
        ]
    );
}

#[test]
fn a_changed_output_of_a_tool() {
    let other = Talk { output: "hello\nmoon\n".into(), ..Talk::default() };
    let ran = compared(&Talk::default(), &other, &[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    A  recording a.jsonl · scripted · toy 1.0 · toy-1
    B  recording b.jsonl · scripted · toy 1.0 · toy-1
    state: 1 difference in requests

    state: tool outputs
      `exec_command  cat a.txt`, its output changed · from #1 on, 2 requests · 40 tokens behind it ·
        /input/5/output, byte 64
           hello
          -world
          +moon

    cached prefix
      B leaves A's prefix at #1, /input/5/output (tool output): 229 of its 232 tokens are A's, 99 %
      a cache that holds A reads 3 tokens (9 B) anew, once
      later requests of B extend their own prefix as those of A do

    cost
      main thread          A        B          B - A
      requests             3        3
      sent           2.68 kB  2.68 kB  -2 B (-0.1 %)
      new            1.19 kB  1.19 kB  -1 B (-0.1 %)
      sent tokens        686      686
      new tokens         317      317
      cached tokens      300      300
      output tokens       60       60

    Recorded answers do not react: this shows what the agent sent and what its tools did, not how a
    model would answer the changed requests.
    ");
}

#[test]
fn other_calls_and_other_words() {
    let other = Talk {
        command: "cat b.txt".into(),
        said: "I gave up.".into(),
        ids: "y".into(),
        ..Talk::default()
    };
    let ran = compared(&Talk::default(), &other, &[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    A  recording a.jsonl · scripted · toy 1.0 · toy-1
    B  recording b.jsonl · scripted · toy 1.0 · toy-1
    shape: 2 answers came out differently

    shape: answers and calls
      #0: other calls
          -exec_command  cat a.txt
          +exec_command  cat b.txt
      #2: other words
          -says The word is changed; nothing else was touched.
          +says I gave up.

    cached prefix
      B leaves A's prefix at #1, /input/4/call_id (model): 172 of its 232 tokens are A's, 74 %
      a cache that holds A reads 60 tokens (203 B) anew, once
      later requests of B extend their own prefix as those of A do

    cost
      main thread          A        B  B - A
      requests             3        3
      sent           2.68 kB  2.68 kB
      new            1.19 kB  1.19 kB
      sent tokens        686      686
      new tokens         317      317
      cached tokens      300      300
      output tokens       60       60

    Recorded answers do not react: this shows what the agent sent and what its tools did, not how a
    model would answer the changed requests.
    ");
    // What was said is told once, not again as a difference of every later history.
    assert!(changes(&Talk::default(), &other).is_empty());
}

#[test]
fn markdown_fits_a_comment() {
    let other = Talk {
        agents_md: Talk::default().agents_md.replace("Never", "Always"),
        user: "Change `hello` to ```goodbye```.".into(),
        ..Talk::default()
    };
    let ran = compared(&Talk::default(), &other, &["--format", "markdown"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r"
    **context: 2 differences in requests**

    A: recording a.jsonl · scripted · toy 1.0 · toy-1  
    B: recording b.jsonl · scripted · toy 1.0 · toy-1

    #### context: prompt

    - AGENTS.md changed · from #0 on, 3 requests · 40 tokens behind it · /input/1/content, byte 40
      ```diff
       # AGENTS.md instructions for /workspace
      -Never touch vendor/.
      +Always touch vendor/.
      ```
    - user changed · from #0 on, 3 requests · 18 tokens behind it · /input/2/content, byte 7
      ````diff
      -Change hello to goodbye in a.txt.
      +Change `hello` to ```goodbye```.
      ````

    #### cached prefix

    - B leaves A's prefix at #0, /input/1/content (AGENTS.md): 115 of its 139 tokens are A's, 83 %
    - a cache that holds A reads 24 tokens (85 B) anew, once
    - later requests of B extend their own prefix as those of A do

    #### cost

    | main thread | A | B | B - A |
    | --- | ---: | ---: | ---: |
    | requests | 3 | 3 |  |
    | sent | 2.68 kB | 2.68 kB |  |
    | new | 1.19 kB | 1.19 kB |  |
    | sent tokens | 686 | 692 | +6 (+0.9 %) |
    | new tokens | 317 | 319 | +2 (+0.6 %) |
    | cached tokens | 300 | 300 |  |
    | output tokens | 60 | 60 |  |

    Recorded answers do not react: this shows what the agent sent and what its tools did, not how a model would answer the changed requests.
    ");
}

#[test]
fn the_json_has_the_documented_shape() {
    let other = Talk { output: "x".into(), ..Talk::default() };
    let found = json(&Talk::default(), &other);
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    insta::assert_snapshot!(keys(&found).join(" "), @"version a b equal severity conditions verdicts checks changes answers only_a only_b pairs prefix cost_a cost_b");
    insta::assert_snapshot!(keys(&found["changes"][0]).join(" "), @"severity change layer tool pointer byte exchange_a exchange_b requests a b lines tokens_lost");
    insta::assert_snapshot!(found["prefix"], @r#"{"first":{"exchange_a":1,"exchange_b":1,"pointer":"/input/5/output","layer":"tool_output","kept_tokens":227,"kept_bytes":894,"lost_tokens":1,"lost_bytes":4},"breaks_more":0,"breaks_a":0,"breaks_b":0,"repeated_tokens":0,"repeated_bytes":0}"#);
}

const GREET: &str = "summary: the developer asks for more\ndeveloper: Greet the user first.\n";

#[test]
fn runs_and_folders_of_results() {
    let world = World::new();
    world.scenario("other", world::TINY, world::SCRIPT);
    let run = |out: &str, more: &[&str]| {
        let args: Vec<&str> =
            ["run", "--script", "--out", out].iter().chain(more).copied().collect();
        world.unreel(&args).code
    };
    assert_eq!((run("a", &[]), run("b", &[])), (0, 0));
    let same = world.unreel(&["diff", "a", "b"]);
    assert_eq!((same.code, same.out.lines().next()), (0, Some("2 runs equal")));

    // A check of one scenario is another, and fails.
    world.scenario("other", &world::TINY.replace("equals: goodbye", "equals: ciao"), world::SCRIPT);
    assert_eq!(run("c", &[]), 1);
    let ran = world.unreel(&["diff", "a", "c"]);
    assert_eq!(ran.code, 1);
    let expected = "1 of 2 runs differ, 1 equal";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    assert!(ran.out.contains("other@base#1  pass -> fail"), "{}", ran.out);
    assert!(ran.out.contains("unreel diff a c --run 'other@base#1'"), "{}", ran.out);
    let one = world.unreel(&["diff", "a", "c", "--run", "other"]);
    assert!(one.out.contains("verdict: pass -> fail"), "{}", one.out);
    assert!(one.out.contains("check `the word is changed`: holds in A, fails in B"), "{}", one.out);
    let markdown = world.unreel(&["diff", "a", "c", "--format", "markdown"]).out;
    assert!(markdown.contains("<details><summary>other@base#1</summary>"), "{markdown}");

    // A variant beside its base, and a run beside the recording that it drifted from.
    world.write("greet.yaml", GREET);
    assert_eq!(world.unreel(&["record", "tiny"]).code, 0);
    assert_eq!(run("d", &["tiny", "--variant", "greet.yaml"]), 0);
    for (a, b) in [("a/runs/tiny@base#1", "d"), ("recordings/tiny.jsonl", "d/runs/tiny@greet#1")] {
        let ran = world.unreel(&["diff", a, b]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.out.contains("context: prompt\n  developer added"), "{}", ran.out);
        assert!(ran.out.contains("      +Greet the user first."), "{}", ran.out);
    }
}

#[test]
fn what_cannot_be_compared_is_named_with_the_way_out() {
    let world = World::new();
    world.write("a.jsonl", Talk::default().jsonl());
    world.scenario("other", world::TINY, world::SCRIPT);
    assert_eq!(world.unreel(&["run", "--script", "--out", "out"]).code, 0);
    let error = |args: &[&str]| {
        let ran = world.unreel(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        ran.error().to_owned()
    };
    insta::assert_snapshot!(error(&["diff", "a.jsonl", "out"]), @r"
    error: out: which of its 2 runs is meant?
    help: name one: other@base#1, tiny@base#1
    ");
    insta::assert_snapshot!(error(&["diff", "a.jsonl", "none.jsonl"]), @r"
    error: none.jsonl: cannot be read: No such file or directory (os error 2)
    help: see that the file is there and may be read
    ");
    insta::assert_snapshot!(error(&["diff", "out", "out", "--run", "tiny@bas"]), @r"
    error: out: there is no run `tiny@bas`
    help: did you mean `tiny@base#1`?
    ");
}

#[test]
fn costs_of_folders_are_those_of_one_trial_of_the_same_variant() {
    let world = World::new();
    world.write("scenarios/variants/greet.yaml", GREET);
    let run = |out: &str, variants: &str, trials: &str| {
        let args = ["run", "--script", "--out", out, "--variant", variants, "--trials", trials];
        assert_eq!(world.unreel(&args).code, 0);
    };
    run("both", "base,greet", "1");
    run("greet", "greet", "3");
    run("base", "base", "1");
    let diff = |args: &[&str]| world.unreel(&[&["diff", "--cost"], args].concat());

    // The greeting costs tokens: a mean over both variants would differ from either.
    let ran = diff(&["both", "greet"]);
    assert_eq!(ran.code, 1, "base has no counterpart");
    for part in ["tiny      A greet", "B greet", "1.00x", "in both arms: tiny@base"] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    assert!(!ran.out.contains("A base"), "{}", ran.out);
    let rows: Value =
        serde_json::from_str(&diff(&["both", "greet", "--format", "json"]).out).unwrap();
    assert_eq!((&rows["rows"][0]["variant"], &rows["rows"][1]), (&"greet".into(), &Value::Null));

    // More trials of the same are the same.
    let ran = diff(&["both", "greet", "--variant", "greet,greet"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("0 more of A, 2 more of B"), "{}", ran.out);
    let ran = diff(&["both", "greet", "--variant", "base,greet"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("variant base -> greet"), "{}", ran.out);
    assert_eq!(diff(&["base", "greet"]).code, 1, "one variant each is compared as it is");

    // Nothing in common.
    world.write("scenarios/variants/short.yaml", GREET.replace("Greet the user first", "Be short"));
    run("short", "short", "1");
    let error = |args: &[&str]| {
        let ran = diff(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        ran.error().to_owned()
    };
    insta::assert_snapshot!(error(&["both", "short"]), @r"
    error: no variant in both: both holds base, greet; short holds short
    help: say one of each: --variant A,B
    ");
    insta::assert_snapshot!(error(&["both", "short", "--variant", "base,shrot"]), @r"
    error: no such two variants: both holds base, greet; short holds short
    help: say one of each: --variant A,B
    ");
}
