//! The real Codex CLI over a WebSocket: it warms up, goes on with its new items alone, and sends a
//! fraction of what it sends over HTTP.

#[path = "support/clients.rs"]
mod clients;
#[path = "support/codex_cli.rs"]
mod codex_cli;

use codex_cli::Codex;
use serde_json::json;
use std::sync::{Arc, Mutex};
use unreel::measure::bytes_up;
use unreel::recording::matching::Fit;
use unreel::recording::{Exchange, Outcome, Transport};
use unreel::scenario::{Fault, FaultKind};
use unreel::server::{
    Answer, Ask, Declined, Finished, Model, Observer, Server, ServerConfig, Started,
};
use unreel::wire::{Digest, Ending, Kind, Raw};

/// The setting of a provider that speaks WebSocket.
const SOCKET: &str = "supports_websockets = true";

/// Requests of a session, warm-ups not counted.
const REQUESTS: usize = 20;

/// Asks for a command in every answer but the last.
#[derive(Debug)]
struct Reader;

impl Model for Reader {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        let outputs = ask.request.input.iter().filter(|item| item.item().kind().is_output());
        let step = outputs.count();
        let item = match step + 1 < REQUESTS {
            true => json!({"id": format!("fc_{step}"), "type": "function_call",
                "status": "completed", "call_id": format!("call_{step}"), "name": "exec_command",
                "arguments": json!({"cmd": format!("cat notes/{step}")})
                    .to_string()}),
            false => json!({"id": "msg_1", "type": "message", "role": "assistant",
                "status": "completed", "content": [
                    {"type": "output_text", "text": "Read.", "annotations": [], "logprobs": []}]}),
        };
        Ok(Answer {
            thread: 0,
            response_id: format!("resp_{}", Digest::of(step.to_le_bytes())),
            items: vec![Raw::from_value(&item)],
            echoed: 0,
            ending: Ending::Completed,
            answered_by: format!("step {step}"),
            again: None,
            fit: Fit::default(),
        })
    }
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<Exchange>>);

impl Observer for Log {
    fn started(&self, started: Started<'_>) {
        self.0.lock().unwrap().push(started.exchange());
    }

    fn finished(&self, _seq: u32, finished: Finished) {
        let mut exchanges = self.0.lock().unwrap();
        finished.end(exchanges.last_mut().unwrap());
    }
}

/// One `codex exec` in a home and a folder of its own.
async fn session(
    version: &str,
    provider: &str,
    change: impl FnOnce(&mut ServerConfig),
) -> Vec<Exchange> {
    let log = Arc::new(Log::default());
    let mut config = ServerConfig::new(Arc::new(Reader));
    config.observer = Some(log.clone());
    change(&mut config);
    let server = Server::start(config).await.unwrap();
    let mut codex = Codex::new(version).unwrap();
    codex.provider = format!("request_max_retries = 1\nstream_max_retries = 1\n{provider}");
    let notes = codex.work().join("notes");
    std::fs::create_dir(&notes).unwrap();
    for step in 0..REQUESTS {
        let note = format!("this is line {step} of a file of 10 kB\n").repeat(280);
        std::fs::write(notes.join(step.to_string()), note).unwrap();
    }
    let base_url = server.base_url();
    let ran = tokio::task::spawn_blocking(move || codex.exec(&base_url, &["read the notes"]));
    assert_eq!(ran.await.unwrap().said(), ["Read."], "{version}");
    server.stop().await;
    let exchanges = log.0.lock().unwrap();
    exchanges.clone()
}

fn sent(exchanges: &[Exchange]) -> u64 {
    exchanges.iter().map(|exchange| exchange.wire_bytes).sum()
}

#[tokio::test]
async fn codex_warms_up_and_continues_with_its_new_items() {
    for version in codex_cli::versions() {
        let over_http = session(&version, "supports_websockets = false", |_| {}).await;
        assert_eq!(over_http.len(), REQUESTS);
        assert!(over_http.iter().all(|exchange| exchange.delivery.is_plain()));

        let exchanges = session(&version, SOCKET, |_| {}).await;
        let (warm, real): (Vec<Exchange>, Vec<Exchange>) =
            exchanges.iter().cloned().partition(Exchange::is_warm_up);
        assert_eq!((warm.len(), real.len()), (1, REQUESTS));
        for (before, exchange) in real.iter().zip(&real[1..]) {
            let delivery = &exchange.delivery;
            assert_eq!(delivery.transport, Transport::Websocket);
            let known = before.request.input.len() + before.output.len();
            assert_eq!(delivery.sent_from as usize, known, "request {}", exchange.seq);
            assert_eq!(
                exchange.request.input.last().unwrap().item().kind(),
                Kind::FunctionCallOutput
            );
        }
        assert!(real[0].delivery.previous_response_id.is_some(), "it goes on from the warm-up");
        // What the model saw is the same, whatever was sent.
        let items = |list: &[Exchange]| list.last().unwrap().request.input.len();
        assert_eq!(items(&real), items(&over_http));
        let (full, incremental) = (sent(&over_http), sent(&exchanges));
        // What the measures make of the HTTP session is what the socket really took, and the other way
        // round, but for the metadata that Codex adds to frames.
        let computed = bytes_up(&over_http, &[]).iter().map(|up| up.websocket).sum::<u64>();
        assert!(computed.abs_diff(sent(&real)) < sent(&real) / 20, "{computed}, {}", sent(&real));
        let computed = bytes_up(&real, &[]).iter().map(|up| up.http).sum::<u64>();
        assert!(computed.abs_diff(full) < full / 100, "{computed}, {full}");
        assert!(incremental * 5 < full, "{full} bytes over HTTP, {incremental} over a WebSocket");
    }
}

#[tokio::test]
async fn codex_falls_back_to_http_where_no_websocket_is_served() {
    for version in codex_cli::versions() {
        let none = |config: &mut ServerConfig| config.websocket = false;
        let exchanges = session(&version, SOCKET, none).await;
        assert_eq!(exchanges.len(), REQUESTS);
        assert!(exchanges.iter().all(|exchange| exchange.delivery.is_plain()));
    }
}

/// An error frame and a socket that breaks: Codex says everything once, and goes on.
#[tokio::test]
async fn codex_recovers_from_an_error_frame_and_a_broken_socket() {
    for version in codex_cli::versions() {
        let faulty = |config: &mut ServerConfig| {
            config.faults = vec![
                Fault { request: 3, kind: FaultKind::Status(503), times: 1 },
                Fault { request: 8, kind: FaultKind::CutAfterItems(0), times: 1 },
            ];
        };
        let exchanges = session(&version, SOCKET, faulty).await;
        let broken = |exchange: &Exchange| exchange.outcome != Outcome::Completed;
        assert_eq!(exchanges.iter().filter(|exchange| broken(exchange)).count(), 2);
        let computed = bytes_up(&exchanges, &[]);
        for (at, exchange) in exchanges.iter().enumerate().skip(1) {
            let whole = exchange.delivery.sent_from == 0;
            assert_eq!(whole, broken(&exchanges[at - 1]), "request {}", exchange.seq);
            let (computed, sent) = (computed[at].websocket, exchange.wire_bytes);
            assert!(computed.abs_diff(sent) < 100, "request {}: {computed}, {sent}", exchange.seq);
        }
    }
}
