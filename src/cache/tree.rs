//! What was sent, as a tree over segments: the longest prefix of any earlier request is one walk.
//!
//! Where requests part, a node has several children. Segments are told apart by digest; bytes are
//! compared only below the last equal segment, so a request costs as much as it has segments plus
//! the bytes of one.

use super::render::Segment;
use super::tokens::count;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::wire::Digest;

/// How much of a rendering is shared, or its whole extent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Equal segments.
    pub segments: usize,
    /// Their bytes, plus the common bytes of the first segment that differs.
    pub bytes: u64,
    /// Their tokens, plus those of the common bytes of the first segment that differs.
    pub tokens: u64,
}

/// The first segment that is new, which other one begins most like it, and with how many bytes.
type Parting<'a> = (&'a Segment, Option<Digest>, usize);

/// All renderings of one thread.
#[derive(Debug)]
pub struct PrefixTree {
    /// The first is the root, whose text is empty.
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    text: Arc<str>,
    children: BTreeMap<Digest, usize>,
}

impl Default for PrefixTree {
    fn default() -> Self {
        Self::new()
    }
}

impl PrefixTree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self { nodes: vec![Node { text: "".into(), children: BTreeMap::new() }] }
    }

    /// The longest prefix that this rendering shares with any inserted one.
    #[must_use]
    pub fn longest(&self, segments: &[Segment]) -> Match {
        let (found, parting) = self.walk(segments);
        match parting {
            Some((segment, _, common)) => found.with_part(segment, common),
            None => found,
        }
    }

    /// Where this rendering leaves all that was inserted: its first segment that is new there, the
    /// digest of the one beside it that begins most like it, and what both have in common.
    #[must_use]
    pub fn parting<'a>(&self, segments: &'a [Segment]) -> Option<(&'a Segment, Digest, Match)> {
        let (segment, other, common) = self.walk(segments).1?;
        Some((segment, other?, Match::default().with_part(segment, common)))
    }

    fn walk<'a>(&self, segments: &'a [Segment]) -> (Match, Option<Parting<'a>>) {
        let mut node = &self.nodes[0];
        let mut found = Match::default();
        for segment in segments {
            let Some(&child) = node.children.get(&segment.digest) else {
                let common = node
                    .children
                    .iter()
                    .map(|(digest, &child)| {
                        (common_bytes(digest, &self.nodes[child].text, segment), digest)
                    })
                    .max();
                let (common, other) =
                    common.map_or((0, None), |(common, other)| (common, Some(*other)));
                return (found, Some((segment, other, common)));
            };
            found = found.with_whole(segment);
            node = &self.nodes[child];
        }
        (found, None)
    }

    /// Adds a rendering.
    pub fn insert(&mut self, segments: &[Segment]) {
        let mut at = 0;
        for segment in segments {
            let next = self.nodes.len();
            let child = *self.nodes[at].children.entry(segment.digest).or_insert(next);
            if child == next {
                self.nodes.push(Node { text: segment.text.clone(), children: BTreeMap::new() });
            }
            at = child;
        }
    }
}

impl Match {
    fn with_whole(self, segment: &Segment) -> Self {
        Self {
            segments: self.segments + 1,
            bytes: self.bytes + segment.bytes(),
            tokens: self.tokens + segment.tokens,
        }
    }

    /// Tokens are counted up to the last whole character, and never more than the segment has:
    /// the beginning of an image or a blob has more tokens than the image or blob counts.
    /// What stands for a value that was left out has nothing in common with another but as a whole.
    /// Of an item without its text it is noted.
    fn with_part(self, segment: &Segment, common: usize) -> Self {
        if let Some(noted) = segment.beginnings() {
            let bytes = common as u64;
            let tokens = noted.values().find(|one| one.bytes == bytes).map_or(0, |one| one.tokens);
            return Self { bytes: self.bytes + bytes, tokens: self.tokens + tokens, ..self };
        }
        let common = if segment.stands_in() { 0 } else { common };
        let mut whole = common;
        while !segment.text.is_char_boundary(whole) {
            whole -= 1;
        }
        let tokens = count(&segment.text[..whole]).min(segment.tokens);
        Self { bytes: self.bytes + common as u64, tokens: self.tokens + tokens, ..self }
    }
}

