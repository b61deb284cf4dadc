//! The conformance model over real HTTP and WebSocket: what the public Open Responses suite asks of a server, as
//! tests of our own; every model by its name; and the set in `recordings/conformance`, which must
//! play the same bytes. Every stream passes the order lint.
//!
//! `UPDATE_CONFORMANCE=1 cargo test --test conformance` writes the set anew.

#[cfg(unix)]
#[path = "conformance/again.rs"]
mod again;
#[path = "support/clients.rs"]
mod clients;
#[path = "conformance/http.rs"]
mod http;
#[path = "conformance/models.rs"]
mod models;
#[cfg(unix)]
#[path = "record/proxy.rs"]
mod proxy;
#[path = "conformance/sdk.rs"]
mod sdk;
#[cfg(unix)]
#[path = "support/serving.rs"]
mod serving;
#[path = "conformance/set.rs"]
mod set;
#[path = "conformance/socket.rs"]
mod socket;
#[path = "conformance/suite.rs"]
mod suite;
