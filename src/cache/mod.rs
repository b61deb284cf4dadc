//! Prefix caches: the rendered prompt, the tree of what was sent, the policies; and caches of blocks
//! of a prompt, with the traces that they are played against.

pub mod eviction;
mod ledger;
mod prices;
mod render;
mod surgery;
mod tokens;
pub mod trace;
mod tree;

pub use ledger::{Ledger, reasoning_tokens};
pub use prices::{Prices, dollars};
pub use render::{
    DROPPED_FIELDS, IMAGE_TOKENS, RENDER_VERSION, Renderer, Segment, render, rendered, strip_state,
};
pub use tokens::count;
pub use tree::{Match, PrefixTree, shared, total};
