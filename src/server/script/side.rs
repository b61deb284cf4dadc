//! Side conversations: requests of the agent that are not about the scenario's task, such as the one
//! for a title, or those of a sub-agent. They get one short text, always the same, in a thread of
//! their own, with ids that carry no position: whatever they do, the main conversation goes on where
//! it was.

use super::compact::{CompactionKind, compaction_kind};
use crate::recording::matching::Fit;
use crate::recording::seal;
use crate::server::{Answer, Ask};
use crate::wire::{Digest, Ending, Item, Raw, Request};
use serde_json::json;

/// How opencode begins to ask for a summary, with the whole conversation as text behind it.
const TRANSCRIPT: &str = "Here is the conversation so far:";

/// Whether a request hands over a conversation as one text.
pub(super) fn transcribes(request: &Request) -> bool {
    request
        .input
        .iter()
        .map(Raw::item)
        .any(|item| item.role() == Some("user") && item.text().trim_start().starts_with(TRANSCRIPT))
}

/// Answers a request of a side conversation with the scenario's name, which makes a fair title.
pub(super) fn answer(name: &str, ask: &Ask<'_>) -> Answer {
    let root = root(ask.request);
    // The answer's number in its conversation keeps the ids of several apart.
    let said = ask.request.input.iter().filter(|raw| is_assistant(&raw.item())).count();
    let id = Digest::of_parts(&[name.as_bytes(), root.as_bytes(), &said.to_le_bytes()]).short(12);
    let item = match compaction_kind(ask) {
        Some(CompactionKind::Endpoint | CompactionKind::Trigger) => json!({
            "type": "compaction", "id": format!("cmp_side{id}"),
            "encrypted_content": seal::seal(name),
        }),
        Some(CompactionKind::Summary) | None => json!({
            "type": "message", "id": format!("msg_side{id}"), "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": name}],
        }),
    };
    Answer {
        thread: thread(&root),
        response_id: format!("resp_side{id}"),
        items: vec![Raw::from_value(&item)],
        echoed: 0,
        ending: Ending::Completed,
        answered_by: "side conversation".to_owned(),
        fit: Fit::default(),
        again: None,
    }
}

/// A number for people too: the main thread is 0, so this is never 0.
fn thread(root: &str) -> u32 {
    let number = Digest::of(root).as_u64() % 1_000_000;
    u32::try_from(number).unwrap_or_default() + 1
}

/// What tells one side conversation from another: what it is asked, and the first line of its
/// instructions. The rest of those may hold dates and folders, which would make the number differ
/// from run to run.
fn root(request: &Request) -> String {
    let mut root = vec![first_line(&request.text_field("instructions").unwrap_or_default())];
    for item in request.input.iter().map(Raw::item) {
        match item.role() {
            Some("user") if item.text().trim_start().starts_with(['<', '#']) => {}
            Some("user") => root.push(item.text()),
            Some("system" | "developer") => root.push(first_line(&item.text())),
            // An answer: the conversation goes on, its root is told.
            _ => break,
        }
    }
    root.join("\n")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn is_assistant(item: &Item) -> bool {
    item.role() == Some("assistant")
}
