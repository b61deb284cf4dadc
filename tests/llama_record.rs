//! `unreel record --upstream` in front of llama.cpp: five turns, with and without a stream; what was
//! recorded plays byte for byte, and the cached tokens that the engine tells are those that its own
//! template and tokenizer give.
//!
//! Needs tests/install-llama.sh. `cargo test --test llama_record -- --nocapture` prints the table.
#![cfg(unix)]

#[path = "support/llama.rs"]
mod llama_server;
#[path = "record/proxy.rs"]
mod proxy;

use llama_server::Llama;
use proxy::{Proxy, client, sent};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use unreel::recording::Recording;
use unreel::recording::file::Body;
use unreel::wire::{Collector, Decoder, Raw};

const SAID: [&str; 5] = [
    "Name a colour of the sky.",
    "And one of the sea?",
    "Which of them is brighter?",
    "Say both of them again, please.",
    "Thank you. Say goodbye.",
];

/// A request of the session, and the answer as it came.
struct Turn {
    request: String,
    answer: String,
}

/// Holds the conversation at a base URL.
async fn converse(base: &str, stream: bool) -> Vec<Turn> {
    let mut input: Vec<String> = Vec::new();
    let mut turns = Vec::new();
    for said in SAID {
        input.push(format!(r#"{{"type":"message","role":"user","content":"{said}"}}"#));
        let request = format!(
            r#"{{"model":"gemma","instructions":"Answer in one short sentence.","stream":{stream},"store":false,"input":[{}]}}"#,
            input.join(",")
        );
        let asking = client().post(format!("{base}/responses")).body(request.clone());
        let answer = asking.header("content-type", "application/json").send().await.unwrap();
        let status = answer.status();
        let answer = answer.text().await.unwrap();
        assert_eq!(status, 200, "{answer}");
        let collector = collected(&answer, stream);
        input.extend(collector.items().iter().map(|raw| raw.as_str().to_owned()));
        turns.push(Turn { request, answer });
    }
    turns
}

fn collected(answer: &str, stream: bool) -> Collector {
    if !stream {
        return Collector::of_body(answer).unwrap();
    }
    let (mut decoder, mut collector) = (Decoder::new(), Collector::new());
    for event in decoder.feed(answer.as_bytes()) {
        collector.feed(&event).unwrap();
    }
    collector
}

/// The engine's own rendering of a request, as tokens; and of the same with what it answered.
async fn tokens(port: u16, turn: &Turn, answered: &str) -> (Vec<u64>, Vec<u64>) {
    let request = Raw::parse(&turn.request).unwrap().value();
    let mut messages = vec![json!({"role": "system", "content": request["instructions"]})];
    for item in request["input"].as_array().unwrap() {
        let content = match &item["content"] {
            Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            text => text.as_str().unwrap().to_owned(),
        };
        messages.push(json!({"role": item["role"], "content": content}));
    }
    let ask = async |path: &str, body: Value| -> Value {
        let url = format!("http://127.0.0.1:{port}/{path}");
        let answer = client().post(url).body(body.to_string()).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    };
    let prompt = ask("apply-template", json!({"messages": messages})).await;
    let prompt = prompt["prompt"].as_str().unwrap().to_owned();
    let tokenize = async |text: &str| -> Vec<u64> {
        let body = json!({"content": text, "add_special": true, "parse_special": true});
        let tokens = ask("tokenize", body).await;
        tokens["tokens"].as_array().unwrap().iter().map(|one| one.as_u64().unwrap()).collect()
    };
    (tokenize(&prompt).await, tokenize(&format!("{prompt}{answered}")).await)
}

fn common(one: &[u64], other: &[u64]) -> u64 {
    one.iter().zip(other).take_while(|(one, other)| one == other).count() as u64
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves what was recorded; gives the base URL.
fn serve(folder: &std::path::Path) -> (Serving, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_unreel"))
        .current_dir(folder)
        .args(["serve", "--recording", "session.jsonl", "--port", "0", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = lines
        .map(Result::unwrap)
        .find_map(|line| Some(line.strip_prefix("export OPENAI_BASE_URL=")?.to_owned()));
    (Serving(child), base.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the table, shown by --nocapture")]
async fn a_session_with_a_real_engine_is_recorded_and_plays_again() {
    let Some(llama) = Llama::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut before: Option<Vec<u64>> = None;
    println!("stream  turn  input  of template  output  cached  common prefix");
    for stream in [false, true] {
        let proxy = Proxy::start(&format!("http://127.0.0.1:{}", llama.port), &["--quiet"]);
        let turns = converse(&proxy.base, stream).await;
        let file = proxy.folder.join("session.jsonl");
        let ended = proxy.end();
        let recording: Recording = ended.recording();
        assert_eq!(recording.exchanges.len(), SAID.len());
        for (number, turn) in turns.iter().enumerate() {
            let exchange = &recording.exchanges[number];
            assert_eq!(exchange.parent, number.checked_sub(1).map(|parent| parent as u32));
            let kept = match sent(&recording, number).body {
                Body::Sse(text) if stream => text,
                Body::Whole(text) if !stream => text,
                other => panic!("{other:?}"),
            };
            assert_eq!(kept, turn.answer);
            let usage = exchange.usage.unwrap();
            let said = collected(&turn.answer, stream).text();
            let (prompt, with_answer) = tokens(llama.port, turn, &said).await;
            // Of a prompt that is known as a whole, the last token is computed again.
            let prefix = before.as_deref().map_or(0, |before| common(before, &prompt));
            let prefix = prefix.min(prompt.len() as u64 - 1);
            println!(
                "{stream:<6}  {:>4}  {:>5}  {:>11}  {:>6}  {:>6}  {prefix:>13}",
                number + 1,
                usage.input_tokens,
                prompt.len(),
                usage.output_tokens,
                usage.cached(),
            );
            assert_eq!(usage.input_tokens, prompt.len() as u64);
            assert_eq!(usage.cached(), prefix);
            // The last token of an answer was drawn, and never read.
            let read = usage.input_tokens + usage.output_tokens - 1;
            before = Some(with_answer.into_iter().take(read as usize).collect());
        }
        std::fs::copy(&file, folder.path().join("session.jsonl")).unwrap();
        let (serving, base) = serve(folder.path());
        let again = converse(&base, stream).await;
        for (turn, again) in turns.iter().zip(&again) {
            assert_eq!((&turn.request, &turn.answer), (&again.request, &again.answer));
        }
        drop(serving);
    }
}
