//! Prefix caches: the rendered prompt, the tree of what was sent, the policies.

mod ledger;
mod prices;
mod render;
mod surgery;
mod tokens;
mod tree;

pub(crate) use ledger::read;
pub use ledger::{Ledger, reasoning_tokens};
pub use prices::{Prices, dollars};
pub use render::{
    DROPPED_FIELDS, IMAGE_TOKENS, RENDER_VERSION, Renderer, Segment, render, rendered, strip_state,
};
pub use tokens::{Tokenizer, count};
pub use tree::{Match, PrefixTree, shared, total};
