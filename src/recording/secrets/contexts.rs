//! Secrets that are told by where they stand: after a name, in a header, in a URL.

mod header;
mod name;
mod url;
mod value;

use super::Found;
use super::placeholder::is_placeholder;
use super::random::{is_id, is_random, is_stand_in, is_wordy};
use name::Name;
use regex::Regex;
use std::sync::LazyLock;
use value::Value;

/// The end of a name of secrets and what may stand between it and its value: quotes (escaped, too),
/// an assignment, `"value":` in lists of headers, `is` in prose, a space after a flag.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "(?i:password|passwd|passphrase|pwd|pass|secret|key_?base|key|token|authorization\
                 |auth|cookie|session|sid|credentials?)[0-9]{0,2}";
    let quote = r#"(?:\\{0,3}["'`])"#;
    let list = format!(r"{quote}\s{{0,8}},\s{{0,8}}{quote}value{quote}\s{{0,4}}:[ \t]{{0,4}}");
    let assign = format!(r"{quote}?[ \t]{{0,4}}(?::=|=>|=|:)[ \t]{{0,4}}");
    let pattern = format!(r"(?-u){names}(?:{list}|{assign}|[ \t]+is[ \t]+|[ \t]+)");
    // A constant; a test compiles it.
    Regex::new(&pattern).ok()
});

/// All secrets of a text that stand where secrets stand.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = url::find(text);
    found.extend(header::schemes(text));
    let Some(named) = NAMED.as_ref() else { return found };
    let mut done = 0;
    for place in named.find_iter(text).filter(|place| !place.as_str().is_empty()) {
        if place.start() < done {
            continue;
        }
        let name = Name::before(text, place.start(), place.as_str());
        if name.is_cookie() {
            found.extend(header::cookies(text, place.end()));
            continue;
        }
        let Some(value) = Value::at(text, place.end()) else { continue };
        if is_secret(&name, &value) {
            done = value.range.end;
            found.push(Found::new(name.kind(), text, value.range));
        }
    }
    found
}

/// Whether a value of that name is a secret. The more the name says, the less the value has to.
fn is_secret(name: &Name, value: &Value<'_>) -> bool {
    let text = value.text;
    if text.len() < 6 || is_placeholder(text) || is_stand_in(text) || name.repeats(text) {
        return false;
    }
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let code = !value.quoted && value.goes_on;
    match name {
        Name::Flag(inner) => is_secret(inner, value),
        Name::Prose(inner) => is_secret(inner, value) && digit && letter,
        Name::Password { plain } => {
            !code && (digit && (letter || value.quoted) || letter && (value.quoted || *plain))
        }
        Name::Key => {
            let hex = text.len() >= 16 && is_id(text);
            !code && text.len() >= 8 && digit && letter && (hex || !is_id(text) && !is_wordy(text))
        }
        Name::Weak => !code && is_random(text, 16),
        Name::Cookie | Name::Other => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pattern_of_names_compiles() {
        assert!(super::NAMED.is_some());
    }
}
