//! Paths below somebody's home folder: they name a person and a machine.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

static HOMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u)(?:/home/|/Users/|[A-Za-z]:(?:\\{1,4}|/)Users(?:\\{1,4}|/))([A-Za-z0-9._-]+)"#,
    )
    .ok()
});

/// Homes of nobody: that of the sandbox, and what documentation says.
const NOBODY: [&str; 12] = [
    "agent",
    "user",
    "username",
    "you",
    "name",
    "me",
    "someone",
    "example",
    "runner",
    "shared",
    "public",
    "linuxbrew",
];

/// The paths, each with whose home it is; `own` is the home folder of whoever asks.
pub(super) fn find(text: &str, own: Option<&str>) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    if let Some(regex) = HOMES.as_ref() {
        for captures in regex.captures_iter(text) {
            let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) else { continue };
            let who = name.as_str();
            let nobody = NOBODY.contains(&who.to_ascii_lowercase().as_str())
                || who.bytes().all(|byte| matches!(byte, b'x' | b'.'));
            if !nobody && begins(text, whole.start()) {
                found.push((whole.range(), who.to_owned()));
            }
        }
    }
    // A home of another form; `/` is none.
    if let Some(own) = own.filter(|own| own.len() > 1 && !own.starts_with("/home/")) {
        for (at, part) in text.match_indices(own) {
            let next = text.as_bytes().get(at + part.len());
            let inside = next.is_some_and(|byte| *byte == b'/');
            if inside && begins(text, at) && found.iter().all(|(range, _)| !range.contains(&at)) {
                found.push((at..at + part.len(), "whoever runs this".to_owned()));
            }
        }
    }
    found
}

/// Whether a path begins here, and is not the end of a longer one or of a URL.
fn begins(text: &str, at: usize) -> bool {
    match &text.as_bytes()[..at] {
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., last] => !last.is_ascii_alphanumeric() && !b"._-/}".contains(last),
        [] => true,
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    fn who(text: &str) -> Vec<String> {
        find(text, Some("/root")).into_iter().map(|(_, who)| who).collect()
    }

    #[test]
    fn homes_of_people_are_found_and_those_of_nobody_are_not() {
        assert_eq!(who("cd /home/mette/x && ls \\n/Users/jan"), ["mette", "jan"]);
        assert_eq!(who(r"C:\\Users\\anna\\x and C:\Users\bo"), ["anna", "bo"]);
        assert_eq!(who("/root/.cargo/bin"), ["whoever runs this"]);
        assert_eq!(who("/home/agent /home/user /rootfs a/root/b https://x.y/home/page"), [""; 0]);
    }
}
