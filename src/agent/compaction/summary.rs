//! `summary`: a normal request that asks for a summary in plain text, with the same tools, so that
//! the prefix stays cached. The text comes back as a user message behind a fixed head.

use crate::agent::history::{Entry, Origin};
use crate::agent::items::message;
use crate::measure::{SUMMARY_HEAD, SUMMARY_REQUEST_HEADS};
use crate::wire::{Kind, Raw};

/// The message that asks for it; never kept in the history.
pub(super) fn request() -> Raw {
    let text = format!(
        "{}\nWrite what the next model needs to go on: the goal, the user's rules and preferences, \
         what was decided and done, what remains, and every path, name and value that matters. Do \
         not call tools.",
        SUMMARY_REQUEST_HEADS[0]
    );
    message("user", &[&text])
}

/// The last text of the answer as a user message.
pub(super) fn summary(items: &[Raw]) -> Result<Entry, String> {
    let text = items
        .iter()
        .map(Raw::item)
        .rfind(|item| item.kind() == Kind::Message && item.role() == Some("assistant"))
        .map(|item| item.text())
        .filter(|text| !text.trim().is_empty())
        .ok_or("the answer holds no summary")?;
    let message = message("user", &[&format!("{SUMMARY_HEAD}\n{text}")]);
    Ok(Entry::new(message, Origin::Summary))
}
