//! A sink before another that lets no secret through: session logs hold whatever was typed and
//! printed, and recordings are made to be shared.

use super::Sink;
use crate::recording::secrets::Secrets;
use crate::recording::{Recorded, RecordingError};
use crate::wire::{Digest, Ending, Raw};
use std::collections::BTreeMap;

/// Hands exchanges on with placeholders for secrets.
pub struct Discreet<'a, S> {
    sink: &'a mut S,
    secrets: Secrets,
    /// The values that were looked at, and what became of them.
    seen: BTreeMap<Digest, Digest>,
    replaced: usize,
}

impl<'a, S: Sink> Discreet<'a, S> {
    /// In front of `sink`.
    pub fn new(sink: &'a mut S) -> Self {
        Self { sink, secrets: Secrets::default(), seen: BTreeMap::new(), replaced: 0 }
    }

    /// How many secrets were replaced.
    #[must_use]
    pub fn replaced(&self) -> usize {
        self.replaced
    }
}

impl<S: Sink> Sink for Discreet<'_, S> {
    fn exchange(
        &mut self,
        mut exchange: Recorded,
        mut values: Vec<(Digest, Raw)>,
    ) -> Result<(), RecordingError> {
        for (digest, raw) in &mut values {
            let known = self.seen.get(digest).copied();
            if known == Some(*digest) {
                // Looked at, and clean: each exchange may bring its whole history.
                continue;
            }
            let old = *digest;
            if let Some((new, hits)) = self.secrets.redact_raw(raw) {
                if known.is_none() {
                    self.replaced += hits.len();
                }
                (*digest, *raw) = (new.digest(), new);
            }
            self.seen.insert(old, *digest);
        }
        let fields = exchange.fields.iter_mut().map(|(_, digest)| digest);
        for digest in fields.chain(&mut exchange.input).chain(&mut exchange.output) {
            if let Some(new) = self.seen.get(digest) {
                *digest = *new;
            }
        }
        // Providers quote keys and addresses in what they say of a failure.
        if let Ending::Failed { message, .. } | Ending::Error { message, .. } = &mut exchange.ending
        {
            let (clean, hits) = self.secrets.redact(message);
            self.replaced += hits.len();
            *message = clean.into_owned();
        }
        self.sink.exchange(exchange, values)
    }
}

#[cfg(test)]
mod tests {
    use super::Discreet;
    use crate::recording::Header;
    use crate::recording::import::{Format, Memory, import};

    #[test]
    fn a_key_that_was_typed_does_not_reach_the_recording() {
        let key = ["sk-proj-", "Zt8QmX2vKc5RwY1nLb7HfP3d", "Gs6JaE9u"].concat();
        let log = format!(
            "{{\"messages\":[{{\"role\":\"user\",\"content\":\"my key is {key}\"}}],\"model\":\"m\"}}"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let answer = r#"{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"thanks"}}]}"#;
        let line = format!("{{\"request\":{log},\"response\":{answer}}}\n");
        std::fs::write(&path, line.repeat(2)).unwrap();
        let mut memory = Memory::default();
        let mut discreet = Discreet::new(&mut memory);
        import(Format::ChatCompletions, &path, &mut discreet).unwrap();
        assert_eq!(discreet.replaced(), 1);
        let text = memory.finish(Header::new("imported", "", "m", "", "")).to_jsonl();
        assert!(!text.contains(&key) && text.contains("my key is "), "{text}");
    }
}
