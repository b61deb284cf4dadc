//! `unreel simulate` from the command line: what it says, what it writes, what it refuses.

#[path = "support/data.rs"]
mod data;

use std::path::Path;
use std::process::{Command, Output};
use unreel::measure::structure_only;
use unreel::recording::Recording;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn simulate(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unreel"));
    command.current_dir(ROOT).arg("simulate").args(args).output().unwrap()
}

fn told(args: &[&str]) -> String {
    let output = simulate(args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {err}");
    String::from_utf8(output.stdout).unwrap()
}

/// Exit code 2, and what it says.
fn refused(args: &[&str]) -> String {
    let output = simulate(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

const RECORDING: &str = "recordings/fix-failing-test.jsonl";

#[test]
fn it_says_what_stands_beside_every_figure_in_a_hundred_columns() {
    let text = told(&[
        "recordings",
        "tests/import/logs/claude-code.jsonl",
        "--layout=recorded,append,window:turns=3,clear-tool-results:keep=1,every=2,timestamp-first",
        "--compaction=none,threshold:16000,to=500",
        "--cache=ideal,openai-breakpoints,anthropic-5m",
        "--model=gpt-5.6-sol",
    ]);
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for beside in ["answers held fixed", "logs lack: ", "prices of ", "assumed parameters", "bound"]
    {
        assert!(text.contains(beside), "{beside}:\n{text}");
    }
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let args = ["recordings", "--layout=append,tools-changed:at=2,window:turns=3", "--format=json"];
    let of = |jobs: &str| {
        let output = simulate(&[&args[..], &["--jobs", jobs]].concat());
        (output.status.code(), output.stdout, output.stderr)
    };
    let (one, four) = (of("1"), of("4"));
    assert!(one == four);
    let value: serde_json::Value = serde_json::from_slice(&one.1).unwrap();
    assert_eq!((&value["version"], &value["answers"]), (&1.into(), &"held fixed".into()));
    assert!(value["comparisons"].as_array().unwrap().len() > 4);
}

/// Regression: orders were drawn by the path as it was written.
#[test]
fn another_name_of_the_same_file_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("other.jsonl");
    std::fs::copy(Path::new(ROOT).join(RECORDING), &copy).unwrap();
    let figures = |path: &str| -> serde_json::Value {
        let text = told(&[path, "--format=json", "--layout=tools-shuffled"]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["combinations"].clone()
    };
    let one = figures(RECORDING);
    assert_eq!(one, figures(&format!("./{RECORDING}")));
    assert_eq!(one, figures(&copy.display().to_string()));
}

#[test]
fn tables_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let args = [RECORDING, "--layout=append,window:turns=3", "--out", &out.display().to_string()];
    let text = told(&args);
    assert!(text.contains("full: "), "{text}");
    for name in ["combinations", "sessions", "requests", "pareto", "comparisons"] {
        for end in ["csv", "parquet"] {
            assert!(out.join(format!("tables/{name}.{end}")).is_file(), "{name}.{end}");
        }
    }
    let rows = |name: &str| {
        std::fs::read_to_string(out.join(format!("tables/{name}.csv"))).unwrap().lines().count() - 1
    };
    // Two layouts, two caches, one thread of nine requests.
    assert_eq!((rows("combinations"), rows("sessions"), rows("requests")), (4, 4, 36));
    let page = std::fs::read_to_string(out.join("summary.md")).unwrap();
    assert!(page.contains("answers held fixed") && page.contains("## Cost against what was kept"));
}

#[test]
fn a_compressed_recording_and_one_without_texts_give_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let text = std::fs::read(Path::new(ROOT).join(RECORDING)).unwrap();
    let path = dir.path().join("one.jsonl.zst");
    std::fs::write(&path, zstd::encode_all(&text[..], 3).unwrap()).unwrap();
    let figures = |path: &str| -> serde_json::Value {
        let text = told(&[path, "--format=json", "--layout=append,window:turns=3,keep=2"]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["combinations"].clone()
    };
    assert_eq!(figures(RECORDING), figures(&path.display().to_string()));

    let recording = Recording::load(&Path::new(ROOT).join(RECORDING)).unwrap();
    let bare = dir.path().join("bare.jsonl");
    std::fs::write(&bare, structure_only(&recording).to_jsonl()).unwrap();
    let (texts, bare) = (figures(RECORDING), figures(&bare.display().to_string()));
    for key in ["sent_bytes", "new_bytes", "sent_tokens", "cached_tokens", "visible_tokens"] {
        assert_eq!(texts[0][key], bare[0][key], "{key}, appended");
    }
    assert_eq!(texts[2]["sent_tokens"], bare[2]["sent_tokens"], "within a window");
    // The environment block, written anew, is as long as it was and a line more, as JSON has it.
    let line = "  <now>day 0, 00:00:00.000</now>\\n".len() as u64;
    let sent = |path: &str| -> Vec<u64> {
        let text = told(&[path, "--format=json", "--layout=append,environment-in-place"]);
        let value = serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let rows = value["combinations"].as_array().unwrap().clone();
        rows.iter().step_by(2).map(|row| row["sent_bytes"].as_u64().unwrap()).collect()
    };
    let sent = sent(&dir.path().join("bare.jsonl").display().to_string());
    assert_eq!(sent[1] - sent[0], 9 * line);
}

#[test]
fn bad_input_is_named_with_what_to_do() {
    let all: [(&[&str], &[&str]); 14] = [
        (
            &[RECORDING, "--layout=tools-sortd"],
            &["unknown layout `tools-sortd`", "did you mean `tools-sorted`?"],
        ),
        (
            &[RECORDING, "--cache=anthropic-5"],
            &["unknown cache policy `anthropic-5`", "`anthropic-5m`"],
        ),
        (&[RECORDING, "--compaction=treshold:3"], &["unknown compaction", "`threshold`"]),
        (&[RECORDING, "--layout=window:turns=0"], &["`turns=0` of layout `window`", "from 1 on"]),
        (&[RECORDING, "--layout=window"], &["needs `turns`"]),
        (
            &[RECORDING, "--layout=tools-changed:at=99"],
            &["beyond the session, which has 9", "from 2 to 9"],
        ),
        (
            &[RECORDING, "--compaction=threshold:500,to=400"],
            &["would never end", "a higher threshold"],
        ),
        (&[RECORDING, "--model=gpt-unheard-of"], &["no model `gpt-unheard-of`", "--prices FILE"]),
        (&[RECORDING, "--prices=Cargo.toml"], &["Cargo.toml"]),
        (&[RECORDING, "--latency=prefil=3"], &["no `prefil`", "prefill"]),
        (&[RECORDING, "--tools=Cargo.toml"], &["Cargo.toml", "a JSON list of tool definitions"]),
        (&["Cargo.toml"], &["Cargo.toml"]),
        (&["nowhere.jsonl"], &["nowhere.jsonl"]),
        (&["src"], &["holds no recording, journal or log"]),
    ];
    for (args, expected) in all {
        let err = refused(args);
        for part in expected {
            assert!(err.contains(part), "{args:?} should say {part:?}:\n{err}");
        }
    }
}

#[test]
fn a_missing_layer_is_refused_and_can_be_supplied() {
    let dir = tempfile::tempdir().unwrap();
    let log = "tests/import/logs/claude-code.jsonl";
    let err = refused(&[log, "--layout=append,tools-shuffled"]);
    assert!(err.contains("works on tool definitions, and the log lacks them"), "{err}");
    assert!(err.contains("--tools FILE"), "{err}");
    let tools = dir.path().join("tools.json");
    let list = r#"[{"name":"a","description":"one"},{"name":"b"},{"name":"c"}]"#;
    std::fs::write(&tools, list).unwrap();
    let given = tools.display().to_string();
    let text = told(&[log, "--layout=append,tools-shuffled", "--tools", &given]);
    assert!(text.contains("tools-shuffled") && !text.contains("lack: tools"), "{text}");
    // The same as a body that has them.
    std::fs::write(&tools, format!("{{\"model\":\"m\",\"tools\":{list}}}")).unwrap();
    assert_eq!(told(&[log, "--layout=append,tools-shuffled", "--tools", &given]), text);
}

#[test]
fn the_growth_table_by_the_command() {
    let args = ["--generate=p=12000,a=150,o=850,n=200", "--format=json", "--cache=ideal"];
    let layouts = "--layout=append,timestamp-first:tokens=1,window:turns=20,keep=14";
    let text = told(&[&args[..], &[layouts, "--compaction=none,threshold:60000,to=2000"]].concat());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = |at: usize| {
        let row = &value["combinations"][at];
        (row["sent_tokens"].as_u64().unwrap(), row["new_tokens"].as_u64().unwrap())
    };
    assert_eq!(row(0), (22_300_000, 211_000));
    assert_eq!(row(1), (7_166_000, 215_000));
    assert_eq!(row(2), (22_300_200, 22_300_200));
    assert_eq!(row(4), (5_647_000, 549_000));
    // Four calls, at 61,000 tokens and what follows, are told beside.
    assert_eq!(value["combinations"][1]["calls"], 4);
}

#[test]
fn real_sessions_are_simulated_as_they_are() {
    for (place, end) in [("sessions/codex", ".jsonl"), ("sessions/claude-code", ".jsonl")] {
        for path in data::files(place, end) {
            let path = path.display().to_string();
            let text = told(&[&path, "--layout=recorded,append,window:turns=5", "--format=json"]);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let rows = value["combinations"].as_array().unwrap();
            assert_eq!(rows.len(), 6, "{path}: three layouts, two caches");
            for row in rows {
                let of = |key: &str| row[key].as_u64().unwrap();
                assert!(of("new_tokens") <= of("sent_tokens"), "{path}: {row}");
                let read = of("cached_tokens") + of("written_tokens") + of("plain_tokens");
                assert!(read <= of("sent_tokens"), "{path}: {row}");
                let recorded = row["layout"] == "recorded";
                assert!(recorded || of("visible_tokens") <= of("history_tokens"), "{path}: {row}");
            }
        }
    }
}

/// Regression: a layout that was refused for short sessions was summed over the long ones alone, and
/// so looked cheaper than the others; what was named twice was summed twice.
#[test]
fn only_what_every_layout_fits_is_summed_and_nothing_twice() {
    let long = "recordings/long-session.jsonl";
    let args = ["--layout=append,tools-changed:at=30", "--cache=ideal", "--format=json"];
    let output = simulate(&[&[RECORDING, long], &args[..]].concat());
    assert_eq!(output.status.code(), Some(2), "one is refused");
    let both: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let alone = told(&[&[long, long], &args[..]].concat());
    let alone: serde_json::Value = serde_json::from_str(&alone).unwrap();
    for key in ["combinations", "pareto"] {
        assert_eq!(both[key], alone[key], "{key}");
    }
    let requests = both["combinations"].as_array().unwrap().iter().map(|one| &one["requests"]);
    assert_eq!(requests.collect::<Vec<_>>(), [120, 120]);
    let output = simulate(&[RECORDING, long, args[0], args[1]]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n1 of 2 inputs: those that every layout fits\n"), "{text}");
    let err = refused(&[long, "--cache=vllm,vllm:page=16"]);
    assert!(err.contains("cache `vllm` is named twice"), "{err}");
}
