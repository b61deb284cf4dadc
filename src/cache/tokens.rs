//! Token counts in o200k, the vocabulary of current OpenAI models.
//!
//! Texts are counted one segment at a time, never as one concatenated prompt: BPE merges across
//! seams, so that appending would change the tokens before it. Counts are remembered by content
//! for the whole process: a session sends the same items again with every request.

use crate::wire::Digest;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// How many counts are remembered; all are forgotten when one more comes. 32 bytes each.
const REMEMBERED: usize = 1 << 16;

/// A pure memo: what it holds depends on the past of the process, what `count` gives does not.
static MEMO: LazyLock<Mutex<HashMap<Digest, u64>>> = LazyLock::new(Mutex::default);

/// How texts become numbers of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tokenizer {
    /// [`count`].
    #[default]
    O200k,
    /// A token for every four bytes, begun or whole: an estimate that needs no vocabulary.
    Bytes4,
}

impl Tokenizer {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 2] = [(Self::O200k, "o200k"), (Self::Bytes4, "bytes4")];

    /// The name on the command line and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// The tokens of a text.
    #[must_use]
    pub fn count(self, text: &str) -> u64 {
        match self {
            Self::O200k => count(text),
            Self::Bytes4 => (text.len() as u64).div_ceil(4),
        }
    }
}

/// The o200k tokens of a text, special tokens read as plain text.
#[must_use]
pub fn count(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let key = Digest::of(text);
    let memo = || MEMO.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&known) = memo().get(&key) {
        return known;
    }
    let tokens = bpe_openai::o200k_base().count(text) as u64;
    let mut memo = memo();
    if memo.len() >= REMEMBERED {
        memo.clear();
    }
    memo.insert(key, tokens);
    tokens
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_as_the_second_implementation_does() {
        let other = tiktoken_rs::o200k_base_singleton();
        for text in
            ["", "a", "hello world", "Grüße, 世界 👋\n\n  x", "<|endoftext|>", "{\"a\":[1,2]}\n"]
        {
            assert_eq!(count(text), other.count_ordinary(text) as u64, "{text:?}");
            assert_eq!(count(text), count(text), "the second time from the memo");
        }
        assert_eq!(count("hello world"), 2);
    }
}
