//! `unreel serve` as its users meet it: what is printed, who may come, and how it ends.
#![cfg(unix)]

#[path = "support/world.rs"]
mod world;

use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Barrier;
use unreel::recording::Recording;
use unreel::wire::{Digest, Request};
use world::{Ran, SCRIPT, TINY, World};

/// A world in which `tiny` is recorded, with the bodies that its agent sent.
fn recorded() -> (World, Vec<String>) {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    let bodies = bodies(&world.path("recordings/tiny.jsonl"));
    (world, bodies)
}

fn bodies(path: &Path) -> Vec<String> {
    let recording = Recording::load(path).unwrap();
    let raw = |digest: &Digest| recording.items[digest].raw().unwrap().clone();
    let body = |exchange: &unreel::recording::Recorded| {
        let request = Request {
            fields: exchange.fields.iter().map(|(key, value)| (key.clone(), raw(value))).collect(),
            input: exchange.input.iter().map(raw).collect(),
            input_at: exchange.input_at.map(|at| at as usize),
            input_is_text: exchange.input_is_text,
        };
        request.to_body()
    };
    recording.exchanges.iter().map(body).collect()
}

/// A running server. A test that fails takes it along.
struct Serving {
    child: Option<Child>,
    out: BufReader<ChildStdout>,
    said: String,
    address: String,
}

/// Starts `unreel serve ARGS` on a free port and waits until it says that it is there.
fn serve(world: &World, args: &[&str]) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unreel"));
    command
        .current_dir(world.path("."))
        .env_remove("CI")
        .arg("serve")
        .args(args)
        .args(["--port", "0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("ctrl-C") {
        assert_ne!(out.read_line(&mut said).unwrap(), 0, "it ended: {said}");
    }
    let address = Regex::new("http://([^/]+)/v1").unwrap().captures(&said).unwrap()[1].to_owned();
    Serving { child: Some(child), out, said, address }
}

impl Serving {
    fn get(&self, path: &str) -> String {
        ask(&self.address, &format!("GET {path}"), "").1
    }

    fn post(&self, body: &str) -> (u16, String) {
        ask(&self.address, "POST /v1/responses", body)
    }

    /// Ends it, as ctrl-C or as a supervisor does; gives all that it said.
    fn end(mut self, signal: Signal) -> Ran {
        let child = self.child.take().unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        self.out.read_to_string(&mut self.said).unwrap();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().expect("an exit code, not a signal"),
            out: masked(&self.said, &self.address),
            err: masked(&String::from_utf8(output.stderr).unwrap(), &self.address),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.as_mut().map(Child::kill);
    }
}

/// What depends on the port and on the wording of prompts becomes a word; the lines stay short.
fn masked(text: &str, address: &str) -> String {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let width = line.chars().count();
        assert!(width <= 100, "{width} columns: {line}");
    }
    let text = text.replace(address, "ADDRESS");
    let figures = Regex::new(r"\d+(\.\d+)? (B|kB|MB|%)").unwrap();
    figures.replace_all(&text, "# $2").into_owned()
}

