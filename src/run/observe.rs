//! What the server sees, written to the journal and, on request, to a recording.
//!
//! The built-in loop has one conversation and sends one request after the other. A program may hold
//! side conversations beside it, at moments of its own choosing: theirs are held back until the turn
//! ends and then written in the order of their content, so that the journal does not depend on who
//! came first. (Behind a live model, whose answers differ anyway, it is the order in which they
//! ended.)

mod gate;

use super::Allowance;
use super::drifts::Drifts;
use crate::measure::Derive;
use crate::recording::journal::{Event, ResponseEvent, RunWriter, Sink};
use crate::recording::{Exchange, Recorder};
use crate::scenario::Budgets;
use crate::server::{Finished, Observer, Started};
use crate::wire::Kind;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

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
    /// For a program: what it may use up.
    budgets: Option<Budgets>,
    over: Notify,
    /// What all runs together may use of a live model.
    allowance: Option<Arc<Allowance>>,
    state: Mutex<State>,
}

/// One exchange as it came, until it can be written.
#[derive(Clone, Debug)]
struct Held {
    exchange: Exchange,
    whole: Option<Vec<u8>>,
    finished: Option<Finished>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order they came, with the server's own numbers.
    exchanges: Vec<Exchange>,
    recorder: Option<Recorder>,
    last_answered_by: String,
    /// What has answered requests of the main thread, refusals aside.
    answered: BTreeSet<String>,
    drifts: Drifts,
    said: String,
    /// For a program.
    derive: Option<Derive>,
    /// Exchanges written so far: the number of the next.
    written: u32,
    /// Number in the journal of the main exchange under way.
    main: BTreeMap<u32, u32>,
    held: Vec<Held>,
    /// Numbers of side threads in the journal, by the model's own.
    threads: BTreeMap<u32, u32>,
    requests: u32,
    bytes: u64,
    exceeded: Option<&'static str>,
    /// Why a request was not let through.
    stopped: Option<String>,
}

impl Tap {
    /// For the built-in loop, which tells of its own calls.
    pub(super) fn new(writer: Arc<RunWriter>, recorder: Option<Recorder>) -> Self {
        let state = State { recorder, ..State::default() };
        let over = Notify::new();
        Self { writer, budgets: None, over, allowance: None, state: Mutex::new(state) }
    }

    /// For a program.
    pub(super) fn for_program(
        writer: Arc<RunWriter>,
        recorder: Option<Recorder>,
        budgets: Budgets,
    ) -> Self {
        let derive = Some(Derive::default());
        let state = State { recorder, derive, ..State::default() };
        let (budgets, over) = (Some(budgets), Notify::new());
        Self { writer, budgets, over, allowance: None, state: Mutex::new(state) }
    }

    /// The same, with something that all runs share.
    pub(super) fn within(self, allowance: Option<Arc<Allowance>>) -> Self {
        Self { allowance, ..self }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchanges so far, for a server that starts anew.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    /// What answered the last request of the main thread.
    pub(super) fn last_answered_by(&self) -> String {
        self.lock().last_answered_by.clone()
    }

    /// All that answered requests of the main thread.
    pub(super) fn answered(&self) -> BTreeSet<String> {
        self.lock().answered.clone()
    }

    /// Why the answers say nothing any more about this run, if that is so.
    pub(super) fn off_policy(&self) -> Option<String> {
        self.lock().drifts.off_policy()
    }

    /// The last text that the model said in the main thread.
    pub(super) fn last_said(&self) -> String {
        self.lock().said.clone()
    }

    /// The recording, if one was asked for.
    pub(super) fn take_recorder(&self) -> Option<Recorder> {
        self.lock().recorder.take()
    }

    /// Returns when a program has used up a budget of requests or bytes.
    pub(super) async fn over_budget(&self) {
        loop {
            let notified = self.over.notified();
            if self.exceeded().is_some() {
                return;
            }
            notified.await;
        }
    }

    /// Which budget is used up.
    pub(super) fn exceeded(&self) -> Option<&'static str> {
        self.lock().exceeded
    }

    /// A user message is about to be handed to a program.
    pub(super) fn begin_turn(&self) {
        let mut state = self.lock();
        state.said.clear();
        if let Some(derive) = &mut state.derive {
            derive.turn();
        }
    }

