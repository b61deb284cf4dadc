//! What stands in the place of a secret.

use super::random;
use crate::wire::Digest;

const WORD: &str = "REDACTED";
/// `REDACTED_` and five characters that tell secrets apart.
const MARKED: usize = WORD.len() + 6;
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The placeholder of a secret: `REDACTED_k3f9axxx..`, as long as the secret, of letters, digits and
/// `_`. Where the secret is short or a word, there is no mark of its digest in it, since a digest of
/// something that can be guessed gives it away.
#[must_use]
pub fn placeholder(secret: &str) -> String {
    let length = secret.len();
    let word = match length {
        _ if length < WORD.len() => String::new(),
        _ if length >= MARKED && random::is_unguessable(secret) => {
            let mut number = Digest::of(secret).as_u64();
            let mut mark = || {
                let letter = ALPHABET[(number % 32) as usize];
                number /= 32;
                char::from(letter)
            };
            let marks: String = (0..5).map(|_| mark()).collect();
            format!("{WORD}_{marks}")
        }
        _ => WORD.to_owned(),
    };
    format!("{word:x<length$}")
}

/// Whether a value is a placeholder, ours or one of those that people write.
pub(super) fn is_placeholder(value: &str) -> bool {
    value.contains(WORD) || value.bytes().all(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.'))
}
