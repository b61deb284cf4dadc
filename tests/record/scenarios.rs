//! Agents in scenarios, with an upstream as their model; and command lines that are wrong.

use crate::proxy::KEY;
use crate::serving::Serving;
use crate::upstream::Upstream;
use std::path::Path;
use std::process::{Command, Output};
use unreel::recording::Recording;

fn unreel(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unreel"));
    command.current_dir(folder).env("UPSTREAM_KEY", KEY).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_recorded_although_its_model_does_not_do_the_work() {
    let (upstream, address) = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fix-failing-test");
    let (scenario, base) = (scenario.display().to_string(), format!("http://{address}"));
    let ran = unreel(
        folder.path(),
        &[
            "record",
            &scenario,
            "--upstream",
            &base,
            "--key-env",
            "UPSTREAM_KEY",
            "--model",
            "other-model",
            "--out",
            "one.jsonl",
        ],
    );
    let (out, err) = (text(&ran.stdout), text(&ran.stderr));
    assert_eq!(ran.status.code(), Some(1), "{out}\n{err}");
    assert!(out.starts_with("one.jsonl: "), "{out}");
    assert!(err.contains("recorded, but the work was not done"), "{err}");
    let recording = Recording::load(&folder.path().join("one.jsonl")).unwrap();
    let header = &recording.header;
    assert_eq!((header.provenance.as_str(), header.model.as_str()), ("recorded", "other-model"));
    assert_eq!(header.scenario, "fix-failing-test");
    assert_eq!(header.upstream.as_deref(), Some("127.0.0.1"));
    assert!(header.agent.starts_with("builtin "));
    let seen = upstream.seen();
    assert_eq!(seen.len(), recording.exchanges.len());
    assert_eq!(seen[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(text(&seen[0].body).contains("\"model\":\"other-model\""));
    assert!(recording.exchanges.iter().all(|exchange| exchange.sent.is_some()));

    // Played again, it gives the same verdict, and nothing is left unplayed.
    let recordings = folder.path().join("recordings");
    std::fs::create_dir(&recordings).unwrap();
    std::fs::copy(folder.path().join("one.jsonl"), recordings.join("fix-failing-test.jsonl"))
        .unwrap();
    let replayed = unreel(folder.path(), &["run", &scenario, "--out", "report"]);
    let out = text(&replayed.stdout);
    assert!(out.contains("FAIL") || out.contains("fail"), "{out}");
}

#[test]
fn work_that_is_done_with_an_upstream_is_done_again_by_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fix-failing-test");
    let scenario = scenario.display().to_string();
    // Our own server, following a script, as somebody else's.
    let upstream = Serving::start(&["--scenario", &scenario, "--script", "--agent", "builtin"]);
    for transport in ["base", "websocket"] {
        let mut args = vec!["record", &scenario, "--upstream", &upstream.base];
        let file = format!(
            "recordings/fix-failing-test{}.jsonl",
            match transport {
                "base" => "",
                _ => "@websocket",
            }
        );
        let variants = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/variants");
        let variant = variants.join("websocket.yaml").display().to_string();
        if transport == "websocket" {
            args.extend(["--variant", &variant]);
        }
        let ran = unreel(folder.path(), &args);
        let (out, err) = (text(&ran.stdout), text(&ran.stderr));
        assert_eq!(ran.status.code(), Some(0), "{out}\n{err}");
        let recording = Recording::load(&folder.path().join(&file)).unwrap();
        assert!(
            recording.exchanges.len() > 5
                && recording.exchanges.iter().all(|one| one.sent.is_some())
        );
        assert!(recording.exchanges.iter().all(|one| one.thread == 0));
        let mut args = vec!["run", &scenario, "--out", "report"];
        if transport == "websocket" {
            args.extend(["--variant", &variant]);
        }
        let replayed = unreel(folder.path(), &args);
        let (out, err) = (text(&replayed.stdout), text(&replayed.stderr));
        assert_eq!(replayed.status.code(), Some(0), "{out}\n{err}");
        assert!(out.contains("1 passed"), "{out}");
    }
}

#[test]
fn what_cannot_be_asked_is_an_error_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let record = |args: &[&str]| {
        let ran = unreel(folder.path(), &[&["record"], args].concat());
        (ran.status.code(), text(&ran.stderr))
    };
    let out = ["--out", "x.jsonl"];
    for (args, told) in [
        (&["--upstream", "ftp://h", out[0], out[1]][..], "use http or https"),
        (&["--upstream", "nonsense", out[0], out[1]], "the upstream nonsense"),
        (&["--upstream", "http://h"], "add --out FILE.jsonl"),
        (&["--upstream", "http://h", "--out", "folder"], "add --out FILE.jsonl"),
        (&["--upstream", "http://h", "--key-env", "NOT_THERE", out[0], out[1]], "NOT_THERE"),
        (&["--upstream", "https://h", "--upstream-ca", "no.pem", out[0], out[1]], "no.pem"),
        (&["--key-env", "X"], "--upstream"),
    ] {
        let (code, err) = record(args);
        assert_eq!(code, Some(2), "{args:?}: {err}");
        assert!(err.contains(told), "{args:?}: {err}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