    /// A program's turn is over: its side conversations are written.
    pub(super) fn end_turn(&self) {
        let mut state = self.lock();
        let mut held = std::mem::take(&mut state.held);
        held.sort_by_key(|held| (held.exchange.thread, held.exchange.seq));
        for Held { mut exchange, whole, finished } in held {
            let next = state.threads.len() as u32 + 1;
            exchange.thread = *state.threads.entry(exchange.thread).or_insert(next);
            exchange.seq = state.next();
            self.writer.request(&exchange, whole.as_deref());
            if let Some(finished) = finished {
                self.respond(&mut state, &exchange, finished);
            }
        }
    }

    fn respond(&self, state: &mut State, exchange: &Exchange, finished: Finished) {
        let output = exchange.output.iter();
        let output = output.map(|item| self.writer.object(item.as_str().as_bytes())).collect();
        if let Some(drift) = &finished.fit.drift {
            // A recorded answer may be an error, too.
            let refused = finished.error.as_ref().and_then(|error| error.code.as_deref());
            let answered = refused != Some("replay_mismatch");
            let event = state.drifts.event(exchange.seq, drift, answered);
            self.writer.event(Event::Drift(event));
        }
        self.writer.event(Event::Response(Box::new(ResponseEvent {
            seq: exchange.seq,
            status: exchange.status,
            outcome: exchange.outcome,
            reason: exchange.incomplete.clone(),
            output,
            usage: exchange.usage,
            error: exchange.error.clone(),
            answered_by: finished.answered_by.clone(),
            response_id: if finished.stored { finished.response_id.clone() } else { String::new() },
            stale: finished.fit.is_stale,
        })));
        if let (Some(recorder), Some(answered)) = (&mut state.recorder, finished.answered()) {
            recorder.push(exchange, &answered);
        }
    }

    fn book(&self, state: &mut State, exchange: &Exchange) {
        let Some(budgets) = &self.budgets else { return };
        state.requests += 1;
        state.bytes += exchange.wire_bytes;
        let which = match () {
            () if state.requests > budgets.requests => "requests",
            () if state.bytes > budgets.bytes => "bytes",
            () => return,
        };
        state.exceeded.get_or_insert(which);
        self.over.notify_waiters();
    }
}

impl State {
    fn next(&mut self) -> u32 {
        self.written += 1;
        self.written - 1
    }
}

impl Observer for Tap {
    fn started(&self, started: Started<'_>) {
        let exchange = started.exchange();
        let mut state = self.lock();
        state.exchanges.push(exchange.clone());
        self.book(&mut state, &exchange);
        if exchange.thread != 0 {
            let whole = started.whole.map(<[u8]>::to_vec);
            state.held.push(Held { exchange, whole, finished: None });
            return;
        }
        let mut exchange = exchange;
        let number = state.next();
        state.main.insert(exchange.seq, number);
        exchange.seq = number;
        if let Some(derive) = &mut state.derive {
            derive.before(&exchange, &*self.writer);
        }
        self.writer.request(&exchange, started.whole);
    }

    fn finished(&self, seq: u32, finished: Finished) {
        let mut state = self.lock();
        let Some(at) = state.exchanges.iter().rposition(|exchange| exchange.seq == seq) else {
            return;
        };
        let exchange = &mut state.exchanges[at];
        finished.end(exchange);
        let mut exchange = exchange.clone();
        self.use_up(&mut state, &exchange);
        let Some(number) = state.main.remove(&seq) else {
            if let Some(held) = state.held.iter_mut().find(|held| held.exchange.seq == seq) {
                *held = Held { exchange, whole: held.whole.take(), finished: Some(finished) };
            }
            return;
        };
        exchange.seq = number;
        state.last_answered_by.clone_from(&finished.answered_by);
        if finished.error.is_none() {
            state.answered.insert(finished.answered_by.clone());
        }
        let said = exchange
            .output
            .iter()
            .map(|raw| raw.item())
            .rfind(|item| item.kind() == Kind::Message && item.role() == Some("assistant"));
        if let Some(said) = said {
            state.said = said.text();
        }
        self.respond(&mut state, &exchange, finished);
        if let Some(derive) = &mut state.derive {
            derive.after(&exchange, &*self.writer);
        }
    }
}
