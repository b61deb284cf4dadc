//! One exchange on its way through: copies of what passed, handed over when it has ended.
//!
//! Whatever happens to an exchange (the client leaves, the upstream breaks off, nobody is there),
//! the capture is dropped at last, and that hands it over. So each number is told once.

use super::teller::Message;
use crate::wire::Endpoint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Longest body that is kept, as the server itself takes none that is longer.
const LONGEST: usize = crate::server::body::BODY_LIMIT;

/// So much room is made for a body before it comes.
const ANNOUNCED: u64 = 4 << 20;

/// What may be held of all exchanges together, until they are written.
const HELD: usize = 512 << 20;

/// Bytes held by all copies.
pub(super) type Held = Arc<AtomicUsize>;

/// A copy of a body, as far as it came.
#[derive(Debug)]
pub(super) struct Copy {
    bytes: Vec<u8>,
    /// Given up: too long to be held.
    over: bool,
    held: Held,
}

impl Copy {
    pub(super) fn new(held: &Held) -> Self {
        Self { bytes: Vec::new(), over: false, held: Arc::clone(held) }
    }

    /// Makes room for what is announced, within reason: anybody may announce anything.
    pub(super) fn make_room(&mut self, bytes: u64) {
        self.bytes.reserve(bytes.min(ANNOUNCED) as usize);
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        if self.over {
            return;
        }
        let held = self.held.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
        if held > HELD || self.bytes.len() + chunk.len() > LONGEST {
            self.over = true;
            self.held.fetch_sub(self.bytes.len() + chunk.len(), Ordering::Relaxed);
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(chunk);
        }
    }

    /// The bytes; `None` if there were too many.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        (!self.over).then_some(&*self.bytes)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

/// How the body of an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Whole,
    /// The upstream broke off.
    Torn,
    /// The client left first, or the proxy was stopped.
    Left,
}

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// Whether the upstream gave it, and not this proxy.
    pub(super) theirs: bool,
    pub(super) body: Copy,
    pub(super) end: End,
}

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Capture {
    pub(super) seq: u32,
    pub(super) endpoint: Endpoint,
    /// The `content-encoding` of the request.
    pub(super) encoding: Option<String>,
    pub(super) credentials: Vec<String>,
    pub(super) request: Arc<Mutex<Copy>>,
    /// None if it never came.
    pub(super) answered: Option<Answered>,
    /// Told when everybody has been told.
    pub(super) told: Option<oneshot::Sender<()>>,
}

/// A capture that hands itself over when it is dropped.
#[derive(Debug)]
pub(super) struct Handle {
    capture: Option<Box<Capture>>,
    to: tokio::sync::mpsc::UnboundedSender<Message>,
}

impl Handle {
    pub(super) fn new(capture: Capture, to: tokio::sync::mpsc::UnboundedSender<Message>) -> Self {
        Self { capture: Some(Box::new(capture)), to }
    }

    /// The answer begins.
    pub(super) fn answer(&mut self, answered: Answered) {
        if let Some(capture) = &mut self.capture {
            capture.answered = Some(answered);
        }
    }

    /// A piece of the answer's body.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        if let Some(answered) = self.answered() {
            answered.body.push(chunk);
        }
    }

    /// The answer has ended.
    pub(super) fn end(&mut self, end: End) {
        if let Some(answered) = self.answered() {
            answered.end = end;
        }
    }

    fn answered(&mut self) -> Option<&mut Answered> {
        self.capture.as_mut()?.answered.as_mut()
    }

    /// Hands over, and tells when everybody has been told.
    pub(super) fn settle(&mut self) -> Option<oneshot::Receiver<()>> {
        let mut capture = self.capture.take()?;
        let (told, receiver) = oneshot::channel();
        capture.told = Some(told);
        self.to.send(Message::Exchange(capture)).ok()?;
        Some(receiver)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(capture) = self.capture.take() {
            // Nobody listens any more: the server is gone.
            let _ = self.to.send(Message::Exchange(capture));
        }
    }
}

/// The copy in a lock, whatever a panic elsewhere interrupted.
pub(super) fn copy_of(copy: &Mutex<Copy>) -> std::sync::MutexGuard<'_, Copy> {
    copy.lock().unwrap_or_else(PoisonError::into_inner)
}