/// One request on a connection of its own: status and body.
fn ask(address: &str, line: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[test]
fn a_recording_that_is_played_to_its_end_ends_well() {
    let (world, bodies) = recorded();
    let server = serve(&world, &["--scenario", "tiny"]);
    assert!(server.get("/v1/models").contains("\"id\":\"unreel-1\""));
    for body in &bodies {
        let (status, answer) = server.post(body);
        assert_eq!(status, 200);
        assert!(answer.contains("response.completed"), "{answer}");
    }
    let ran = server.end(Signal::INT);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r#"
    serving recording tiny.jsonl (scripted), 3 exchanges, cache: ideal
    export OPENAI_BASE_URL=http://ADDRESS/v1
    export OPENAI_API_KEY=unreel
    codex exec -m unreel-1 -c model_provider=unreel \
      -c 'model_providers.unreel={name="unreel",base_url="http://ADDRESS/v1"}'
    ctrl-C ends it and tells what was played
    3 requests · # kB on the wire · prompts: sent # kB, new # kB, cached # %
    asked once: exchanges 0-2
    "#);
    insta::assert_snapshot!(ran.err, @r"
    #1 POST /responses 200 · # kB · thread 0 · exchange 0 (step look)
    #2 POST /responses 200 · # kB · thread 0 · exchange 1 (step fix)
    #3 POST /responses 200 · # kB · thread 0 · exchange 2 (step done)
    ");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = |name: &str| root.join(name).display().to_string();
    let (scenarios, recordings) = (folder("scenarios"), folder("recordings"));
    let args =
        ["--scenario", "fix-failing-test", "--root", &scenarios, "--recordings", &recordings];
    let server = serve(&World::new(), &args);
    let said = server.said.replace(&server.address, "127.0.0.1:4141");
    server.end(Signal::TERM);
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.contains(&said), "{said}");
}

#[test]
fn any_number_of_conversations_at_once() {
    let (world, bodies) = recorded();
    let server = serve(&world, &["--scenario", "tiny", "--quiet"]);
    let cached = Regex::new("\"cached_tokens\":[0-9]+").unwrap();
    let barrier = Barrier::new(4);
    let client = || {
        let mut answers = Vec::new();
        for body in &bodies {
            // All of them at the same place at the same time.
            barrier.wait();
            let (status, answer) = server.post(body);
            assert_eq!(status, 200);
            // Which of them finds its prompt in the cache is a matter of who comes first.
            let answer: String = answer.lines().filter(|line| line.starts_with("data")).collect();
            answers.push(cached.replace_all(&answer, "").into_owned());
        }
        answers
    };
    let answers: Vec<Vec<String>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|other| *other == answers[0]));
    // And one that comes later, in the middle of a conversation.
    assert_eq!(server.post(&bodies[1]).0, 200);
    let ran = server.end(Signal::TERM);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let account = ran.out.split_once("played\n").unwrap().1;
    insta::assert_snapshot!(account, @r"
    13 requests · # kB on the wire · prompts: sent # kB, new # kB, cached # %
    asked 4 times: exchanges 0, 2
    asked 5 times: exchange 1
    ");
}

