//! `unreel diff` of two variants that were run several times.
#[path = "support/world.rs"]
mod world;

use world::World;

/// The binary, in the checkout.
fn unreel(args: &[&str]) -> (String, i32) {
    let world = World::new();
    let mut command = world.command(args);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let ran = world::ran(command);
    (ran.out + &ran.err, ran.code)
}

#[test]
fn two_variants_of_one_folder_are_two_arms() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let variants = ["--variant", "base,one-fact-less", "--trials", "2", "--out", out];
    let (_, code) = unreel(&[&["run", "compaction-keeps", "--script"], &variants[..]].concat());
    assert_eq!(code, 0, "one fact less, and the work fails, as expected");
    let (text, code) = unreel(&["diff", out]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(text, @r"
    A  base · builtin 0.1.0 · model unreel-1 · answers: scripted
    B  one-fact-less · builtin 0.1.0 · model unreel-1 · answers: scripted

    scenario              A      B  difference                  p       requests  money
    compaction-keeps    1/1    0/1  -100 pp (-100 .. +12)   0.500   24.0 -> 24.0

    no difference is shown: 100 % -> 0 %, -100 pp (-100 .. +12) over 1 scenario
    the smallest drop these trials could have shown: 100 pp (one-sided 5 %, power 80 %)
    sent 587 kB -> 586 kB, new 74.3 kB -> 74.2 kB over all graded trials
    counted once, since without a live model they only repeat each other: 1 more of A, 1 more of B
    difference: of success rates, 95 % interval (a scenario: Newcombe; all: paired, the scenario is the
      unit). p: Fisher, one-sided. Requests and money: of one trial.
    ");
    let (text, _) = unreel(&["diff", out, "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = &value["rows"][0];
    assert_eq!((&row["a"]["successes"], &row["a"]["trials"]), (&1.into(), &1.into()), "{row}");
    assert_eq!((&row["b"]["successes"], &row["b"]["repeats"]), (&0.into(), &1.into()), "{row}");
    // The other way round, it is better.
    let (text, _) = unreel(&["diff", out, "--variant", "one-fact-less,base"]);
    assert!(text.contains("0 % -> 100 %"), "{text}");
}

#[test]
fn what_cannot_be_two_arms_is_refused() {
    let (text, code) = unreel(&["diff", "recordings/fix-failing-test.jsonl"]);
    assert_eq!(code, 2);
    assert!(text.contains("there is nothing to compare it with"), "{text}");
    let one = "recordings/tools-shuffled.jsonl";
    let (text, code) = unreel(&["diff", one, "recordings/tools-shuffled@fixed.jsonl", "--cost"]);
    assert_eq!(code, 2);
    assert!(text.contains("--cost tells of folders of results"), "{text}");
}
