//! Bodies on their way through: each piece goes on as it comes, and is copied.
//!
//! In a run nobody may act on an answer before the journal has it: there the end of an answer waits
//! until everybody has been told. That is its last event and what follows, or the whole of an answer
//! that is no stream.

use super::capture::{Copy, End, Handle, copy_of};
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;

/// What ends an answer: when a piece of a stream names one of these, its end is near.
const ENDS: [&[u8]; 5] = [
    b"response.completed",
    b"response.incomplete",
    b"response.failed",
    b"event: error",
    b"\"type\":\"error\"",
];

/// The body of a request.
pub(super) struct Asking {
    inner: Body,
    copy: Arc<Mutex<Copy>>,
}

impl Asking {
    pub(super) fn new(inner: Body, copy: Arc<Mutex<Copy>>) -> Self {
        copy_of(&copy).make_room(inner.size_hint().lower());
        Self { inner, copy }
    }
}

impl HttpBody for Asking {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &polled
            && let Some(chunk) = frame.data_ref()
        {
            copy_of(&self.copy).push(chunk);
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The body of an answer.
pub(super) struct Answering<B> {
    inner: B,
    capture: Handle,
    settling: Settling,
    /// An error that waits until what came before it has left: a connection that is broken off
    /// sends nothing more.
    late: Option<hyper::Error>,
}

/// What is done about the end.
enum Settling {
    /// Nothing.
    Never,
    /// It is looked for. With the last bytes, in which an event may begin.
    Watching(Vec<u8>),
    /// What has come of it is held.
    Holding(VecDeque<Held>),
    /// Everybody is being told.
    Telling(VecDeque<Held>, oneshot::Receiver<()>),
    /// Everybody knows; what is held goes on.
    Told(VecDeque<Held>),
}

type Held = Result<Frame<Bytes>, hyper::Error>;

impl<B> Answering<B> {
    /// `settle` if the end has to wait; `is_stream` if only its last event has to.
    pub(super) fn new(inner: B, capture: Handle, settle: bool, is_stream: bool) -> Self {
        let settling = match (settle, is_stream) {
            (false, _) => Settling::Never,
            (true, true) => Settling::Watching(Vec::new()),
            (true, false) => Settling::Holding(VecDeque::new()),
        };
        Self { inner, capture, settling, late: None }
    }

    /// Copies what came; gives it back if it may go on.
    fn take(&mut self, polled: Option<Held>) -> Option<Option<Held>> {
        match &polled {
            Some(Ok(frame)) => {
                if let Some(chunk) = frame.data_ref() {
                    self.capture.push(chunk);
                    if let Settling::Watching(tail) = &mut self.settling
                        && ends(tail, chunk)
                    {
                        self.settling = Settling::Holding(VecDeque::new());
                    }
                }
            }
            Some(Err(_)) => self.capture.end(End::Torn),
            None => self.capture.end(End::Whole),
        }
        let is_end = !matches!(polled, Some(Ok(_)));
        match (&mut self.settling, polled) {
            (Settling::Holding(held), polled) => {
                held.extend(polled);
                if is_end {
                    self.tell();
                }
                None
            }
            (Settling::Watching(_), polled) if is_end => {
                self.settling = Settling::Holding(polled.into_iter().collect());
                self.tell();
                None
            }
            (_, polled) => Some(polled),
        }
    }

    fn tell(&mut self) {
        let Settling::Holding(held) = &mut self.settling else { return };
        let held = std::mem::take(held);
        self.settling = match self.capture.settle() {
            Some(told) => Settling::Telling(held, told),
            None => Settling::Told(held),
        };
    }
}

impl<B: HttpBody<Data = Bytes, Error = hyper::Error> + Unpin> HttpBody for Answering<B> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Held>> {
        if let Some(error) = self.late.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(self.poll_piece(cx)) {
            Some(Err(error)) => {
                self.late = Some(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            piece => Poll::Ready(piece),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.settling, Settling::Never) && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: HttpBody<Data = Bytes, Error = hyper::Error> + Unpin> Answering<B> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Held>> {
        loop {
            match &mut self.settling {
                Settling::Told(held) => return Poll::Ready(held.pop_front()),
                Settling::Telling(held, told) => {
                    // An error means that nobody is there to be told.
                    let _ = ready!(Pin::new(told).poll(cx));
                    let held = std::mem::take(held);
                    self.settling = Settling::Told(held);
                }
                Settling::Never | Settling::Watching(_) | Settling::Holding(_) => {
                    let polled = ready!(Pin::new(&mut self.inner).poll_frame(cx));
                    let goes_on = self.take(polled);
                    // A body of known length is not asked for its end.
                    if self.inner.is_end_stream() {
                        self.capture.end(End::Whole);
                    }
                    if let Some(goes_on) = goes_on {
                        return Poll::Ready(goes_on);
                    }
                }
            }
        }
    }
}

/// Whether an answer's end is named in what came, the end of what came before included.
pub(super) fn ends(tail: &mut Vec<u8>, chunk: &[u8]) -> bool {
    let longest = ENDS.iter().map(|end| end.len()).max().unwrap_or_default();
    tail.extend_from_slice(chunk);
    let found = ENDS.iter().any(|end| tail.windows(end.len()).any(|window| window == *end));
    let old = tail.len().saturating_sub(longest);
    tail.drain(..old);
    found
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn an_end_is_found_across_pieces() {
        let mut tail = Vec::new();
        assert!(!ends(&mut tail, b"event: response.output_text.delta\n data: resp"));
        assert!(!ends(&mut tail, b"onse.comp"));
        assert!(ends(&mut tail, b"leted\n"));
    }
}
