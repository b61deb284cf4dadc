//! Matching: how far a request is from the recorded one, item by item.
//!
//! Pure functions over two requests; where in a recording a request belongs is found by anchors, in
//! the server's replay. Equal requests are told by digests alone. For others, items are aligned by
//! content first, then paired by what they are (the same call, the same prompt layer), so that a
//! change in one item is one difference with one place, whatever was added before it. Each
//! difference has a severity, and the severest is that of the drift.

mod align;
mod fields;
mod items;
mod leaves;
mod near;
mod recordings;
mod same;
mod side;
#[cfg(test)]
mod tests;

pub(crate) use leaves::{Leaf, excerpt, leaves, shorten};
pub use near::{Nearness, nearness, resembles};
pub use recordings::{AnswerChange, Changes, RequestChange, changes};
pub use side::{Part, Side};

use crate::recording::Layer;
use crate::wire::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a difference matters to what the recorded answers are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Other bytes that mean the same.
    Cosmetic,
    /// A prompt layer, the user's words, a tool definition or another field.
    Context,
    /// What a tool gave: the answers belong to another world.
    State,
    /// Items added, lost, reordered, or a changed echo of what the model said.
    Shape,
}

impl Severity {
    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Context => "context",
            Self::State => "state",
            Self::Shape => "shape",
        }
    }

    /// Whether recorded answers say nothing any more about the run that got them.
    #[must_use]
    pub fn is_off_policy(self) -> bool {
        self >= Self::State
    }
}

/// What became of a part of the recorded request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is there, and says something else.
    Changed,
    /// It was not recorded.
    Added,
    /// It did not come.
    Lost,
    /// It stands at another place.
    Moved,
}

impl Change {
    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Lost => "lost",
            Self::Moved => "moved",
        }
    }
}

/// One place where a received request departs from the recorded one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// How much it matters.
    pub severity: Severity,
    /// What became of the recorded part.
    pub change: Change,
    /// The prompt layer it stands in.
    pub layer: Layer,
    /// JSON pointer into the received body; into the recorded one for what was lost.
    pub pointer: String,
    /// Byte offset inside a text, where both sides are texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// What was recorded around there; `None` if nothing.
    pub recorded: Option<String>,
    /// What came.
    pub received: Option<String>,
    /// Digest of the whole recorded item, field or tool.
    pub recorded_digest: Option<Digest>,
    /// Digest of the received one.
    pub received_digest: Option<Digest>,
}

impl Difference {
    /// What tells it apart from others wherever it stands: a change that every later request
    /// repeats is one change.
    #[must_use]
    pub fn key(&self) -> (Option<Digest>, Option<Digest>, &str) {
        let tail = self
            .pointer
            .strip_prefix("/input/")
            .map(|rest| rest.find('/').map_or("", |at| &rest[at..]));
        (self.recorded_digest, self.received_digest, tail.unwrap_or(&self.pointer))
    }
}

impl fmt::Display for Difference {
    /// `at /input/0/content/0/text, byte 4: recorded "run once", received "run twice"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.pointer)?;
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        let side = |side: &Option<String>| match side {
            Some(text) => format!("{text:?}"),
            None => "nothing".to_owned(),
        };
        write!(f, ": recorded {}, received {}", side(&self.recorded), side(&self.received))
    }
}

/// A request that is recognised, but differs from what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The recorded exchange whose place it takes.
    pub exchange: u32,
    /// All differences, in the order of the request; never empty.
    pub differences: Vec<Difference>,
}

impl Drift {
    /// The severest difference; of equal ones the first.
    #[must_use]
    pub fn worst(&self) -> Option<&Difference> {
        self.differences.iter().rev().max_by_key(|difference| difference.severity)
    }

    /// The severity of the whole.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.worst().map_or(Severity::Cosmetic, |worst| worst.severity)
    }
}

/// How well a recorded answer fits the request that it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// How far the request is from the recorded one.
    pub drift: Option<Drift>,
    /// Whether the recorded request was replaced since the answer was given.
    pub is_stale: bool,
}

/// What is done with a request that drifts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// It is refused, unless the drift is cosmetic.
    #[default]
    Strict,
    /// It gets the answer that was recorded at its place, and the drift is told.
    Report,
}

impl Policy {
    /// The name in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Report => "report",
        }
    }

    /// Whether a request that drifts so far is refused.
    #[must_use]
    pub fn refuses(self, severity: Severity) -> bool {
        self == Self::Strict && severity > Severity::Cosmetic
    }
}

/// All differences between a recorded request and a received one; none if they are equal.
#[must_use]
pub fn differences(recorded: &Side<'_>, received: &Side<'_>) -> Vec<Difference> {
    let mut found = fields::differences(recorded, received);
    found.extend(items::differences(recorded, received));
    found
}
