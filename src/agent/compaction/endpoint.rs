//! `endpoint`: `POST /responses/compact`. Its `output` is the tail of the new history.
//!
//! The server gives back the user messages it saw; which of these stay is the client's choice
//! (`keep_user_tokens`), and prompt layers come from their source. So messages that are in the
//! history already are left out here, and everything else is taken as it is.

use super::remote::sealed;
use crate::agent::history::{Entry, History, Origin};
use crate::wire::{Kind, Raw};
use std::collections::BTreeSet;

/// What stands for the compacted history.
pub(super) fn tail(history: &History, output: &[Raw]) -> Result<Vec<Entry>, String> {
    sealed(output)?;
    let known: BTreeSet<String> = history
        .items()
        .map(Raw::item)
        .filter(|item| matches!(item.kind(), Kind::Message | Kind::Text))
        .map(|item| item.text())
        .collect();
    Ok(output
        .iter()
        .filter(|raw| {
            let item = raw.item();
            item.kind() != Kind::Message
                || item.role() == Some("assistant")
                || !known.contains(&item.text())
        })
        .map(|raw| Entry::new(raw.clone(), Origin::Summary))
        .collect())
}
