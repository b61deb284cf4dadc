//! The one step in which a request is answered.

use super::answers::{self, Style, compose, refused};
use super::asked::{Asked, Form};
use super::check::check;
use super::config::ServerConfig;
use super::fault;
use super::incoming::Incoming;
use super::ledgers::Ledgers;
use super::mask::Mask;
use super::model::{Answer, Ask, Declined, Model};
use super::observe::{Finished, Observer, Started};
use super::received::Received;
use super::reply::Reply;
use super::sockets::Sockets;
use super::store::{Chains, Kept, unused_id};
use crate::recording::Outcome;
use crate::recording::matching::Drift;
use crate::scenario::{Fault, FaultKind};
use crate::wire::{ApiError, Encoder, Endpoint};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The server without its sockets.
#[derive(Debug)]
pub(super) struct App {
    model: Arc<dyn Model>,
    faults: Vec<Fault>,
    observer: Option<Arc<dyn Observer>>,
    mask: Option<Arc<dyn Mask>>,
    pub(super) style: Style,
    pub(super) models: Vec<String>,
    pub(super) websocket: bool,
    pub(super) sockets: Sockets,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    seq: u32,
    pub(super) ledgers: Ledgers,
}

impl App {
    pub(super) fn new(config: ServerConfig, sockets: Sockets) -> Self {
        Self {
            model: config.model,
            faults: config.faults,
            observer: config.observer,
            mask: config.mask,
            style: Style {
                created_at: config.created_at,
                encoder: Encoder { done: config.done_marker },
            },
            models: config.models,
            websocket: config.websocket,
            sockets,
            state: Mutex::new(State { seq: config.first_seq, ledgers: config.ledgers }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic inside a model leaves no half-made state behind that could do harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one call of `/responses` or `/responses/compact`. `connection` holds the exchanges of
    /// the WebSocket that brought it, if one did.
    pub(super) fn answer(
        &self,
        endpoint: Endpoint,
        received: &Received,
        mut connection: Option<&mut Chains>,
    ) -> Reply {
        let mut state = self.lock();
        let seq = state.seq;
        state.seq += 1;
        let ledgers = &mut state.ledgers;
        let mask = self.mask.as_deref();
        let incoming = Incoming::read(received, ledgers.stored(), connection.as_deref(), mask);
        let warm_up = connection.is_some() && incoming.request.is_warm_up();
        let answer = self.ask(endpoint, &incoming, warm_up).map(|answer| {
            let all = [Some(ledgers.stored().chains()), connection.as_deref()];
            let id = unused_id(&answer.response_id, &incoming.request.input, &all);
            Answer { response_id: id, ..answer }
        });
        let thread = answer.as_ref().map_or(0, |answer| answer.thread);
        if let Some(observer) = &self.observer {
            observer.started(Started {
                seq,
                thread,
                endpoint,
                request: &incoming.request,
                delivery: &incoming.delivery,
                wire_bytes: incoming.wire_bytes,
                whole: incoming.whole.as_deref(),
            });
        }
        let due = ledgers.due(&self.faults).filter(|_| incoming.is_request && !warm_up);
        let injected = due.and_then(fault::injected);
        let sent = match (injected, answer) {
            (Some((error, by)), _) => {
                ledgers.fail();
                refused(endpoint, received, &error, by)
            }
            (None, Err(refusal)) => {
                let mut sent = refused(endpoint, received, &refusal.error, refusal.by);
                sent.finished.fit.drift = refusal.drift.map(|drift| *drift);
                sent
            }
            (None, Ok(mut answer)) => {
                let cut = match due {
                    Some(FaultKind::CutAfterItems(items)) => Some(*items as usize),
                    _ => None,
                };
                let form = match (&connection, endpoint) {
                    (Some(_), _) => Form::Frames,
                    (None, Endpoint::Responses) if incoming.echo.stream() => Form::Sse,
                    (None, _) => Form::Json,
                };
                let asked = Asked { endpoint, incoming: &incoming, received, warm_up, form, cut };
                let fit = std::mem::take(&mut answer.fit);
                let mut sent = compose(&asked, answer, &self.style, ledgers);
                sent.finished.fit = fit;
                sent
            }
        };
        if let Some(connection) = &mut connection {
            remember(connection, incoming, &sent.finished);
        }
        if let Some(observer) = &self.observer {
            observer.finished(seq, sent.finished);
        }
        sent.reply
    }

    fn ask(
        &self,
        endpoint: Endpoint,
        incoming: &Incoming,
        warm_up: bool,
    ) -> Result<Answer, Box<Refusal>> {
        if let Some(error) = &incoming.refused {
            return Err(Refusal::server(error.clone()));
        }
        let request = &incoming.request;
        check(request, &*self.model).map_err(Refusal::server)?;
        if warm_up {
            return Ok(answers::warmed_up(request));
        }
        let answer = self.model.answer(&Ask { endpoint, request });
        answer.map_err(|Declined { error, drift }| {
            Box::new(Refusal { error, by: "model".into(), drift })
        })
    }

    /// Answers `/responses/input_tokens`.
    pub(super) fn count_tokens(&self, received: &Received) -> Reply {
        let asked: [&[u8]; 2] = [b"input_tokens", &received.body];
        let state = self.lock();
        let mask = self.mask.as_deref();
        let incoming = Incoming::read(received, state.ledgers.stored(), None, mask);
        match incoming.refused {
            Some(error) => Reply::error(&asked, &error),
            None => {
                let tokens = state.ledgers.count(&incoming.request);
                let body =
                    format!("{{\"object\":\"response.input_tokens\",\"input_tokens\":{tokens}}}");
                Reply::json(&asked, 200, body)
            }
        }
    }
}

/// What a WebSocket remembers of an exchange: its answer, whatever `store` says; and after a
/// continuation that failed, no longer what was to be continued.
fn remember(connection: &mut Chains, incoming: Incoming, finished: &Finished) {
    match (finished.outcome, incoming.delivery.previous_response_id) {
        (Outcome::Completed | Outcome::Incomplete, _) => {
            let kept = Kept { input: incoming.request.input, output: finished.output.clone() };
            connection.insert(finished.response_id.clone(), kept);
        }
        (Outcome::Error, Some(previous)) => {
            connection.remove(&previous);
        }
        _ => {}
    }
}

/// An error answer and who gave it.
struct Refusal {
    error: ApiError,
    by: String,
    drift: Option<Box<Drift>>,
}

impl Refusal {
    fn server(error: ApiError) -> Box<Self> {
        Box::new(Self { error, by: "server".into(), drift: None })
    }
}
