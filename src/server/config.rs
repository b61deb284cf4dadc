//! What a server is started with, and why it may not start.

use super::ledgers::Ledgers;
use super::mask::Mask;
use super::model::Model;
use super::observe::Observer;
use crate::scenario::{CacheSpec, Fault};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

/// Everything a server needs to know.
#[derive(Debug)]
pub struct ServerConfig {
    /// What answers.
    pub model: Arc<dyn Model>,
    /// Cache, faults and stored responses; [`Ledgers::rebuild`] after a restart.
    pub ledgers: Ledgers,
    /// What goes wrong, and where.
    pub faults: Vec<Fault>,
    /// Who watches.
    pub observer: Option<Arc<dyn Observer>>,
    /// Virtual time of every answer, in seconds since 1970.
    pub created_at: i64,
    /// Number of the first request: a server that takes over goes on counting.
    pub first_seq: u32,
    /// Names listed by `/models`. Requests may name others.
    pub models: Vec<String>,
    /// Whether streams end with `data: [DONE]`: the Open Responses specification demands it, OpenAI
    /// does not send it.
    pub done_marker: bool,
    /// Whether `/responses` is served over WebSockets as well; clients fall back to HTTP if not.
    pub websocket: bool,
    /// What is taken out of requests before anybody behind the server sees them.
    pub mask: Option<Arc<dyn Mask>>,
    /// Where to listen.
    pub listen: Listen,
}

/// Where a server listens.
#[derive(Debug)]
pub enum Listen {
    /// At this address; port 0 lets the system choose.
    At(SocketAddr),
    /// On a socket that is bound already: the one for an external agent is opened inside the
    /// agent's network namespace and handed out.
    On(TcpListener),
}

impl Default for Listen {
    /// A free port of 127.0.0.1.
    fn default() -> Self {
        Self::At((Ipv4Addr::LOCALHOST, 0).into())
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self::At(address)
    }
}

impl ServerConfig {
    /// A server on a free port of 127.0.0.1 without faults, observers or listed models; virtual
    /// time 0, ideal cache.
    #[must_use]
    pub fn new(model: Arc<dyn Model>) -> Self {
        Self::with_ledgers(model, Ledgers::new(&CacheSpec::default()))
    }

    /// The same with given ledgers.
    #[must_use]
    pub fn with_ledgers(model: Arc<dyn Model>, ledgers: Ledgers) -> Self {
        Self {
            model,
            ledgers,
            faults: Vec::new(),
            observer: None,
            created_at: 0,
            first_seq: 0,
            models: Vec::new(),
            done_marker: false,
            websocket: true,
            mask: None,
            listen: Listen::default(),
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Another program listens there.
    #[error(
        "cannot listen on {address}: the port is in use by another program; stop it, or choose another port (0 takes a free one)"
    )]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system refuses.
    #[error(
        "cannot listen on {address}: {source}; choose an address of this machine and a port that you may use"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

impl ServerError {
    pub(super) fn listen(address: SocketAddr, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::AddrInUse => Self::AddressInUse { address },
            _ => Self::Listen { address, source },
        }
    }
}
