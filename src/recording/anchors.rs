//! Position is read from the request: whose answers does it show?
//!
//! An anchor is anything an earlier answer minted and a later request repeats: an item id, a call
//! id, a sealed blob, or a model text found verbatim inside a user item (a client-made summary).
//! The newest visible anchor names the exchange that a request continues, so a retry gets the same
//! answer, a restart loses nothing, and threads cannot mix.

use crate::wire::{Item, Kind, Raw};
use std::collections::BTreeMap;

/// Shorter texts ("Done.") may stand in a user message by chance.
const SHORTEST_TEXT_ANCHOR: usize = 40;

/// Which part of which exchange an input item repeats or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    /// The exchange.
    pub exchange: u32,
    /// Whether this is a tool output (after all items of its answer) or an item itself.
    pub is_output: bool,
    /// Number of the output item, or of the item whose call is answered.
    pub index: u32,
}

/// All anchors minted so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Anchors {
    minted: BTreeMap<String, Minted>,
    texts: Vec<(String, u32, u32)>,
}

/// Where a name was minted, and for what.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Minted {
    exchange: u32,
    index: u32,
    kind: Kind,
}

impl Minted {
    /// What an item is that bears the name: the minted item again, or what its call gave. An item
    /// of neither kind is the client's own, whatever name it bears; taken for an echo it would be
    /// looked through.
    fn owned(self, kind: Kind) -> Option<Owned> {
        let Self { exchange, index, .. } = self;
        let is_output = kind.is_output();
        (is_output || kind == self.kind).then_some(Owned { exchange, is_output, index })
    }
}

impl Anchors {
    /// Remembers what an answer minted.
    pub fn mint(&mut self, exchange: u32, output: &[Raw]) {
        for (index, raw) in output.iter().enumerate() {
            let (item, index) = (raw.item(), index as u32);
            let names = [item.id(), item.call_id(), item.encrypted_content()];
            for name in names.into_iter().flatten() {
                let minted = Minted { exchange, index, kind: item.kind() };
                self.minted.entry(name.to_owned()).or_insert(minted);
            }
            let text = item.text();
            // `/responses/compact` gives the user's messages back: those are the client's own.
            let said = item.kind() == Kind::Message && item.role() == Some("assistant");
            if said && text.len() >= SHORTEST_TEXT_ANCHOR {
                self.texts.push((text, exchange, index));
            }
        }
    }

    /// Who owns an input item; `None` for what the client made. Of several exchanges that said the
    /// text of a client-made item, the likeliest: see [`Anchors::owners`].
    #[must_use]
    pub fn owner(&self, item: &Item) -> Option<Owned> {
        self.owners(item).first().copied()
    }

    /// Everyone who may own an input item, the likeliest first. Names are unique; a text may have
    /// been said more than once, and one summary may hold another: then the longest text comes
    /// first, and of equal ones the latest.
    #[must_use]
    pub fn owners(&self, item: &Item) -> Vec<Owned> {
        let names = [item.call_id(), item.id(), item.encrypted_content()];
        if let Some(minted) =
            names.into_iter().flatten().find_map(|name| self.minted.get(name).copied())
        {
            return minted.owned(item.kind()).into_iter().collect();
        }
        if item.kind() != Kind::Message && item.kind() != Kind::Text {
            return Vec::new();
        }
        let text = item.text();
        let mut found: Vec<_> =
            self.texts.iter().rev().filter(|(minted, ..)| text.contains(minted.as_str())).collect();
        found.sort_by_key(|(minted, ..)| std::cmp::Reverse(minted.len()));
        found
            .into_iter()
            .map(|(_, exchange, index)| Owned {
                exchange: *exchange,
                is_output: false,
                index: *index,
            })
            .collect()
    }

    /// The newest anchor of an input: the one that stands last.
    #[must_use]
    pub fn newest(&self, input: &[Raw]) -> Option<Owned> {
        input.iter().rev().find_map(|raw| self.owner(&raw.item()))
    }

    /// Whether some answer minted this blob.
    #[must_use]
    pub fn minted(&self, name: &str) -> bool {
        self.minted.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Anchors, Owned};
    use crate::wire::Raw;

    fn raw(json: &str) -> Raw {
        Raw::parse(json).unwrap()
    }

