//! Which items measures compare with each other, and what they find: what has to be noted of items
//! that are to be measured without their texts.
//!
//! Two measures look into items that are not equal. New bytes are what no earlier request of the
//! thread had, so an item is held against those at its place in the tree of what was sent; and a
//! request is held against its predecessor, a compaction's q+ against its q-. Nothing else is looked
//! for here, so no more of a text is told than its figures tell.

use super::diff::first_difference;
use super::session::Session;
use crate::cache::{Match, Prompts, Segment, shared};
use crate::wire::Digest;
use std::collections::BTreeMap;

/// What one item has in common with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) bytes: u64,
    pub(super) tokens: u64,
    /// JSON pointer inside the item, names that are not the API's as `*`.
    pub(super) at: String,
}

/// Of each item, by the digest of what a cache sees of it, those that it is compared with.
pub(super) type Pairs = BTreeMap<Digest, BTreeMap<Digest, Pair>>;

/// Keys of items and tools that are the API's own words; other keys may be somebody's text.
const WORDS: [&str; 34] = [
    "action",
    "additionalProperties",
    "annotations",
    "arguments",
    "call_id",
    "caller",
    "command",
    "content",
    "definition",
    "description",
    "detail",
    "encrypted_content",
    "enum",
    "file_id",
    "format",
    "id",
    "image_url",
    "input",
    "items",
    "name",
    "namespace",
    "operation",
    "output",
    "parameters",
    "phase",
    "properties",
    "required",
    "role",
    "strict",
    "summary",
    "syntax",
    "text",
    "tools",
    "type",
];

/// All pairs of a session.
pub(super) fn pairs(session: &Session<'_>) -> Pairs {
    let mut pairs = Pairs::new();
    let mut threads: BTreeMap<u32, Prompts> = BTreeMap::new();
    for (index, segments) in session.segments.iter().enumerate() {
        let prompts = threads.entry(session.exchange(index).thread).or_default();
        if let Some(new) = prompts.intern(segments).parting
            && let Some((other, Match { bytes, tokens, .. })) = prompts.sibling(new)
        {
            let of = pairs.entry(prompts.digest(new)).or_default();
            let pair = Pair { bytes, tokens, at: String::new() };
            of.entry(prompts.digest(other)).or_insert(pair);
        }
        if let Some(before) = session.predecessor(index) {
            add(&mut pairs, &session.segments[before], segments);
        }
    }
    for event in session.compactions() {
        if let (Some(before), Some(after)) = (session.before(event), session.after(event)) {
            add(&mut pairs, &session.segments[before], &session.segments[after]);
        }
    }
    pairs
}

/// The pair at which two requests part, if both have an item there.
fn add(pairs: &mut Pairs, earlier: &[Segment], later: &[Segment]) {
    let whole = shared(earlier, later);
    let at = whole.segments;
    let (Some(old), Some(new)) = (earlier.get(at), later.get(at)) else { return };
    let Match { bytes, tokens, .. } = shared(&earlier[at..], &later[at..]);
    let pointer = first_difference(old, new);
    let at = pointer.strip_prefix(old.pointer.as_str()).unwrap_or_default();
    let pair = Pair { bytes, tokens, at: without_names(at) };
    pairs.entry(new.digest).or_default().insert(old.digest, pair);
}

/// A pointer whose keys are the API's words and numbers; any other key is `*`.
pub(super) fn without_names(pointer: &str) -> String {
    let word = |key: &str| {
        WORDS.contains(&key) || (!key.is_empty() && key.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut keys = pointer.split('/');
    let first = keys.next().unwrap_or_default().to_owned();
    keys.fold(first, |text, key| text + "/" + if word(key) { key } else { "*" })
}

#[cfg(test)]
mod tests {
    use super::without_names;

    #[test]
    fn names_in_pointers_are_not_told() {
        assert_eq!(without_names(""), "");
        assert_eq!(without_names("/content/0/text"), "/content/0/text");
        let schema = "/parameters/properties/customer_number/description";
        assert_eq!(without_names(schema), "/parameters/properties/*/description");
    }
}
