//! The Responses server: real HTTP and SSE in front of a model that is a recording, a script, or
//! (for clients alone) the conformance model.
//!
//! A request is answered in one synchronous step under one lock (`app.rs`): number it, complete it by
//! what is stored, check it, ask the model, account it, tell the observer. Only then do bytes leave. So the order that observers
//! see is the order of the answers, whatever the sockets do.

mod again;
mod answers;
mod app;
mod asked;
mod body;
mod check;
mod config;
pub mod conformance;
mod fault;
mod headers;
mod incoming;
mod ledgers;
mod listen;
mod mask;
mod model;
mod observe;
mod pairing;
mod received;
mod record;
pub mod replay;
mod reply;
mod routes;
pub mod script;
mod sockets;
mod store;
#[cfg(test)]
mod tests;
mod websocket;

pub use config::{Listen, ServerConfig, ServerError};
pub use conformance::Conformance;
pub use ledgers::{Accountant, Ledgers};
pub use listen::Server;
pub use mask::{Door, Mask};
pub use model::{Again, Answer, Ask, Declined, Model};
pub use observe::{Finished, Observer, Started};
pub use record::{Gate, ProxyConfig, Talk, Upstream, UpstreamError};
