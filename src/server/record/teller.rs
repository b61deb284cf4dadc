//! Off the path: reads what passed, takes out what no disk may hold, and tells the observer.
//!
//! One thread for each proxy. Exchanges are told as they end, each with both calls at once; a client
//! can send what depends on an answer only when that has ended, so causes come before effects.

use super::answer;
use super::capture::{Answered, Capture, Copy, End, copy_of};
use super::discreet::Discreet;
use super::frames::{Connection, Piece, Turn};
use super::threads::Threads;
use crate::recording::file::Body;
use crate::recording::{Outcome, Sent};
use crate::server::body::unpack;
use crate::server::incoming::Incoming;
use crate::server::received::Received;
use crate::server::store::{Answered as Stored, Chains, Kept, Store};
use crate::server::{Finished, Mask, Observer, Started};
use crate::wire::{ApiError, Ending, Endpoint, Usage};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use tokio::sync::mpsc::UnboundedReceiver;

/// What the proxy hands over.
#[derive(Debug)]
pub(super) enum Message {
    /// An exchange that ended.
    Exchange(Box<Capture>),
    /// Something on a WebSocket.
    Piece(Piece),
}

/// Tells one observer of all exchanges of a proxy.
#[derive(Debug)]
pub(super) struct Teller {
    observer: Arc<dyn Observer>,
    discreet: Discreet,
    seq: Arc<AtomicU32>,
    store: Store,
    threads: Threads,
    connections: BTreeMap<u64, (Connection, Chains)>,
}

impl Teller {
    pub(super) fn new(
        observer: Arc<dyn Observer>,
        discreet: Discreet,
        seq: Arc<AtomicU32>,
        threads: Threads,
    ) -> Self {
        let (store, connections) = (Store::default(), BTreeMap::new());
        Self { observer, discreet, seq, store, threads, connections }
    }

    /// Works until nobody can hand over anything any more.
    pub(super) fn work(mut self, mut from: UnboundedReceiver<Message>) {
        while let Some(message) = from.blocking_recv() {
            match message {
                Message::Exchange(capture) => self.exchange(*capture),
                Message::Piece(piece) => self.piece(piece),
            }
        }
        for number in self.connections.keys().copied().collect::<Vec<_>>() {
            self.close(number, End::Left);
        }
    }

    fn exchange(&mut self, capture: Capture) {
        let Capture { seq, endpoint, encoding, credentials, request, answered, told } = capture;
        self.discreet.learn(credentials);
        let received = received(&copy_of(&request), encoding.as_deref());
        let finished = match answered {
            Some(Answered { theirs: false, status, body, .. }) => {
                let text = String::from_utf8_lossy(body.bytes().unwrap_or_default());
                answer::none(Some(ApiError::of_body(status, &text)))
            }
            Some(answered) => self.read(&answered),
            None => answer::none(None),
        };
        self.tell(seq, endpoint, &received, finished, None);
        if let Some(told) = told {
            // The client may have left.
            let _ = told.send(());
        }
    }

