//! Normal forms of texts, one for each kind of fact: what may differ without the fact being lost.

use crate::scenario::FactClass;
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Version of the rules; a change of any of them raises it.
pub const NORMALISER_VERSION: u32 = 1;

/// A normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Normaliser {
    /// Unicode NFC, nothing else.
    Exact,
    /// White-space runs are one space; case stays. Constraints, identifiers, needles, errors.
    Folded,
    /// Folded, lower case, ASCII quotes and dashes, digits without thousands separators. Prose.
    Text,
    /// Forward slashes, without the workspace root and `./`. Paths.
    Path,
}

impl Normaliser {
    pub(super) const COUNT: usize = 4;

    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Which form counts as `norm` for a class.
    pub(super) fn of(class: FactClass) -> Self {
        use FactClass as C;
        match class {
            C::Constraint | C::Needle | C::Identifier | C::Error => Self::Folded,
            C::Path | C::Artifact => Self::Path,
            C::Decision | C::Todo | C::Entity | C::Preference => Self::Text,
        }
    }

    /// The normal form of a text that is in NFC.
    pub(super) fn apply(self, text: &str) -> String {
        match self {
            Self::Exact => text.to_owned(),
            Self::Folded => folded(text),
            Self::Text => without_thousands(&folded(&plain_marks(text).to_lowercase())),
            Self::Path => bare_paths(text),
        }
    }
}

/// Unicode NFC, without a copy where the text is in it already.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Typographic quotes, dashes and blanks as ASCII.
fn plain_marks(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}'..='\u{201b}' => '\'',
            '\u{201c}'..='\u{201f}' | '«' | '»' => '"',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other,
        })
        .collect()
}

/// `1,000` and `1_000` as `1000`: a separator between digits that is followed by exactly three.
fn without_thousands(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let mut out = String::with_capacity(text.len());
    for (at, &c) in chars.iter().enumerate() {
        let separates = matches!(c, ',' | '_' | '\'')
            && at > 0
            && digit(at - 1)
            && (1..=3).all(|step| digit(at + step))
            && !digit(at + 4);
        if !separates {
            out.push(c);
        }
    }
    out
}

/// The root that workspaces have inside the sandbox.
const ROOT: &str = "/workspace/";

fn bare_paths(text: &str) -> String {
    let text = text.replace('\\', "/");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut inside_path = false;
    while let Some(c) = rest.chars().next() {
        let skipped = [ROOT, "./"].into_iter().find(|root| !inside_path && rest.starts_with(root));
        if let Some(root) = skipped {
            rest = &rest[root.len()..];
            continue;
        }
        inside_path = is_path_char(c);
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Whether a character may stand inside a path, as far as word boundaries go.
pub(super) fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}

#[cfg(test)]
mod tests {
    use super::Normaliser::{Folded, Path, Text};
    use super::nfc;

    #[test]
    fn each_form_takes_away_what_it_says() {
        assert_eq!(nfc("e\u{301}"), "é");
        assert_eq!(Folded.apply("  No\n network \t access "), "No network access");
        assert_eq!(Text.apply("Use “A” – not\nB’s 1,250,000"), "use \"a\" - not b's 1250000");
        assert_eq!(Text.apply("1,2 and 10,0000 and 12,345"), "1,2 and 10,0000 and 12345");
        assert_eq!(Path.apply("see ./src/a.rs and /workspace/b.rs"), "see src/a.rs and b.rs");
        assert_eq!(Path.apply("src\\a.rs x/./y ../z"), "src/a.rs x/./y ../z");
        assert_eq!(Path.apply("--- a/workspace/x"), "--- a/workspace/x");
    }
}
