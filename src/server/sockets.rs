//! The WebSockets of a server, as a whole.

use tokio::sync::watch;

/// What the connections of a server share: whether it stops, and how many of them are open.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) open: watch::Sender<usize>,
}
