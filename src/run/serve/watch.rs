//! Counts what the server answers, as it happens; keeps no request.

use super::super::drifts::Drifts;
use super::super::source::is_step;
use super::offer::Plan;
use super::served::{Answered, Departure, Part, Refused, Served};
use crate::cache::{Prompts, Renderer, total};
use crate::recording::matching::Drift;
use crate::recording::{Outcome, Transport};
use crate::server::{Finished, Observer, Started};
use crate::wire::{ApiError, Endpoint};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its number, from 1.
    pub number: u32,
    /// Which call of the API.
    pub endpoint: Endpoint,
    /// What brought it.
    pub transport: Transport,
    /// Which conversation; 0 also where nobody could tell.
    pub thread: u32,
    /// Bytes of the body on the wire.
    pub wire_bytes: u64,
    /// HTTP status.
    pub status: u16,
    /// Whether the stream was cut on purpose.
    pub cut: bool,
    /// What answered, or why nothing did.
    pub answer: Result<Answered, ApiError>,
    /// How far the request is from the recorded one.
    pub drift: Option<Drift>,
}

/// Told of every request when it is decided, before its answer leaves.
pub trait Listener: Send + Sync + std::fmt::Debug {
    /// One request.
    fn seen(&self, seen: &Seen);
}

/// The observer of one server.
#[derive(Debug)]
pub(super) struct Watch {
    plan: Plan,
    /// Exchanges by the ids of their responses.
    numbers: BTreeMap<String, u32>,
    listener: Arc<dyn Listener>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    served: Served,
    /// How often which answered, in the order of their first; exchanges are counted by the replay.
    answered: IndexMap<String, u32>,
    renderer: Renderer,
    threads: BTreeMap<u32, Prompts>,
    drifts: Drifts,
    /// The request whose answer comes next.
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    thread: u32,
    endpoint: Endpoint,
    transport: Transport,
    wire_bytes: u64,
}

impl Watch {
    pub(super) fn new(plan: Plan, listener: Arc<dyn Listener>) -> Self {
        let mut numbers = BTreeMap::new();
        if let Plan::Exchanges { recording, .. } = &plan {
            for (number, exchange) in (0..).zip(&recording.exchanges) {
                numbers.entry(exchange.response_id.clone()).or_insert(number);
            }
        }
        Self { plan, numbers, listener, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, finished: &Finished) -> Answered {
        let by = finished.answered_by.clone();
        match self.numbers.get(&finished.response_id) {
            Some(number) => Answered::Exchange(*number, by),
            None => Answered::By(by),
        }
    }

    /// Whether an error is what the model is there for: where nothing is planned, nothing that the
    /// model itself says is a refusal.
    fn is_meant(&self, finished: &Finished) -> bool {
        matches!(self.plan, Plan::Open) && finished.answered_by == "model"
    }

    /// The account so far.
    pub(super) fn served(&self) -> Served {
        let state = self.lock();
        let mut served = state.served.clone();
        let mut add = |what: Answered, times: u32| match times {
            0 => served.unplayed.push(what),
            _ => served.played.push(Part { what, times }),
        };
        match &self.plan {
            Plan::Exchanges { replay, recording } => {
                let exchanges = (0..).zip(&recording.exchanges).zip(replay.asked());
                for ((number, exchange), times) in exchanges {
                    let Some(times) = times else { continue };
                    add(Answered::Exchange(number, exchange.answered_by.clone()), times);
                }
                // Warm-ups of a WebSocket are in no recording.
                others(&state.answered, &mut add);
            }
            Plan::Steps(steps) => {
                // A step may also have been answered by its fallbacks, each on a line of its own.
                let mut rest = state.answered.clone();
                for step in steps {
                    let own: Vec<(String, u32)> = rest
                        .iter()
                        .filter(|(by, _)| is_step(by, step))
                        .map(|(by, times)| (by.clone(), *times))
                        .collect();
                    if own.is_empty() {
                        add(Answered::By(format!("step {step}")), 0);
                    }
                    for (by, times) in own {
                        rest.shift_remove(&by);
                        add(Answered::By(by), times);
                    }
                }
                others(&rest, &mut add);
            }
            Plan::Open => others(&state.answered, &mut add),
        }
        served
    }
}

fn others(answered: &IndexMap<String, u32>, add: &mut impl FnMut(Answered, u32)) {
    for (by, times) in answered {
        add(Answered::By(by.clone()), *times);
    }
}

impl Observer for Watch {
    fn started(&self, started: Started<'_>) {
        let mut state = self.lock();
        let State { served, renderer, threads, asked, .. } = &mut *state;
        let segments = renderer.request(started.request);
        let prompts = threads.entry(started.thread).or_default();
        let (sent, prefix) = (total(&segments), prompts.intern(&segments).prefix);
        served.requests += 1;
        served.wire_bytes += started.wire_bytes;
        served.sent_bytes += sent.bytes;
        served.new_bytes += sent.bytes - prefix.bytes;
        *asked = Some(Asked {
            thread: started.thread,
            endpoint: started.endpoint,
            transport: started.delivery.transport,
            wire_bytes: started.wire_bytes,
        });
    }

    fn finished(&self, seq: u32, finished: Finished) {
        let mut state = self.lock();
        let State { served, answered, asked, drifts, .. } = &mut *state;
        let Some(asked) = asked.take() else { return };
        if let Some(usage) = finished.usage {
            served.input_tokens += usage.input_tokens;
            served.cached_tokens += usage.cached();
        }
        let cut = finished.outcome == Outcome::Cut;
        let injected = finished.answered_by.starts_with("fault: ");
        served.faults += u32::from(cut || injected);
        let answer = match &finished.error {
            Some(error) => {
                if self.is_meant(&finished) {
                    *answered.entry(error_name(error)).or_default() += 1;
                } else if !injected {
                    refuse(&mut served.refused, error);
                }
                Err(error.clone())
            }
            None => {
                let by = self.answered(&finished);
                if let Answered::By(name) = &by {
                    *answered.entry(name.clone()).or_default() += 1;
                }
                Ok(by)
            }
        };
        served.stale += u32::from(finished.fit.is_stale);
        let drift = finished.fit.drift;
        if let Some(drift) = &drift {
            let event = drifts.event(seq, drift, answer.is_ok());
            served.drifts.extend(event.differences.into_iter().map(|difference| Departure {
                number: seq + 1,
                exchange: event.exchange,
                difference,
                times: 1,
            }));
            for number in event.again.iter().flat_map(|(from, to)| *from..*to) {
                if let Some(known) = served.drifts.get_mut(number as usize) {
                    known.times += 1;
                }
            }
        }
        drop(state);
        let Asked { thread, endpoint, transport, wire_bytes } = asked;
        let (number, status) = (seq + 1, finished.status);
        self.listener.seen(&Seen {
            number,
            endpoint,
            transport,
            thread,
            wire_bytes,
            status,
            cut,
            answer,
            drift,
        });
    }
}

/// `HTTP 429 rate_limit_exceeded`
fn error_name(error: &ApiError) -> String {
    let code = error.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    format!("HTTP {}{code}", error.status)
}

/// Refusals of one code are one line: their messages name places that all differ.
fn refuse(refused: &mut Vec<Refused>, error: &ApiError) {
    let same = |one: &&mut Refused| one.status == error.status && one.code == error.code;
    match refused.iter_mut().find(same) {
        Some(one) => one.times += 1,
        None => refused.push(Refused {
            times: 1,
            status: error.status,
            code: error.code.clone(),
            message: error.message.clone(),
        }),
    }
}
