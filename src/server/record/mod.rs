//! A recording proxy in front of somebody else's Responses endpoint.
//!
//! What a client sends goes on as it comes, and so does what the upstream answers: headers but for
//! those of the connection, bodies byte for byte, WebSockets as they are. Copies are read beside the
//! path, on a thread of their own (`teller.rs`), where secrets are taken out before anybody is told.
//! What may be held in memory is bounded; what is too much is passed on and not recorded.

mod answer;
mod capture;
mod connect;
mod discreet;
mod forward;
mod frames;
mod gate;
mod headers;
mod socket;
mod tee;
mod teller;
mod threads;
mod upstream;

pub use gate::Gate;
pub use threads::Talk;
pub use upstream::{Upstream, UpstreamError};

use super::mask::Mask;
use super::observe::Observer;
use super::sockets::Sockets;
use super::{Listen, Server, ServerError};
use axum::Router;
use axum::body::Body;
use capture::Held;
use connect::Connector;
use discreet::Discreet;
use hyper_util::client::legacy::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};
use teller::{Message, Teller};
use threads::Threads;
use tokio::sync::mpsc;

/// Everything a proxy needs to know.
#[derive(Debug)]
pub struct ProxyConfig {
    /// Where requests go.
    pub upstream: Arc<Upstream>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
    /// What is taken out of requests before anybody is told of them.
    pub mask: Option<Arc<dyn Mask>>,
    /// Where to listen.
    pub listen: Listen,
    /// Number of the first request.
    pub first_seq: u32,
    /// Whether the end of an answer waits until the observer was told: in a run nobody may act on
    /// what the journal does not have.
    pub settle: bool,
    /// Whose conversations these are.
    pub talk: Talk,
    /// Who may stop requests before they are sent.
    pub gate: Option<Arc<dyn Gate>>,
}

impl Server {
    /// Listens, and hands on to an upstream.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn record(config: ProxyConfig) -> Result<Self, ServerError> {
        let ProxyConfig { upstream, observer, mask, listen, first_seq, settle, talk, gate } =
            config;
        let seq = Arc::new(AtomicU32::new(first_seq));
        let (to, from) = mpsc::unbounded_channel();
        let discreet = Discreet::new(mask, upstream.key());
        let teller = Teller::new(observer, discreet, Arc::clone(&seq), Threads::new(talk));
        let router = |sockets| {
            let client = upstream.client();
            let (held, connections) = (Held::default(), AtomicU64::new(0));
            let proxy =
                Proxy { upstream, client, seq, connections, held, settle, to, sockets, gate };
            Router::new().fallback(forward::forward).with_state(Arc::new(proxy))
        };
        let telling = move || teller.work(from);
        Self::start_with(listen, router, Some(Box::new(telling))).await
    }
}

/// The proxy without its listening socket.
#[derive(Debug)]
struct Proxy {
    upstream: Arc<Upstream>,
    client: Client<Connector, Body>,
    seq: Arc<AtomicU32>,
    connections: AtomicU64,
    held: Held,
    settle: bool,
    to: mpsc::UnboundedSender<Message>,
    sockets: Sockets,
    gate: Option<Arc<dyn Gate>>,
}
