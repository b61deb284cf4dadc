//! Mistakes that cost a cache, and their fixed twins: the real binary replays both, each mistake
//! breaks the prefix where it should and for the cause it should, and what docs/mistakes.md says of
//! the price is what is measured.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use unreel::cache::Fields;
use unreel::recording::Recording;
use unreel::wire::Request;

const PAGE: &str = include_str!("../docs/mistakes.md");

/// The scenarios, each with a variant `fixed`.
const MISTAKES: [&str; 5] =
    ["clock-first", "effort-changed", "folder-rewritten", "tools-changed", "tools-shuffled"];

/// The caches that the page accounts the recordings under.
const CACHES: &str = "openai-128,openai-breakpoints,anthropic-5m,vllm";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program with these arguments, in the checkout; where a replay must be exact.
fn unreel(args: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_unreel"))
        .args(args)
        .current_dir(root())
        .env("CI", "true")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(output.status.code() < Some(2), "{}", text(&output.stderr));
    (text(&output.stdout), output.status.code())
}

/// Results of all of them, mistake and twin.
fn results() -> &'static Path {
    static OUT: OnceLock<PathBuf> = OnceLock::new();
    OUT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
        let options = ["--variant", "fixed,base", "--out", out.to_str().unwrap()];
        let (text, code) = unreel(&[&["run"], &MISTAKES[..], &options].concat());
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("10 passed · 0 drift · 0 unplayed"), "{text}");
        out
    })
}

/// Breaks of a run, as `after>seq pointer cause`.
fn breaks(scenario: &str, variant: &str) -> Vec<String> {
    let table = std::fs::read_to_string(results().join("tables/prefix_breaks.csv")).unwrap();
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|one| *one == name).unwrap();
    let row = |cells: Vec<&str>| {
        let cell = |name: &str| cells[column(name)];
        (cell("scenario") == scenario && cell("variant") == variant).then(|| {
            format!("{}>{} {} {}", cell("after_seq"), cell("seq"), cell("pointer"), cell("cause"))
        })
    };
    lines.filter_map(row).collect()
}

#[test]
fn the_page_tells_what_is_measured_and_how_to_measure_it() {
    let run = format!("run {} --variant fixed,base --out reports/mistakes", MISTAKES.join(" "));
    let told: Vec<&str> =
        PAGE.lines().filter_map(|line| line.strip_prefix("cargo run -- ")).collect();
    let simulate =
        format!("simulate recordings/clock-first.jsonl --layout recorded --cache {CACHES}");
    assert_eq!(
        told,
        [&run, "diff reports/mistakes --variant fixed,base --cost --format markdown", &simulate],
        "the commands on the page"
    );
    let out = results().to_str().unwrap();
    let (table, code) =
        unreel(&["diff", out, "--variant", "fixed,base", "--cost", "--format", "markdown"]);
    assert_eq!(code, Some(1), "they differ");
    assert!(PAGE.contains(&table), "docs/mistakes.md should hold:\n\n{table}");
    for name in MISTAKES {
        assert!(table.contains(&format!("| {name} |")) && PAGE.contains(&format!("`{name}`")));
    }
}

#[test]
fn the_same_figures_stand_in_the_text_and_in_the_json() {
    let out = results().to_str().unwrap();
    let (text, code) = unreel(&["diff", out, "--variant", "fixed,base", "--cost"]);
    assert_eq!(code, Some(1));
    let (json, _) = unreel(&["diff", out, "--variant", "fixed,base", "--cost", "--format", "json"]);
    let arms: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(arms["rows"].as_array().unwrap().len(), MISTAKES.len());
    for row in arms["rows"].as_array().unwrap() {
        let (a, b) = (&row["a"], &row["b"]);
        assert_eq!(a["requests"], b["requests"], "{row}");
        assert_eq!(
            (&a["successes"], &b["successes"]),
            (&1.into(), &1.into()),
            "it costs no success"
        );
        for figure in [&a["new_tokens"], &b["new_tokens"]] {
            let digits = figure.to_string();
            let (high, low) = digits.split_at(digits.len() - 3);
            assert!(text.contains(&format!(" {high},{low} ")), "{figure} in {text}");
        }
        // Of an effort an ideal prefix sees nothing.
        let seen = row["scenario"] != "effort-changed";
        assert_eq!(b["new_tokens"].as_u64() > a["new_tokens"].as_u64(), seen, "{row}");
        assert!(b["cost"].as_u64() > a["cost"].as_u64(), "{row}");
    }
    // A twin beside itself costs the same.
    let (_, code) = unreel(&["diff", out, "--variant", "fixed,fixed", "--cost"]);
    assert_eq!(code, Some(0));
}

