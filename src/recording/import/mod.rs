//! Importers: logs of other programs as recordings.
//!
//! A log holds what was said, not what was sent. An importer follows it line by line, keeps the
//! history as the program kept it, and takes down one exchange for each answer of the model: the
//! history before it as its input, the answer as its output. Items of the Responses API are taken
//! over verbatim; other shapes are converted (`anthropic`, `chat`) with the bytes of texts and
//! arguments kept. What the log does not hold is not made up: the header lists it as `lacks`.
//!
//! Logs of sessions are written by programs that crash, and read by programs that go on at a broken
//! line. So does this: a line that is no record is skipped, and a [`Note`] names it. A file that is
//! one JSON document is read whole or refused, and so is a log without a single answer; refusals
//! name file and line.

mod anthropic;
mod chat;
mod chat_stream;
mod claude_code;
mod codex;
mod codex_history;
mod conversation;
mod detect;
mod discreet;
mod har;
mod inspect;
mod lines;
mod pi;
mod request_log;
mod session;
mod sink;
mod time;
mod traffic;
mod trajectory;

pub use detect::detect;
pub use discreet::Discreet;
pub use session::{Note, Session};
pub use sink::{Memory, Sink};
pub use time::millis;

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
    /// A session file of pi.
    Pi,
    /// A trajectory of SWE-agent.
    SweAgent,
    /// A trajectory of mini-swe-agent.
    MiniSweAgent,
    /// A log of Inspect, `.eval` or `.json`.
    Inspect,
    /// An HTTP archive with requests to `/responses` or `/chat/completions`.
    Har,
    /// Lines of request and response bodies, of either API.
    ChatCompletions,
}

impl Format {
    /// All of them, with their names on the command line and in recordings.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Codex, "codex"),
        (Self::ClaudeCode, "claude-code"),
        (Self::Pi, "pi"),
        (Self::SweAgent, "swe-agent"),
        (Self::MiniSweAgent, "mini-swe-agent"),
        (Self::Inspect, "inspect"),
        (Self::Har, "har"),
        (Self::ChatCompletions, "chat-completions"),
    ];

    /// The name on the command line and in recordings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }

    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
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
        Format::Pi => pi::import(path, sink),
        Format::SweAgent | Format::MiniSweAgent => trajectory::import(format, path, sink),
        Format::Inspect => inspect::import(path, sink),
        Format::Har => har::import(path, sink),
        Format::ChatCompletions => request_log::import(path, sink),
    }
}

/// What is wrong with a line that is no JSON, or of the wrong shape.
fn broken(error: &serde_json::Error) -> String {
    super::RecordingErrorKind::json(error).to_string()
}

/// One line as a record: an object, never a list whose values would be taken in order.
fn record<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|error| broken(&error)),
        false => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Err("not an object".into()),
            Err(error) => Err(broken(&error)),
        },
    }
}

/// No log counts so many tokens; sums of more would overflow.
const MOST_TOKENS: u64 = 1 << 40;

/// A count of tokens.
fn tokens(value: &Value) -> Option<u64> {
    value.as_u64().filter(|count| *count < MOST_TOKENS)
}

/// Finds the lines of a text on which parts of it begin. The parts are slices of the text and come
/// in order, so each of its bytes is looked at once.
struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line of a part, from 1.
    fn of(&mut self, part: &str) -> usize {
        let to = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let between = self.text.as_bytes().get(self.at..to).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.at = self.at.max(to);
        self.line
    }
}

/// An error about a document that does not parse.
fn unreadable(path: &Path, error: &serde_json::Error) -> RecordingError {
    RecordingError::line(path, error.line().max(1), super::RecordingErrorKind::json(error))
}
