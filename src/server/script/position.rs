//! How a script's position travels: `call_<chain>_<i>of<n>_s<step>f<fallbacks>` in ids, and the
//! same behind `[unreel:` in the first line of a blob or the last line of a summary.

use crate::recording::seal;
use crate::wire::{Item, Kind, Raw};
use std::fmt;

/// Which step comes next, and how many of its fallbacks were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) step: u32,
    pub(super) fallbacks: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}f{}", self.step, self.fallbacks)
    }
}

/// What an id says: whose answer, which item of how many, and what comes after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carrier {
    pub(super) chain: String,
    pub(super) index: usize,
    pub(super) count: usize,
    pub(super) position: Position,
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}of{}_{}", self.chain, self.index, self.count, self.position)
    }
}

impl Carrier {
    /// The line that carries it in texts. Every measure ignores lines that begin so.
    pub(super) fn line(&self) -> String {
        format!("[unreel:{self}]")
    }

    /// Reads what [`fmt::Display`] wrote, behind any `prefix_`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(4, '_');
        let position = parts.next()?;
        let item = parts.next()?;
        let chain = parts.next()?.to_owned();
        let (step, fallbacks) = position.strip_prefix('s')?.split_once('f')?;
        let (index, count) = item.split_once("of")?;
        Some(Self {
            chain,
            index: index.parse().ok()?,
            count: count.parse().ok()?,
            position: Position { step: step.parse().ok()?, fallbacks: fallbacks.parse().ok()? },
        })
    }

    fn of_item(item: &Item) -> Option<Self> {
        let ids = [item.call_id(), item.id()];
        if let Some(carrier) = ids.into_iter().flatten().find_map(Self::parse) {
            return Some(carrier);
        }
        // Clients that keep nothing on the server drop ids of reasoning, never its content.
        if matches!(item.kind(), Kind::Compaction | Kind::Reasoning) {
            let plain = seal::open(item.encrypted_content()?).ok()?;
            return Self::in_text(&plain);
        }
        // A summary comes back as the user's message, or as what the assistant said.
        matches!(item.role(), Some("user" | "assistant"))
            .then(|| Self::in_text(&item.text()))
            .flatten()
    }

    /// What an item of our own carries.
    pub(super) fn of(raw: &Raw) -> Option<Self> {
        Self::of_item(&raw.item())
    }

    fn in_text(text: &str) -> Option<Self> {
        let line = text.lines().rev().find(|line| line.starts_with("[unreel:"))?;
        Self::parse(line.strip_prefix("[unreel:")?.strip_suffix(']')?)
    }
}

/// An item that a model made, although nothing says which answer it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

/// A request's input with what its items carry.
#[derive(Debug)]
pub(super) struct History<'a> {
    items: Vec<(&'a Raw, Option<Carrier>)>,
}

impl<'a> History<'a> {
    pub(super) fn of(input: &'a [Raw]) -> Self {
        Self { items: input.iter().map(|raw| (raw, Carrier::of_item(&raw.item()))).collect() }
    }

    /// The carrier that stands last: `None` before the first answer. What a model made after it
    /// would be a step that left no trace; going on from the carrier would do that step again.
    pub(super) fn newest(&self) -> Result<Option<&Carrier>, Lost> {
        for (raw, carrier) in self.items.iter().rev() {
            if carrier.is_some() {
                return Ok(carrier.as_ref());
            }
            if made_by_a_model(raw) {
                return Err(Lost);
            }
        }
        Ok(None)
    }

    /// Whether anything carries a position.
    pub(super) fn has_carrier(&self) -> bool {
        self.items.iter().any(|(_, carrier)| carrier.is_some())
    }

    /// Where [`Lost`] items stand that are nothing but messages (and reasoning) of the assistant:
    /// from where to where, and their texts.
    pub(super) fn untraced(&self) -> Option<Untraced> {
        let made =
            |(raw, carrier): &(&Raw, Option<Carrier>)| carrier.is_none() && made_by_a_model(raw);
        let end = self.items.iter().rposition(made)? + 1;
        let start = self.items[..end].iter().rposition(|item| !made(item)).map_or(0, |at| at + 1);
        let items: Vec<Item> = self.items[start..end].iter().map(|(raw, _)| raw.item()).collect();
        let only_said =
            items.iter().all(|item| matches!(item.kind(), Kind::Message | Kind::Reasoning));
        let said = items.iter().filter(|item| item.kind() == Kind::Message).map(Item::text);
        only_said.then(|| Untraced { start, said: said.collect() })
    }

    /// Whether these texts are what the assistant said in messages that carry nothing.
    pub(super) fn says(&self, texts: &[String]) -> bool {
        let bare = self.items.iter().filter(|(_, carrier)| carrier.is_none());
        let mut said = bare.map(|(raw, _)| raw.item()).filter(is_said);
        // In this order, perhaps with others between.
        texts.iter().all(|text| said.any(|item| item.text() == *text))
    }

