//! The one step in which a request is answered.

use super::answers::{Sent, Style, compose};
use super::check::check;
use super::config::ServerConfig;
use super::fault;
use super::ledgers::Ledgers;
use super::model::{Answer, Ask, Model};
use super::observe::{Finished, Observer};
use super::received::Received;
use super::reply::Reply;
use crate::recording::Outcome;
use crate::scenario::{Fault, FaultKind};
use crate::wire::{ApiError, Encoder, Endpoint, Request};
use std::sync::{Arc, Mutex, PoisonError};

/// The server without its sockets.
#[derive(Debug)]
pub(super) struct App {
    model: Arc<dyn Model>,
    faults: Vec<Fault>,
    observer: Option<Arc<dyn Observer>>,
    pub(super) style: Style,
    pub(super) models: Vec<String>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    seq: u32,
    ledgers: Ledgers,
}

impl App {
    pub(super) fn new(config: ServerConfig) -> Self {
        Self {
            model: config.model,
            faults: config.faults,
            observer: config.observer,
            style: Style {
                created_at: config.created_at,
                encoder: Encoder { done: config.done_marker },
            },
            models: config.models,
            state: Mutex::new(State { seq: config.first_seq, ledgers: config.ledgers }),
        }
    }

    /// Answers one call of `/responses` or `/responses/compact`.
    pub(super) fn answer(&self, endpoint: Endpoint, received: &Received) -> Reply {
        // A panic inside a model leaves no half-made state behind that could do harm.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = state.seq;
        state.seq += 1;
        let parsed = Request::parse(&received.body);
        let empty =
            Request { fields: Vec::new(), input: Vec::new(), input_at: None, input_is_text: false };
        let (request, answer) = match &parsed {
            Ok(request) => (request, self.ask(endpoint, request)),
            Err(error) => (&empty, Err(Refusal::server(not_a_request(&error.to_string())))),
        };
        let thread = answer.as_ref().map_or(0, |answer| answer.thread);
        if let Some(observer) = &self.observer {
            let compact = parsed.is_ok() && request.to_body().as_bytes() == received.body;
            let bytes = received.wire_bytes;
            observer.started(seq, thread, endpoint, request, bytes, compact, &received.body);
        }
        let due = state.ledgers.due(&self.faults);
        let injected = due.filter(|_| parsed.is_ok()).and_then(fault::injected);
        let sent = match (injected, answer) {
            (Some((error, by)), _) => {
                state.ledgers.fail();
                refused(endpoint, received, &error, by)
            }
            (None, Err(refusal)) => refused(endpoint, received, &refusal.error, refusal.by),
            (None, Ok(answer)) => {
                let cut = match due {
                    Some(FaultKind::CutAfterItems(items)) => Some(*items as usize),
                    _ => None,
                };
                compose(endpoint, request, received, answer, cut, &self.style, &mut state.ledgers)
            }
        };
        if let Some(observer) = &self.observer {
            observer.finished(seq, sent.finished);
        }
        sent.reply
    }

    fn ask(&self, endpoint: Endpoint, request: &Request) -> Result<Answer, Box<Refusal>> {
        check(request, &*self.model).map_err(Refusal::server)?;
        let answer = self.model.answer(&Ask { endpoint, request });
        answer.map_err(|error| Box::new(Refusal { error, by: "model".into() }))
    }

    /// Answers `/responses/input_tokens`.
    pub(super) fn count_tokens(&self, received: &Received) -> Reply {
        let asked: [&[u8]; 2] = [b"input_tokens", &received.body];
        match Request::parse(&received.body) {
            Err(error) => Reply::error(&asked, &not_a_request(&error.to_string())),
            Ok(request) => {
                let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                let tokens = state.ledgers.count(&request);
                let body =
                    format!("{{\"object\":\"response.input_tokens\",\"input_tokens\":{tokens}}}");
                Reply::json(&asked, 200, body)
            }
        }
    }
}

/// An error answer and who gave it.
struct Refusal {
    error: ApiError,
    by: String,
}

impl Refusal {
    fn server(error: ApiError) -> Box<Self> {
        Box::new(Self { error, by: "server".into() })
    }
}

fn not_a_request(why: &str) -> ApiError {
    ApiError {
        code: None,
        ..ApiError::invalid("", format!("the body is not a JSON request: {why}"))
    }
}

/// An error instead of an answer.
pub(super) fn refused(
    endpoint: Endpoint,
    received: &Received,
    error: &ApiError,
    by: String,
) -> Sent {
    let asked = [super::answers::path(endpoint), &received.body];
    Sent {
        reply: Reply::error(&asked, error),
        finished: Finished {
            status: error.status,
            outcome: Outcome::Error,
            ending: None,
            output: Vec::new(),
            usage: None,
            error: Some(error.clone()),
            response_id: String::new(),
            answered_by: by,
        },
    }
}
