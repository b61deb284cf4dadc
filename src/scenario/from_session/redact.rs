//! Nothing secret goes from a log into a scenario.

use crate::recording::secrets::{Hit, Secrets};
use std::collections::BTreeMap;

/// Replaces secrets by placeholders of the same length, and counts them by kind.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    secrets: Secrets,
    found: BTreeMap<&'static str, usize>,
}

impl Redaction {
    /// The text without secrets.
    pub(super) fn clean(&mut self, text: &str) -> String {
        let (clean, hits) = self.secrets.redact(text);
        let clean = clean.into_owned();
        self.count(&hits);
        clean
    }

    /// A patch whose added lines hold no secrets. Other lines are in the repository, and have to be
    /// as they are there.
    pub(super) fn clean_patch(&mut self, text: &str) -> String {
        let (clean, hits) = self.secrets.redact(text);
        if hits.is_empty() {
            return text.to_owned();
        }
        let clean = clean.into_owned();
        let lines = text.split_inclusive('\n').zip(clean.split_inclusive('\n'));
        let mixed: String =
            lines.map(|(old, new)| if old.starts_with('+') { new } else { old }).collect();
        self.count(&hits);
        mixed
    }

    fn count(&mut self, hits: &[Hit]) {
        for hit in hits {
            *self.found.entry(hit.kind).or_default() += 1;
        }
    }

    /// What was replaced.
    pub(super) fn note(&self) -> Option<String> {
        let kinds: Vec<String> =
            self.found.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        (!kinds.is_empty())
            .then(|| format!("secrets in the log, replaced by placeholders: {}", kinds.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = concat!("ghp_", "R4nd0mLookingTokenOfThirtySixChars12");

    #[test]
    fn added_lines_are_cleaned_and_the_others_left() {
        let mut redaction = Redaction::default();
        assert_eq!(redaction.note(), None);
        let text = format!(" token={KEY}\n+token={KEY}\n");
        let clean = redaction.clean_patch(&text);
        let lines: Vec<&str> = clean.lines().collect();
        assert_eq!(lines[0], format!(" token={KEY}"));
        assert!(!lines[1].contains(KEY) && lines[1].len() == lines[0].len());
        assert!(!redaction.clean(&text).contains(KEY));
        assert!(redaction.note().is_some_and(|note| note.starts_with("secrets in the log")));
    }
}
