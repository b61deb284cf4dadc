//! A server for whoever comes: one model, any number of clients and conversations.
//!
//! Nothing here keeps clients apart, because nothing has to: position is read from each request.
//! What a client can notice of the others is the cache, which they share as the clients of one
//! organisation do: `cached_tokens` then depends on who came first. What was played is a set, so it
//! does not.

mod offer;
mod served;
mod watch;

pub use offer::Offer;
pub use served::{Answered, Departure, Part, Refused, Served};
pub use watch::{Listener, Seen};

use super::{RunError, RunErrorKind};
use crate::server::{Ledgers, Server, ServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use watch::Watch;

/// An offer with the server that makes it good.
#[derive(Debug)]
pub struct Serving {
    server: Server,
    watch: Arc<Watch>,
    offer: Offer,
}

impl Serving {
    /// Listens at `address`; `listener` is told of every request.
    pub async fn start(
        offer: Offer,
        address: SocketAddr,
        listener: Arc<dyn Listener>,
    ) -> Result<Self, RunError> {
        let watch = Arc::new(Watch::new(offer.plan.clone(), listener));
        let config = ServerConfig {
            faults: offer.faults.clone(),
            observer: Some(watch.clone()),
            created_at: offer.created_at,
            models: offer.models.clone(),
            done_marker: offer.done_marker,
            mask: offer.mask.clone(),
            listen: address.into(),
            ..ServerConfig::with_ledgers(Arc::clone(&offer.model), Ledgers::new(&offer.cache))
        };
        let server = Server::start(config).await.map_err(RunErrorKind::Server)?;
        Ok(Self { server, watch, offer })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What is served.
    #[must_use]
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Lets answers under way finish, closes, and gives the account.
    pub async fn stop(self) -> Served {
        self.server.stop().await;
        self.watch.served()
    }
}
