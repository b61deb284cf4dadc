//! The observer of a standing proxy: puts exchanges in the order in which they were asked, records
//! them, and writes them as it goes.

use super::Witness;
use super::account::{Account, Passed};
use crate::recording::file::Log;
use crate::recording::{Exchange, Header, Recorder, Recording};
use crate::server::{Finished, Observer, Started};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Keep {
    witness: Arc<dyn Witness>,
    state: Mutex<State>,
}

struct State {
    recorder: Option<Recorder>,
    header: Header,
    target: PathBuf,
    /// None before the first exchange, and after it could not be written.
    log: Option<Log>,
    account: Account,
    /// The request that is told of.
    started: Option<Exchange>,
    /// What has ended and waits for an earlier request.
    ended: BTreeMap<u32, (Exchange, Finished)>,
    next: u32,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Keep {
    pub(super) fn new(header: Header, target: &Path, witness: Arc<dyn Witness>) -> Self {
        let state = State {
            recorder: None,
            header,
            target: target.to_owned(),
            log: None,
            account: Account::default(),
            started: None,
            ended: BTreeMap::new(),
            next: 0,
        };
        Self { witness, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The recording, and what passed.
    pub(super) fn finish(&self) -> (Recording, Account) {
        let mut state = self.lock();
        // A number that was never told: nothing is left to wait for.
        let ended = std::mem::take(&mut state.ended);
        for (exchange, finished) in ended.into_values() {
            state.push(&exchange, &finished);
        }
        state.log = None;
        let recorder = state.recorder.take();
        let recording = recorder.unwrap_or_else(|| Recorder::new(state.header.clone())).finish();
        let mut account = state.account.clone();
        let exchanges = &recording.exchanges;
        account.exchanges = exchanges.len() as u32;
        account.attempts = exchanges.iter().map(|one| one.attempts.len() as u32).sum();
        let threads: BTreeSet<u32> = exchanges.iter().map(|one| one.thread).collect();
        account.threads = threads.len() as u32;
        (recording, account)
    }
}

impl State {
    fn push(&mut self, exchange: &Exchange, finished: &Finished) {
        let recorder = match &mut self.recorder {
            Some(recorder) => recorder,
            empty => {
                // Only now it is known which model is asked.
                let model = exchange.request.text_field("model");
                self.header.model = model.unwrap_or_default();
                match Log::create(&self.target, &self.header) {
                    Ok(log) => self.log = Some(log),
                    Err(error) => self.account.failure = Some(error.to_string()),
                }
                empty.insert(Recorder::new(self.header.clone()))
            }
        };
        if let Some(answered) = finished.answered() {
            recorder.push(exchange, &answered);
        }
        if let Some(log) = &mut self.log
            && let Err(error) = log.append(recorder.so_far())
        {
            self.account.failure = Some(error.to_string());
            self.log = None;
        }
    }
}

impl Observer for Keep {
    fn started(&self, started: Started<'_>) {
        self.lock().started = Some(started.exchange());
    }

    fn finished(&self, seq: u32, finished: Finished) {
        let mut state = self.lock();
        let Some(mut exchange) = state.started.take().filter(|one| one.seq == seq) else { return };
        finished.end(&mut exchange);
        let lost = match &finished.ending {
            _ if exchange.is_warm_up() => None,
            Some(_) => None,
            None => Some(match &finished.error {
                Some(error) => error.message.clone(),
                None => finished.answered_by.clone(),
            }),
        };
        let passed = Passed {
            number: seq + 1,
            endpoint: exchange.endpoint,
            transport: exchange.delivery.transport,
            thread: exchange.thread,
            wire_bytes: exchange.wire_bytes,
            status: exchange.status,
            outcome: exchange.outcome,
            usage: exchange.usage,
            error: exchange.error.clone(),
            lost,
        };
        state.account.add(&passed);
        state.ended.insert(seq, (exchange, finished));
        loop {
            let next = state.next;
            let Some((exchange, finished)) = state.ended.remove(&next) else { break };
            state.push(&exchange, &finished);
            state.next += 1;
        }
        drop(state);
        self.witness.passed(&passed);
    }
}
