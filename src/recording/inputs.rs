//! Inputs by reference: an input is written as runs over the inputs of earlier exchanges plus
//! single items, so that appending, windows, clearing and forks all stay linear on disk.

use crate::wire::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an input item is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputRef {
    /// Items `from..to` of the input of an earlier exchange: `[exchange, from, to]`.
    Run(u32, u32, u32),
    /// A single item, by content.
    Item(Digest),
}

/// The inputs seen so far; turns digests into references and back.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    seen: Vec<Vec<Digest>>,
    /// Where each item stood last: exchange and position.
    last: BTreeMap<Digest, (u32, u32)>,
    /// How many of the last inputs may be referred to; all of them where nothing is said.
    window: Option<usize>,
}

impl Inputs {
    /// Remembers the last `window` inputs only: for writing more than memory holds.
    #[must_use]
    pub fn within(window: usize) -> Self {
        Self { window: Some(window), ..Self::default() }
    }

    /// Writes `input` as references and remembers it as the next exchange.
    pub fn encode(&mut self, input: &[Digest]) -> Vec<InputRef> {
        let mut refs = Vec::new();
        let mut at = 0;
        while at < input.len() {
            let Some((exchange, from)) = self.last.get(&input[at]).copied() else {
                refs.push(InputRef::Item(input[at]));
                at += 1;
                continue;
            };
            let earlier = &self.seen[exchange as usize][from as usize..];
            let equal = earlier.iter().zip(&input[at..]).take_while(|(a, b)| a == b).count();
            if equal == 1 {
                refs.push(InputRef::Item(input[at]));
            } else {
                refs.push(InputRef::Run(exchange, from, from + equal as u32));
            }
            at += equal;
        }
        self.remember(input.to_vec());
        refs
    }

    /// Resolves references and remembers the result as the next exchange. `None` if a run points
    /// outside of what came before.
    pub fn decode(&mut self, refs: &[InputRef]) -> Option<Vec<Digest>> {
        let mut input = Vec::new();
        for reference in refs {
            match reference {
                InputRef::Item(digest) => input.push(*digest),
                InputRef::Run(exchange, from, to) => {
                    let earlier = self.seen.get(*exchange as usize)?;
                    input.extend_from_slice(earlier.get(*from as usize..*to as usize)?);
                }
            }
        }
        self.remember(input.clone());
        Some(input)
    }

    fn remember(&mut self, input: Vec<Digest>) {
        let exchange = self.seen.len() as u32;
        for (at, digest) in input.iter().enumerate() {
            self.last.insert(*digest, (exchange, at as u32));
        }
        self.seen.push(input);
        let Some(window) = self.window else { return };
        let Some(old) = self.seen.len().checked_sub(window + 1) else { return };
        for digest in std::mem::take(&mut self.seen[old]) {
            if self.last.get(&digest).is_some_and(|(exchange, _)| *exchange as usize == old) {
                self.last.remove(&digest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InputRef, Inputs};
    use crate::wire::Digest;
    use proptest::prelude::*;

    fn digests(names: &[u32]) -> Vec<Digest> {
        names.iter().map(|name| Digest::of(name.to_le_bytes())).collect()
    }

    #[test]
    fn appending_costs_one_run_and_the_new_items() {
        let mut inputs = Inputs::default();
        inputs.encode(&digests(&[1, 2, 3]));
        let refs = inputs.encode(&digests(&[1, 2, 3, 4]));
        assert_eq!(refs, [InputRef::Run(0, 0, 3), InputRef::Item(digests(&[4])[0])]);
    }

    proptest! {
        /// Sequences of any shape (appending, windows, clearing, forks are all such sequences).
        #[test]
        fn decodes_to_what_was_encoded(
            all in prop::collection::vec(prop::collection::vec(0u32..12, 0..20), 1..12),
            window in prop::option::of(1usize..4),
        ) {
            let mut writer = window.map_or_else(Inputs::default, Inputs::within);
            let mut reader = Inputs::default();
            for names in &all {
                let input = digests(names);
                let refs = writer.encode(&input);
                prop_assert_eq!(reader.decode(&refs), Some(input));
            }
        }
    }
}
