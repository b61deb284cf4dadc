//! The formats on disk: recordings (the model's side of conversations) and journals (what runs did).

mod exchange;
pub mod journal;
pub mod seal;

pub use exchange::{Exchange, Outcome};
