//! Error statuses with the bodies that real ones have, and those among them that are injected.

use crate::scenario::FaultKind;
use crate::wire::ApiError;

/// Stands in the message of every injected error, so that a reader, and a restarted server, can
/// tell it from a refusal.
const MARK: &str = "injected fault";

/// The error that a fault puts in the place of an answer, and its name; `None` where it lets the
/// answer begin.
pub(super) fn injected(fault: &FaultKind) -> Option<(ApiError, String)> {
    let (mut error, name) = match fault {
        FaultKind::CutAfterItems(_) => return None,
        FaultKind::Status(status) => (status_error(*status), format!("fault: status {status}")),
        FaultKind::Quota => (quota_error(), "fault: quota".to_owned()),
    };
    error.message = format!("{} ({MARK}, status {})", error.message, error.status);
    Some((error, name))
}

/// Whether an error came from [`injected`].
pub(super) fn is_injected(error: &ApiError) -> bool {
    error.message.ends_with(&format!("({MARK}, status {})", error.status))
}

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
        message: told.to_owned(),
        kind: kind.into(),
        param: (status == 404).then(|| "model".to_owned()),
        code: code.map(str::to_owned),
    }
}

/// The other 429: no credit is left.
pub(super) fn quota_error() -> ApiError {
    ApiError::of_code(
        "insufficient_quota",
        "you exceeded your current quota; check your plan and billing details",
    )
}
