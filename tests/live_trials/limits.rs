//! What all runs together may use, and what would be used.

use crate::drawn::Drawn;
use crate::world::{self, World};
use unreel::recording::Recording;

fn exchanges(world: &World, name: &str) -> usize {
    Recording::load(&world.path(&format!("out/recordings/{name}"))).unwrap().exchanges.len()
}

#[test]
fn there_is_never_a_request_too_many_and_nothing_recorded_is_lost() {
    let world = World::new();
    let model = Drawn::start(world::SCRIPT, |_| false);
    let url = model.url();
    let run = |most: &str| {
        let args = ["run", "--live", &url, "--trials", "4", "--out", "out", "--max-requests", most];
        world.unreel(&args)
    };
    // Three requests to a run: the second one is under way, two more do not start.
    let ran = run("5");
    assert_eq!((ran.code, model.requests()), (1, 5), "{}\n{}", ran.out, ran.err);
    assert_eq!(world.names("out/recordings"), ["tiny@base#1.jsonl", "tiny@base#2.jsonl"]);
    assert_eq!(exchanges(&world, "tiny@base#1.jsonl"), 3);
    assert_eq!(exchanges(&world, "tiny@base#2.jsonl"), 2);
    let told = "the limit of 5 requests for all runs is reached: 2 of 4 runs never started";
    assert!(ran.err.contains(told), "{}", ran.err);
    assert!(ran.out.contains("1 passed · 1 interrupted"), "{}", ran.out);
    assert!(ran.out.contains("1/1"), "a run that was stopped is in no rate: {}", ran.out);
    assert!(world.read("out/journal.jsonl").lines().next().unwrap().ends_with(
        r#""interrupted":true,"stopped":"the limit of 5 requests for all runs is reached"}"#
    ));
    let again = world.unreel(&["report", "out"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains(told), "{}", again.err);

    // So it is with several at once.
    let several = ["run", "--live", &url, "--trials", "4", "--out", "several", "--jobs", "3"];
    let ran = world.unreel(&[&several[..], &["--max-requests", "5"]].concat());
    assert_eq!((ran.code, model.requests()), (1, 10), "{}\n{}", ran.out, ran.err);
    let kept = world.names("several/recordings").into_iter();
    let kept = kept.map(|name| Recording::load(&world.path(&format!("several/recordings/{name}"))));
    assert_eq!(kept.map(|one| one.unwrap().exchanges.len()).sum::<usize>(), 5);

    // Exactly enough is enough.
    let ran = run("12");
    assert_eq!((ran.code, model.requests()), (0, 22), "{}\n{}", ran.out, ran.err);
    assert_eq!(world.names("out/recordings").len(), 4);
    assert!(!world.read("out/journal.jsonl").contains("stopped"));
}

#[test]
fn requests_on_a_websocket_count_when_they_are_answered() {
    let world = World::new();
    world.write("socket.yaml", "summary: over a WebSocket\ntransport: websocket\n");
    let model = Drawn::start(world::SCRIPT, |_| false);
    let url = model.url();
    let args = ["run", "--live", &url, "--variant", "socket.yaml", "--trials", "4"];
    let ran = world.unreel(&[&args[..], &["--max-requests", "4", "--out", "out"]].concat());
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    // One too many passes, because it is not held up.
    assert_eq!(world.names("out/recordings").len(), 2);
    assert_eq!(model.requests(), 5, "{}\n{}", ran.out, ran.err);
}

#[test]
fn nothing_is_sent_once_the_money_is_spent() {
    let world = World::new();
    let model = Drawn::start(world::SCRIPT, |_| false);
    let url = model.url();
    // A dollar for a million tokens of input, and nothing else costs: some tenths of a cent a request.
    world.write(
        "prices.yaml",
        "date: 2026-01-02\nmodels:\n  unreel-1: {input: 1, cached: 1, output: 0, source: own}\n",
    );
    let args = ["run", "--live", &url, "--trials", "4", "--out", "out", "--max-spend"];
    let run = |most: &str| world.unreel(&[&args[..], &[most, "--prices", "prices.yaml"]].concat());
    let ran = run("0.000001");
    assert_eq!((ran.code, model.requests()), (1, 1), "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("the limit of $0.0000 for all runs is reached"), "{}", ran.err);
    assert_eq!(exchanges(&world, "tiny@base#1.jsonl"), 1);
    let ran = run("1.50");
    assert_eq!((ran.code, model.requests()), (0, 13), "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("used: 12 requests, about $0.0"), "{}", ran.out);
    assert!(ran.out.contains("by prices of 2026-01-02"), "{}", ran.out);

    // Who cannot count does not begin.
    let ran = world.unreel(&[&args[..], &["1"]].concat());
    assert_eq!((ran.code, model.requests()), (2, 13));
    insta::assert_snapshot!(ran.error(), @r"
    error: --max-spend: tiny asks for the model unreel-1, which is not in the price list of 2026-11-22
    help: add --prices FILE with its price (docs/formats.md has the shape), ask for another with
      --model, or limit --max-requests instead
    ");
}

#[test]
fn a_dry_run_connects_to_nothing() {
    let world = World::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let ran = world.unreel(&[
        "run",
        "--live",
        &url,
        "--trials",
        "3",
        "--variant",
        "base",
        "--model",
        "gpt-5",
        "--key-env",
        "NOT_THERE",
        "--dry-run",
        "--out",
        "out",
    ]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    let none = listener.accept().expect_err("nobody connects");
    assert_eq!(none.kind(), std::io::ErrorKind::WouldBlock);
    assert!(!world.path("out").exists());
    assert_eq!(world.leftovers(), [] as [std::path::PathBuf; 0]);
    let text = ran.out.replace(&url, "URL");
    let figures = regex::Regex::new(r"\d[\d.,]*( kB| tokens)|\$\d+\.\d+| +\d,\d+\b").unwrap();
    insta::assert_snapshot!(figures.replace_all(&text, " #"), @r"
    dry run: nothing was sent, no connection was opened
    endpoint  URL
    key       from the environment variable NOT_THERE; it is NOT set
    runs      3: 3 trials of each below

    first request of  model     body  tokens    input  tools
    tiny              gpt-5   # #   #  exec_command, write_stdin, apply_patch, update_p…

    all first requests together:  #,  #
    tokens: o200k, own rendering. input: an estimate by prices of 2026-11-22, nothing cached. A run
      sends many requests, each with the whole history so far, and pays for answers, too: --max-requests
      and --max-spend limit what all runs together may use.
    ");
}
