//! Keys that can be told by their looks.

use super::Found;
use regex::Regex;
use std::sync::LazyLock;

/// Kind, and the pattern of the whole key; where it has a group, that is the secret.
const SHAPES: [(&str, &str); 32] = [
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("OpenAI key", r"sk-[A-Za-z0-9_-]{20,}"),
    ("GitHub token", r"gh[pousr]_[A-Za-z0-9]{30,}"),
    ("GitHub token", r"github_pat_[A-Za-z0-9_]{40,}"),
    ("GitLab token", r"gl(?:pat|ptt|dt|rt|cbt|oas|soat|ft|imt|agent)-[A-Za-z0-9_-]{20,}"),
    ("AWS access key id", r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}"),
    ("Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("Slack token", r"xapp-[0-9]-[A-Za-z0-9-]{20,}"),
    (
        "Slack webhook",
        r"hooks\.slack\.com/services/([A-Za-z0-9]{6,}/[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,})",
    ),
    ("Google key", r"AIza[A-Za-z0-9_-]{35}"),
    ("Google token", r"ya29\.[A-Za-z0-9_-]{20,}"),
    ("Google client secret", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    ("Stripe key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("webhook secret", r"whsec_[A-Za-z0-9+/=]{24,}"),
    ("npm token", r"npm_[A-Za-z0-9]{30,}"),
    ("PyPI token", r"pypi-[A-Za-z0-9_-]{50,}"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("Groq key", r"gsk_[A-Za-z0-9]{40,}"),
    ("xAI key", r"xai-[A-Za-z0-9]{40,}"),
    ("Perplexity key", r"pplx-[A-Za-z0-9]{40,}"),
    ("NVIDIA key", r"nvapi-[A-Za-z0-9_-]{40,}"),
    ("Replicate token", r"r8_[A-Za-z0-9]{37}"),
    ("SendGrid key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("Telegram bot token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}"),
    ("DigitalOcean token", r"do[oprt]_v1_[a-f0-9]{64}"),
    ("Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("Databricks token", r"dapi[a-f0-9]{32}"),
    ("Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    ("Vault token", r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    ("Atlassian token", r"ATATT3[A-Za-z0-9_=-]{50,}"),
    ("age key", r"AGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    ("JSON web token", r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{10,}){2,4}"),
];

static READY: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let ready = |(kind, pattern): &(&'static str, &str)| {
        // The patterns are constants; a test compiles each.
        Regex::new(&format!("(?-u){pattern}")).ok().map(|regex| (*kind, regex))
    };
    SHAPES.iter().filter_map(ready).collect()
});

/// How far behind an access key id its secret may stand.
const NEAR: usize = 200;

/// All keys in a text.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (kind, regex) in READY.iter() {
        for captures in regex.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            let range = captures.get(1).unwrap_or(whole).range();
            let value = &text[range.clone()];
            if !begins(text, whole.start()) || !fits(kind, value) {
                continue;
            }
            if *kind == "AWS access key id" {
                if ends_inside(text, range.end) {
                    continue;
                }
                found.extend(aws_secret(text, range.end));
            }
            found.push(Found::new(kind, text, range));
        }
    }
    found
}

/// Whether a key may begin here: not in the middle of a word, but behind an escape.
pub(super) fn begins(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[..at];
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => true,
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => true,
        // Color codes of terminals end in a letter.
        [.., b'[', b'0'..=b'9', b'm'] | [.., b'0'..=b'9' | b';', b'0'..=b'9', b'm'] => true,
        [.., last] => !inside(last),
        [] => true,
    }
}

fn ends_inside(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Whether what has the outer shape is drawn at random inside. `sk-` begins names, too.
fn fits(kind: &str, value: &str) -> bool {
    let longest = |of: &str| {
        let runs = of.split(|c: char| !c.is_ascii_alphanumeric());
        runs.max_by_key(|run| run.len()).unwrap_or_default().to_owned()
    };
    match kind {
        "OpenAI key" | "Anthropic key" | "PyPI token" | "GitLab token" => {
            let run = longest(value);
            let digit = run.bytes().any(|byte| byte.is_ascii_digit());
            let upper = run.bytes().any(|byte| byte.is_ascii_uppercase());
            run.len() >= 12 && (digit || upper && run.bytes().any(|byte| byte.is_ascii_lowercase()))
        }
        // A placeholder has this shape where what follows the prefix was replaced.
        _ => !value.contains("REDACTED"),
    }
}

/// The secret that belongs to an access key id stands close behind it, as in a file of credentials.
fn aws_secret(text: &str, from: usize) -> Option<Found> {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let bytes = text.as_bytes();
    let end = bytes.len().min(from + NEAR);
    let mut at = from;
    while at < end {
        let length = bytes[at..].iter().take(41).take_while(|byte| inside(**byte)).count();
        if length == 40 && bytes[at] != b'/' {
            let value = &text[at..at + 40];
            let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
            let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
            if mixed && has(u8::is_ascii_digit) {
                return Some(Found::new("AWS secret access key", text, at..at + 40));
            }
        }
        // An escape's letter is no part of what follows it.
        let escape = bytes[at] == b'\\';
        at += length.max(1) + usize::from(escape);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{READY, SHAPES};

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(READY.len(), SHAPES.len());
    }
}
