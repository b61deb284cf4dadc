//! Prefix caches: the rendered prompt, the tree of what was sent, the policies; and caches of blocks
//! of a prompt, with the traces that they are played against.

mod clock;
mod diagnostics;
pub mod eviction;
mod extent;
mod fields;
mod held;
mod intake;
mod ledger;
mod part;
mod policy;
mod presence;
mod prices;
mod prompts;
#[cfg(test)]
mod prompts_tests;
mod reason;
mod render;
mod slots;
mod surgery;
mod tokens;
pub mod trace;

pub use clock::{Clock, FIRST_TOKEN_MS, TOKEN_MS};
pub use diagnostics::Diagnostics;
pub use extent::{Match, shared, total};
pub use fields::Fields;
pub use held::Cache;
pub use intake::{Call, Entry, Intake, Taken, reasoning_tokens};
pub use ledger::{Accounted, Ledger};
pub use part::Part;
pub use policy::{Account, Ask, Mark, Policy, Times, cache_of, lifetime, policy};
pub use presence::Presence;
pub use prices::{Prices, dollars};
pub use prompts::{Heads, Interned, NodeId, Prompts};
pub use reason::MissReason;
pub use render::{
    CACHE_MARKS, DROPPED_FIELDS, IMAGE_TOKENS, RENDER_VERSION, Renderer, Segment, render, rendered,
    strip_state,
};
pub use tokens::{Tokenizer, count};
