//! Secrets in texts: found by their shape, by where they stand, and inside base64 and URL-encoded
//! text; replaced by placeholders of the same length.
//!
//! A false alarm costs as much trust as a miss, and what surrounds an agent is full of random-looking
//! text that is no secret: call ids, UUIDs, hashes, sealed blobs, images. So randomness alone is no
//! finding. Either the text has the shape of a known kind of key, or it stands where secrets stand
//! (`password=`, `Authorization:`, the user part of a URL) and looks like one.
//!
//! Texts are looked at as they lie in a file: JSON escapes (`\n` before a key) are boundaries, and
//! neither a finding nor a placeholder ever cuts one. A placeholder depends on the secret alone, so
//! that equal secrets stay equal everywhere: in a recording, in another one, and in the live request
//! that is matched against it. A digest goes into it only where the secret is too random to be
//! guessed from one.

mod contexts;
mod encoded;
mod mask;
mod pem;
mod placeholder;
mod random;
mod shapes;
#[cfg(test)]
mod tests;

pub use mask::Unseen;
pub use placeholder::placeholder;

use std::borrow::Cow;
use std::ops::Range;

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What it is, in words: `OpenAI key`, `password`, ..
    pub kind: &'static str,
    /// Where it stands, in bytes of the text; of encoded text, the part that encodes it.
    pub range: Range<usize>,
    /// How it is written there.
    pub form: Form,
}

/// How a secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it is.
    Plain,
    /// Inside base64.
    Base64,
    /// Inside text with `%XX`.
    Url,
}

/// A finder of secrets: those of any shape, and those that the caller knows of.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The longest first.
    literals: Vec<String>,
}

/// Shorter values are no keys, and would be found in the middle of words.
const SHORTEST_LITERAL: usize = 8;

/// How often an encoded text is looked for in another one.
const DEPTH: usize = 3;

/// How often a text is looked at again after secrets were replaced in it.
const ROUNDS: usize = 4;

/// A hit and the text that takes its place, of the same length.
#[derive(Clone, Debug)]
struct Found {
    hit: Hit,
    new: String,
}

impl Found {
    fn new(kind: &'static str, text: &str, range: Range<usize>) -> Self {
        let new = placeholder(&text[range.clone()]);
        Self { hit: Hit { kind, range, form: Form::Plain }, new }
    }
}

impl Secrets {
    /// Looks for these values, too, wherever they stand: the key in force, for instance. Values of
    /// fewer than eight bytes are ignored.
    #[must_use]
    pub fn new(literals: impl IntoIterator<Item = String>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for literal in literals.into_iter().filter(|literal| literal.len() >= SHORTEST_LITERAL) {
            let escaped = crate::wire::escape(&literal);
            let inside = escaped[1..escaped.len() - 1].to_owned();
            all.extend([literal, inside]);
        }
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        Self { literals: all }
    }

    /// All secrets of a text, from its beginning to its end; they do not overlap, unless two share a
    /// character of base64.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Hit> {
        self.find(text, DEPTH).into_iter().map(|found| found.hit).collect()
    }

    /// The text with a placeholder for each secret, and the secrets. Length, line breaks and the
    /// validity of JSON around a secret stay; a second pass finds nothing.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> (Cow<'a, str>, Vec<Hit>) {
        let mut new = Cow::Borrowed(text);
        let mut hits = Vec::new();
        // What was replaced may have hidden something: `REDACTED` behind a key, that makes the
        // whole look like a placeholder.
        for _ in 0..ROUNDS {
            let found = self.find(&new, DEPTH);
            if found.is_empty() {
                break;
            }
            new = Cow::Owned(put(&new, &found));
            hits.extend(found.into_iter().map(|found| found.hit));
        }
        hits.sort_by_key(|hit: &Hit| hit.range.start);
        (new, hits)
    }

    fn find(&self, text: &str, depth: usize) -> Vec<Found> {
        let mut found = self.known(text);
        found.extend(pem::find(text));
        found.extend(shapes::find(text));
        found.extend(contexts::find(text));
        if depth > 1 {
            found.extend(encoded::find(text, &|inner| self.find(inner, depth - 1)));
        }
        settle(text, found)
    }

    /// The literals, wherever they stand.
    fn known(&self, text: &str) -> Vec<Found> {
        let places = |literal: &String| {
            let places = text.match_indices(literal.as_str());
            let ranges = places.map(|(at, found)| at..at + found.len()).collect::<Vec<_>>();
            ranges.into_iter().map(|range| Found::new("known secret", text, range))
        };
        self.literals.iter().flat_map(places).collect()
    }
}

/// Literals are never shown.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("literals", &self.literals.len()).finish()
    }
}

/// The text with what was found replaced.
fn put(text: &str, found: &[Found]) -> String {
    let mut new = String::with_capacity(text.len());
    for Found { hit, new: put } in found {
        let from = hit.range.start.max(new.len());
        new.push_str(&text[new.len()..from]);
        new.push_str(&put[from - hit.range.start..]);
    }
    new.push_str(&text[new.len()..]);
    new
}

/// Puts findings in order. Of those that stand in one another the outermost is kept; of those that
/// overlap, the later one keeps what is left.
fn settle(text: &str, mut found: Vec<Found>) -> Vec<Found> {
    // Stable: at the same place, the finder that came first says what it is.
    found.sort_by_key(|found| (found.hit.range.start, std::cmp::Reverse(found.hit.range.end)));
    let mut settled: Vec<Found> = Vec::new();
    for next in found {
        let end = settled.last().map_or(0, |last| last.hit.range.end);
        let range = next.hit.range.clone();
        if range.start >= end || next.hit.form != Form::Plain && range.end > end {
            settled.push(next);
        } else if range.end > end {
            settled.push(Found::new(next.hit.kind, text, end..range.end));
        }
    }
    settled
}
