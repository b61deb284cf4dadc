//! What earlier requests showed of the values that items keep.
//!
//! A client makes an item's id once, at random, and sends the same in every request from then on.
//! Which id it is says nothing; that it stays the same does. So a request is compared with the
//! earlier one that it continues, the one with which it shares the most of such values. Where an
//! item has others than before, it is left as it came: no recording equals that, and the difference
//! names the place. What was compared is not out of sight any more, and not counted as masked.

use super::mask::{Masked, Masks, Pieces, Replaced};
use crate::wire::{Digest, Raw, Request};
use std::collections::VecDeque;

/// Conversations that are remembered at once: more than any agent holds, few enough to look through.
const CONVERSATIONS: usize = 64;

/// The newest request of each conversation.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    conversations: VecDeque<Vec<Seen>>,
}

/// A masked item, and the values that it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    masked: Digest,
    /// `None` for an item that came as it is now: nothing in it is volatile, or a server had stored
    /// it, masked, and put it before the new ones.
    kept: Option<Vec<String>>,
}

impl Seen {
    fn new(item: &Raw, masked: &Raw, replaced: &[Replaced], masks: &Masks) -> Self {
        let kept = replaced.iter().filter(|one| masks.keeps(one.rule)).map(|one| one.old.clone());
        Self { masked: masked.digest(), kept: (item != masked).then(|| kept.collect()) }
    }

    /// Whether an item is the one that was seen, as far as can be told.
    fn again(&self, earlier: &Self) -> bool {
        let kept = self.kept.as_ref().zip(earlier.kept.as_ref());
        self.masked == earlier.masked && kept.is_none_or(|(now, before)| now == before)
    }
}

impl Memory {
    /// Masks a request, and remembers it.
    pub fn mask(&mut self, masks: &Masks, request: &Request) -> Masked {
        let Pieces { request: mut masked, mut items, fields } = masks.pieces(request);
        let both = request.input.iter().zip(&masked.input).zip(&items);
        let seen = both.map(|((item, masked), replaced)| Seen::new(item, masked, replaced, masks));
        let seen: Vec<Seen> = seen.collect();
        if let Some(at) = self.continued(&seen) {
            // The request that is continued makes place for this one.
            let before = self.conversations.remove(at).unwrap_or_default();
            let shared = before.iter().zip(&seen).take_while(|(a, b)| a.masked == b.masked);
            for (at, (before, now)) in shared.enumerate() {
                if now.again(before) {
                    items[at].retain(|one| !masks.keeps(one.rule));
                } else {
                    masked.input[at] = request.input[at].clone();
                    items[at].clear();
                }
            }
        }
        self.conversations.push_back(seen);
        if self.conversations.len() > CONVERSATIONS {
            self.conversations.pop_front();
        }
        let bytes = masks.sums(items.iter().flatten().chain(&fields));
        Masked { request: masked, bytes }
    }

    /// The conversation that agrees in the most values, wherever the one that changed may stand;
    /// `None` if none agrees in any: another client may well say the same under ids of its own.
    fn continued(&self, seen: &[Seen]) -> Option<usize> {
        let agreeing = |before: &Vec<Seen>| {
            let shared = before.iter().zip(seen).take_while(|(a, b)| a.masked == b.masked);
            let both = shared.filter_map(|(a, b)| a.kept.as_ref().zip(b.kept.as_ref()));
            both.filter(|(before, now)| before == now).map(|(kept, _)| kept.len()).sum()
        };
        let agreeing: Vec<usize> = self.conversations.iter().map(agreeing).collect();
        let most = *agreeing.iter().max().filter(|most| **most > 0)?;
        agreeing.iter().rposition(|values| *values == most)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::VolatileRule;
    use super::super::{Masks, VolatileRules, With};
    use super::Memory;
    use crate::wire::Request;

    struct Client {
        masks: Masks,
        memory: Memory,
    }

    impl Client {
        fn new() -> Self {
            let rule = |name: &str, at: &str, kept| VolatileRule {
                name: name.into(),
                at: at.into(),
                pattern: None,
                with: With::Numbered("id".into()),
                kept,
            };
            let rules = vec![rule("ids", "/input/*/id", true), rule("turn", "/turn", false)];
            let masks = Masks::new(&VolatileRules { version: 1, rules }).unwrap();
            Self { masks, memory: Memory::default() }
        }

        /// Sends items `ID:TEXT`; gives the masked ids, and the bytes out of sight by rule.
        fn send(&mut self, items: &str) -> (String, Vec<(String, u64)>) {
            let item = |one: &str| {
                let (id, text) = one.split_once(':').unwrap();
                format!(r#"{{"id":"{id}","text":"{text}"}}"#)
            };
            let items: Vec<String> = items.split(' ').map(item).collect();
            let body = format!(r#"{{"turn":"tttttt","input":[{}]}}"#, items.join(","));
            let request = Request::parse(body.as_bytes()).unwrap();
            let masked = self.memory.mask(&self.masks, &request);
            let ids = masked.request.input.iter().map(|item| item.value()["id"].clone());
            let ids: Vec<String> = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
            (ids.join(" "), masked.bytes)
        }
    }

    fn bytes(ids: u64) -> Vec<(String, u64)> {
        let all = [("ids".to_owned(), ids), ("turn".to_owned(), 6)];
        all.into_iter().filter(|(_, bytes)| *bytes > 0).collect()
    }

    #[test]
    fn what_was_seen_before_is_checked_and_not_counted_again() {
        let mut client = Client::new();
        assert_eq!(client.send("aaaaaa:go"), ("id#1..".into(), bytes(6)));
        let longer = client.send("aaaaaa:go bbbbbb:ran");
        assert_eq!(longer, ("id#1.. id#2..".into(), bytes(6)));
        assert_eq!(client.send("aaaaaa:go bbbbbb:ran"), ("id#1.. id#2..".into(), bytes(0)));
    }

    #[test]
    fn a_value_that_changed_is_left_in_sight() {
        let mut client = Client::new();
        client.send("aaaaaa:go bbbbbb:ran");
        let (ids, _) = client.send("aaaaaa:go cccccc:ran dddddd:done");
        assert_eq!(ids, "id#1.. cccccc id#3..");
        let (ids, _) = client.send("eeeeee:go cccccc:ran dddddd:done");
        assert_eq!(ids, "eeeeee id#2.. id#3..");
    }

    #[test]
    fn another_client_may_say_the_same() {
        let mut client = Client::new();
        client.send("aaaaaa:go bbbbbb:ran");
        assert_eq!(client.send("xxxxxx:go"), ("id#1..".into(), bytes(6)));
        assert_eq!(client.send("xxxxxx:go yyyyyy:ran").0, "id#1.. id#2..");
        let first = client.send("aaaaaa:go bbbbbb:ran cccccc:done");
        assert_eq!(first, ("id#1.. id#2.. id#3..".into(), bytes(6)));
    }

    #[test]
    fn a_compacted_history_begins_anew_behind_what_it_keeps() {
        let mut client = Client::new();
        client.send("aaaaaa:go bbbbbb:ran cccccc:more");
        let (ids, left) = client.send("aaaaaa:go dddddd:summary");
        assert_eq!((ids.as_str(), left), ("id#1.. id#2..", bytes(6)));
    }
}
