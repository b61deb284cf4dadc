//! A text that a JSON schema allows.
//!
//! Free texts follow the name of their property, so that a real agent runs something harmless. A
//! `pattern` is met if one of a list of common texts fits it.

use regex::Regex;
use serde_json::Value;

/// Texts that are of use under these names of properties.
const BY_NAME: [(&[&str], &str); 4] = [
    (&["cmd", "command", "script", "shell_command"], "echo conformance"),
    (&["path", "file", "filename", "file_path", "filepath", "target_file"], "conformance.txt"),
    (&["url", "uri"], "https://example.com/"),
    (&["location", "city", "place"], "Copenhagen"),
];

/// Texts in the formats of the standard.
const BY_FORMAT: [(&str, &str); 9] = [
    ("date-time", "2026-01-15T00:00:00Z"),
    ("date", "2026-01-15"),
    ("time", "00:00:00Z"),
    ("duration", "PT1H"),
    ("email", "someone@example.com"),
    ("hostname", "example.com"),
    ("uri", "https://example.com/"),
    ("ipv4", "192.0.2.1"),
    ("uuid", "00000000-0000-4000-8000-000000000000"),
];

/// Texts that common patterns allow.
const COMMON: [&str; 24] = [
    "conformance",
    "a",
    "abc",
    "A",
    "ABC",
    "Abc",
    "ab12",
    "AB12",
    "1",
    "12",
    "123",
    "1234",
    "12345",
    "123456",
    "a-b",
    "a_b",
    "a.b",
    "a/b",
    "v1.0.0",
    "1.0.0",
    "#ffffff",
    "+4512345678",
    "12:00",
    "ab",
];

/// The text for a property of this name, the `nth` of a list whose elements must differ.
pub(super) fn text(schema: &Value, name: &str, nth: usize) -> String {
    let bound = |key: &str| schema[key].as_u64().map(|bound| bound as usize);
    let least = bound("minLength").unwrap_or(0);
    let most = bound("maxLength").unwrap_or(usize::MAX);
    let format = schema["format"].as_str();
    let known = BY_FORMAT.iter().find(|(name, _)| Some(*name) == format).map(|(_, text)| *text);
    let lower = name.to_ascii_lowercase();
    let named = BY_NAME.iter().find(|(names, _)| names.contains(&lower.as_str()));
    let usual = known.or(named.map(|(_, text)| *text)).unwrap_or("conformance");
    let sized = |text: &str| {
        let mut text: String = text.chars().take(most).collect();
        let missing = least.saturating_sub(text.chars().count());
        text.extend(std::iter::repeat_n('x', missing));
        text
    };
    let numbered = |text: &str| match nth {
        0 => sized(text),
        nth => {
            let end = nth.to_string();
            let room = most.saturating_sub(end.len());
            let text: String = text.chars().take(room).collect();
            sized(&format!("{text}{end}"))
        }
    };
    let Some(pattern) = schema["pattern"].as_str().and_then(|text| Regex::new(text).ok()) else {
        return if known.is_some() { usual.to_owned() } else { numbered(usual) };
    };
    let formats = BY_FORMAT.iter().map(|(_, text)| *text);
    let candidates = [usual].into_iter().chain(COMMON).chain(formats).map(numbered);
    // Also longer and shorter than is usual.
    let letters = ["a", "A", "0"]
        .into_iter()
        .flat_map(|letter| (1..=64).map(move |count| letter.repeat(count)));
    let fits = |text: &String| {
        let length = text.chars().count();
        length >= least && length <= most && pattern.is_match(text)
    };
    candidates.chain(letters).find(fits).unwrap_or_else(|| numbered(usual))
}
