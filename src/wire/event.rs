//! The events of a streamed response, made from finished items.
//!
//! A client may read text from the deltas, from the `.done` events, from the finished item or from
//! the terminal response (each of the known ones reads another copy), so all four are written and
//! agree. Finished items enter `output_item.done` and the terminal response as the bytes they are;
//! only the opening form of an item, which has no text yet, is written anew. The random
//! `obfuscation` padding of real deltas is left out: it is noise in every byte count.

use super::event_item::write_item;
use super::events::{Events, field, rewrite};
use super::{Ending, Kind, Raw, ResponseHead, SseEvent, Usage, escape};

/// The legal event sequence of one response: created, in progress, item after item, and the
/// terminal event unless the ending is a cut. `items` are complete, with ids and status.
#[must_use]
pub fn response_events(
    head: &ResponseHead<'_>,
    items: &[Raw],
    ending: &Ending,
    usage: Option<Usage>,
) -> Vec<SseEvent> {
    let mut events = Events::default();
    let open = head.in_progress();
    events.push("response.created", &[("response", &open)]);
    events.push("response.in_progress", &[("response", &open)]);
    let last = head.request().input.last();
    let asked_to_compact = last.is_some_and(|raw| raw.item().kind() == Kind::CompactionTrigger);
    for (index, item) in items.iter().enumerate() {
        write_item(&mut events, index, item, asked_to_compact);
    }
    match (ending.event(), ending) {
        // Flat, and without the response.
        (Some(kind), Ending::Error { code, message }) => {
            let fields = [("code", escape(code)), ("message", escape(message))];
            let [code, message] = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            events.push(kind, &[code, message, ("param", "null")]);
        }
        (Some(kind), _) => {
            events.push(kind, &[("response", &head.ended(ending, items, usage))]);
        }
        (None, _) => {}
    }
    events.list
}

/// The item without its `encrypted_content`, every other byte of its fields as it was; the item
/// itself if it has none.
#[must_use]
pub fn without_encrypted_content(item: &Raw) -> Raw {
    let fields = item.fields().unwrap_or_default();
    if field(&fields, "encrypted_content").is_none() {
        return item.clone();
    }
    // Fields of a valid object make a valid object.
    Raw::parse(&rewrite(&fields, &[], &["encrypted_content"])).unwrap_or_else(|_| item.clone())
}
