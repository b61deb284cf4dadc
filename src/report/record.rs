//! What a recording proxy says: how to reach it, each request, and what was recorded.

use super::format::{WIDTH, bytes, call, percent, plural, wrap};
use crate::recording::Outcome;
use crate::run::record::{Account, Passed};
use std::path::Path;

/// What is recorded and what to paste to use it. `has_key`: clients need no key of their own.
#[must_use]
pub fn proxying(upstream: &str, base_url: &str, target: &Path, has_key: bool) -> String {
    let key = match has_key {
        true => "export OPENAI_API_KEY=unreel\n",
        false => "the client's own key is handed on; it is not recorded\n",
    };
    format!(
        "recording {upstream} into {}\n\
         export OPENAI_BASE_URL={base_url}\n\
         {key}\
         ctrl-C ends it and writes the file\n",
        target.display()
    )
}

/// One line for a request.
#[must_use]
pub fn passed_line(passed: &Passed) -> String {
    let call = call(passed.endpoint, passed.transport);
    let mut parts = vec![
        format!("#{} {call} {}", passed.number, passed.status),
        bytes(passed.wire_bytes),
        format!("thread {}", passed.thread),
    ];
    if let Some(usage) = passed.usage {
        let (input, cached) = (usage.input_tokens, usage.cached());
        parts.push(format!("{input} tokens in, {cached} cached, {} out", usage.output_tokens));
    }
    match (&passed.error, passed.outcome) {
        (Some(error), _) => {
            let code = error.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
            parts.push(format!("{code}{}", error.message));
        }
        (None, Outcome::Cut) => parts.push("cut".to_owned()),
        (None, Outcome::Incomplete) => parts.push("incomplete".to_owned()),
        (None, _) => {}
    }
    if let Some(lost) = &passed.lost {
        let why = if passed.error.is_some() { String::new() } else { format!(": {lost}") };
        parts.push(format!("not recorded{why}"));
    }
    parts.join(" · ")
}

/// What was recorded.
#[must_use]
pub fn recorded(account: &Account, target: &Path) -> String {
    let Account { requests, exchanges, threads, attempts, lost, .. } = *account;
    if exchanges == 0 {
        return format!("nothing was recorded: {}\n", plural(requests as usize, "request"));
    }
    let mut line = format!(
        "{}: {} of {}, {}",
        target.display(),
        plural(exchanges as usize, "exchange"),
        plural(requests as usize, "request"),
        plural(threads as usize, "conversation"),
    );
    if attempts > 0 {
        line.push_str(&format!(
            ", {} before an answer",
            plural(attempts as usize, "failed attempt")
        ));
    }
    if lost > 0 {
        line.push_str(&format!(", {lost} not recorded"));
    }
    let share = match percent(account.cached_tokens, account.input_tokens) {
        share if share.is_empty() => "0 %".to_owned(),
        share => share,
    };
    let tokens = format!(
        "tokens, as the upstream told: {} in ({share} cached), {} out",
        account.input_tokens, account.output_tokens
    );
    let lines = [line, tokens];
    let lines = lines.iter().flat_map(|line| wrap(line, WIDTH, "  "));
    lines.map(|line| format!("{line}\n")).collect()
}
