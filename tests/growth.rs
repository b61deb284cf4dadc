//! `unreel growth`, and the same in a folder of results: the figures of its tables, its pictures, its
//! page.

#[path = "support/world.rs"]
mod world;

use serde_json::Value;
use std::path::Path;
use world::World;

fn recording(name: &str) -> String {
    format!("{}/recordings/{name}.jsonl", env!("CARGO_MANIFEST_DIR"))
}

fn json(world: &World, args: &[&str]) -> Vec<Value> {
    let args: Vec<&str> = ["growth", "--format", "json"].iter().chain(args).copied().collect();
    let ran = world.unreel(&args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    serde_json::from_str(&ran.out).unwrap()
}

/// A figure of a point or of the closed form.
fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no figure"))
}

#[test]
fn the_sums_are_those_of_the_requests_and_near_the_closed_form() {
    let world = World::new();
    let long = json(&world, &[&recording("long-session")]).remove(0);
    let points = long["points"].as_array().unwrap();
    assert_eq!(points.len(), 120);
    let p = number(&long["law"]["p"]);
    let mut sent = 0;
    for (at, point) in points.iter().enumerate() {
        let n = at as u64 + 1;
        sent += number(&point["size"]);
        assert_eq!((number(&point["n"]), number(&point["sent"])), (n, sent));
        assert_eq!(number(&point["static_share"]), p * n);
        assert_eq!(number(&point["history_share"]), sent - p * n);
        // Nothing breaks: the largest prompt holds everything that was new.
        assert_eq!(number(&point["new"]), number(&point["size"]));
        // The ideal cache reads what is not new.
        let cached = sent - number(&point["new"]);
        assert_eq!((number(&point["cached"]), number(&point["input"])), (cached, sent));
        let billed = (cached as f64 * 0.1 + number(&point["new"]) as f64).round() as u64;
        assert_eq!(number(&point["billed"]), billed);
    }
    let near = |measured: u64, law: u64| (measured as f64 / law as f64 - 1.0).abs() < 0.005;
    assert!(near(sent, number(&long["law"]["sent"])), "{}", long["law"]);
    assert!(near(number(&points[119]["new"]), number(&long["law"]["new"])), "{}", long["law"]);
    let exponent = long["exponent"].as_f64().unwrap();
    assert!((1.95..2.05).contains(&exponent), "{exponent}");
    let short = json(&world, &[&recording("fix-failing-test")]).remove(0);
    assert_eq!(short["exponent"], Value::Null, "under fifty requests there is none");
}

#[test]
fn rates_are_those_of_the_model() {
    let world = World::new();
    let file = recording("fix-failing-test");
    assert_eq!(json(&world, &[&file]).remove(0)["rates"]["model"], Value::Null);
    let priced = json(&world, &[&file, "--price-as", "gpt-6.1-sol"]).remove(0);
    assert_eq!(priced["rates"]["read"].as_f64(), Some(0.05));
}

#[test]
fn the_page_stands_alone_and_is_always_the_same() {
    let world = World::new();
    let files = [recording("long-session"), recording("compaction-keeps")];
    for out in ["a", "b"] {
        let ran = world.unreel(&["growth", &files[0], &files[1], "--out", out]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out.ends_with(&format!("pictures: {out}/growth.html\n")), "{}", ran.out);
    }
    let page = world.read("a/growth.html");
    assert_eq!(page, world.read("b/growth.html"));
    assert_eq!(world.names("a/growth"), ["compaction-keeps.jsonl.svg", "long-session.jsonl.svg"]);
    for name in world.names("a/growth") {
        let svg = world.read(&format!("a/growth/{name}"));
        assert_eq!(svg, world.read(&format!("b/growth/{name}")));
        assert!(page.contains(&svg), "{name} is in the page");
    }
    // Nothing from elsewhere: no script, no address but the name of SVG.
    assert!(!page.contains("<script") && !page.contains("@import") && !page.contains("src="));
    assert_eq!(page.matches("http").count(), page.matches("http://www.w3.org/2000/svg").count());
    assert!(page.contains("prefers-color-scheme:dark"));
}

#[test]
fn a_folder_of_results_has_the_curves_of_its_runs() {
    let world = World::new();
    let ran = world.unreel(&["run", "--script", "tiny", "--trials", "2", "--out", "r"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(world.names("r/growth"), ["tiny.svg"], "of equal trials the first");
    let page = world.read("r/growth.html");
    assert!(page.contains("tiny: 3 requests"), "{page}");
    let table = world.read("r/tables/growth.csv");
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.starts_with("scenario,variant,agent,trial,n,p,s,r2,sent_tokens,"), "{table}");
    // Measured again, and made again in the same folder.
    let again = world.unreel(&["report", "r"]);
    assert_eq!((again.code, world.read("r/growth.html") == page), (0, true));
    assert_eq!(world.unreel(&["run", "--script", "tiny", "--out", "r"]).code, 0);
}

#[test]
fn a_grid_of_simulations_has_its_curves_too() {
    let world = World::new();
    let ran = world.unreel(&[
        "simulate",
        "--generate",
        "p=12000,a=150,o=850,n=200",
        "--layout",
        "append,tools-changed:at=100",
        "--cache",
        "ideal",
        "--out",
        "s",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(world.names("s/growth").len(), 2);
    let page = world.read("s/growth.html");
    // The rows of the reference: T = 22,300,000, U = 211,000 and, with other tools from call 100 on,
    // 321,000; the bills are 2,419,900 and 2,518,900.
    for figure in ["22,300,000", "211,000", "321,000", "2,419,900", "2,518,900"] {
        assert!(page.contains(&format!("<td>{figure}</td>")), "{figure}");
    }
    assert!(page.contains("answers held fixed"));
}

#[test]
fn bad_input_is_a_usage_error_with_help() {
    let world = World::new();
    world.write("file", "x");
    let file = recording("fix-failing-test");
    for (args, code) in [
        (&["growth", "nowhere"][..], 2),
        (&["growth"], 2),
        (&["growth", &file, "--price-as", "gpt-0"], 2),
        (&["growth", &file, "--out", "file"], 3),
    ] {
        let ran = world.unreel(args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{args:?}: {}", ran.err);
    }
    assert!(!Path::new("growth.html").exists());
}
