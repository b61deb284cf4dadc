//! Whoever may say that nothing more is to be sent.

use crate::server::reply::Reply;
use crate::wire::ApiError;

/// Asked before a request goes to the upstream, and before a WebSocket is opened there.
pub trait Gate: Send + Sync + std::fmt::Debug {
    /// Lets one request pass, which counts from then on; or says why not.
    ///
    /// # Errors
    /// Why not.
    fn admit(&self) -> Result<(), String>;

    /// Whether a WebSocket may be opened. What passes on it is not held up: its requests count when
    /// they are answered.
    ///
    /// # Errors
    /// Why not.
    fn open(&self) -> Result<(), String>;
}

/// What a client is told then. With 400, because agents repeat what a server could not do.
pub(super) fn refusal(why: &str) -> Reply {
    let error = ApiError::invalid("limit_reached", format!("unreel: {why}; nothing was sent"));
    Reply::error(&[b"limit"], &error)
}
