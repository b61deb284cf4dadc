//! `unreel lint` and `unreel migrate`: the real binary on files in a fresh folder.
#![cfg(target_os = "linux")]

#[path = "support/world.rs"]
mod world;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use unreel::cache::rendered;
use unreel::measure::{RequestMeasure, conversation, measure};
use unreel::recording::file::{Body, Sent};
use unreel::recording::volatile::{Elide, Layer};
use unreel::recording::{Answered, Delivery, Exchange, Header, Outcome, Recorder, Recording};
use unreel::wire::{Ending, Endpoint, Raw, Request};
use world::{SCRIPT, TINY, World};

/// Random letters, so that no file of the repository holds a key.
const R: &str = "q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1Nf5Jg0PsA4eU7iB2oC9vE6xK3tZ8yM1hQ5wD0rG";

fn exchange(body: &str, answer: &[&str]) -> Exchange {
    Exchange {
        seq: 0,
        thread: 0,
        endpoint: Endpoint::Responses,
        request: Request::parse(body.as_bytes()).unwrap(),
        delivery: Delivery::default(),
        wire_bytes: body.len() as u64,
        status: 200,
        outcome: Outcome::Completed,
        incomplete: None,
        output: answer.iter().map(|item| Raw::parse(item).unwrap()).collect(),
        usage: None,
        error: None,
        response_id: String::new(),
    }
}

/// A recording of these exchanges: body and answer.
fn recording(agent: &str, exchanges: &[(&str, &[&str])], sent: Option<&Sent>) -> Recording {
    let mut recorder = Recorder::new(Header::new("recorded", agent, "m", "tiny", "base"));
    for (number, (body, answer)) in exchanges.iter().enumerate() {
        let answered = Answered {
            ending: &Ending::Completed,
            response_id: &format!("resp_{number}"),
            answered_by: "upstream",
            sent,
        };
        recorder.push(&exchange(body, answer), &answered);
    }
    recorder.finish()
}

