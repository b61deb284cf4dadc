//! The tree of prompts, against comparisons of whole renderings.

use super::part::Part;
use super::prompts::meeting;
use super::{Match, Presence, Prompts, Segment, count, render, shared, total};
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
    let mut tree = Prompts::new();
    assert_eq!(tree.intern(&request(&["a"])).prefix, Match::default());
    tree.intern(&request(&["a", "one two three"]));
    tree.intern(&request(&["a", "one four"]));
    let asked = request(&["a", "one two nine", "b"]);
    let part = "{\"role\":\"user\",\"content\":\"one two ";
    assert_eq!(
        tree.intern(&asked).prefix,
        Match {
            segments: 1,
            bytes: asked[0].bytes() + part.len() as u64,
            tokens: asked[0].tokens + count(part),
        }
    );
}

#[test]
fn a_position_belongs_to_the_first_that_has_it() {
    let mut tree = Prompts::new();
    let [a, b, c] = ["one two three", "one two four", "one two fourteen"]
        .map(|text| tree.intern(&request(&["a", text, "b"])).leaf);
    let [a, b, c] = [a, b, c].map(|leaf| tree.parent(leaf));
    assert_eq!(
        [a, b, c].map(|node| tree.sibling(node).map(|(other, _)| other)),
        [None, Some(a), Some(b)]
    );
    // {"role":"user","content":"one two f
    assert_eq!([34, 35, 38, 39].map(|bytes| tree.owner_of_byte(c, bytes)), [a, b, b, c]);
    let before = tree.total(tree.parent(a)).tokens;
    let part = |text: &str| before + count(&format!("{{\"role\":\"user\",\"content\":\"{text}"));
    assert_eq!(tree.owner_of_token(c, before), Some(tree.parent(a)));
    assert_eq!(tree.owner_of_token(c, before + 1), Some(a));
    assert_eq!(tree.owner_of_token(c, part("one two")), Some(a));
    assert_eq!(tree.owner_of_token(c, tree.total(c).tokens), Some(c));
    assert_eq!(tree.owner_of_token(c, tree.total(c).tokens + 1), None);
    assert_eq!(tree.owner_of_token(c, 0), None);
    assert_eq!(tree.ancestor(c, 1), tree.parent(a));
    assert_eq!(tree.extend(tree.parent(a), &request(&["one two four"])).leaf, b);
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
    let mut tree = Prompts::new();
    tree.intern(&long);
    assert_eq!(tree.intern(&long).prefix, total(&long));
    assert_eq!(tree.intern(&short).prefix, total(&short));
}

/// Two long chains of siblings, each a letter more than the one before, are walked once each.
#[test]
fn chains_of_siblings_are_walked_once() {
    let mut tree = Prompts::new();
    let mut last = |letter: &str| {
        let texts = (1..=200).map(|length| letter.repeat(length));
        let leaves = texts.map(|text| tree.intern(&[Segment::of_letters(Part::User, &text)]).leaf);
        leaves.collect::<Vec<_>>()
    };
    let (a, b) = (last("a"), last("b"));
    let own = |node| (node, tree.own(node));
    let mut steps = 0;
    let mut meet = |one, other| {
        let found = meeting([own(one), own(other)], |node| {
            steps += 1;
            tree.sibling(node)
        });
        (found.map(|common| common.bytes), std::mem::take(&mut steps))
    };
    let (found, steps) = meet(a[199], b[199]);
    assert_eq!(found, None);
    assert!(steps <= 400, "{steps}");
    assert_eq!(meet(b[199], b[99]), (Some(100), 100));
    assert_eq!(meet(a[3], a[3]), (Some(5), 0));
    assert_eq!(tree.common(a[99], a[199]).bytes, 100);
}

fn bytes_of(segments: &[Segment]) -> Vec<u8> {
    segments.iter().flat_map(|segment| segment.text.bytes()).collect()
}

proptest! {
    /// Against a byte comparison of whole renderings with every earlier one, of all threads and
    /// of the request's own.
    #[test]
    fn agrees_with_a_naive_byte_comparison(
        session in prop::collection::vec(
            (0..3_usize, prop::collection::vec("[abé世]{0,3}", 0..6)), 1..16)
    ) {
        let mut tree = Prompts::new();
        let mut known: [Presence; 3] = Default::default();
        let mut leaves = Vec::new();
        let mut earlier: Vec<(usize, Vec<u8>, Vec<Segment>)> = Vec::new();
        for (thread, texts) in &session {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let segments = request(&texts);
            let bytes = bytes_of(&segments);
            let naive = |of: &dyn Fn(usize) -> bool| {
                let those = earlier.iter().filter(|(other, ..)| of(*other));
                let common = |old: &Vec<u8>| {
                    old.iter().zip(&bytes).take_while(|(a, b)| a == b).count() as u64
                };
                those.map(|(_, old, parts)| (common(old), shared(parts, &segments))).fold(
                    Match::default(),
                    |best, (common, pair)| {
                        assert_eq!(common, pair.bytes);
                        if pair.bytes > best.bytes { pair } else { best }
                    },
                )
            };
            let found = tree.intern(&segments);
            prop_assert_eq!(found.prefix, naive(&|_| true));
            let own = known[*thread].longest(&tree, found.leaf);
            prop_assert_eq!(own, naive(&|other| other == *thread));
            prop_assert_eq!(tree.total(found.leaf), total(&segments));
            for (old, (_, _, parts)) in leaves.iter().zip(&earlier) {
                prop_assert_eq!(tree.common(*old, found.leaf), shared(parts, &segments));
            }
            leaves.push(found.leaf);
            prop_assert_eq!(total(&segments).bytes, bytes.len() as u64);
            known[*thread].add(&tree, found.leaf);
            earlier.push((*thread, bytes, segments));
        }
    }
}