#[test]
fn each_mistake_breaks_where_it_should_and_its_twin_nowhere() {
    for scenario in MISTAKES {
        assert_eq!(breaks(scenario, "fixed"), [""; 0], "{scenario}");
    }
    let shuffled = breaks("tools-shuffled", "base");
    assert_eq!(shuffled.len(), 8, "every request but the first");
    for found in &shuffled {
        assert!(found.contains(" /tools/") && found.ends_with(" tools_changed"), "{found}");
    }
    // The patch tool was the third; now there is the one behind it, of another type.
    assert_eq!(
        breaks("tools-changed", "base"),
        ["8>9 /tools/2/type tools_changed", "11>12 /tools/2/type tools_changed"]
    );
    let environment = "/input/2/content/0/text input_changed";
    assert_eq!(
        breaks("folder-rewritten", "base"),
        ["4>5", "8>9", "11>12"].map(|at| format!("{at} {environment}"))
    );
    let clock: Vec<String> =
        (1..10).map(|at| format!("{}>{at} /instructions input_changed", at - 1)).collect();
    assert_eq!(breaks("clock-first", "base"), clock);
}

/// Mistake, second variant where there is one, twin.
fn recordings() -> Vec<String> {
    let of = |name: &&str| {
        let last = (*name == "clock-first").then(|| format!("{name}@last"));
        [Some((*name).to_owned()), last, Some(format!("{name}@fixed"))].into_iter().flatten()
    };
    MISTAKES.iter().flat_map(of).collect()
}

#[test]
fn the_page_tells_what_other_caches_would_have_read() {
    for name in recordings() {
        let file = format!("recordings/{name}.jsonl");
        let options = ["--layout", "recorded", "--cache", CACHES, "--format", "json"];
        let (json, _) = unreel(&[&["simulate", &file], &options[..]].concat());
        let simulated: serde_json::Value = serde_json::from_str(&json).unwrap();
        let cell = |combination: &serde_json::Value| {
            let of = |key: &str| combination[key].as_u64().unwrap() as f64;
            format!("{:.0} %", of("cached_tokens") * 100.0 / of("sent_tokens"))
        };
        let cells: Vec<String> =
            simulated["combinations"].as_array().unwrap().iter().map(cell).collect();
        let row = format!("| `{name}` | {} |\n", cells.join(" | "));
        assert!(PAGE.contains(&row), "docs/mistakes.md should hold {row}");
    }
}

#[test]
fn each_mistake_is_recognised_and_the_twins_have_none() {
    for name in recordings() {
        let file = format!("recordings/{name}.jsonl");
        let (json, _) = unreel(&["explain", &file, "--format", "json"]);
        let told: serde_json::Value = serde_json::from_str(&json).unwrap();
        let mut found: Vec<&str> = told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["what"].as_str().unwrap())
            .collect();
        found.dedup();
        let expected: &[&str] = match name.as_str() {
            "clock-first" => &["varying_value"],
            "clock-first@last" => &["tail_replaced"],
            "effort-changed" => &["setting_changed"],
            "folder-rewritten" => &["environment_rewritten"],
            "tools-changed" => &["tool_removed", "tool_added"],
            "tools-shuffled" => &["tools_reordered"],
            _ => &[],
        };
        assert_eq!(found, expected, "{name}");
    }
}

