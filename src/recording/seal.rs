//! Sealing of `encrypted_content`: only the harness opens a blob, the agent must bring it back
//! unchanged.
//!
//! AES-SIV (RFC 5297) is deterministic: equal plaintexts give equal blobs, and there is no nonce to
//! reuse. The key is fixed and public: it protects measurements from accidents, not secrets. The
//! `gAAAA` prefix is what real blobs begin with, and clients look at it.

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const PREFIX: &str = "gAAAA";

/// A blob that does not open: changed, cut, or sealed by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the encrypted content could not be verified")]
pub struct SealError;

fn cipher() -> Aes256Siv {
    let mut key = [0u8; 64];
    let half = |part: &str| *blake3::hash(part.as_bytes()).as_bytes();
    key[..32].copy_from_slice(&half("unreel seal v1, authentication"));
    key[32..].copy_from_slice(&half("unreel seal v1, encryption"));
    Aes256Siv::new(&key.into())
}

/// What a blob is bound to: organisation and model, not thread or prefix, since compaction and
/// forks move blobs.
fn bound_to() -> [&'static [u8]; 1] {
    [b"unreel/v1"]
}

/// Seals a text.
#[must_use]
pub fn seal(plaintext: &str) -> String {
    // Encryption fails only for more than 126 associated strings or 64 GiB of text.
    let sealed = cipher().encrypt(bound_to(), plaintext.as_bytes()).unwrap_or_default();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed))
}

/// Opens a blob.
pub fn open(blob: &str) -> Result<String, SealError> {
    let body = blob.strip_prefix(PREFIX).ok_or(SealError)?;
    let sealed = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealError)?;
    let plain = cipher().decrypt(bound_to(), &sealed).map_err(|_| SealError)?;
    String::from_utf8(plain).map_err(|_| SealError)
}

#[cfg(test)]
mod tests {
    use super::{SealError, open, seal};

    #[test]
    fn opens_what_it_sealed_and_gives_equal_blobs() {
        let blob = seal("cap = 37");
        assert!(blob.starts_with("gAAAA") && !blob.contains("cap"));
        assert_eq!(blob, seal("cap = 37"));
        assert_eq!(open(&blob).as_deref(), Ok("cap = 37"));
    }

    #[test]
    fn refuses_every_changed_character_and_every_cut() {
        let blob = seal("cap = 37");
        for at in 0..blob.len() {
            let mut bytes = blob.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character may carry unused bits; the decoder refuses those as well.
            assert_eq!(open(&changed), Err(SealError), "byte {at}");
            assert_eq!(open(&blob[..at]), Err(SealError), "cut at {at}");
        }
    }
}
