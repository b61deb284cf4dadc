//! The built-in loop against llama.cpp: a server that nobody here wrote, so that loop and server
//! cannot share a misreading. The model is too small to make sense; the protocol, the token counts
//! and the cache are real.
//!
//! Needs tests/install-llama.sh. `cargo test --test llama -- --nocapture` prints the exchanges.

#[path = "support/llama.rs"]
mod llama_server;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures_util::StreamExt;
use llama_server::Llama;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use unreel::agent::{AgentConfig, Builtin, TurnEnd};
use unreel::recording::journal::{Event, Sink};
use unreel::sandbox::{Limits, Mode, Sandbox, SandboxSpec};
use unreel::scenario::{Budgets, Compaction, CompactionStrategy, Permissions, Transport};
use unreel::wire::{Collector, Decoder, Digest, Kind, Request, Terminal};

/// One exchange as it went over the wire.
#[derive(Debug, Default)]
struct Seen {
    request: Vec<u8>,
    status: u16,
    answer: Vec<u8>,
}

type Exchanges = Arc<Mutex<Vec<Seen>>>;

/// Hands requests on to `upstream` and keeps both sides, piece by piece as they come.
async fn front(upstream: u16) -> (SocketAddr, Exchanges) {
    let seen = Exchanges::default();
    // A connection of its own for each request: the server closes idle ones.
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let forward = async move |State(seen): State<Exchanges>,
                              uri: Uri,
                              mut headers: HeaderMap,
                              body: Bytes| {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(Seen { request: body.to_vec(), ..Seen::default() });
            seen.len() - 1
        };
        headers.remove("host");
        let url = format!("http://127.0.0.1:{upstream}{uri}");
        let answer = client.post(url).headers(headers).body(body).send().await.unwrap();
        let status = answer.status();
        seen.lock().unwrap()[number].status = status.as_u16();
        let pieces = answer.bytes_stream().inspect(move |piece| {
            let piece = piece.as_ref().unwrap();
            seen.lock().unwrap()[number].answer.extend_from_slice(piece);
        });
        Response::builder().status(status).body(Body::from_stream(pieces)).unwrap()
    };
    let app = Router::new().fallback(forward).with_state(Arc::clone(&seen));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, seen)
}

/// Events of the agent that matter here.
#[derive(Debug, Default)]
struct Retries(Mutex<Vec<String>>);

impl Sink for Retries {
    fn object(&self, bytes: &[u8]) -> Digest {
        Digest::of(bytes)
    }

    fn event(&self, event: Event) {
        if let Event::Retry { reason, .. } = event {
            self.0.lock().unwrap().push(reason);
        }
    }
}

fn config(base_url: String) -> AgentConfig {
    AgentConfig {
        base_url,
        model: "gemma".into(),
        instructions: "You are a coding agent in a workspace. Answer in one short sentence.".into(),
        developer: None,
        permissions: Permissions::default(),
        skills: Vec::new(),
        date: "2026-01-15".into(),
        folder: ".".into(),
        tools: None,
        prompt: Default::default(),
        effort: None,
        seed: 0,
        transport: Transport::Http,
        compaction: Compaction { strategy: CompactionStrategy::None, ..Compaction::default() },
        completion_order: Vec::new(),
        volatile: Vec::new(),
        budgets: Budgets { requests: 12, seconds: 600, ..Budgets::default() },
        waits: false,
        thread: "thread_llama".into(),
    }
}

#[tokio::test]
async fn the_loop_completes_turns_on_a_foreign_server() {
    let Some(llama) = Llama::start() else { return };
    let (address, seen) = front(llama.port).await;
    let scratch = tempfile::tempdir().unwrap();
    let spec = SandboxSpec {
        mode: Mode::BestEffort,
        programs: Vec::new(),
        env: Vec::new(),
        limits: Limits::default(),
        scratch: scratch.path().join("scratch"),
        listen: None,
    };
    let helper = PathBuf::from(env!("CARGO_BIN_EXE_unreel"));
    let sandbox = Arc::new(Sandbox::start(&helper, &spec).await.unwrap());
    let retries = Arc::new(Retries::default());
    let config = config(format!("http://{address}/v1"));
    let mut agent = Builtin::new(config, Arc::clone(&sandbox), retries.clone()).unwrap();
    let mut ends = Vec::new();
    for (number, text) in (1..).zip(["Say hello.", "Say it again."]) {
        ends.push(agent.turn(number, text).await);
    }
    drop(agent);
    Arc::into_inner(sandbox).unwrap().stop().await.unwrap();

    let seen = seen.lock().unwrap();
    let mut used = Vec::new();
    for exchange in seen.iter() {
        print(exchange);
        assert_eq!(exchange.status, 200, "{}", String::from_utf8_lossy(&exchange.answer));
        let (mut decoder, mut collector) = (Decoder::new(), Collector::new());
        for event in decoder.feed(&exchange.answer) {
            collector.feed(&event).unwrap();
        }
        assert_eq!(decoder.finish(), None, "the stream ends with a whole event");
        assert_eq!(collector.terminal(), Some(&Terminal::Completed));
        used.push(collector.usage().expect("usage in the terminal event"));
    }
    assert_eq!(*retries.0.lock().unwrap(), [""; 0]);
    for end in &ends {
        assert!(matches!(end, TurnEnd::Done { said } if !said.is_empty()), "{end:?}");
    }
    let [first, .., last] = &used[..] else { panic!("two requests at least: {used:?}") };
    assert!(first.input_tokens > 0 && first.output_tokens > 0, "{first:?}");
    // The second turn extends the first: what the engine had computed, it need not compute again.
    assert!(last.cached() > 0 && last.cached() < last.input_tokens, "{last:?}");
    assert!(last.cached() * 10 > first.input_tokens * 9, "{first:?} then {last:?}");

    let [first, .., last] = &seen[..] else { unreachable!("as many as `used`") };
    let (first, last) =
        (Request::parse(&first.request).unwrap(), Request::parse(&last.request).unwrap());
    assert_eq!(last.input[..first.input.len()], first.input[..], "the history only grows");
    let answer = last.input[first.input.len()].item();
    assert_eq!((answer.kind(), answer.role()), (Kind::Message, Some("assistant")));
}

#[expect(clippy::print_stdout, reason = "shown by --nocapture")]
fn print(exchange: &Seen) {
    println!("--- request\n{}", String::from_utf8_lossy(&exchange.request));
    println!("--- {}\n{}", exchange.status, String::from_utf8_lossy(&exchange.answer));
}
