//! Errors of this room, and the typed error body of the API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why bytes are not what the protocol wants.
#[derive(Debug, thiserror::Error)]
#[error("{kind}{}", at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default())]
pub struct WireError {
    kind: WireErrorKind,
    at: Option<String>,
}

/// The kinds of [`WireError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireErrorKind {
    /// The text is not JSON.
    #[error("not valid JSON: {0}")]
    Json(String),
    /// The bytes are not UTF-8.
    #[error("not valid UTF-8 from byte {0}")]
    Utf8(usize),
    /// A value of another type than the protocol says.
    #[error("expected {0}")]
    Shape(&'static str),
    /// An event that breaks the legal order.
    #[error("illegal event order: {0}")]
    Order(String),
}

impl WireError {
    pub(super) fn json(error: serde_json::Error) -> Self {
        Self { kind: WireErrorKind::Json(error.to_string()), at: None }
    }

    pub(super) fn utf8(error: &std::str::Utf8Error) -> Self {
        Self { kind: WireErrorKind::Utf8(error.valid_up_to()), at: None }
    }

    pub(super) fn shape(pointer: &str, expected: &'static str) -> Self {
        let at = (!pointer.is_empty()).then(|| pointer.to_owned());
        Self { kind: WireErrorKind::Shape(expected), at }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &WireErrorKind {
        &self.kind
    }

    /// The JSON pointer of the place, where known.
    #[must_use]
    pub fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }
}

/// An error answer: HTTP status and the body `{"error":{message,type,param,code}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// What a person reads.
    pub message: String,
    /// `type` of the error object.
    #[serde(rename = "type")]
    pub kind: String,
    /// The request field at fault.
    pub param: Option<String>,
    /// The code that clients switch on.
    pub code: Option<String>,
}

impl ApiError {
    /// A 400 `invalid_request_error` with a code.
    #[must_use]
    pub fn invalid(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
            kind: "invalid_request_error".into(),
            param: None,
            code: Some(code.into()),
        }
    }

    /// The error of a code that stands in a response or in an event, with the status that HTTP has
    /// for it.
    #[must_use]
    pub fn of_code(code: &str, message: impl Into<String>) -> Self {
        let (status, kind) = match code {
            "rate_limit_exceeded" => (429, "requests"),
            "insufficient_quota" => (429, "insufficient_quota"),
            "server_is_overloaded" | "slow_down" => (503, "service_unavailable_error"),
            "context_length_exceeded" => (400, "invalid_request_error"),
            code if code.starts_with("invalid_") => (400, "invalid_request_error"),
            _ => (500, "server_error"),
        };
        Self { status, kind: kind.into(), ..Self::invalid(code, message) }
    }

    /// The error that a body with an error status tells. Servers and proxies differ in what they
    /// send; what is no error object is taken as the message.
    #[must_use]
    pub fn of_body(status: u16, body: &str) -> Self {
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| value["error"][name].as_str().map(str::to_owned);
        Self {
            status,
            message: text("message").unwrap_or_else(|| body.trim().to_owned()),
            kind: text("type").unwrap_or_default(),
            param: text("param"),
            code: text("code"),
        }
    }

    /// The same, naming the request field at fault.
    #[must_use]
    pub fn with_param(mut self, param: &str) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The JSON body.
    #[must_use]
    pub fn body(&self) -> String {
        json!({"error": {
            "message": self.message, "type": self.kind, "param": self.param, "code": self.code,
        }})
        .to_string()
    }
}
