//! What a segment is, as far as the rules of caches ask.

use crate::wire::{Kind, Raw};

/// The parts of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A tool definition.
    Tool,
    /// Instructions.
    Instructions,
    /// A message of the system role.
    System,
    /// A message of the developer role.
    Developer,
    /// A message of the user.
    User,
    /// A message of the model.
    Assistant,
    /// A call of a tool.
    Call,
    /// What a call gave.
    Output,
    /// Reasoning.
    Reasoning,
    /// A sealed compaction.
    Compaction,
    /// Anything else.
    Other,
}

impl Part {
    /// What an item of an input or an answer is.
    pub(super) fn of_item(raw: &Raw) -> Self {
        let item = raw.item();
        match item.kind() {
            Kind::Text => Self::User,
            Kind::Message => match item.str("role") {
                Some("system") => Self::System,
                Some("developer") => Self::Developer,
                Some("assistant") => Self::Assistant,
                _ => Self::User,
            },
            Kind::Reasoning => Self::Reasoning,
            Kind::Compaction => Self::Compaction,
            kind if kind.is_call() => Self::Call,
            kind if kind.is_output() => Self::Output,
            _ => Self::Other,
        }
    }

    /// What the value behind a pointer is; `item` is what it is as an item.
    pub(super) fn at(pointer: &str, item: Self) -> Self {
        match pointer.split('/').nth(1) {
            Some("tools") => Self::Tool,
            Some("instructions") => Self::Instructions,
            _ => item,
        }
    }
}
