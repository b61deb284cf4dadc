//! Writing: to a temporary file beside the target, then renamed, so that nothing is half-written.

use super::line::{EndLine, ExchangeLine, FieldsRef, ResponsePart, parts_of};
use super::{Entry, Recorded, Recording, Verbatim};
use crate::recording::{Inputs, RecordingError};
use crate::wire::{Digest, escape};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

impl Recording {
    /// The text of the file. Equal recordings give equal bytes.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        let mut text = json(&self.header);
        text.push('\n');
        let mut writer = Writer { recording: self, written: BTreeSet::new(), text };
        let mut inputs = Inputs::default();
        let mut fields_of: Vec<&[(String, Digest)]> = Vec::new();
        for (number, exchange) in self.exchanges.iter().enumerate() {
            writer.items_of(exchange);
            let same = fields_of.iter().position(|fields| *fields == exchange.fields.as_slice());
            fields_of.push(&exchange.fields);
            let (outcome, reason, failure) = parts_of(&exchange.ending);
            let line = ExchangeLine {
                exchange: number as u32,
                thread: exchange.thread,
                parent: exchange.parent,
                endpoint: exchange.endpoint,
                fields: match same {
                    Some(earlier) => FieldsRef::As(earlier as u32),
                    None => FieldsRef::List(exchange.fields.clone()),
                },
                input_at: exchange.input_at,
                input_is_text: exchange.input_is_text,
                input: inputs.encode(&exchange.input),
                at_ms: exchange.at_ms,
                attempts: exchange.attempts.clone(),
                response: ResponsePart {
                    id: exchange.response_id.clone(),
                    outcome,
                    reason,
                    failure,
                    output: exchange.output.clone(),
                    usage: exchange.usage,
                    answered_by: exchange.answered_by.clone(),
                    stale: exchange.stale,
                    sent: exchange.sent.clone(),
                },
            };
            writer.text.push_str(&json(&line));
            writer.text.push('\n');
        }
        writer.text.push_str(&json(&EndLine { end: self.exchanges.len() }));
        writer.text.push('\n');
        writer.text
    }

    /// Writes the file; a name that ends in `.zst` is compressed.
    pub fn save(&self, path: &Path) -> Result<(), RecordingError> {
        let error = |cause: std::io::Error| RecordingError::write(path, cause);
        let mut bytes = self.to_jsonl().into_bytes();
        if path.extension().is_some_and(|end| end == "zst") {
            bytes = zstd::encode_all(bytes.as_slice(), 9).map_err(error)?;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let temporary = path.with_extension("partial");
        let mut file = std::fs::File::create(&temporary).map_err(error)?;
        let done = file.write_all(&bytes).and_then(|()| std::fs::rename(&temporary, path));
        done.map_err(|cause| {
            // The error at hand says more than one about clearing up.
            let _ = std::fs::remove_file(&temporary);
            error(cause)
        })
    }
}

struct Writer<'a> {
    recording: &'a Recording,
    written: BTreeSet<Digest>,
    text: String,
}

impl Writer<'_> {
    /// Writes what the exchange needs and no earlier one has.
    fn items_of(&mut self, exchange: &Recorded) {
        let fields = exchange.fields.iter().map(|(_, digest)| digest);
        let quoted = exchange.attempts.iter().chain(&exchange.sent).flat_map(Verbatim::digests);
        for digest in fields.chain(&exchange.input).chain(&exchange.output).chain(quoted) {
            if !self.written.insert(*digest) {
                continue;
            }
            let value = match self.recording.items.get(digest) {
                // A line break between tokens would break the line: such a value goes as a string.
                Some(Entry::Raw(raw)) if raw.as_str().contains('\n') => {
                    format!("\"text\":{}", escape(raw.as_str()))
                }
                Some(Entry::Raw(raw)) => format!("\"json\":{}", raw.as_str()),
                Some(Entry::Elided(elided)) => format!("\"elided\":{}", json(elided)),
                None => continue,
            };
            self.text.push_str(&format!("{{\"item\":\"{digest}\",{value}}}\n"));
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // Our own line types hold nothing that JSON cannot carry.
    serde_json::to_string(value).unwrap_or_default()
}
