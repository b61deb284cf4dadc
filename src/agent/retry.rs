//! What is worth sending again, and after how long.
//!
//! Requests and streams are retried separately, and a deterministic refusal never: where Codex
//! sends up to 30 times for a persistent 5xx, this loop sends 5 times. Waits are virtual (they are
//! journaled, and slept only where the server is a live one), so there is no jitter.

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Retries of one HTTP request.
pub(super) const REQUEST_RETRIES: u32 = 4;
/// Retries of one sampling whose stream was cut.
pub(super) const STREAM_RETRIES: u32 = 5;
/// Retries of a compaction whose stream was cut: its prompt is the largest of the session.
pub(super) const COMPACTION_RETRIES: u32 = 2;

/// What to do about a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// Send again after so many virtual milliseconds.
    Again { wait_ms: u64, reason: String },
    /// Give up.
    Fatal {
        reason: String,
        /// The context is larger than the model takes: the next turn compacts first.
        too_long: bool,
    },
}

/// Codes that say the same however often one asks.
const FATAL: [&str; 10] = [
    "insufficient_quota",
    "usage_not_included",
    "usage_limit_reached",
    "invalid_prompt",
    "cyber_policy",
    "misalignment_policy_violation",
    "bio_policy",
    "server_is_overloaded",
    "slow_down",
    TOO_LONG,
];
const TOO_LONG: &str = "context_length_exceeded";

/// 200 ms, doubled with every attempt (from 1).
pub(super) fn backoff(attempt: u32) -> u64 {
    200 << attempt.saturating_sub(1).min(16)
}

/// Judges an HTTP status other than 200.
pub(super) fn status(status: u16, retry_after_ms: Option<u64>, body: &str, attempt: u32) -> Advice {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |field: &str| parsed["error"][field].as_str().unwrap_or_default();
    let code = if text("code").is_empty() { text("type") } else { text("code") };
    let message = if text("message").is_empty() { body.trim() } else { text("message") };
    let mut reason = format!("HTTP {status}");
    for part in [code, message] {
        if !part.is_empty() {
            reason.push_str(if part == message { ": " } else { " " });
            reason.push_str(part);
        }
    }
    // An overloaded server answers 503, which is worth another try, unlike the same code in a
    // stream: that one has been through the server's own queue.
    let again = status == 408 || status >= 500 || (status == 429 && !FATAL.contains(&code));
    match again {
        true => {
            let asked = retry_after_ms.or_else(|| try_again_in(message));
            Advice::Again { wait_ms: asked.unwrap_or_else(|| backoff(attempt)), reason }
        }
        false => Advice::Fatal { reason, too_long: code == TOO_LONG },
    }
}

/// Judges a `response.failed`.
pub(super) fn failed(code: &str, message: &str, attempt: u32) -> Advice {
    let reason = format!("response.failed {code}: {message}");
    match FATAL.contains(&code) {
        true => Advice::Fatal { reason, too_long: code == TOO_LONG },
        false => Advice::Again {
            wait_ms: try_again_in(message).unwrap_or_else(|| backoff(attempt)),
            reason,
        },
    }
}

/// The wait that an error text asks for ("try again in 1.5s"), milliseconds.
fn try_again_in(text: &str) -> Option<u64> {
    static WAIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:T|t)ry again in\s+([0-9]+(?:\.[0-9]+)?)\s*(ms|milliseconds?|s|seconds?)")
            .ok()
    });
    let found = WAIT.as_ref()?.captures(text)?;
    let number: f64 = found[1].parse().ok()?;
    let unit = if found[2].starts_with('m') { 1.0 } else { 1000.0 };
    Some((number * unit).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::{Advice, failed, status, try_again_in};

    fn wait(advice: &Advice) -> Option<u64> {
        match advice {
            Advice::Again { wait_ms, .. } => Some(*wait_ms),
            Advice::Fatal { .. } => None,
        }
    }

    #[test]
    fn server_errors_and_rate_limits_are_tried_again() {
        assert_eq!(wait(&status(500, None, "", 1)), Some(200));
        assert_eq!(wait(&status(503, None, "", 3)), Some(800));
        assert_eq!(wait(&status(500, Some(5), "", 3)), Some(5));
        let limited = r#"{"error":{"code":"rate_limit_exceeded","message":"try again in 1.5s"}}"#;
        assert_eq!(wait(&status(429, None, limited, 1)), Some(1500));
        assert_eq!(wait(&status(429, Some(70), limited, 1)), Some(70));
    }

    #[test]
    fn refusals_are_final_and_say_why() {
        let quota = r#"{"error":{"type":"insufficient_quota","code":null,"message":"pay"}}"#;
        assert_eq!(
            status(429, Some(1), quota, 1),
            Advice::Fatal { reason: "HTTP 429 insufficient_quota: pay".into(), too_long: false }
        );
        let bad = r#"{"error":{"code":"replay_mismatch","message":"no such history"}}"#;
        assert_eq!(
            status(400, None, bad, 1),
            Advice::Fatal {
                reason: "HTTP 400 replay_mismatch: no such history".into(),
                too_long: false
            }
        );
        assert_eq!(wait(&status(404, None, "", 1)), None);
    }

    #[test]
    fn failed_responses_by_code() {
        assert_eq!(
            wait(&failed("rate_limit_exceeded", "Please try again in 250ms.", 1)),
            Some(250)
        );
        assert_eq!(wait(&failed("server_error", "", 2)), Some(400));
        assert_eq!(wait(&failed("slow_down", "", 1)), None);
        let long = failed("context_length_exceeded", "too long", 1);
        assert!(matches!(long, Advice::Fatal { too_long: true, .. }));
    }

    #[test]
    fn waits_in_texts() {
        assert_eq!(try_again_in("Try again in 4 seconds"), Some(4000));
        assert_eq!(try_again_in("later"), None);
    }
}
