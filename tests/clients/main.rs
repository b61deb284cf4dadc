//! Real clients against the server: the official SDKs, agent frameworks, agents of one page, and
//! finished agents. Each goes through a byte tap, and every stream that went by is linted.
//!
//! `tests/install-clients.sh` installs them; a test whose client is missing says SKIPPED.

mod own_agents;
mod sdk;
mod toy;
mod world;

#[path = "../support/tap.rs"]
mod tap;