    fn anchors() -> Anchors {
        let mut anchors = Anchors::default();
        anchors.mint(
            0,
            &[raw(r#"{"type":"function_call","id":"fc_1","call_id":"call_1","arguments":"{}"}"#)],
        );
        anchors.mint(
            1,
            &[raw(concat!(
                r#"{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","#,
                r#""text":"The work so far: the parser is fixed, its tests pass."}]}"#
            ))],
        );
        anchors
    }

    #[test]
    fn a_tool_output_belongs_to_the_exchange_of_its_call() {
        let input = [
            raw(r#"{"role":"user","content":"go"}"#),
            raw(r#"{"type":"function_call_output","call_id":"call_1","output":"ok"}"#),
        ];
        let owned = Owned { exchange: 0, is_output: true, index: 0 };
        assert_eq!(anchors().newest(&input), Some(owned));
    }

    #[test]
    fn the_output_of_a_local_shell_call_names_it_by_either_id() {
        let mut anchors = Anchors::default();
        let call = r#"{"type":"local_shell_call","id":"lsh_1","call_id":"call_1"}"#;
        anchors.mint(3, &[raw(r#"{"type":"reasoning","id":"rs_1"}"#), raw(call)]);
        let owned = Owned { exchange: 3, is_output: true, index: 1 };
        for id in ["lsh_1", "call_1"] {
            let output = format!(r#"{{"type":"local_shell_call_output","id":"{id}","output":""}}"#);
            assert_eq!(anchors.owner(&raw(&output).item()), Some(owned));
        }
        let shell = raw(r#"{"type":"shell_call_output","call_id":"call_1","output":[]}"#);
        assert_eq!(anchors.owner(&shell.item()), Some(owned));
    }

    #[test]
    fn an_item_of_another_kind_is_no_echo() {
        let strange = raw(r#"{"type":"fxnction_call_output","call_id":"call_1","output":"ok"}"#);
        assert_eq!(anchors().owner(&strange.item()), None);
        let echo = raw(r#"{"type":"function_call","id":"fc_1","call_id":"call_1","arguments":""}"#);
        let owned = Owned { exchange: 0, is_output: false, index: 0 };
        assert_eq!(anchors().owner(&echo.item()), Some(owned));
    }

    #[test]
    fn a_summary_made_by_the_client_is_found_by_its_text() {
        let input = [raw(concat!(
            r#"{"role":"user","content":[{"type":"input_text","text":"Summary:\n"#,
            r#"The work so far: the parser is fixed, its tests pass."}]}"#
        ))];
        assert_eq!(anchors().newest(&input).map(|owned| owned.exchange), Some(1));
    }

    #[test]
    fn of_texts_that_were_said_twice_or_hold_each_other_all_owners_are_named() {
        let long = "The work so far: the parser is fixed, its tests pass. Next come the docs.";
        let said = |text: &str| {
            raw(&format!(r#"{{"type":"message","role":"assistant","content":"{text}"}}"#))
        };
        let mut anchors = anchors();
        anchors.mint(2, &[said(long)]);
        anchors.mint(3, &[said("The work so far: the parser is fixed, its tests pass.")]);
        let summary = raw(&format!(r#"{{"role":"user","content":"Summary: {long}"}}"#));
        let owners = anchors.owners(&summary.item());
        let owners: Vec<u32> = owners.into_iter().map(|owned| owned.exchange).collect();
        assert_eq!(owners, [2, 3, 1], "the longest first, then the latest");
    }

    #[test]
    fn what_the_user_said_is_no_anchor_although_an_answer_gave_it_back() {
        let mut anchors = Anchors::default();
        let said = "A message of the user that is long enough to be an anchor.";
        let user = raw(&format!(r#"{{"type":"message","role":"user","content":"{said}"}}"#));
        let blob = raw(r#"{"type":"compaction","encrypted_content":"gAAAAblob"}"#);
        anchors.mint(0, &[user.clone(), blob.clone()]);
        assert_eq!(anchors.owner(&user.item()), None);
        assert_eq!(anchors.owner(&blob.item()).map(|owned| owned.index), Some(1));
    }

    #[test]
    fn a_short_text_is_no_anchor() {
        let mut anchors = Anchors::default();
        anchors.mint(0, &[raw(r#"{"type":"message","role":"assistant","content":"Done."}"#)]);
        let quoted = raw(r#"{"role":"user","content":"You said: Done."}"#);
        assert_eq!(anchors.owner(&quoted.item()), None);
    }

    #[test]
    fn a_name_keeps_its_first_owner() {
        let mut anchors = anchors();
        anchors.mint(5, &[raw(r#"{"type":"function_call","call_id":"call_1","arguments":"{}"}"#)]);
        let output = raw(r#"{"type":"function_call_output","call_id":"call_1","output":"ok"}"#);
        assert_eq!(anchors.owner(&output.item()).map(|owned| owned.exchange), Some(0));
        assert!(anchors.minted("fc_1") && !anchors.minted("fc_2"));
    }

    #[test]
    fn a_fresh_conversation_shows_no_anchor() {
        assert_eq!(anchors().newest(&[raw(r#"{"role":"user","content":"go"}"#)]), None);
    }
}
