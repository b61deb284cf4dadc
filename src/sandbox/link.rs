//! The client's end of the socket: calls go out in order, answers find their caller by id.
//!
//! Two tasks of the caller's runtime, one that writes and one that reads, so that a call that is
//! dropped half-way never leaves half a frame on the wire.

use super::protocol::{Answer, Ask, Call, Frame, LENGTHS, Reply, encode, lengths};
use super::spec::{SandboxError, SandboxErrorKind};
use std::collections::BTreeMap;
use std::os::unix::net::UnixStream as Socket;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// What is waited for; `None` once the helper is gone.
type Open = Arc<Mutex<Option<BTreeMap<u64, oneshot::Sender<Frame<Answer>>>>>>;

/// A connection to a helper.
#[derive(Debug)]
pub(super) struct Link {
    open: Open,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    next: Mutex<u64>,
    /// The same socket once more: closing it must not wait for the tasks to be polled.
    socket: Socket,
}

impl Link {
    /// Takes over a connected socket.
    pub(super) fn new(socket: Socket) -> std::io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (reader, writer) = UnixStream::from_std(socket.try_clone()?)?.into_split();
        let open: Open = Arc::new(Mutex::new(Some(BTreeMap::new())));
        let (outgoing, queue) = mpsc::unbounded_channel();
        tokio::spawn(send(writer, queue));
        tokio::spawn(receive(reader, Arc::clone(&open)));
        Ok(Self { open, outgoing, next: Mutex::new(0), socket })
    }

    /// Asks, and waits for the answer.
    pub(super) async fn call(
        &self,
        ask: Ask,
        body: &[u8],
    ) -> Result<(Answer, Vec<u8>), SandboxError> {
        self.ask(ask, body)?.answer().await
    }

    /// Asks. The helper does what it is asked in the order of these calls, whoever waits.
    pub(super) fn ask(&self, ask: Ask, body: &[u8]) -> Result<Asked, SandboxError> {
        let id = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next += 1;
            *next
        };
        let bytes = encode(&Call { id, ask }, body).map_err(|error| broken(&error.to_string()))?;
        let (answer, answered) = oneshot::channel();
        match &mut *self.open.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => open.insert(id, answer),
            None => return Err(gone()),
        };
        self.outgoing.send(bytes).map_err(|_| gone())?;
        Ok(Asked(answered))
    }

    /// Ends the connection at once; the helper takes that as its order to end.
    pub(super) fn close(&self) {
        // Fails only if the helper has closed it already.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// A question that is on its way.
pub(super) struct Asked(oneshot::Receiver<Frame<Answer>>);

impl Asked {
    pub(super) async fn answer(self) -> Result<(Answer, Vec<u8>), SandboxError> {
        let Frame { head, body } = self.0.await.map_err(|_| gone())?;
        match head {
            Answer::Failed { path: Some(path), cause } => {
                Err(SandboxError::new(SandboxErrorKind::File { path, cause }))
            }
            Answer::Failed { path: None, cause } => Err(broken(&cause)),
            Answer::Refused(why) => Err(SandboxError::new(SandboxErrorKind::Refused(why))),
            answer => Ok((answer, body)),
        }
    }
}

/// An error of the helper.
pub(super) fn broken(cause: &str) -> SandboxError {
    SandboxError::new(SandboxErrorKind::Helper(cause.to_owned()))
}

fn gone() -> SandboxError {
    broken("it ended before it answered")
}

async fn send(mut writer: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(bytes) = queue.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn receive(mut reader: OwnedReadHalf, open: Open) {
    // An error or an end: either way no more answers come, and every caller learns it.
    while let Ok(Frame { head: Reply { id, answer }, body }) = frame(&mut reader).await {
        let caller = match &mut *open.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => open.remove(&id),
            None => None,
        };
        if let Some(caller) = caller {
            // A caller that no longer waits is no error.
            let _ = caller.send(Frame { head: answer, body });
        }
    }
    *open.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

async fn frame(reader: &mut OwnedReadHalf) -> std::io::Result<Frame<Reply>> {
    let mut first = [0; LENGTHS];
    reader.read_exact(&mut first).await?;
    let (head, body) = lengths(first);
    let mut bytes = vec![0; head + body];
    reader.read_exact(&mut bytes).await?;
    let body = bytes.split_off(head);
    Ok(Frame { head: serde_json::from_slice(&bytes)?, body })
}