/// How many bytes a segment has in common with the one of this digest and text.
fn common_bytes(digest: &Digest, text: &str, segment: &Segment) -> usize {
    match segment.beginnings() {
        Some(noted) => noted.get(digest).map_or(0, |common| common.bytes as usize),
        None => equal_bytes(text, &segment.text),
    }
}

fn equal_bytes(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// The prefix that `later` shares with `earlier`.
#[must_use]
pub fn shared(earlier: &[Segment], later: &[Segment]) -> Match {
    let mut found = Match::default();
    for (at, segment) in later.iter().enumerate() {
        match earlier.get(at) {
            Some(other) if other.digest == segment.digest => found = found.with_whole(segment),
            Some(other) => {
                let common = common_bytes(&other.digest, &other.text, segment);
                return found.with_part(segment, common);
            }
            None => break,
        }
    }
    found
}

/// The extent of a whole rendering.
#[must_use]
pub fn total(segments: &[Segment]) -> Match {
    segments.iter().fold(Match::default(), Match::with_whole)
}

#[cfg(test)]
mod tests {
    use super::{Match, PrefixTree, shared, total};
    use crate::cache::{Segment, count, render};
    use crate::wire::Request;
    use proptest::prelude::*;

    /// A request with one user message a text.
    fn request(texts: &[&str]) -> Vec<Segment> {
        let input: Vec<_> =
            texts.iter().map(|text| serde_json::json!({"role": "user", "content": text})).collect();
        let body = serde_json::json!({ "input": input }).to_string();
        render(&Request::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn equal_segments_and_the_common_bytes_of_the_next() {
        let mut tree = PrefixTree::new();
        assert_eq!(tree.longest(&request(&["a"])), Match::default());
        tree.insert(&request(&["a", "one two three"]));
        tree.insert(&request(&["a", "one four"]));
        let asked = request(&["a", "one two nine", "b"]);
        let part = "{\"role\":\"user\",\"content\":\"one two ";
        assert_eq!(
            tree.longest(&asked),
            Match {
                segments: 1,
                bytes: asked[0].bytes() + part.len() as u64,
                tokens: asked[0].tokens + count(part),
            }
        );
    }

    #[test]
    fn a_split_character_counts_as_bytes_but_not_as_tokens() {
        // é is c3 a9, è is c3 a8.
        let (a, b) = (request(&["é"]), request(&["è"]));
        let part = "{\"role\":\"user\",\"content\":\"";
        let expected = Match { segments: 0, bytes: part.len() as u64 + 1, tokens: count(part) };
        assert_eq!(shared(&a, &b), expected);
    }

    #[test]
    fn an_extension_and_a_repetition_share_everything() {
        let (short, long) = (request(&["a"]), request(&["a", "b"]));
        assert_eq!(shared(&short, &long), total(&short));
        assert_eq!(shared(&long, &short), total(&short));
        let mut tree = PrefixTree::new();
        tree.insert(&long);
        assert_eq!(tree.longest(&long), total(&long));
        assert_eq!(tree.longest(&short), total(&short));
    }

    fn bytes_of(segments: &[Segment]) -> Vec<u8> {
        segments.iter().flat_map(|segment| segment.text.bytes()).collect()
    }

    proptest! {
        /// Against a byte comparison of whole renderings with every earlier one.
        #[test]
        fn agrees_with_a_naive_byte_comparison(
            session in prop::collection::vec(
                prop::collection::vec("[abé世]{0,3}", 0..6), 1..12)
        ) {
            let mut tree = PrefixTree::new();
            let mut earlier: Vec<Vec<u8>> = Vec::new();
            let mut renderings: Vec<Vec<Segment>> = Vec::new();
            for texts in &session {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let segments = request(&texts);
                let bytes = bytes_of(&segments);
                let naive = earlier
                    .iter()
                    .map(|old| old.iter().zip(&bytes).take_while(|(a, b)| a == b).count())
                    .max()
                    .unwrap_or(0);
                let found = tree.longest(&segments);
                prop_assert_eq!(found.bytes, naive as u64);
                let pairwise = renderings.iter().map(|old| shared(old, &segments).bytes).max();
                prop_assert_eq!(found.bytes, pairwise.unwrap_or(0));
                prop_assert!(found.tokens <= total(&segments).tokens);
                prop_assert_eq!(total(&segments).bytes, bytes.len() as u64);
                tree.insert(&segments);
                earlier.push(bytes);
                renderings.push(segments);
            }
        }
    }
}