#[test]
fn secrets_in_header_body_output_base64_and_url_are_found_and_redacted() {
    let world = World::new();
    let base64 = STANDARD.encode(format!("user=me\nkey=sk-proj-{}\n", &R[..48]));
    let body = format!(
        r#"{{"model":"m","metadata":{{"api_key":"{a}"}},"input":[{{"type":"message","role":"user","content":"x"}},{{"type":"function_call","call_id":"call_1","name":"sh","arguments":"{{\"cmd\":\"curl https://me:{b}@host.example/?t=a%26token%3Dghp_{c}\"}}"}},{{"type":"function_call_output","call_id":"call_1","output":"AWS_SECRET_ACCESS_KEY={d}\n{base64}"}}]}}"#,
        a = &R[..32],
        b = &R[4..20],
        c = &R[..36],
        d = &R[..40],
    );
    let answer = format!(
        r#"{{"type":"message","id":"msg_1","role":"assistant","content":[{{"type":"output_text","text":"Authorization: Bearer {}"}}]}}"#,
        &R[8..40]
    );
    let sent = Sent {
        status: 200,
        headers: vec![("set-cookie".into(), format!("visit={}; path=/", &R[3..43]))],
        body: Body::Sse(format!("data: {{\"item\":{answer}}}\n\n")),
        torn: false,
    };
    let made = recording("somebody 1.0", &[(&body, &[&answer])], Some(&sent));
    let path = world.path("recordings/tiny.jsonl");
    made.save(&path).unwrap();

    let found = world.unreel(&["lint"]);
    assert_eq!(found.code, 1, "{}", found.out);
    insta::assert_snapshot!(found.out, @r"
    recordings/tiny.jsonl:3: secret: key or token, 32 bytes at /json/api_key; fix: unreel lint --fix
    recordings/tiny.jsonl:5: secret: password in a URL, 16 bytes at /json/arguments; fix: unreel lint --fix
    recordings/tiny.jsonl:5: secret: GitHub token, 40 bytes at /json/arguments; fix: unreel lint --fix
    recordings/tiny.jsonl:6: secret: key or token, 40 bytes at /json/output; fix: unreel lint --fix
    recordings/tiny.jsonl:6: secret: OpenAI key in base64, 75 bytes at /json/output; fix: unreel lint --fix
    recordings/tiny.jsonl:7: secret: bearer token, 32 bytes at /json/content/0/text; fix: unreel lint --fix
    recordings/tiny.jsonl:8: secret: cookie in the header set-cookie, 40 bytes at /response/sent/headers/0/1; fix: unreel lint --fix
    4 files · 7 findings
    ");
    assert!(!found.out.contains(&R[8..16]), "{}", found.out);

    let before = world.read("recordings/tiny.jsonl");
    let fixed = world.unreel(&["lint", "--fix"]);
    assert_eq!(fixed.code, 0, "{}", fixed.out);
    insta::assert_snapshot!(fixed.out, @r"
    recordings/tiny.jsonl: 7 secrets redacted
    4 files · 0 findings
    ");
    let after = world.read("recordings/tiny.jsonl");
    assert_eq!(after.len(), before.len());
    for part in [&R[..8], &R[8..16], &R[20..30]] {
        assert!(!after.contains(part), "{part} in {after}");
    }
    let read = Recording::load(&path).unwrap();
    assert_eq!(read.exchanges.len(), 1);
    let again = world.unreel(&["lint", "--fix"]);
    assert_eq!((again.code, again.out.as_str()), (0, "4 files · 0 findings\n"));
    assert_eq!(world.read("recordings/tiny.jsonl"), after);
    assert_eq!(world.leftovers(), [""; 0].map(PathBuf::from));
}

#[test]
fn what_a_seed_holds_never_reaches_a_recording_or_a_journal_and_replays_all_the_same() {
    let world = World::new();
    let key = format!("ghp_{}", &R[..36]);
    let script = SCRIPT.replace("cat a.txt", "cat a.txt key.txt");
    world.scenario("tiny", TINY, &script);
    world.write("scenarios/tiny/repo/key.txt", format!("token: {key}\n"));
    for (args, said) in [
        (&["record"][..], "recordings/tiny.jsonl: 3 exchanges\n"),
        (&["run", "--out", "out"], "1 passed · "),
        (&["run", "--script", "--out", "scripted"], "1 passed · "),
    ] {
        let ran = world.unreel(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains(said), "{args:?}: {}", ran.out);
    }
    for folder in ["recordings", "out", "scripted"] {
        for file in files(&world.path(folder)) {
            let bytes = std::fs::read(&file).unwrap();
            let holds = bytes.windows(key.len()).any(|part| part == key.as_bytes());
            assert!(!holds, "{}", file.display());
        }
    }
    assert!(world.read("recordings/tiny.jsonl").contains("token: REDACTED_"));
    let linted = world.unreel(&["lint"]);
    insta::assert_snapshot!(linted.out, @r"
    scenarios/tiny/repo/key.txt:1: secret: GitHub token, 40 bytes; fix: unreel lint --fix
    5 files · 1 finding
    ");
    assert_eq!(linted.code, 1);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

const USER: &str = r#"{"type":"message","role":"user","content":"go"}"#;
const CALL: &str =
    r#"{"type":"function_call","id":"fc_1","call_id":"call_1","name":"sh","arguments":"{}"}"#;
const SAID: &str = r#"{"type":"message","id":"msg_1","role":"assistant","content":[]}"#;

fn body(items: &[&str]) -> String {
    format!(r#"{{"model":"m","input":[{}]}}"#, items.join(","))
}

#[test]
fn what_no_replay_can_play_is_named_with_its_line() {
    let world = World::new();
    let output = r#"{"type":"function_call_output","call_id":"call_1","output":"/home/mette/x"}"#;
    let orphan = r#"{"type":"function_call_output","call_id":"call_9","output":"?"}"#;
    let (first, second) = (body(&[USER]), body(&[USER, CALL, output]));
    let (lost, open) = (body(&[USER, orphan]), body(&[USER, CALL, USER]));
    let mut made = recording(
        "somebody 1.0",
        &[(&first, &[CALL]), (&second, &[SAID]), (&lost, &[SAID]), (&open, &[SAID])],
        None,
    );
    made.exchanges[1].parent = None;
    made.exchanges[2].response_id = "resp_0".into();
    let twice = made.exchanges[0].clone();
    made.exchanges.push(twice);
    let text = made.to_jsonl();
    let orphaned = Raw::parse("\"nobody\"").unwrap();
    let line = format!("{{\"item\":\"{}\",\"json\":\"nobody\"}}\n", orphaned.digest());
    let end = text.rfind("{\"end\"").unwrap();
    world.write("recordings/tiny.jsonl", format!("{}{line}{line}{}", &text[..end], &text[end..]));
    let found = world.unreel(&["lint", "recordings"]);
    insta::assert_snapshot!(found.out, @r"
    recordings/tiny.jsonl:6: home: a path of the home folder of mette at /json/output; fix: record in the sandbox, or let a volatile rule of the agent file replace it
    recordings/tiny.jsonl:8: unplayable: the request of exchange 1 continues exchange 0, its parent is none at /parent; fix: record the scenario again
    recordings/tiny.jsonl:10: pairing: an output without its call (call_9) at /input/1; fix: the API refuses such a request; record the session again
    recordings/tiny.jsonl:10: duplicate: response id resp_0 is that of exchange 0, too at /response/id; fix: record the scenario again
    recordings/tiny.jsonl:10: duplicate: id msg_1 is minted in exchange 1, too at /response/output/0; fix: record the scenario again
    recordings/tiny.jsonl:11: pairing: a call without its output (call_1, fc_1) at /input/1; fix: the API refuses such a request; record the session again
    recordings/tiny.jsonl:11: duplicate: id msg_1 is minted in exchange 2, too at /response/output/0; fix: record the scenario again
    recordings/tiny.jsonl:12: unplayable: exchange 4 is never given: exchange 0 asks the same at /input; fix: record the scenario again
    recordings/tiny.jsonl:12: duplicate: response id resp_0 is that of exchange 2, too at /response/id; fix: record the scenario again
    recordings/tiny.jsonl:12: duplicate: id call_1 is minted in exchange 0, too at /response/output/0; fix: record the scenario again
    recordings/tiny.jsonl:12: duplicate: id fc_1 is minted in exchange 0, too at /response/output/0; fix: record the scenario again
    recordings/tiny.jsonl:13: orphan: no exchange uses item 52e740d15e1e1c7db931eb08e7caedc6 at /item; fix: unreel lint --fix
    recordings/tiny.jsonl:14: duplicate: item 52e740d15e1e1c7db931eb08e7caedc6 stands twice at /item; fix: unreel lint --fix
    1 file · 13 findings
    ");
    assert_eq!(found.code, 1);
    let json = world.unreel(&["lint", "recordings", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(told["findings"].as_array().unwrap().len(), found.out.lines().count() - 1);
    assert_eq!(told["findings"][0]["file"], "recordings/tiny.jsonl");
    let fixed = world.unreel(&["lint", "recordings", "--fix"]);
    let first = "recordings/tiny.jsonl: 2 item lines that nothing uses dropped\n";
    assert!(fixed.out.starts_with(first) && !fixed.out.contains("orphan"), "{}", fixed.out);
}

#[test]
fn broken_files_old_versions_and_bad_scenarios_are_findings() {
    let world = World::new();
    let good = recording("a 1", &[(&body(&[USER]), &[SAID])], None).to_jsonl();
    world.write("recordings/cut.jsonl", good.rsplit_once("{\"end\"").unwrap().0);
    world.write("recordings/edited.jsonl", good.replace("\"go\"", "\"no\""));
    world.write("recordings/empty.jsonl", "");
    world.write("recordings/other.jsonl", "{\"a\":1}\n");
    world.write("recordings/old.jsonl", good.replace("\"version\":2", "\"version\":1"));
    world.write("recordings/good.jsonl", &good);
    let large =
        format!(r#"{{"type":"message","role":"user","content":"{}"}}"#, "a ".repeat(520_000));
    let large = recording("a 1", &[(&body(&[&large]), &[SAID])], None);
    large.save(&world.path("recordings/large.jsonl.zst")).unwrap();
    world.scenario("bad", &TINY.replace("checks:", "cheks:"), "steps: []\n");
    world.scenario("worse", TINY, "steps:\n  - id: a\n    do: [{sy: x}]\n");
    let found = world.unreel(&["lint"]);
    insta::assert_snapshot!(found.out, @r#"
    recordings/cut.jsonl: schema: the file is cut: it ends after 1 exchanges, without its last line; fix: restore the file, or record again
    recordings/edited.jsonl:3: schema: /item: the line was edited: its content has the digest c6ddf02f1341acd4933719947a2622ee, not be5d241bf943da8c03d81921c1d79f8e; fix: restore the file, or record again
    recordings/empty.jsonl:1: schema: this is no unreel recording: the file is empty; fix: restore the file, or record again
    recordings/large.jsonl.zst: oversize: the recording has 1040747 bytes; fix: record a shorter scenario, or elide what the vendor sends (`elide` of the agent file)
    recordings/large.jsonl.zst:3: oversize: the item has 1040045 bytes at /json; fix: truncate the output, or elide it (`elide` of the agent file)
    recordings/old.jsonl:1: version: the file has format version 1; this unreel reads version 2; `unreel migrate` brings older files to it; fix: unreel migrate recordings/old.jsonl
    recordings/other.jsonl:1: schema: this is no unreel recording: line 1 is "{\"a\":1}"; fix: restore the file, or record again
    scenarios/bad/scenario.yaml:4: scenario: unknown key `cheks`; fix: did you mean `checks`?
    scenarios/worse/script.yaml:3: script: unknown value `sy`; fix: did you mean `say`?
    16 files · 9 findings
    "#);
    let nowhere = world.unreel(&["lint", "nowhere"]);
    assert_eq!(nowhere.code, 2);
    insta::assert_snapshot!(nowhere.err, @r"error: nowhere: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn an_agents_prompt_in_full_is_found_and_left_out() {
    let world = World::new();
    let prompt = r#"{"model":"m","instructions":"You are somebody's agent.","tools":[{"type":"function","name":"sh"}],"input":[{"type":"message","role":"developer","content":"be good"},{"type":"message","role":"user","content":"go"}]}"#;
    let made = recording("codex 0.1", &[(prompt, &[SAID])], None);
    made.save(&world.path("recordings/codex/tiny.jsonl")).unwrap();
    let own = recording("mine 0.1", &[(prompt, &[SAID])], None);
    own.save(&world.path("recordings/mine/tiny.jsonl")).unwrap();
    let found = world.unreel(&["lint"]);
    insta::assert_snapshot!(found.out, @r"
    recordings/codex/tiny.jsonl:3: third-party: base prompt of codex, in full at /json; fix: record again with `unreel record --agent`, which leaves it out, or unreel lint --fix
    recordings/codex/tiny.jsonl:4: third-party: tool texts of codex, in full at /json; fix: record again with `unreel record --agent`, which leaves it out, or unreel lint --fix
    recordings/codex/tiny.jsonl:5: third-party: developer messages of codex, in full at /json; fix: record again with `unreel record --agent`, which leaves it out, or unreel lint --fix
    5 files · 3 findings
    ");
    let fixed = world.unreel(&["lint", "--fix"]);
    assert_eq!(fixed.code, 0, "{}", fixed.out);
    let text = world.read("recordings/codex/tiny.jsonl");
    assert!(!text.contains("somebody's agent") && !text.contains("be good"), "{text}");
    assert_eq!(text.matches("\"elided\":{\"bytes\":").count(), 3);
    assert!(text.contains("\"content\":\"go\""), "{text}");
    assert!(Recording::load(&world.path("recordings/codex/tiny.jsonl")).is_ok());
    assert!(world.read("recordings/mine/tiny.jsonl").contains("somebody's agent"));
}

#[test]
fn what_is_left_out_counts_what_it_counted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/compaction-keeps.jsonl");
    let whole = Recording::load(&path).unwrap();
    let layer = |at: &str, pattern: Option<&str>| Layer {
        name: at.to_owned(),
        at: at.to_owned(),
        pattern: pattern.map(str::to_owned),
    };
    let layers = [
        layer("/instructions", None),
        layer("/tools", None),
        layer("/input/*", Some("\"role\":\"developer\"")),
    ];
    let (elided, count) = Elide::new(&layers).unwrap().apply(&whole, rendered);
    assert!(count >= 3, "{count}");
    let requests = |recording: &Recording| measure(&conversation(recording)).requests;
    let (elided, whole) = (requests(&elided), requests(&whole));
    assert!(elided.len() > 20 && elided.len() == whole.len());
    let mut differ = 0;
    for (elided, whole) in elided.iter().zip(&whole) {
        let sent = |one: &RequestMeasure| (one.sent_bytes, one.sent_tokens);
        assert_eq!(sent(elided), sent(whole));
        // Of a value that is left out and replaced by another, the beginning that both have in
        // common is not known.
        let short = whole.prefix_bytes - elided.prefix_bytes;
        assert!(short < 100, "{short}");
        differ += usize::from(short > 0);
    }
    assert!(differ <= 1, "{differ}");
}

/// A file of version 1, as unreel wrote it.
const OLD: &str = include_str!("data/recording-v1.jsonl");

#[test]
fn an_old_recording_is_brought_to_the_current_version_and_nothing_of_it_is_lost() {
    let world = World::new();
    world.write("recordings/old.jsonl", OLD);
    let packed = zstd::encode_all(OLD.as_bytes(), 3).unwrap();
    world.write("recordings/deep/old.jsonl.zst", packed);
    let refused = world.unreel(&["serve", "--recording", "recordings/old.jsonl"]);
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!(refused.err, @r"
    error: recordings/old.jsonl:1: the file has format version 1; this unreel reads version 2; `unreel migrate` brings older files to it
    help: name a whole recording; `unreel record NAME` makes recordings/NAME.jsonl
    ");

    let check = world.unreel(&["migrate", "--check"]);
    assert_eq!(check.code, 1);
    insta::assert_snapshot!(check.out, @r"
    recordings/deep/old.jsonl.zst: version 1 -> 2
    recordings/old.jsonl: version 1 -> 2
    2 recordings · 2 to migrate
    ");
    assert_eq!(world.read("recordings/old.jsonl"), OLD);

    let done = world.unreel(&["migrate"]);
    assert_eq!(done.code, 0);
    insta::assert_snapshot!(done.out, @r"
    recordings/deep/old.jsonl.zst: version 1 -> 2
    recordings/old.jsonl: version 1 -> 2
    2 recordings · 2 migrated
    ");
    let new = world.read("recordings/old.jsonl");
    assert_eq!(new, OLD.replacen("\"version\":1", "\"version\":2", 1));
    let read = Recording::load(&world.path("recordings/old.jsonl")).unwrap();
    assert_eq!(read.to_jsonl(), new);
    assert_eq!(Recording::load(&world.path("recordings/deep/old.jsonl.zst")).unwrap(), read);

    for args in [&["migrate", "--check"][..], &["migrate"]] {
        let again = world.unreel(args);
        assert_eq!(again.code, 0);
        assert!(again.out.starts_with("2 recordings · 0 "), "{}", again.out);
    }
    assert_eq!(world.read("recordings/old.jsonl"), new);
    assert_eq!(world.leftovers(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_file_that_cannot_be_migrated_is_named_and_no_other_is_changed() {
    let world = World::new();
    world.write("recordings/a.jsonl", OLD);
    world.write(
        "recordings/b.jsonl",
        OLD.replacen("\"json\":\"conf-tools2\"", "\"json\":\"conf-tools3\"", 1),
    );
    let refused = world.unreel(&["migrate"]);
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!(refused.err, @r"error: recordings/b.jsonl:2: /item: the line was edited: its content has the digest 611a5d1211a0cfe63ac8465bfcc36230, not f83eefa945bf663e35a8ae3d1d449ab4");
    assert_eq!(world.read("recordings/a.jsonl"), OLD);
}

/// Without its layers a recording that should be elided would pass as one that need not be.
#[test]
fn an_agent_file_whose_layers_cannot_be_read_is_an_error() {
    let world = World::new();
    world.write("mine.agent.yaml", "name: mine\nelide:\n  - {name: tools, at: /tools/0/name}\n");
    let toml = "[agent]\nname = \"mine\"\ncommand = [\"sh\", \"-c\", \"{prompt}\"]\nfile = \"mine.agent.yaml\"\n";
    world.write("unreel.toml", toml);
    world.write("notes.md", "nothing\n");
    let ran = world.unreel(&["lint", "notes.md"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("layer to elide \"tools\": `at: /tools/0/name` is no"), "{}", ran.err);
}
