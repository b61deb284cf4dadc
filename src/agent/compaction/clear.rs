//! `clear-tool-results`: old tool outputs become a placeholder; calls and everything else stay.

use crate::agent::history::{Entry, Origin};
use crate::agent::items::output;
use crate::wire::Kind;
use serde_json::Value;

const CLEARED: &str = "[tool output cleared]";

/// The history with all but the newest `keep` outputs cleared.
pub(super) fn cleared(entries: &[Entry], keep: u32) -> Vec<Entry> {
    let outputs = entries.iter().filter(|entry| entry.kind.is_output()).count();
    let mut clear = outputs.saturating_sub(keep as usize);
    entries
        .iter()
        .map(|entry| match entry.kind.is_output() && clear > 0 {
            true => {
                clear -= 1;
                placeholder(entry)
            }
            false => entry.clone(),
        })
        .collect()
}

fn placeholder(entry: &Entry) -> Entry {
    let call = entry.kind.call().unwrap_or(Kind::FunctionCall);
    let call_id = entry.call_id.as_deref().unwrap_or_default();
    Entry::new(output(call, call_id, &Value::from(CLEARED)), Origin::Output)
}
