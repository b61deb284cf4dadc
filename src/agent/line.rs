//! The way to the server: what has to be said in a request depends on what the server remembers.
//!
//! Over plain HTTP it remembers nothing. Otherwise a request says only what is new since the last
//! completed response, if it goes on from that: the same fields, and an input that begins with the
//! one before and its answer. What the model sees is the same in all cases.

use super::client::{Client, End, Refusal, Reply};
use super::config::AgentError;
use super::request::Frame;
use super::socket::Socket;
use crate::scenario::Transport;
use crate::wire::{Endpoint, Raw};

/// The connection of one session.
#[derive(Debug)]
pub(super) struct Line {
    transport: Transport,
    client: Client,
    /// The WebSocket, while it is open.
    socket: Option<Socket>,
    /// The last completed response that the server still knows.
    known: Option<Known>,
}

/// A response to go on from.
#[derive(Clone, Debug)]
struct Known {
    response_id: String,
    question: Question,
    output: Vec<Raw>,
}

/// A request before it is known how much of it is said.
#[derive(Clone, Debug)]
struct Question {
    /// Everything but the input.
    fields: String,
    input: Vec<Raw>,
}

/// A request, ready to be sent.
#[derive(Debug)]
pub(super) struct Letter {
    endpoint: Endpoint,
    body: String,
    /// `None` where the server is not going to remember it.
    question: Option<Question>,
}

impl Letter {
    /// Bytes of the body.
    pub(super) fn bytes(&self) -> u64 {
        self.body.len() as u64
    }
}

impl Known {
    /// How many items of a question the server knows; `None` if it does not go on from here.
    fn covers(&self, question: &Question) -> Option<usize> {
        let before = &self.question;
        let rest = question.input.strip_prefix(before.input.as_slice())?;
        let covered = before.input.len() + self.output.len();
        (before.fields == question.fields && rest.starts_with(&self.output)).then_some(covered)
    }
}

impl Line {
    pub(super) fn new(transport: Transport) -> Result<Self, AgentError> {
        Ok(Self { transport, client: Client::new()?, socket: None, known: None })
    }

    /// The server is another one: what a connection knew is gone, what is stored is not.
    pub(super) fn disconnect(&mut self) {
        self.socket = None;
        if self.transport == Transport::Websocket {
            self.known = None;
        }
    }

    /// Writes a request, as short as the server can understand it.
    pub(super) fn write(&self, frame: &Frame<'_>, endpoint: Endpoint, input: &[Raw]) -> Letter {
        if endpoint == Endpoint::Compact {
            return Letter { endpoint, body: frame.compact(input), question: None };
        }
        if self.transport == Transport::Http {
            let body = frame.responses(self.transport, None, input);
            return Letter { endpoint, body, question: None };
        }
        let fields = frame.responses(self.transport, None, &[]);
        let question = Question { fields, input: input.to_vec() };
        let known = self.known.as_ref();
        let known = known.and_then(|known| Some((known, known.covers(&question)?)));
        let (previous, new) = match known {
            Some((known, covered)) => (Some(known.response_id.as_str()), &input[covered..]),
            None => (None, input),
        };
        let body = frame.responses(self.transport, previous, new);
        Letter { endpoint, body, question: Some(question) }
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn send(&mut self, base_url: &str, letter: Letter) -> Result<Reply, Refusal> {
        let Letter { endpoint, body, question } = letter;
        let answer = match (self.transport, endpoint) {
            (Transport::Websocket, Endpoint::Responses) => self.ask(base_url, body).await,
            _ => self.client.post(base_url, endpoint, body).await,
        };
        if let Some(question) = question {
            self.remember(question, &answer);
        }
        answer
    }

    /// One connection serves all requests until it breaks.
    async fn ask(&mut self, base_url: &str, body: String) -> Result<Reply, Refusal> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => Socket::connect(base_url).await?,
        };
        let answer = socket.ask(body).await;
        let open = match &answer {
            Ok(reply) => !matches!(reply.end, End::Cut { .. }),
            Err(refusal) => matches!(refusal, Refusal::Status { .. }),
        };
        self.socket = open.then_some(socket);
        answer
    }

    fn remember(&mut self, question: Question, answer: &Result<Reply, Refusal>) {
        match answer {
            Ok(Reply { end: End::Completed { .. }, items, response_id: Some(id) }) => {
                let (response_id, output) = (id.clone(), items.clone());
                self.known = Some(Known { response_id, question, output });
            }
            // A WebSocket forgets what a failed request went on from; what is stored stays.
            _ if self.transport == Transport::Websocket => self.known = None,
            _ => {}
        }
    }
}
