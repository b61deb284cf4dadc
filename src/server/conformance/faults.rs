//! The models that refuse, always or every other time.

use crate::server::fault::{quota_error, status_error};
use crate::wire::{ApiError, Digest};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How often each request was asked.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<BTreeMap<Digest, u32>>);

impl Attempts {
    /// Counts one more, and gives its number from 1.
    pub(super) fn count(&self, request: Digest) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(request).or_default();
        *count += 1;
        *count
    }
}

/// What goes wrong.
#[derive(Debug)]
pub(super) enum Fault {
    /// An HTTP error.
    Status(ApiError),
    /// The history is too long: a failed response in a stream, where alone Codex understands it,
    /// and an HTTP error elsewhere.
    ContextWindow(ApiError),
}

/// The fault of a model; `attempt` counts this request, and is asked only by those that recover.
pub(super) fn of(model: &str, attempt: impl FnOnce() -> u32) -> Option<Fault> {
    let error = match model {
        "conf-401" => status_error(401),
        "conf-404" => status_error(404),
        "conf-quota" => quota_error(),
        "conf-429" => every_other(429, attempt)?,
        "conf-500" => every_other(500, attempt)?,
        "conf-503" => every_other(503, attempt)?,
        "conf-enc" => ApiError::invalid(
            "invalid_encrypted_content",
            "The encrypted content gAAA... could not be verified. Reason: Encrypted content could \
             not be decrypted or parsed.",
        ),
        "conf-ctx" => {
            let told = "Your input exceeds the context window of this model. Please adjust your \
                        input and try again.";
            let error = ApiError::invalid("context_length_exceeded", told).with_param("input");
            return Some(Fault::ContextWindow(error));
        }
        _ => return None,
    };
    Some(Fault::Status(error))
}

/// Odd attempts fail.
fn every_other(status: u16, attempt: impl FnOnce() -> u32) -> Option<ApiError> {
    (attempt() % 2 == 1).then(|| status_error(status))
}
