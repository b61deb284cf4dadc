//! Writing: to a temporary file beside the target, then renamed, so that nothing is half-written.

use super::line::{EndLine, ExchangeLine, FieldsRef, ResponsePart, parts_of};
use super::{Entry, Header, Recorded, Recording, Verbatim};
use crate::recording::{Inputs, RecordingError};
use crate::wire::{Digest, escape};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

impl Recording {
    /// The text of the file. Equal recordings give equal bytes.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        let mut text = header_line(&self.header);
        let mut writer = Writer::new(Vec::new(), Inputs::default());
        // Writing to memory does not fail.
        for exchange in &self.exchanges {
            let _ = writer.exchange(exchange, |digest| self.items.get(digest));
        }
        let bytes = writer.end().unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&bytes));
        text
    }

    /// Writes the file; a name that ends in `.zst` is compressed.
    pub fn save(&self, path: &Path) -> Result<(), RecordingError> {
        write_text(path, self.to_jsonl())
    }
}

/// Writes the text of a recording, or of anything else, in the place of what was there; a name that
/// ends in `.zst` is compressed.
pub fn write_text(path: &Path, text: String) -> Result<(), RecordingError> {
    let mut bytes = text.into_bytes();
    if path.extension().is_some_and(|end| end == "zst") {
        bytes = zstd::encode_all(bytes.as_slice(), 9)
            .map_err(|cause| RecordingError::write(path, cause))?;
    }
    write_bytes(path, &bytes)
}

/// Writes bytes in the place of what was there, as a whole or not at all; who may do what with the
/// file stays as it was.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), RecordingError> {
    let error = |cause: std::io::Error| RecordingError::write(path, cause);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(error)?;
    }
    let temporary = beside(path, ".partial");
    let whole = || {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        if let Ok(old) = std::fs::metadata(path) {
            std::fs::set_permissions(&temporary, old.permissions())?;
        }
        std::fs::rename(&temporary, path)
    };
    whole().map_err(|cause| {
        // The error at hand says more than one about clearing up.
        let _ = std::fs::remove_file(&temporary);
        error(cause)
    })
}

/// A file beside another one, for as long as that is being written.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

/// Writes all lines but the first, exchange by exchange.
pub(super) struct Writer<W> {
    out: W,
    inputs: Inputs,
    written: BTreeSet<Digest>,
    /// The first exchange that had these fields.
    fields: BTreeMap<Vec<(String, Digest)>, u32>,
    count: u32,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, inputs: Inputs) -> Self {
        Self { out, inputs, written: BTreeSet::new(), fields: BTreeMap::new(), count: 0 }
    }

    /// Writes the next exchange, and before it what it needs and no earlier one has.
    pub(super) fn exchange<'a>(
        &mut self,
        exchange: &Recorded,
        find: impl Fn(&Digest) -> Option<&'a Entry>,
    ) -> io::Result<()> {
        self.items_of(exchange, find)?;
        let (outcome, reason, failure) = parts_of(&exchange.ending);
        let same = self.fields.get(&exchange.fields).copied();
        let fields = match same {
            Some(earlier) => FieldsRef::As(earlier),
            None => {
                self.fields.insert(exchange.fields.clone(), self.count);
                FieldsRef::List(exchange.fields.clone())
            }
        };
        let line = ExchangeLine {
            exchange: self.count,
            thread: exchange.thread,
            parent: exchange.parent,
            endpoint: exchange.endpoint,
            fields,
            input_at: exchange.input_at,
            input_is_text: exchange.input_is_text,
            input: self.inputs.encode(&exchange.input),
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
        self.count += 1;
        writeln!(self.out, "{}", json(&line))
    }

    fn items_of<'a>(
        &mut self,
        exchange: &Recorded,
        find: impl Fn(&Digest) -> Option<&'a Entry>,
    ) -> io::Result<()> {
        let fields = exchange.fields.iter().map(|(_, digest)| digest);
        let quoted = exchange.attempts.iter().chain(&exchange.sent).flat_map(Verbatim::digests);
        for digest in fields.chain(&exchange.input).chain(&exchange.output).chain(quoted) {
            if !self.written.insert(*digest) {
                continue;
            }
            let value = match find(digest) {
                // A line break between tokens would break the line: such a value goes as a string.
                Some(Entry::Raw(raw)) if raw.as_str().contains('\n') => {
                    format!("\"text\":{}", escape(raw.as_str()))
                }
                Some(Entry::Raw(raw)) => format!("\"json\":{}", raw.as_str()),
                Some(Entry::Elided(elided)) => format!("\"elided\":{}", json(elided)),
                None => continue,
            };
            writeln!(self.out, "{{\"item\":\"{digest}\",{value}}}")?;
        }
        Ok(())
    }

    /// Writes the last line, and gives back what was written to.
    pub(super) fn end(mut self) -> io::Result<W> {
        writeln!(self.out, "{}", json(&EndLine { end: self.count as usize }))?;
        Ok(self.out)
    }
}

/// The first line, line feed included.
pub(super) fn header_line(header: &Header) -> String {
    json(header) + "\n"
}

fn json(value: &impl serde::Serialize) -> String {
    // Our own line types hold nothing that JSON cannot carry.
    serde_json::to_string(value).unwrap_or_default()
}
