//! Real clients against the server: the official SDKs, agent frameworks, agents of one page, and
//! finished agents. Each goes through a byte tap, and every stream that went by is linted.
//!
//! `tests/install-clients.sh` installs them; a test whose client is missing says SKIPPED.

mod canned;
mod codex;
mod failures;
mod opencode;
mod own_agents;
mod sdk;
mod toy;
mod world;

#[path = "../support/clients.rs"]
mod clients;
#[path = "../support/codex_cli.rs"]
mod codex_cli;
#[path = "../support/opencode_cli.rs"]
mod opencode_cli;
#[path = "../support/tap.rs"]
mod tap;
