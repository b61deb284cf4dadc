//! Compaction: when the context grows over the threshold, the history is replaced by a shorter one.
//!
//! One file per strategy, each a pure function from the history (and the server's answer) to the
//! new list of items; `drive` sends the requests and keeps the books.

mod clear;
mod drive;
mod endpoint;
mod layout;
mod remote;
mod summary;
mod window;

/// When a compaction happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before the user's message is taken in.
    PreTurn,
    /// Between two requests of a turn.
    MidTurn,
}

impl Phase {
    fn as_str(self) -> &'static str {
        match self {
            Self::PreTurn => "pre_turn",
            Self::MidTurn => "mid_turn",
        }
    }
}
