//! The built-in loop: prompt layers, turn, tools, compaction.

pub mod agents_md;
mod base_prompt;
mod builtin;
mod client;
mod compaction;
mod config;
mod dispatch;
mod folder;
pub mod fragments;
mod history;
mod host;
mod items;
mod layers;
mod ledger;
mod line;
mod prompt;
mod request;
mod retry;
mod sample;
mod socket;
#[cfg(test)]
mod tests;
mod tools;
pub mod truncate;
mod turn;

pub use builtin::Builtin;
pub use config::{AgentConfig, AgentError, AgentErrorKind, BudgetKind, TurnEnd};
pub use folder::{WORKSPACE, join, writable};
pub use host::Host;
