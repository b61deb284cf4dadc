//! What differs between two runs of an agent although nothing changed: random ids, wall times,
//! dates. Rules name these places; what stands there is replaced before a request is matched,
//! measured or kept.
//!
//! Rules belong to an agent and have a version, which every recording made with them names. They
//! are data: an agent file lists them, so that an agent of somebody's own needs no Rust. A
//! placeholder has the length of what it replaces wherever that is possible: sizes and token counts,
//! and with them the moment of a compaction, then do not hang on random digits. Equal values get
//! equal numbers within a request, so that relations survive; and what an item is to keep from one
//! request to the next is compared with the request before, so that a placeholder hides no change.

mod elide;
mod mask;
mod memory;
mod place;
mod propose;
#[cfg(test)]
mod propose_tests;
mod rules;

pub use elide::{Elide, Layer};
pub use mask::{Masked, Masks};
pub use memory::Memory;
pub(crate) use propose::varying;
pub use propose::{Proposal, propose};
pub use rules::{RuleError, VolatileRule, VolatileRules, With};
