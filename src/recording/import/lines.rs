//! A log line by line. A line is all that is held, and a line longer than [`LIMIT`] is not.

use crate::recording::{RecordingError, RecordingErrorKind as Kind};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Bytes of the longest line that is read: more than any context window holds, images included.
pub(super) const LIMIT: usize = 256 << 20;

/// One line, or why it cannot be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// The text, without its line feed. Blank lines do not come up.
    Text(&'a str),
    /// It is not UTF-8, or too long.
    Bad(String),
}

/// Reads a file; `.zst` is decompressed.
pub(super) struct Lines<'p> {
    path: &'p Path,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    number: usize,
    limit: usize,
}

impl<'p> Lines<'p> {
    /// Opens a log.
    pub(super) fn open(path: &'p Path) -> Result<Self, RecordingError> {
        let error = |cause| RecordingError::read(path, cause);
        let file = File::open(path).map_err(error)?;
        let reader: Box<dyn BufRead> = match path.extension().is_some_and(|end| end == "zst") {
            true => Box::new(BufReader::new(zstd::Decoder::new(file).map_err(error)?)),
            false => Box::new(BufReader::with_capacity(1 << 16, file)),
        };
        Ok(Self::new(path, reader, LIMIT))
    }

    fn new(path: &'p Path, reader: Box<dyn BufRead>, limit: usize) -> Self {
        Self { path, reader, line: Vec::new(), number: 0, limit }
    }

    /// The next line that is not blank, with its number from 1.
    pub(super) fn next(&mut self) -> Result<Option<(usize, Line<'_>)>, RecordingError> {
        loop {
            self.line.clear();
            let limit = self.limit as u64 + 1;
            let mut limited = self.reader.by_ref().take(limit);
            let read = limited.read_until(b'\n', &mut self.line);
            let read = read.map_err(|cause| RecordingError::read(self.path, cause))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let ended = self.line.pop_if(|byte| *byte == b'\n').is_some();
            if !ended && self.line.len() > self.limit {
                self.line.clear();
                let read = self.reader.skip_until(b'\n');
                read.map_err(|cause| RecordingError::read(self.path, cause))?;
                let what = format!("the line is longer than {} bytes", self.limit);
                return Ok(Some((self.number, Line::Bad(what))));
            }
            if self.line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        Ok(Some((self.number, text(&self.line))))
    }
}

fn text(line: &[u8]) -> Line<'_> {
    match std::str::from_utf8(line) {
        // Some editors put a mark before the first line.
        Ok(text) => Line::Text(text.trim_start_matches('\u{feff}')),
        Err(error) => Line::Bad(format!("not valid UTF-8 from byte {}", error.valid_up_to())),
    }
}

/// Bytes of the largest file that is read whole, because it is one JSON document.
pub(super) const WHOLE: u64 = 512 << 20;

/// Reads a file that is one document.
pub(super) fn whole(path: &Path) -> Result<String, RecordingError> {
    String::from_utf8(bytes(path)?).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        RecordingError::line(path, line, Kind::Line("not valid UTF-8".into()))
    })
}

/// Reads a file that has to be there as a whole.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, RecordingError> {
    let error = |cause| RecordingError::read(path, cause);
    let file = File::open(path).map_err(error)?;
    let mut bytes = Vec::new();
    file.take(WHOLE + 1).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > WHOLE {
        let what = format!("the file is longer than {WHOLE} bytes, and it cannot be read in parts");
        return Err(RecordingError::file(path, Kind::Line(what)));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines};
    use std::io::Cursor;
    use std::path::Path;

    #[test]
    fn lines_are_numbered_and_bad_ones_passed_over() {
        let text = b"a\n\n  \r\nlonger than ten\nb\xff\nten bytes!\nc".to_vec();
        let mut lines = Lines::new(Path::new("x"), Box::new(Cursor::new(text)), 10);
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            found.push(match line {
                Line::Text(text) => format!("{number} {text}"),
                Line::Bad(what) => format!("{number}! {what}"),
            });
        }
        let expected = [
            "1 a",
            "4! the line is longer than 10 bytes",
            "5! not valid UTF-8 from byte 1",
            "6 ten bytes!",
            "7 c",
        ];
        assert_eq!(found, expected);
    }
}
