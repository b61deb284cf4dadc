//! A recording written as it comes, for logs larger than memory.
//!
//! What is kept: the digest of each value that was written (16 bytes and its place in a tree), and
//! the last inputs as digests. The first line is known last, so the others go to a file beside the
//! target first.

use super::write::{Writer, beside, header_line};
use super::{Entry, Header, Recorded};
use crate::recording::{Inputs, RecordingError};
use crate::wire::{Digest, Raw};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Inputs that later ones may refer to: more than there are conversations at once in any log.
const WINDOW: usize = 64;

/// A recording under way. Dropped before its end, it leaves nothing behind.
pub struct Stream {
    target: PathBuf,
    body: PathBuf,
    writer: Option<Writer<BufWriter<File>>>,
}

impl Stream {
    /// Begins a file. Its folder is made.
    pub fn create(target: &Path) -> Result<Self, RecordingError> {
        let error = |cause| RecordingError::write(target, cause);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let body = beside(target, ".body.partial");
        let file = File::create(&body).map_err(error)?;
        let writer = Writer::new(BufWriter::new(file), Inputs::within(WINDOW));
        Ok(Self { target: target.to_owned(), body, writer: Some(writer) })
    }

    /// Writes an exchange with those of its values that may be new.
    pub fn exchange(
        &mut self,
        exchange: &Recorded,
        values: Vec<(Digest, Raw)>,
    ) -> Result<(), RecordingError> {
        let values: BTreeMap<Digest, Entry> =
            values.into_iter().map(|(digest, raw)| (digest, Entry::Raw(raw))).collect();
        let written = match &mut self.writer {
            Some(writer) => writer.exchange(exchange, |digest| values.get(digest)),
            None => Ok(()),
        };
        written.map_err(|cause| RecordingError::write(&self.target, cause))
    }

    /// Writes the file as a whole; a name that ends in `.zst` is compressed.
    pub fn finish(mut self, header: &Header) -> Result<(), RecordingError> {
        let done = self.put_together(header);
        done.map_err(|cause| RecordingError::write(&self.target, cause))
    }

    fn put_together(&mut self, header: &Header) -> io::Result<()> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        writer.end()?.flush()?;
        let whole = beside(&self.target, ".partial");
        let mut from = BufReader::new(File::open(&self.body)?);
        let mut to = BufWriter::new(File::create(&whole)?);
        let mut copy = || {
            if self.target.extension().is_some_and(|end| end == "zst") {
                let mut packed = zstd::Encoder::new(&mut to, 9)?;
                packed.write_all(header_line(header).as_bytes())?;
                io::copy(&mut from, &mut packed)?;
                packed.finish()?;
            } else {
                to.write_all(header_line(header).as_bytes())?;
                io::copy(&mut from, &mut to)?;
            }
            to.flush()?;
            std::fs::rename(&whole, &self.target)
        };
        copy().inspect_err(|_| {
            // The error at hand says more than one about clearing up.
            let _ = std::fs::remove_file(&whole);
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.body);
    }
}
