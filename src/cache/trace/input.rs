//! Bytes of a trace, unpacked on the way: a trace may be larger than memory.

use super::error::TraceErrorKind as Kind;
use std::io::{BufRead, BufReader, Read};

/// How a packed file begins.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes held at once.
const BUFFER: usize = 1 << 16;

/// Longest line, in MB: a request of a million blocks has 10 MB.
const LONGEST: usize = 32;

/// Bytes as they come, or unpacked if they begin as zstd does, whatever the file's name.
pub(super) fn unpacked(input: Box<dyn Read + Send>) -> Result<Box<dyn BufRead + Send>, Kind> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    if !input.fill_buf().map_err(Kind::Read)?.starts_with(&ZSTD) {
        return Ok(Box::new(input));
    }
    let unpacked = zstd::Decoder::with_buffer(input).map_err(Kind::Read)?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, unpacked)))
}

/// Reads a line, without its end; false at the end of the input.
pub(super) fn line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<bool, Kind> {
    line.clear();
    let most = (LONGEST * 1_000_000) as u64;
    let read = input.take(most).read_until(b'\n', line).map_err(Kind::Read)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if read as u64 == most {
        return Err(Kind::Long(LONGEST));
    }
    Ok(read > 0)
}

/// Reads a record of a fixed length; false at the end of the input.
pub(super) fn record(input: &mut dyn BufRead, record: &mut [u8]) -> Result<bool, Kind> {
    let mut read = 0;
    while read < record.len() {
        match input.read(&mut record[read..]) {
            Ok(0) if read == 0 => return Ok(false),
            Ok(0) => return Err(Kind::Part { bytes: read, whole: record.len() }),
            Ok(more) => read += more,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(Kind::Read(cause)),
        }
    }
    Ok(true)
}