/// The requests of a recording, which the runs above held to byte for byte.
fn requests(name: &str) -> Vec<(Fields, Request)> {
    let recording = Recording::load(&root().join(format!("recordings/{name}.jsonl"))).unwrap();
    let of = |exchange: &unreel::recording::Exchange| {
        (Fields::of(exchange.endpoint, &exchange.request), exchange.request.clone())
    };
    recording.exchanges().iter().map(of).collect()
}

/// Input tokens that were read from the cache in force, by request.
fn cached(scenario: &str, variant: &str) -> Vec<u64> {
    let table = std::fs::read_to_string(results().join("tables/requests.csv")).unwrap();
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|one| *one == name).unwrap();
    let of = |cells: Vec<&str>| {
        let wanted = cells[column("scenario")] == scenario && cells[column("variant")] == variant;
        wanted.then(|| cells[column("cached_tokens")].parse().unwrap())
    };
    lines.filter_map(of).collect()
}

/// The effort is no part of the prompt: no rendering shows that it changed, and for an ideal cache
/// nothing did. The cache in force, OpenAI's, is keyed by it.
#[test]
fn a_changed_effort_is_seen_in_the_fields_and_not_in_the_prompt() {
    assert_eq!(breaks("effort-changed", "base"), [""; 0]);
    let (mistake, fixed) = (requests("effort-changed"), requests("effort-changed@fixed"));
    let effort = |(fields, _): &(Fields, Request)| fields.effort.clone().unwrap();
    let efforts: Vec<String> = mistake.iter().map(effort).collect();
    let (high, low) = efforts.split_at(6);
    assert!(high.iter().all(|one| one == "high"), "{efforts:?}");
    assert!(low.len() == 3 && low.iter().all(|one| one == "low"), "{efforts:?}");
    assert!(fixed.iter().map(effort).all(|one| one == "high"));
    let (with, without) = (cached("effort-changed", "base"), cached("effort-changed", "fixed"));
    assert_eq!(with[..6], without[..6]);
    assert!(with[6] == 0 && without[6] > 6_000, "{with:?} {without:?}");
    assert_eq!(with[7..], without[7..], "what the new effort has sent is read again");
    for ((fields, request), (other, twin)) in mistake.iter().zip(&fixed) {
        assert_eq!(request.input, twin.input);
        assert_eq!(request.tools(), twin.tools());
        let effort = fields.effort.clone();
        assert_eq!(*fields, Fields { effort, ..other.clone() });
    }
}

#[test]
fn a_mistake_is_made_again_to_the_byte_and_another_seed_shuffles_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        let path = out.to_str().unwrap();
        let args =
            ["run", "tools-shuffled", "clock-first", "--script", "--seed", seed, "--out", path];
        let (text, code) = unreel(&args);
        assert_eq!(code, Some(0), "{text}");
        ["tools-shuffled", "clock-first"].map(|scenario| {
            let events = out.join(format!("runs/{scenario}@base#1/events.jsonl"));
            let events = std::fs::read_to_string(events).unwrap();
            // The seed itself stands in the first event.
            events.lines().skip(1).map(str::to_owned).collect::<Vec<String>>()
        })
    };
    let [tools, clock] = run("one", "1");
    let [again, clock_again] = run("again", "1");
    assert!(tools == again && clock == clock_again);
    let [other, clock_other] = run("other", "2");
    assert!(tools != other, "an order is drawn");
    assert!(clock == clock_other, "a time is not");
}

/// Regression: the orders of another trial were taken for a run that does not repeat itself.
#[test]
fn trials_that_draw_other_orders_are_not_unstable() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes-trials");
    let options = ["--script", "--trials", "2", "--out", out.to_str().unwrap()];
    let (text, code) = unreel(&[&["run", "tools-shuffled", "clock-first"], &options[..]].concat());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("4 passed"), "{text}");
    let journal = std::fs::read_to_string(out.join("journal.jsonl")).unwrap();
    assert_eq!(journal.matches("\"draws\":true").count(), 2, "of the shuffled ones alone");
}
