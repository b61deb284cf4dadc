//! Layouts: what a client might do with the same conversation. Each is one deviation from a
//! stateless append-only client, so that its price can be told apart from others'.

use crate::recording::Transport;

/// A client-side strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// As it was said.
    pub name: String,
    pub(super) what: What,
}

/// What it does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// What the log holds, to the byte.
    Recorded,
    /// History is only appended to.
    Append,
    /// Tools in order of their names.
    ToolsSorted,
    /// Tools in another order in every request.
    ToolsShuffled { seed: u64 },
    /// From request `at` on the first tool has another definition.
    ToolsChanged { at: usize },
    /// Before request `at` a tool is added behind the others.
    ListChanged { at: usize },
    /// A block that is written anew for every request.
    Volatile { block: Block, place: Spot, tokens: Option<u64> },
    /// Old tool results give way to a stub, `every` of them at once.
    Clear { keep: usize, every: usize, stub: Option<u64> },
    /// Only the newest steps; when there are more than `turns`, it goes back to `keep`.
    Window { turns: usize, keep: usize },
    /// Another way to the server.
    Over(Transport),
    /// Explicit breakpoints at these places, and no implicit ones if it is said so.
    Breakpoints { places: Vec<Mark>, explicit: bool },
}

/// What a volatile block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Timestamp,
    Environment,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// Before everything.
    First,
    /// Behind what the first request said, or where that had an environment block.
    InPlace,
    /// At the end of the request; the next one drops it.
    Appended,
}

/// Where an explicit breakpoint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Behind the last tool.
    Tools,
    /// Behind the first request's prompt.
    Static,
    /// At the end of the prompt.
    Tail,
    /// At the end of the prompt before it.
    Previous,
}

impl Layout {
    /// A layout that appends.
    #[must_use]
    pub fn append() -> Self {
        Self { name: "append".into(), what: What::Append }
    }

    /// What the log holds.
    #[must_use]
    pub fn recorded() -> Self {
        Self { name: "recorded".into(), what: What::Recorded }
    }

    /// What its orders are drawn by, if they are.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        match self.what {
            What::ToolsShuffled { seed } => Some(seed),
            _ => None,
        }
    }

    /// How its requests reach the server.
    pub(super) fn transport(&self) -> Transport {
        match self.what {
            What::Over(transport) => transport,
            _ => Transport::Http,
        }
    }
}

/// When a history is replaced by a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Compaction {
    /// As it was said.
    pub name: String,
    /// When the next input would exceed the first, it shrinks to a summary of the second, in
    /// tokens.
    pub(super) threshold: Option<(u64, u64)>,
}

impl Compaction {
    /// Nothing is ever replaced.
    #[must_use]
    pub fn none() -> Self {
        Self { name: "none".into(), threshold: None }
    }
}
