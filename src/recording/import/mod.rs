//! Importers: logs of other programs as recordings.
//!
//! A log holds what was said, not what was sent. An importer follows it line by line, keeps the
//! history as the program kept it, and takes down one exchange for each answer of the model: the
//! history before it as its input, the answer as its output. Items of the Responses API are taken
//! over verbatim; other shapes are converted ([`anthropic`], [`chat`]) with the bytes of texts and
//! arguments kept. What the log does not hold is not made up: the header lists it as `lacks`.
//!
//! Logs of sessions are written by programs that crash, and read by programs that go on at a broken
//! line. So does this: a line that is no record is skipped, and a [`Note`] names it. A file that is
//! one JSON document is read whole or refused, and so is a log without a single answer; refusals
//! name file and line.

mod anthropic;
mod claude_code;
mod codex;
mod codex_history;
mod conversation;
mod lines;
mod session;
mod sink;
mod time;

pub use session::{Note, Session};
pub use sink::{Memory, Sink};

use super::{Header, Recording, RecordingError};
use serde_json::Value;
use std::path::Path;

/// The kinds of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A rollout file of the Codex CLI.
    Codex,
    /// A session file of Claude Code.
    ClaudeCode,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Codex, Self::ClaudeCode];

    /// The name on the command line and in recordings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            Self::ClaudeCode => "claude-code",
        }
    }
}

/// A log as a recording, with what else it tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model's side of it.
    pub recording: Recording,
    /// What the log tells of the session around it.
    pub session: Session,
}

/// Reads a log into memory.
pub fn load(format: Format, path: &Path) -> Result<Imported, RecordingError> {
    let mut memory = Memory::default();
    let (header, session) = import(format, path, &mut memory)?;
    Ok(Imported { recording: memory.finish(header), session })
}

/// Reads a log into a sink: its memory is that of the history at hand, not of the log.
pub fn import(
    format: Format,
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    match format {
        Format::Codex => codex::import(path, sink),
        Format::ClaudeCode => claude_code::import(path, sink),
    }
}

/// What is wrong with a line that is no JSON, or of the wrong shape.
fn broken(error: &serde_json::Error) -> String {
    super::RecordingErrorKind::json(error).to_string()
}

/// A count of tokens. No context holds more than this; sums of more would overflow.
fn tokens(value: &Value) -> Option<u64> {
    value.as_u64().filter(|count| *count < 1 << 40)
}
