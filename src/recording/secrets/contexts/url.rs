//! `scheme://user:password@host`.

use super::super::Found;
use super::super::placeholder::is_placeholder;
use super::super::random::is_stand_in;

/// Longer user parts are none.
const LONGEST: usize = 400;

pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let scheme = text.as_bytes()[..at].last();
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/@\"'`<>\\?#,()|^{}".contains(byte);
        let rest = &text.as_bytes()[start..];
        let length = rest.iter().take(LONGEST).take_while(|byte| !ends(byte)).count();
        let is_user = rest.get(length) == Some(&b'@')
            && rest
                .get(length + 1)
                .is_some_and(|b| b.is_ascii_alphanumeric() || b"[$%{<".contains(b))
            && scheme.is_some_and(u8::is_ascii_alphanumeric);
        if !is_user {
            continue;
        }
        let user = &text[start..start + length];
        let Some(colon) = user.find(':') else {
            // A token instead of a user, as for git: the shapes know it, unless it is of no shape.
            continue;
        };
        let range = start + colon + 1..start + length;
        let password = &text[range.clone()];
        if password.len() >= 3 && !is_placeholder(password) && !is_stand_in(password) {
            found.push(Found::new("password in a URL", text, range));
        }
    }
    found
}
