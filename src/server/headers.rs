//! The headers of the API, with values that are the same in every run.
//!
//! Clients pace themselves by some of them, so they say what leaves a client at full speed: plenty
//! of everything, and a few milliseconds where a retry is meant.

use crate::wire::ApiError;

/// Milliseconds that clients are asked to wait.
const RETRY_AFTER_MS: &str = "5";

/// What every answer has, errors included. Names are lower case.
pub(super) const FIXED: [(&str, &str); 9] = [
    ("openai-version", "2020-10-01"),
    ("openai-organization", "unreel"),
    ("openai-processing-ms", "0"),
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "1999000"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "30ms"),
];

/// Codes of a 429 that no waiting helps against.
const FINAL: [&str; 7] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "usage_limit_reached",
    "usage_not_included",
];

/// What an error has beside these, or instead: whether to ask again, and when. Clients retry every
/// 429, so one that is final says so.
pub(super) fn of_error(error: &ApiError) -> Vec<(&'static str, String)> {
    let is_final = error.code.as_deref().is_some_and(|code| FINAL.contains(&code));
    let mut headers: Vec<(&'static str, String)> = Vec::new();
    match error.status {
        429 if is_final => headers.push(("x-should-retry", "false".into())),
        408 | 409 | 429 | 500.. => {
            headers.push(("retry-after-ms", RETRY_AFTER_MS.into()));
            // Whole seconds, at least one; who knows the other header does not wait for this.
            headers.push(("retry-after", "1".into()));
        }
        _ => {}
    }
    if error.status == 429 && !is_final {
        headers.push(("x-ratelimit-remaining-requests", "0".into()));
        headers.push(("x-ratelimit-reset-requests", format!("{RETRY_AFTER_MS}ms")));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::of_error;
    use crate::server::fault;

    fn names(error: &crate::wire::ApiError) -> Vec<&'static str> {
        of_error(error).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn only_what_may_pass_asks_for_a_retry() {
        for status in [400, 401, 403, 404] {
            assert!(names(&fault::status_error(status)).is_empty(), "{status}");
        }
        for status in [408, 409, 500, 502, 503] {
            let names = names(&fault::status_error(status));
            assert_eq!(names, ["retry-after-ms", "retry-after"], "{status}");
        }
        assert!(names(&fault::status_error(429)).contains(&"x-ratelimit-remaining-requests"));
        assert_eq!(names(&fault::quota_error()), ["x-should-retry"]);
    }
}
