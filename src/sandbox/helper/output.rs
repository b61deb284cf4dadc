//! What a process said and nobody has taken yet: the first and the last bytes of it, in bounded
//! memory, and the search for a text that somebody waits for.

use std::collections::VecDeque;

/// Output that was taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) bytes: Vec<u8>,
    pub(super) omitted: u64,
    pub(super) omitted_at: usize,
}

/// Head and tail of a stream.
#[derive(Debug)]
pub(super) struct Output {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    omitted: u64,
    head_limit: usize,
    tail_limit: usize,
}

impl Output {
    /// Keeps `limit` bytes, half of them (the odd one too) from the start.
    pub(super) fn new(limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tail_limit = limit / 2;
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            omitted: 0,
            head_limit: limit - tail_limit,
            tail_limit,
        }
    }

    /// More output.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        // Behind a gap, or once the tail has begun, the head is closed.
        let open = self.omitted == 0 && self.tail.is_empty();
        let room = if open { self.head_limit.saturating_sub(self.head.len()) } else { 0 };
        let (first, rest) = bytes.split_at(bytes.len().min(room));
        self.head.extend(first);
        // Only the end of a long piece can survive.
        let skipped = rest.len().saturating_sub(self.tail_limit);
        let rest = &rest[skipped..];
        let cut = (self.tail.len() + rest.len()).saturating_sub(self.tail_limit);
        self.tail.drain(..cut);
        self.omitted += (skipped + cut) as u64;
        self.tail.extend(rest);
    }

    /// Everything so far; starts again.
    pub(super) fn take(&mut self) -> Taken {
        let omitted_at = if self.omitted > 0 { self.head.len() } else { 0 };
        let mut bytes = std::mem::take(&mut self.head);
        bytes.extend(std::mem::take(&mut self.tail));
        Taken { bytes, omitted: std::mem::take(&mut self.omitted), omitted_at }
    }

    /// The last bytes, fewer than `length`: what a text cut by reads may begin in.
    pub(super) fn end(&self, length: usize) -> Vec<u8> {
        let whole = self.omitted == 0;
        let head = if whole { self.head.as_slice() } else { &[] };
        let from = (head.len() + self.tail.len()).saturating_sub(length.saturating_sub(1));
        head.iter().chain(&self.tail).skip(from).copied().collect()
    }

    /// Everything up to the end of the first `text` that is still there; `None` if there is none.
    pub(super) fn take_to(&mut self, text: &[u8]) -> Option<Taken> {
        let mut taken = self.take();
        let gap = if taken.omitted > 0 { taken.omitted_at } else { taken.bytes.len() };
        let end = end_of(&taken.bytes[..gap], text)
            .or_else(|| end_of(&taken.bytes[gap..], text).map(|end| gap + end));
        match end {
            Some(end) if end <= gap && taken.omitted > 0 => {
                // The gap stays behind: its bytes are counted again with what follows.
                let rest = taken.bytes.split_off(end);
                self.restore(Taken {
                    bytes: rest,
                    omitted: taken.omitted,
                    omitted_at: taken.omitted_at - end,
                });
                Some(Taken { bytes: taken.bytes, omitted: 0, omitted_at: 0 })
            }
            Some(end) => {
                let rest = taken.bytes.split_off(end);
                self.push(&rest);
                Some(taken)
            }
            None => {
                self.restore(taken);
                None
            }
        }
    }

    fn restore(&mut self, taken: Taken) {
        let mut head = taken.bytes;
        let at = if taken.omitted > 0 { taken.omitted_at } else { head.len().min(self.head_limit) };
        self.tail = head.split_off(at).into();
        self.head = head;
        self.omitted = taken.omitted;
    }
}

/// Looks for a text in a stream that comes in pieces.
#[derive(Debug)]
pub(super) struct Search {
    text: Vec<u8>,
    /// The end of what has passed, one byte shorter than the text.
    passed: Vec<u8>,
}

impl Search {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.as_bytes().to_vec(), passed: Vec::new() }
    }

    /// What passed before the first piece, if it was searched already.
    pub(super) fn resume(&mut self, passed: &[u8]) {
        self.passed = passed.to_vec();
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// How many bytes of this piece the first hit needs; `None` while there is none.
    pub(super) fn push(&mut self, piece: &[u8]) -> Option<usize> {
        let before = self.passed.len();
        self.passed.extend(piece);
        if let Some(end) = end_of(&self.passed, &self.text) {
            return Some(end.saturating_sub(before));
        }
        let keep = self.text.len().saturating_sub(1).min(self.passed.len());
        self.passed.drain(..self.passed.len() - keep);
        None
    }
}

fn end_of(bytes: &[u8], text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    bytes.windows(text.len()).position(|window| window == text).map(|at| at + text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(taken: &Taken) -> (&str, u64, usize) {
        (std::str::from_utf8(&taken.bytes).unwrap(), taken.omitted, taken.omitted_at)
    }

    #[test]
    fn head_and_tail_are_kept() {
        let mut output = Output::new(7);
        output.push(b"abcdefghijklmnop");
        assert_eq!(text(&output.take()), ("abcdnop", 9, 4));
        output.push(b"xy");
        assert_eq!(text(&output.take()), ("xy", 0, 0));
    }

    #[test]
    fn taking_to_a_text_leaves_the_rest() {
        let mut output = Output::new(100);
        output.push(b"one> two> three");
        assert_eq!(text(&output.take_to(b"> ").unwrap()), ("one> ", 0, 0));
        assert_eq!(text(&output.take_to(b"> ").unwrap()), ("two> ", 0, 0));
        assert_eq!(output.take_to(b"> "), None);
        assert_eq!(text(&output.take()), ("three", 0, 0));
    }

    #[test]
    fn a_text_across_the_gap_is_no_hit() {
        let mut output = Output::new(8);
        output.push(b"abcd----efgh");
        assert_eq!(output.take_to(b"de"), None);
        assert_eq!(text(&output.take_to(b"b").unwrap()), ("ab", 0, 0));
        output.push(b"i");
        assert_eq!(text(&output.take_to(b"h").unwrap()), ("cdfgh", 5, 2));
        assert_eq!(text(&output.take()), ("i", 0, 0));
    }

    #[test]
    fn a_search_sees_a_text_cut_by_reads() {
        let mut search = Search::new("ready");
        assert_eq!(search.push(b"not re"), None);
        assert_eq!(search.push(b"ad"), None);
        assert_eq!(search.push(b"y now"), Some(1));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..60),
                                limit in 0u64..40, size in 1usize..9) {
            let mut whole = Output::new(limit);
            whole.push(&bytes);
            let mut pieces = Output::new(limit);
            bytes.chunks(size).for_each(|piece| pieces.push(piece));
            let (whole, pieces) = (whole.take(), pieces.take());
            prop_assert_eq!(whole.omitted as usize + whole.bytes.len(), bytes.len());
            prop_assert_eq!(whole, pieces);
        }
    }
}
