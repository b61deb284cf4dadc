//! What a tool gives back. Texts that need the call order (session ids) are written later.

use crate::sandbox::{Exited, ProcessId, SandboxError, SandboxErrorKind};
use serde_json::Value;

/// The result of one call.
#[derive(Debug)]
pub(in crate::agent) struct Outcome {
    pub(in crate::agent) body: Body,
    /// Bytes before truncation.
    pub(in crate::agent) raw_bytes: u64,
    /// Exit code, where a process ended.
    pub(in crate::agent) exit: Option<i32>,
    /// `A p`, `M p`, `D p`, sorted.
    pub(in crate::agent) changed: Vec<String>,
    /// Why the output depends on the speed of the machine.
    pub(in crate::agent) unsettled: Option<String>,
    /// The command line that was asked for.
    pub(in crate::agent) command: Option<String>,
    /// The budget of seconds ran out meanwhile.
    pub(in crate::agent) out_of_time: bool,
    /// The sandbox itself broke.
    pub(in crate::agent) broken: Option<String>,
}

/// What the model will read.
#[derive(Debug)]
pub(in crate::agent) enum Body {
    /// A text.
    Text(String),
    /// Content parts.
    Parts(Value),
    /// Output of a process, to be put in its envelope.
    Process(Chunk),
}

/// A piece of a process's output.
#[derive(Debug)]
pub(in crate::agent) struct Chunk {
    pub(in crate::agent) process: ProcessId,
    /// The session it belongs to, if it has one already.
    pub(in crate::agent) session: Option<u32>,
    pub(in crate::agent) text: String,
    pub(in crate::agent) exited: Option<Exited>,
    pub(in crate::agent) limit_tokens: u64,
}

impl Outcome {
    pub(in crate::agent) fn new(body: Body) -> Self {
        Self {
            body,
            raw_bytes: 0,
            exit: None,
            changed: Vec::new(),
            unsettled: None,
            command: None,
            out_of_time: false,
            broken: None,
        }
    }

    /// A text, error texts included: for the model there is no difference.
    pub(in crate::agent) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let raw_bytes = text.len() as u64;
        Self { raw_bytes, ..Self::new(Body::Text(text)) }
    }

    /// An error of the sandbox: a file error is the model's to handle, anything else ends the turn.
    pub(in crate::agent) fn sandbox(tool: &str, error: &SandboxError) -> Self {
        let outcome = Self::text(format!("{tool} failed: {error}"));
        match error.kind() {
            SandboxErrorKind::File { .. } => outcome,
            _ => Self { broken: Some(error.to_string()), ..outcome },
        }
    }

    pub(in crate::agent) fn command(self, cmd: &str) -> Self {
        Self { command: Some(cmd.to_owned()), ..self }
    }
}
