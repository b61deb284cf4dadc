//! The lines of a file that may be larger than memory, packed or not.

use super::error::TraceErrorKind as Kind;
use std::io::{BufRead, BufReader, Read};

/// Longest line, in MB: a request of a million blocks has 10 MB.
const LONGEST: usize = 256;

/// Lines, without their ends.
pub(super) struct Lines {
    input: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Of bytes as they come; what begins as zstd does is unpacked, whatever its name.
    pub(super) fn new(input: Box<dyn Read + Send>) -> Result<Self, Kind> {
        const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
        let mut input = BufReader::with_capacity(1 << 16, input);
        // Fewer bytes than asked for may come from a pipe; a trace begins with more than four.
        let packed = input.fill_buf().map_err(Kind::Read)?.starts_with(&MAGIC);
        let input: Box<dyn BufRead + Send> = match packed {
            true => {
                let unpacked = zstd::Decoder::with_buffer(input).map_err(Kind::Read)?;
                Box::new(BufReader::with_capacity(1 << 16, unpacked))
            }
            false => Box::new(input),
        };
        Ok(Self { input, line: Vec::new(), number: 0 })
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Kind> {
        self.line.clear();
        self.number += 1;
        let most = (LONGEST * 1_000_000) as u64;
        let mut input = (&mut self.input).take(most);
        let read = input.read_until(b'\n', &mut self.line).map_err(Kind::Read)?;
        if read == 0 {
            return Ok(None);
        }
        match self.line.strip_suffix(b"\n") {
            Some(line) => Ok(Some(line.strip_suffix(b"\r").unwrap_or(line))),
            None if read as u64 == most => Err(Kind::Long(LONGEST)),
            None => Ok(Some(&self.line)),
        }
    }

    /// The number of the line that was last asked for, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}
