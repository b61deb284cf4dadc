//! How much of a rendering: segments, bytes, tokens.

use super::render::Segment;
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

impl Match {
    pub(super) fn with_whole(self, segment: &Segment) -> Self {
        Self {
            segments: self.segments + 1,
            bytes: self.bytes + segment.bytes(),
            tokens: self.tokens + segment.tokens,
        }
    }

    /// Tokens are counted up to the last whole character.
    /// What stands for a value that was left out has nothing in common with another but as a whole.
    /// Of an item without its text it is noted.
    pub(super) fn with_part(self, segment: &Segment, common: usize) -> Self {
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
        let tokens = segment.tokens_to(whole);
        Self { bytes: self.bytes + common as u64, tokens: self.tokens + tokens, ..self }
    }

    /// Both, one behind the other.
    pub(super) fn and(self, behind: Self) -> Self {
        Self {
            segments: self.segments + behind.segments,
            bytes: self.bytes + behind.bytes,
            tokens: self.tokens + behind.tokens,
        }
    }

    /// The shorter of two beginnings of the same text.
    pub(super) fn at_most(self, other: Self) -> Self {
        if other.bytes < self.bytes { other } else { self }
    }
}

/// How many bytes a segment has in common with the one of this digest and text.
pub(super) fn common_bytes(digest: &Digest, text: &str, segment: &Segment) -> usize {
    match segment.beginnings() {
        Some(noted) => noted.get(digest).map_or(0, |common| common.bytes as usize),
        None => equal_bytes(text, &segment.text),
    }
}

pub(super) fn equal_bytes(a: &str, b: &str) -> usize {
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