#[test]
fn what_nobody_asked_for_is_named() {
    let (world, bodies) = recorded();
    let partly = |more: &[&str]| {
        let server = serve(&world, &[&["--scenario", "tiny", "--quiet"], more].concat());
        assert_eq!(server.post(&bodies[0]).0, 200);
        server.end(Signal::TERM)
    };
    let ran = partly(&[]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out.split_once("played\n").unwrap().1, @r"
    1 request · # kB on the wire · prompts: sent # kB, new # kB, cached # %
    asked once: exchange 0
    never asked: exchanges 1 (step fix), 2 (step done)
    ");
    let allowed = partly(&["--allow-unplayed"]);
    assert_eq!((allowed.code, &allowed.out), (0, &ran.out));
}

#[test]
fn a_request_that_does_not_fit_is_refused_and_told() {
    let (world, bodies) = recorded();
    let args = ["--scenario", "tiny", "--allow-unplayed", "--match", "strict"];
    let server = serve(&world, &args);
    let changed = bodies[0].replace("Change hello", "Please change hello");
    assert_ne!(changed, bodies[0]);
    let (status, answer) = server.post(&changed);
    assert_eq!(status, 400);
    assert!(answer.contains("\"code\":\"replay_mismatch\""), "{answer}");
    assert_eq!(server.post(&changed.replace("Please", "Do")).0, 400);
    assert_eq!(server.post("{").0, 400);
    let ran = server.end(Signal::INT);
    assert_eq!(ran.code, 1, "a refusal is never good, whatever is allowed");
    insta::assert_snapshot!(ran.out.split_once("played\n").unwrap().1, @r#"
    3 requests · # kB on the wire · prompts: sent # kB, new # kB, cached # %
    never asked: exchanges 0 (step look), 1 (step fix), 2 (step done)
    context drift in 1 request, first #1 from exchange 0 at /input/2/content/0/text, byte 0: recorded
      "Change hello to goodbye in a.txt.", received "Please change hello to goodbye in a.txt."
    context drift in 1 request, first #2 from exchange 0 at /input/2/content/0/text, byte 0: recorded
      "Change hello to goodbye in a.txt.", received "Do change hello to goodbye in a.txt."
    refused 2 times, first: HTTP 400 replay_mismatch: recording tiny.jsonl: this request differs
      (context) from exchange 0 at /input/2/content/0/text, byte 0: recorded "Change hello to goodbye in
      a.txt.", received "Please change hello to goodbye in a.txt."
    refused once: HTTP 400: the body is not a JSON request: not valid JSON: EOF while parsing an object
      at line 1 column 1
    "#);
    insta::assert_snapshot!(ran.err, @r#"
    #1 POST /responses 400 · # kB · thread 0 · replay_mismatch: recording tiny.jsonl: this request differs (context) from exchange 0 at /input/2/content/0/text, byte 0: recorded "Change hello to goodbye in a.txt.", received "Please change hello to goodbye in a.txt."
    #2 POST /responses 400 · # kB · thread 0 · replay_mismatch: recording tiny.jsonl: this request differs (context) from exchange 0 at /input/2/content/0/text, byte 0: recorded "Change hello to goodbye in a.txt.", received "Do change hello to goodbye in a.txt."
    #3 POST /responses 400 · # B · thread 0 · the body is not a JSON request: not valid JSON: EOF while parsing an object at line 1 column 1
    "#);
}

#[test]
fn a_port_in_use_is_the_end_before_the_beginning() {
    let (world, _) = recorded();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let ran = world.unreel(&["serve", "--scenario", "tiny", "--port", &port]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    insta::assert_snapshot!(ran.err.replace(&port, "PORT"), @r"error: cannot listen on 127.0.0.1:PORT: the port is in use by another program; stop it, or choose another port (0 takes a free one)");
}

#[test]
fn a_script_reacts_and_its_steps_are_what_is_played() {
    let world = World::new();
    let lost = "steps:
  - id: look
    requires: [word]
    on_missing: [{ask: Which word?}]
    do: [{say: Now I know.}]
  - id: done
    do: [{say: Done.}]
";
    let fact = "facts: [{id: word, class: needle, value: fern, forms: ['the word is fern']}]\n";
    world.scenario("tiny", &format!("{TINY}{fact}"), lost);
    let said =
        |text: &str| serde_json::json!({"model": "any", "stream": true, "input": text}).to_string();
    let args = ["--scenario", "tiny", "--script", "--models", "one,two", "--cache", "openai-128"];
    let server = serve(&world, &args);
    assert!(server.get("/v1/models/two").contains("\"id\":\"two\""));
    assert!(server.post(&said("Go.")).1.contains("Which word?"));
    assert!(server.post(&said("Go, the word is fern.")).1.contains("Now I know."));
    let ran = server.end(Signal::TERM);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r#"
    serving script of tiny, 2 steps, cache: openai-128
    export OPENAI_BASE_URL=http://ADDRESS/v1
    export OPENAI_API_KEY=unreel
    codex exec -m one -c model_provider=unreel \
      -c 'model_providers.unreel={name="unreel",base_url="http://ADDRESS/v1"}'
    ctrl-C ends it and tells what was played
    2 requests · # B on the wire · prompts: sent # B, new # B, cached # %
    asked once: step look: ask word, step look
    never asked: step done
    "#);
    // The same by the name of its file, and of another file in the same folder.
    world.write("scenarios/tiny/other.yaml", SCRIPT);
    for (file, size) in [("script.yaml", "2 steps"), ("other.yaml", "3 steps")] {
        let path = format!("scenarios/tiny/{file}");
        let server = serve(&world, &["--script", &path, "--allow-unplayed"]);
        assert_eq!(
            server.end(Signal::TERM).out.lines().next().unwrap(),
            format!("serving script of tiny, {size}, cache: ideal")
        );
    }
}

#[test]
fn a_variant_brings_its_faults() {
    let (world, bodies) = recorded();
    let faults = "summary: it stumbles\nfaults:
  - {request: 0, kind: {status: 429}}
  - {request: 1, kind: {cut_after_items: 0}}\n";
    world.write("scenarios/variants/stumbles.yaml", faults);
    let server = serve(&world, &["--scenario", "tiny", "--variant", "stumbles"]);
    let statuses = [0, 0, 1, 1, 2].map(|at: usize| {
        let (status, answer) = server.post(&bodies[at]);
        (status, answer.contains("response.completed"))
    });
    let expected = [(429, false), (200, true), (200, false), (200, true), (200, true)];
    assert_eq!(statuses, expected);
    let ran = server.end(Signal::TERM);
    assert_eq!(ran.code, 0, "what is done on purpose is no failure");
    insta::assert_snapshot!(ran.out.split_once("played\n").unwrap().1, @r"
    5 requests · # kB on the wire · prompts: sent # kB, new # kB, cached # %
    asked once: exchange 2
    asked 2 times: exchanges 0-1
    answers spoilt by faults of the variant: 2
    ");
    insta::assert_snapshot!(ran.err, @r"
    #1 POST /responses 429 · # kB · thread 0 · rate_limit_exceeded: rate limit; please try again in 5ms (injected fault, status 429)
    #2 POST /responses 200 · # kB · thread 0 · exchange 0 (step look)
    #3 POST /responses 200 · # kB · thread 0 · exchange 1 (step fix) · cut
    #4 POST /responses 200 · # kB · thread 0 · exchange 1 (step fix)
    #5 POST /responses 200 · # kB · thread 0 · exchange 2 (step done)
    ");
}

#[test]
fn a_recording_needs_no_scenario() {
    let (world, bodies) = recorded();
    std::fs::remove_dir_all(world.path("scenarios")).unwrap();
    let server = serve(&world, &["--recording", "recordings/tiny.jsonl", "--quiet"]);
    bodies.iter().for_each(|body| assert_eq!(server.post(body).0, 200));
    let ran = server.end(Signal::TERM);
    assert_eq!(ran.code, 0);
    let first = ran.out.lines().next().unwrap();
    assert_eq!(first, "serving recording tiny.jsonl (scripted), 3 exchanges, cache: ideal");
    // One of an agent whose requests have to be masked first.
    let text = world.read("recordings/tiny.jsonl");
    let (agent, rules) = ("\"agent\":\"codex 0.1\"", "\"rules\":{\"codex\":1}");
    let text = Regex::new("\"agent\":\"[^\"]*\"").unwrap().replace(&text, agent).into_owned();
    world.write("codex.jsonl", text.replacen("\"rules\":{\"builtin\":1}", rules, 1));
    let server = serve(&world, &["--recording", "codex.jsonl", "--allow-unplayed"]);
    insta::assert_snapshot!(server.end(Signal::TERM).err, @r"
    warning: codex.jsonl was recorded with codex 0.1, whose volatile fields are masked in it; name that
      agent with --agent, or its requests will not match
    ");
}

#[test]
fn conformance_models_answer_and_refuse_as_their_names_say() {
    let server = serve(&World::new(), &["--conformance", "--done-marker"]);
    assert!(server.get("/v1/models").contains("\"id\":\"conf-tools2\""));
    let to = |model: &str| {
        server
            .post(&serde_json::json!({"model": model, "stream": true, "input": "Go."}).to_string())
    };
    let (status, answer) = to("conf-text");
    assert_eq!(status, 200);
    assert!(answer.contains("data: [DONE]"), "{answer}");
    let statuses = ["conf-401", "conf-429", "conf-429"].map(|model| to(model).0);
    assert_eq!(statuses, [401, 429, 200]);
    assert_eq!(server.post("{}").0, 400);
    let ran = server.end(Signal::TERM);
    assert_eq!(ran.code, 1, "the last one was no request");
    insta::assert_snapshot!(ran.out, @r#"
    serving conformance models, cache: ideal
    export OPENAI_BASE_URL=http://ADDRESS/v1
    export OPENAI_API_KEY=unreel
    codex exec -m conf-default -c model_provider=unreel \
      -c 'model_providers.unreel={name="unreel",base_url="http://ADDRESS/v1"}'
    ctrl-C ends it and tells what was played
    5 requests · # B on the wire · prompts: sent # B, new # B, cached # %
    asked once: HTTP 401 invalid_api_key, HTTP 429 rate_limit_exceeded
    asked 2 times: conformance: text
    refused once: HTTP 400 missing_required_parameter: the request names no model; set "model" to a
      string
    "#);
    insta::assert_snapshot!(ran.err, @r#"
    #1 POST /responses 200 · # B · thread 0 · conformance: text
    #2 POST /responses 401 · # B · thread 0 · invalid_api_key: the API key is not valid
    #3 POST /responses 429 · # B · thread 0 · rate_limit_exceeded: rate limit; please try again in 5ms
    #4 POST /responses 200 · # B · thread 0 · conformance: text
    #5 POST /responses 400 · # B · thread 0 · missing_required_parameter: the request names no model; set "model" to a string
    "#);
}

#[test]
fn an_address_that_others_can_reach_is_warned_of() {
    let (world, _) = recorded();
    let server = serve(&world, &["--scenario", "tiny", "--listen", "0.0.0.0"]);
    assert!(server.address.starts_with("127.0.0.1:"), "{}", server.address);
    assert!(server.get("/v1/models").contains("unreel-1"));
    insta::assert_snapshot!(server.end(Signal::TERM).err, @r"warning: 0.0.0.0 is no loopback address: whoever reaches this machine can read what is served");
}

#[test]
fn what_cannot_be_served_is_explained() {
    let world = World::new();
    world.scenario("other", TINY, "");
    let error = |args: &[&str]| {
        let ran = world.unreel(&[&["serve", "--port", "0"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        ran.err
    };
    insta::assert_snapshot!(error(&[]), @r"
    error: the following required arguments were not provided:
      <--scenario <NAME>|--recording <FILE>|--script [<FILE>]|--conformance>

    Usage: unreel serve --port <PORT> <--scenario <NAME>|--recording <FILE>|--script [<FILE>]|--conformance>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(error(&["--script"]), @r"
    error: --script alone asks the script of a scenario, and none is named
    help: add --scenario NAME, or name the file: --script scenarios/NAME/script.yaml
    ");
    insta::assert_snapshot!(error(&["--scenario", "tiny"]), @r"
    error: recordings/tiny.jsonl: there is no such recording
    help: make it: unreel record tiny; or add --script to follow the script instead
    ");
    insta::assert_snapshot!(error(&["--scenario", "other", "--script"]), @r"
    error: scenarios/other/script.yaml: there is no script to follow
    help: write one (`steps:`), or leave the scenario out
    ");
    insta::assert_snapshot!(error(&["--scenario", "./scenarios", "--script"]), @r"
    error: ./scenarios: there are 2 scenarios here
    help: name one of them: other, tiny
    ");
    insta::assert_snapshot!(error(&["--recording", "recordings/none.jsonl"]), @r"
    error: recordings/none.jsonl: cannot be read: No such file or directory (os error 2)
    help: name a whole recording; `unreel record NAME` makes recordings/NAME.jsonl
    ");
    insta::assert_snapshot!(error(&["--recording", "a", "--scenario", "tiny"]), @r"
    error: the argument '--recording <FILE>' cannot be used with '--scenario <NAME>'

    Usage: unreel serve --port <PORT> <--scenario <NAME>|--recording <FILE>|--script [<FILE>]|--conformance>

    For more information, try '--help'.
    ");
}
