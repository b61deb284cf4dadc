//! A recording that is written while it is made: `FILE.unfinished` beside the target.
//!
//! Each exchange is written as it comes to the recorder. So what a crash leaves is a recording that
//! lacks its last line, and perhaps the end of the one before: [`Log::recover`] gives all that is
//! whole.

use super::line::EndLine;
use super::write::{Writer, beside, header_line};
use super::{Header, Recording};
use crate::recording::{Inputs, RecordingError};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file that grows.
pub struct Log {
    path: PathBuf,
    writer: Writer<File>,
    written: usize,
}

impl Log {
    /// The name of the file for a target.
    #[must_use]
    pub fn path(target: &Path) -> PathBuf {
        beside(target, ".unfinished")
    }

    /// Begins one. Its folder is made.
    pub fn create(target: &Path, header: &Header) -> Result<Self, RecordingError> {
        let path = Self::path(target);
        let error = |cause| RecordingError::write(&path, cause);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let mut file = File::create(&path).map_err(error)?;
        file.write_all(header_line(header).as_bytes()).map_err(error)?;
        let writer = Writer::new(file, Inputs::default());
        Ok(Self { path, writer, written: 0 })
    }

    /// Writes what has been added since the last time.
    pub fn append(&mut self, recording: &Recording) -> Result<(), RecordingError> {
        for exchange in recording.exchanges.iter().skip(self.written) {
            let written = self.writer.exchange(exchange, |digest| recording.items.get(digest));
            written.map_err(|cause| RecordingError::write(&self.path, cause))?;
            self.written += 1;
        }
        Ok(())
    }

    /// Takes the file away, once the target is written.
    pub fn remove(target: &Path) {
        // What stays behind says of itself that it is not finished.
        let _ = std::fs::remove_file(Self::path(target));
    }

    /// What a session that did not end left for a target: `None` if there is nothing.
    pub fn recover(target: &Path) -> Result<Option<Recording>, RecordingError> {
        let path = Self::path(target);
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).map_err(|cause| RecordingError::read(&path, cause))?;
        let text = String::from_utf8_lossy(&text);
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut lines: Vec<&str> = text[..whole].split_inclusive('\n').collect();
        // Values of an exchange that did not come to be written.
        while lines.last().is_some_and(|line| line.starts_with("{\"item\"")) {
            lines.pop();
        }
        let end = lines.iter().filter(|line| line.starts_with("{\"exchange\"")).count();
        if end == 0 {
            return Ok(None);
        }
        let last = serde_json::to_string(&EndLine { end }).unwrap_or_default();
        Recording::parse(&path, &format!("{}{last}\n", lines.concat())).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::Log;
    use crate::recording::Recording;
    use std::path::Path;

    /// A recording that is shipped.
    fn shipped() -> Recording {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/fix-failing-test.jsonl");
        Recording::load(&path).unwrap()
    }

    #[test]
    fn whatever_was_whole_is_recovered() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/x.jsonl");
        assert!(Log::recover(&target).unwrap().is_none());
        let whole = shipped();
        let mut log = Log::create(&target, &whole.header).unwrap();
        let mut part = whole.clone();
        part.exchanges.truncate(2);
        log.append(&part).unwrap();
        assert_eq!(Log::recover(&target).unwrap().unwrap().exchanges, part.exchanges);
        log.append(&whole).unwrap();
        assert_eq!(Log::recover(&target).unwrap().unwrap(), whole);

        let text = std::fs::read_to_string(Log::path(&target)).unwrap();
        let fourth = text.match_indices("{\"exchange\"").nth(3).unwrap().0;
        let last = whole.exchanges.len() - 1;
        let cuts = [(text.len() - 1, last), (fourth, 3), (fourth + 9, 3), (10, 0), (0, 0)];
        for (cut, left) in cuts {
            std::fs::write(Log::path(&target), &text[..cut]).unwrap();
            let recovered = Log::recover(&target).unwrap();
            let exchanges = recovered.map(|recording| recording.exchanges).unwrap_or_default();
            assert_eq!(exchanges[..], whole.exchanges[..left], "cut at {cut}");
        }
        Log::remove(&target);
        assert!(!Log::path(&target).exists());
    }
}
