//! Injected error statuses, with the bodies and headers that real ones have.

use crate::wire::ApiError;

/// Stands in the message of every injected error, so that a reader, and a restarted server, can
/// tell it from a refusal.
const MARK: &str = "injected fault";

/// Milliseconds that clients are asked to wait: few, so that runs are fast, and fixed.
const RETRY_AFTER_MS: &str = "5";

/// The error of a status.
pub(super) fn status_error(status: u16) -> ApiError {
    let (kind, code, told) = match status {
        400 => ("invalid_request_error", None, "the request was refused"),
        401 => ("invalid_request_error", Some("invalid_api_key"), "the API key is not valid"),
        403 => ("invalid_request_error", None, "access is not allowed"),
        404 => ("invalid_request_error", Some("model_not_found"), "there is no such model"),
        408 => ("timeout", None, "the request took too long"),
        409 => ("invalid_request_error", None, "the request conflicts with another"),
        // Codex reads the time to wait out of exactly these words.
        429 => ("requests", Some("rate_limit_exceeded"), "rate limit; please try again in 5ms"),
        503 => {
            ("service_unavailable_error", Some("server_is_overloaded"), "the server is overloaded")
        }
        500.. => ("server_error", Some("server_error"), "the server failed"),
        _ => ("invalid_request_error", None, "the request was refused"),
    };
    ApiError {
        status,
        message: format!("{told} ({MARK}, status {status})"),
        kind: kind.into(),
        param: None,
        code: code.map(str::to_owned),
    }
}

/// Headers beside the error body.
pub(super) fn status_headers(status: u16) -> Vec<(&'static str, String)> {
    match status {
        429 | 503 => vec![("retry-after-ms", RETRY_AFTER_MS.into())],
        _ => Vec::new(),
    }
}

/// Whether an error came from [`status_error`].
pub(super) fn is_injected(error: &ApiError) -> bool {
    error.message.ends_with(&format!("({MARK}, status {})", error.status))
}
