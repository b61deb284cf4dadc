//! What the server sees, written to the journal and, on request, to a recording.

use crate::recording::journal::{Event, ResponseEvent, RunWriter, Sink};
use crate::recording::{Exchange, Outcome, Recorder};
use crate::server::{Finished, Observer};
use crate::wire::{Ending, Endpoint, Request};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something between agent and server: gets the server's address, gives the one to use.
#[derive(Clone)]
pub struct Front(pub Arc<dyn Fn(SocketAddr) -> SocketAddr + Send + Sync>);

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Front")
    }
}

/// Bridges the server's view into journal and recording.
#[derive(Debug)]
pub(super) struct Tap {
    writer: Arc<RunWriter>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    exchanges: Vec<Exchange>,
    recorder: Option<Recorder>,
    last_answered_by: String,
}

impl Tap {
    pub(super) fn new(writer: Arc<RunWriter>, recorder: Option<Recorder>) -> Self {
        Self { writer, state: Mutex::new(State { recorder, ..State::default() }) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchanges so far, for a server that starts anew.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    /// What answered the last request.
    pub(super) fn last_answered_by(&self) -> String {
        self.lock().last_answered_by.clone()
    }

    /// The recording, if one was asked for.
    pub(super) fn take_recorder(&self) -> Option<Recorder> {
        self.lock().recorder.take()
    }
}

impl Observer for Tap {
    fn started(
        &self,
        seq: u32,
        thread: u32,
        endpoint: Endpoint,
        request: &Request,
        wire_bytes: u64,
        compact: bool,
        body: &[u8],
    ) {
        let whole = (!compact).then_some(body);
        self.writer.request(seq, thread, endpoint, request, wire_bytes, whole);
        self.lock().exchanges.push(Exchange {
            seq,
            thread,
            endpoint,
            request: request.clone(),
            wire_bytes,
            status: 0,
            outcome: Outcome::Cut,
            output: Vec::new(),
            usage: None,
            error: None,
        });
    }

    fn finished(&self, seq: u32, finished: Finished) {
        let output = finished
            .output
            .iter()
            .map(|item| self.writer.object(item.as_str().as_bytes()))
            .collect();
        self.writer.event(Event::Response(Box::new(ResponseEvent {
            seq,
            status: finished.status,
            outcome: finished.outcome,
            reason: match &finished.ending {
                Some(Ending::Incomplete(reason)) => Some(reason.clone()),
                _ => None,
            },
            output,
            usage: finished.usage,
            error: finished.error.clone(),
            answered_by: finished.answered_by.clone(),
        })));
        let mut state = self.lock();
        let State { exchanges, recorder, last_answered_by } = &mut *state;
        last_answered_by.clone_from(&finished.answered_by);
        if let Some(exchange) = exchanges.iter_mut().rev().find(|exchange| exchange.seq == seq) {
            exchange.status = finished.status;
            exchange.outcome = finished.outcome;
            exchange.output = finished.output;
            exchange.usage = finished.usage;
            exchange.error = finished.error;
            if let (Some(recorder), Some(ending)) = (recorder, &finished.ending) {
                let (id, by) = (&finished.response_id, &finished.answered_by);
                recorder.push(exchange, ending, id, by);
            }
        }
    }
}
