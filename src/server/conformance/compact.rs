//! What `/responses/compact` keeps beside the compaction: all messages of the user, in the form in
//! which a response lists them.

use super::items::Mint;
use crate::wire::{Kind, Raw, Request, escape, object};

/// The user's messages. A text alone becomes a content part; parts stay the bytes they are.
pub(super) fn user_messages(request: &Request, mint: &Mint) -> Vec<Raw> {
    let users = request.input.iter().filter(|raw| raw.item().role() == Some("user"));
    users.enumerate().filter_map(|(number, raw)| listed(raw, number, mint)).collect()
}

fn listed(raw: &Raw, number: usize, mint: &Mint) -> Option<Raw> {
    let fields = raw.fields().unwrap_or_default();
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
    let content = match raw.item().kind() {
        Kind::Text => Some(raw),
        _ => field("content"),
    };
    let content = content?.as_str();
    let content = match content.starts_with('"') {
        true => format!("[{{\"type\":\"input_text\",\"text\":{content}}}]"),
        false => content.to_owned(),
    };
    let id = match field("id") {
        Some(id) => id.as_str().to_owned(),
        None => escape(&mint.id("msg", Some(number))),
    };
    let message = object([
        ("id", id.as_str()),
        ("type", "\"message\""),
        ("status", "\"completed\""),
        ("role", "\"user\""),
        ("content", &content),
    ]);
    // Fields of valid values make a valid object.
    Raw::parse(&message).ok()
}
