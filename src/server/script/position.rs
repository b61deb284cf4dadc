//! How a script's position travels: `call_<chain>_<i>of<n>_s<step>f<fallbacks>` in ids, and the
//! same behind `[unreel:` in the first line of a blob or the last line of a summary.

use crate::recording::seal;
use crate::wire::{Item, Kind, Raw};
use std::collections::BTreeSet;
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
        if item.kind() == Kind::Compaction {
            let plain = seal::open(item.encrypted_content()?).ok()?;
            return Self::in_text(&plain);
        }
        (item.role() == Some("user")).then(|| Self::in_text(&item.text())).flatten()
    }

    fn in_text(text: &str) -> Option<Self> {
        let line = text.lines().rev().find(|line| line.starts_with("[unreel:"))?;
        Self::parse(line.strip_prefix("[unreel:")?.strip_suffix(']')?)
    }
}

/// The carrier that stands last in the input.
pub(super) fn newest(input: &[Raw]) -> Option<Carrier> {
    input.iter().rev().find_map(|raw| Carrier::of_item(&raw.item()))
}

/// How much of an answer the input shows, and the input without it.
pub(super) struct Echo {
    pub(super) items: usize,
    pub(super) rest: Vec<Raw>,
}

/// Takes the items of the answer `chain`, and the outputs of its calls, out of the input.
pub(super) fn echoed(input: &[Raw], chain: &str) -> Echo {
    let mut seen = BTreeSet::new();
    let mut rest = Vec::new();
    for raw in input {
        match Carrier::of_item(&raw.item()) {
            Some(carrier) if carrier.chain == chain => {
                seen.insert(carrier.index);
            }
            _ => rest.push(raw.clone()),
        }
    }
    Echo { items: seen.len(), rest }
}

#[cfg(test)]
mod tests {
    use super::{Carrier, Position, newest};
    use crate::wire::Raw;

    fn carrier() -> Carrier {
        let position = Position { step: 12, fallbacks: 1 };
        Carrier { chain: "3fa9c2d01b77".into(), index: 0, count: 2, position }
    }

    #[test]
    fn an_id_says_where_it_stands() {
        let item = format!(r#"{{"type":"function_call_output","call_id":"call_{}"}}"#, carrier());
        assert_eq!(newest(&[Raw::parse(&item).unwrap()]), Some(carrier()));
    }

    #[test]
    fn a_summary_carries_it_in_its_last_line() {
        let text = format!("Summary:\\nall is well\\n{}", carrier().line());
        let item = format!(r#"{{"role":"user","content":"{text}"}}"#);
        assert_eq!(newest(&[Raw::parse(&item).unwrap()]), Some(carrier()));
    }

    #[test]
    fn foreign_ids_carry_nothing() {
        let item = r#"{"type":"function_call","call_id":"call_abc","id":"fc_1of2"}"#;
        assert_eq!(newest(&[Raw::parse(item).unwrap()]), None);
    }
}