    fn read(&self, answered: &Answered) -> Finished {
        let Answered { status, headers, body, end, .. } = answered;
        let text = body.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let is_lost = text.is_none();
        let is_stream = headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.starts_with("text/event-stream"));
        let text = text.unwrap_or_default();
        let body = if is_stream { Body::Sse(text) } else { Body::Whole(text) };
        let torn = *end == End::Torn;
        let sent = Sent { status: *status, headers: headers.clone(), body, torn };
        let mut finished = answer::read(self.discreet.answer(&sent), *end);
        if is_lost {
            (finished.ending, finished.sent) = (None, None);
            finished.answered_by = "upstream: too much to keep".to_owned();
        }
        finished
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Opened { connection, credentials } => {
                self.discreet.learn(credentials);
                self.connections.insert(connection, (Connection::new(), Chains::new()));
            }
            Piece::Bytes { connection, from, bytes, told } => {
                if bytes.bytes().is_none() {
                    // Without these nobody can tell where the next frame begins.
                    self.close(connection, End::Left);
                }
                let turns = match (self.connections.get_mut(&connection), bytes.bytes()) {
                    (Some((known, _)), Some(bytes)) => known.feed(from, bytes, &self.seq),
                    _ => Vec::new(),
                };
                for turn in turns {
                    self.turn(connection, turn);
                }
                if let Some(told) = told {
                    let _ = told.send(());
                }
            }
            Piece::Closed { connection, end } => self.close(connection, end),
        }
    }

    fn close(&mut self, connection: u64, end: End) {
        let turns = self.connections.get_mut(&connection).map(|(known, _)| known.close(end));
        for turn in turns.unwrap_or_default() {
            self.turn(connection, turn);
        }
        self.connections.remove(&connection);
    }

    /// One request on a WebSocket, and the frames that answered it.
    fn turn(&mut self, connection: u64, turn: Turn) {
        let Turn { seq, request, frames, status, end, .. } = turn;
        let Some((known, mut chains)) = self.connections.remove(&connection) else { return };
        let torn = end == End::Torn;
        let received = Received { wire_bytes: request.len() as u64, body: request.into_bytes() };
        let headers = Vec::new();
        let sent = Sent { status, headers, body: Body::Frames(frames), torn };
        let finished = answer::read(self.discreet.answer(&sent), end);
        self.tell(seq, Endpoint::Responses, &received, finished, Some(&mut chains));
        self.connections.insert(connection, (known, chains));
    }

    fn tell(
        &mut self,
        seq: u32,
        endpoint: Endpoint,
        received: &Received,
        mut finished: Finished,
        mut chains: Option<&mut Chains>,
    ) {
        let mask: Option<&dyn Mask> = Some(&self.discreet);
        let incoming = Incoming::read(received, &self.store, chains.as_deref(), mask);
        let whole = incoming.whole.as_ref().map(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            self.discreet.text(&text).into_bytes()
        });
        if !incoming.is_request {
            // There is nothing to recognise it by.
            finished.ending = None;
        }
        finished.stored = finished.outcome == Outcome::Completed
            && endpoint == Endpoint::Responses
            && incoming.request.is_stored();
        let thread = self.threads.place(&incoming.request, &finished.output);
        if let (Some(usage), Some(ending)) = (finished.usage, &finished.ending) {
            self.remember(endpoint, &incoming, &finished, ending, usage);
        }
        if let Some(chains) = &mut chains
            && matches!(finished.ending, Some(Ending::Completed | Ending::Incomplete(_)))
        {
            let input = incoming.request.input.clone();
            let kept = Kept { input, output: finished.output.clone() };
            chains.insert(finished.response_id.clone(), kept);
        }
        self.observer.started(Started {
            seq,
            thread,
            endpoint,
            request: &incoming.request,
            delivery: &incoming.delivery,
            wire_bytes: incoming.wire_bytes,
            whole: whole.as_deref(),
        });
        self.observer.finished(seq, finished);
    }

    /// Keeps what a later request may name: the upstream completes it, so we have to.
    fn remember(
        &mut self,
        endpoint: Endpoint,
        incoming: &Incoming,
        finished: &Finished,
        ending: &Ending,
        usage: Usage,
    ) {
        self.store.keep(&Stored {
            endpoint,
            echo: &incoming.request,
            request: &incoming.request,
            response_id: &finished.response_id,
            output: &finished.output,
            ending,
            usage,
        });
    }
}

/// The body of a request, unpacked.
fn received(copy: &Copy, encoding: Option<&str>) -> Received {
    let bytes = copy.bytes().unwrap_or_default();
    let body = match encoding {
        Some("zstd") => unpack(bytes).unwrap_or_default(),
        _ => bytes.to_vec(),
    };
    Received { wire_bytes: bytes.len() as u64, body }
}
