//! `unreel run --agent ..` with programs that others wrote: the Codex CLI in four versions,
//! opencode, and programs of the tests' own that do badly. Each run is the real binary on real
//! scenarios.
//!
//! `tests/install-clients.sh` installs the agents; a test whose agent is missing says SKIPPED.
#![cfg(target_os = "linux")]

mod again;
mod bad;
mod codex;
mod compaction;
mod masks;
mod opencode;
mod recorded;
mod runs;

#[path = "../support/clients.rs"]
mod clients;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/serving.rs"]
mod serving;
#[path = "../support/world.rs"]
mod world;
