//! `unreel record --upstream` in front of llama.cpp: five turns, with and without a stream; what was
//! recorded plays byte for byte, and the cached tokens that the engine tells are those that its own
//! template and tokenizer give.
//!
//! Needs tests/install-llama.sh; with `UPDATE_LLAMA=1` the streamed session becomes the shipped
//! recording. `cargo test --test llama_record -- --nocapture` prints the table.
#![cfg(unix)]

#[path = "support/llama.rs"]
mod llama_server;
#[path = "record/proxy.rs"]
mod proxy;
#[path = "support/serving.rs"]
mod serving;

use llama_server::Llama;
use proxy::{Proxy, client, sent};
use serde_json::{Value, json};
use serving::Serving;
use unreel::cache::{Call, Ledger, Segment, render};
use unreel::recording::Recording;
use unreel::recording::file::Body;
use unreel::wire::{Collector, Decoder, Endpoint, Raw, Request};

const SAID: [&str; 5] = [
    "Name a colour of the sky.",
    "And one of the sea?",
    "Which of them is brighter?",
    "Say both of them again, please.",
    "Thank you. Say goodbye.",
];

const SHORT: &str = "Answer in one short sentence.";

/// What is said, and the instructions it is said under.
type Said = (&'static str, &'static str);

/// A request of the session, and the answer as it came.
struct Turn {
    request: String,
    answer: String,
}

/// Holds the conversation at a base URL.
async fn converse(base: &str, stream: bool, all: &[Said]) -> Vec<Turn> {
    let mut input: Vec<String> = Vec::new();
    let mut turns = Vec::new();
    for (instructions, said) in all {
        input.push(format!(r#"{{"type":"message","role":"user","content":"{said}"}}"#));
        let request = format!(
            r#"{{"model":"gemma3-270m","instructions":"{instructions}","stream":{stream},"store":false,"input":[{}]}}"#,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the table, shown by --nocapture")]
async fn a_session_with_a_real_engine_is_recorded_and_plays_again() {
    let Some(llama) = Llama::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let session = SAID.map(|said| (SHORT, said));
    let mut before: Option<Vec<u64>> = None;
    println!("stream  turn  input  of template  output  cached  common prefix");
    for stream in [true, false] {
        let proxy = Proxy::start(&format!("http://127.0.0.1:{}", llama.port), &["--quiet"]);
        let turns = converse(&proxy.base, stream, &session).await;
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
        if stream && std::env::var_os("UPDATE_LLAMA").is_some() {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            let shipped = root.join("recordings/upstream/llama-five-turns.jsonl");
            std::fs::copy(&file, shipped).unwrap();
        }
        let copy = folder.path().join("session.jsonl").display().to_string();
        let serving = Serving::start(&["--recording", &copy]);
        let again = converse(&serving.base, stream, &session).await;
        for (turn, again) in turns.iter().zip(&again) {
            assert_eq!((&turn.request, &turn.answer), (&again.request, &again.answer));
        }
        drop(serving);
    }
}

/// One item for each token, so that a policy, which counts in tokens of its own, sees the engine's.
fn items(tokens: &[u64]) -> Vec<Raw> {
    let item =
        |token: &u64| Raw::from_value(&json!({"role": "user", "content": token.to_string()}));
    tokens.iter().map(item).collect()
}

/// How many whole items stand in the first tokens of a rendering.
fn whole_items(request: &Request, tokens: u64) -> u64 {
    let mut left = tokens;
    let mut fits = |segment: &Segment| {
        let fits = segment.tokens <= left;
        left = left.saturating_sub(segment.tokens);
        fits
    };
    render(request).iter().take_while(|segment| fits(segment)).count() as u64
}

/// The policy `llama.cpp` holds one prompt and its answer; so does a server with one slot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the table, shown by --nocapture")]
async fn the_policy_of_one_slot_counts_as_the_engine_does_over_a_broken_prefix() {
    let Some(llama) = Llama::start() else { return };
    // From the sixth turn on the instructions are others: nothing behind them can be read again.
    let said = SAID.iter().cycle().take(10).enumerate();
    let session: Vec<Said> = said
        .map(|(turn, said)| (if turn < 5 { SHORT } else { "Answer with a single word." }, *said))
        .collect();
    let base = format!("http://127.0.0.1:{}/v1", llama.port);
    let turns = converse(&base, true, &session).await;
    let mut ledger = Ledger::new(&"llama.cpp".parse().unwrap());
    println!("turn  input  cached  policy");
    let mut read = Vec::new();
    for (number, turn) in turns.iter().enumerate() {
        let collector = collected(&turn.answer, true);
        let usage = collector.usage().unwrap();
        let (prompt, with_answer) = tokens(llama.port, turn, &collector.text()).await;
        let mut answer = with_answer[prompt.len()..].to_vec();
        // The token that ends an answer is drawn, and no part of its text.
        answer.resize(usage.output_tokens as usize, u64::MAX);
        let request = Request {
            fields: Vec::new(),
            input: items(&prompt),
            input_at: Some(0),
            input_is_text: false,
        };
        let call = Call {
            thread: 0,
            endpoint: Endpoint::Responses,
            request: &request,
            output: &items(&answer),
            response_id: "",
            sent_at: None,
        };
        let counted = whole_items(&request, ledger.account(&call).account.read);
        println!("{:>4}  {:>5}  {:>6}  {counted:>6}", number + 1, prompt.len(), usage.cached());
        assert_eq!(counted, usage.cached(), "turn {}", number + 1);
        read.push(counted);
    }
    assert!(read[5] < read[4] && read[9] > read[5], "the sixth turn breaks the prefix: {read:?}");
}