    /// How much of the answer `chain` it shows, and the input without it.
    pub(super) fn without(&self, chain: &str) -> Echo {
        let own = |carrier: &Option<Carrier>| {
            carrier.as_ref().filter(|carrier| carrier.chain == chain).map(|carrier| carrier.index)
        };
        let rest = self.items.iter().filter(|(_, carrier)| own(carrier).is_none());
        let last = self.items.last();
        Echo {
            items: self
                .items
                .iter()
                .filter_map(|(_, carrier)| own(carrier))
                .max()
                .map_or(0, |at| at + 1),
            ends_in_item: last.is_some_and(|(raw, carrier)| {
                own(carrier).is_some() && !raw.item().kind().is_output()
            }),
            rest: rest.map(|(raw, _)| (*raw).clone()).collect(),
        }
    }
}

/// What a request shows of one answer.
#[derive(Debug)]
pub(super) struct Echo {
    /// Items from the front. Early ones may be missing (a window moved on, a client drops
    /// reasoning): a cut stream loses the last.
    pub(super) items: usize,
    /// Whether one of them, not an output, ends the input: nothing came of it yet.
    pub(super) ends_in_item: bool,
    /// The input without the answer and the outputs of its calls.
    pub(super) rest: Vec<Raw>,
}

/// A whole answer without a trace.
#[derive(Debug)]
pub(super) struct Untraced {
    /// Index of its first item.
    pub(super) start: usize,
    /// The texts of its messages.
    pub(super) said: Vec<String>,
}

fn is_said(item: &Item) -> bool {
    item.kind() == Kind::Message && item.role() == Some("assistant")
}

fn made_by_a_model(raw: &Raw) -> bool {
    let item = raw.item();
    match item.kind() {
        Kind::Message => is_said(&item),
        Kind::Text | Kind::CompactionTrigger | Kind::Other => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Carrier, History, Lost, Position};
    use crate::wire::Raw;
    use serde_json::{Value, json};

    fn raws(items: &[Value]) -> Vec<Raw> {
        items.iter().map(Raw::from_value).collect()
    }

    fn newest(items: &[Value]) -> Result<Option<Carrier>, Lost> {
        History::of(&raws(items)).newest().map(|carrier| carrier.cloned())
    }

    fn carrier() -> Carrier {
        let position = Position { step: 12, fallbacks: 1 };
        Carrier { chain: "3fa9c2d01b77".into(), index: 0, count: 2, position }
    }

    fn at(index: usize, count: usize) -> Carrier {
        Carrier { index, count, ..carrier() }
    }

    fn call(carrier: &Carrier) -> Value {
        json!({"type": "function_call", "call_id": format!("call_{carrier}"), "arguments": "{}"})
    }

    fn output(carrier: &Carrier) -> Value {
        json!({"type": "function_call_output", "call_id": format!("call_{carrier}"), "output": ""})
    }

    #[test]
    fn an_id_says_where_it_stands() {
        assert_eq!(newest(&[output(&carrier())]), Ok(Some(carrier())));
    }

    #[test]
    fn a_summary_carries_it_in_its_last_line() {
        let text = format!("Summary:\nall is well\n{}", carrier().line());
        assert_eq!(newest(&[json!({"role": "user", "content": text})]), Ok(Some(carrier())));
    }

    #[test]
    fn a_blob_carries_it_in_its_first_line() {
        let blob = crate::recording::seal::seal(&format!("{}\nkept", carrier().line()));
        let item = json!({"type": "compaction", "encrypted_content": blob});
        assert_eq!(newest(&[item]), Ok(Some(carrier())));
    }

    #[test]
    fn no_answer_yet_and_foreign_ones() {
        assert_eq!(newest(&[json!({"role": "user", "content": "go"})]), Ok(None));
        let foreign = json!({"type": "function_call", "call_id": "call_abc", "id": "fc_1of2"});
        assert_eq!(newest(&[foreign]), Err(Lost));
    }

    #[test]
    fn an_answer_without_a_trace_after_the_newest_carrier_is_lost() {
        let said = json!({"type": "message", "role": "assistant", "content": "Done."});
        let user = json!({"role": "user", "content": "next"});
        let before = [said.clone(), call(&carrier()), output(&carrier()), user.clone()];
        assert_eq!(newest(&before), Ok(Some(carrier())), "a sibling without an id is no harm");
        assert_eq!(newest(&[call(&carrier()), output(&carrier()), said, user]), Err(Lost));
    }

    #[test]
    fn an_echo_counts_to_the_last_item_that_came() {
        let (a, b) = (at(0, 3), at(1, 3));
        let echo = |items: &[Value]| {
            let raws = raws(items);
            let echo = History::of(&raws).without(&a.chain);
            (echo.items, echo.ends_in_item, echo.rest.len())
        };
        let user = json!({"role": "user", "content": "go"});
        assert_eq!(echo(&[user.clone(), call(&a), output(&a)]), (1, false, 1));
        assert_eq!(echo(&[user.clone(), call(&a), output(&a), call(&b)]), (2, true, 1));
        // A window that moved into the answer is no cut stream.
        assert_eq!(echo(&[user, call(&at(2, 3)), output(&at(2, 3))]), (3, false, 1));
    }
}
