//! A server with a toy model behind a tap.

use super::tap::{Exchange, Tap};
use super::toy::{Counts, Toy};
use std::sync::Arc;
use unreel::scenario::{Fault, FaultKind};
use unreel::server::{Ledgers, Server, ServerConfig};
use unreel::wire::{Decoder, lint_events};

/// The only model that the server lists.
pub(crate) const MODEL: &str = "gpt-5.5";

/// The server on a thread of its own, so that tests can wait for programs without a runtime.
pub(crate) struct World {
    pub(crate) tap: Tap,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl World {
    /// With faults, by the number of the request.
    pub(crate) fn new(faults: &[(u32, FaultKind)]) -> Self {
        let mut config = ServerConfig::with_ledgers(Arc::new(Toy), Ledgers::with(Box::new(Counts)));
        config.models = vec![MODEL.into()];
        config.faults = faults
            .iter()
            .map(|(request, kind)| Fault { request: *request, kind: kind.clone(), times: 1 })
            .collect();
        Self::with(config)
    }

    /// With any server.
    pub(crate) fn with(config: ServerConfig) -> Self {
        let (started, address) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(async {
                let server = Server::start(config).await.unwrap();
                started.send(server.address()).unwrap();
                let _ = stopped.await;
                server.stop().await;
            });
        });
        let tap = Tap::start(address.recv().unwrap());
        Self { tap, stop: Some(stop), thread: Some(thread) }
    }

    /// What clients take as their base URL; it goes through the tap.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.tap.addr)
    }

    /// The requests for answers, in order.
    pub(crate) fn asked(&self) -> Vec<Exchange> {
        let mut exchanges = self.tap.exchanges();
        exchanges.retain(|seen| seen.method == "POST" && seen.target == "/v1/responses");
        exchanges
    }

    /// Lints every event stream that went by but those in `cut`, by their place among all requests
    /// for answers, and gives their number.
    pub(crate) fn lint_streams(&self, cut: &[usize]) -> usize {
        let mut streams = 0;
        for (at, exchange) in self.asked().iter().enumerate().filter(|(_, seen)| seen.is_stream()) {
            streams += 1;
            let mut decoder = Decoder::new();
            let events = decoder.feed(&exchange.answer);
            assert_eq!(decoder.finish(), None, "half an event in stream {at}");
            let expected: &[&str] = match cut.contains(&at) {
                true => &["the stream ends without a terminal event"],
                false => &[],
            };
            assert_eq!(lint_events(&events), expected, "stream {at}");
        }
        streams
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(std::thread::JoinHandle::join);
        assert!(std::thread::panicking() || !matches!(ended, Some(Err(_))), "the server panicked");
    }
}
