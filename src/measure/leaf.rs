//! One text that the model could read, with its place in the request.

use super::normal::{Normaliser, nfc};
use std::sync::OnceLock;

/// Where a text stands in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// The `instructions` field.
    Instructions,
    /// A tool definition.
    Tools,
    /// A developer or system message.
    Developer,
    /// A user message.
    User,
    /// What the model said.
    Assistant,
    /// The arguments of a call.
    ToolCall,
    /// What a tool gave, below its envelope.
    ToolOutput,
    /// What the model thought, unsealed.
    Reasoning,
    /// A client-made summary.
    Summary,
    /// A sealed compaction, unsealed.
    Blob,
}

impl Channel {
    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Tools => "tools",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::ToolCall => "tool_call",
            Self::ToolOutput => "tool_output",
            Self::Reasoning => "reasoning",
            Self::Summary => "summary",
            Self::Blob => "blob",
        }
    }
}

/// One decoded text. Normal forms are made when a fact first asks for them.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its channel.
    pub channel: Channel,
    /// The text, JSON decoded, envelope and protocol state removed.
    pub text: String,
    /// JSON pointer in the request body; goes on into decoded tool arguments.
    pub pointer: String,
    /// system 4, developer and instructions 3, user and summary 2, everything else 1.
    pub role_rank: u8,
    forms: [OnceLock<String>; Normaliser::COUNT],
}

impl Leaf {
    /// A leaf.
    #[must_use]
    pub fn new(channel: Channel, text: String, pointer: String, role_rank: u8) -> Self {
        Self { channel, text, pointer, role_rank, forms: Default::default() }
    }

    /// The text in a normal form.
    pub(super) fn normal(&self, normaliser: Normaliser) -> &str {
        self.forms[normaliser.index()].get_or_init(|| match normaliser {
            Normaliser::Exact => nfc(&self.text).into_owned(),
            other => other.apply(self.normal(Normaliser::Exact)),
        })
    }
}
