//! How Codex keeps its history: whose an item is, and what a rollback and an old compaction leave.

use super::conversation::Entry;
use crate::wire::{Item, Kind};

/// Whose an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Model,
    Client,
    /// Logged, but no part of a prompt.
    NotSent,
}

/// How user messages begin that Codex writes itself.
const CONTEXT: [&str; 10] = [
    "<environment_context>",
    "# AGENTS.md instructions",
    "<user_instructions>",
    "<INSTRUCTIONS>",
    "<turn_aborted>",
    "<user_shell_command>",
    "<skill>",
    "<recommended_plugins>",
    "<subagent_notification>",
    "Another language model started to solve this problem",
];

/// Whose an item is; `None` if it is no item at all.
pub(super) fn role(item: &Item) -> Option<Role> {
    match item.kind() {
        Kind::Message if item.role() == Some("assistant") => Some(Role::Model),
        Kind::Message => item.role().map(|_| Role::Client),
        Kind::Text | Kind::CompactionTrigger => None,
        kind if kind.is_output() => Some(Role::Client),
        Kind::Other => match item.str("type")? {
            name if name.ends_with("_output") => Some(Role::Client),
            "ghost_snapshot" => Some(Role::NotSent),
            name if name.ends_with("_call") || name.ends_with("_request") => Some(Role::Model),
            "additional_tools" | "configuration_update" => Some(Role::Client),
            _ => None,
        },
        _ => Some(Role::Model),
    }
}

/// Whether the client put it there on its own account.
pub(super) fn is_context(item: &Item) -> bool {
    match item.role() {
        Some("user") => item
            .texts()
            .first()
            .is_some_and(|text| CONTEXT.iter().any(|head| text.trim_start().starts_with(head))),
        Some(role) => role != "assistant",
        None => false,
    }
}

/// How much of a history is left when the last `turns` turns of the user are taken back: they go
/// with the context right above them, but the context of the very first turn stays.
pub(super) fn rolled_back(history: &[Entry], turns: u64) -> usize {
    let at: Vec<usize> = (0..history.len()).filter(|at| history[*at].mark.turn).collect();
    let (Some(first), true) = (at.first().copied(), turns > 0) else { return history.len() };
    let back = usize::try_from(turns).unwrap_or(usize::MAX);
    let mut cut = at[at.len().saturating_sub(back)];
    while cut > first && history[cut - 1].mark.context {
        cut -= 1;
    }
    cut
}

/// What an old compaction left, which did not log its history: the context before the first turn,
/// and the user's own messages.
pub(super) fn without_replacement(history: &mut Vec<Entry>) {
    let first = history.iter().position(|entry| entry.mark.turn).unwrap_or(history.len());
    let mut at = 0;
    history.retain(|entry| {
        at += 1;
        entry.mark.turn || (at <= first && entry.mark.context)
    });
}
