//! Logs of Inspect: `.eval`, a ZIP with one JSON file a sample, and `.json`, all in one.
//!
//! Each sample is a conversation. Its `model` events hold what was asked and answered; a log that
//! was written without events has the messages alone. Long texts stand in a table beside the events
//! and are put back where the events name them.

use super::session::{Books, Session};
use super::sink::Sink;
use super::{Format, LineCounter, lines};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError, RecordingErrorKind as Kind};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

#[path = "inspect_sample.rs"]
mod sample;

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(default)]
    eval: Value,
    #[serde(borrow)]
    samples: Option<Vec<&'a RawValue>>,
}

/// Reads a log.
pub(super) fn import(
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let mut books = Books::new(Format::Inspect, path, sink);
    let eval = match is_zip(path)? {
        true => archive(path, &mut books)?,
        false => document(path, &mut books)?,
    };
    let text = |pointer: &str| eval.pointer(pointer)?.as_str().map(str::to_owned);
    let session = &mut books.session;
    session.id = text("/eval_id").or(text("/run_id"));
    session.started = text("/created");
    session.commit = text("/revision/commit");
    session.repository = text("/revision/origin");
    let version = text("/packages/inspect_ai");
    books.finish("inspect", version, &[Lack::Events])
}

fn is_zip(path: &Path) -> Result<bool, RecordingError> {
    let error = |cause| RecordingError::read(path, cause);
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read(&mut start)).map_err(error)?;
    Ok(start[..read] == *b"PK\x03\x04")
}

fn document(path: &Path, books: &mut Books<'_>) -> Result<Value, RecordingError> {
    let text = lines::whole(path)?;
    let log: Log<'_> =
        serde_json::from_str(&text).map_err(|error| super::unreadable(path, &error))?;
    let mut places = LineCounter::new(&text);
    for (at, raw) in log.samples.unwrap_or_default().iter().enumerate() {
        let line = places.of(raw.get());
        if let Some(why) = sample::take(books, raw.get(), &log.eval)? {
            books.skip(line, format!("sample {at}: {why}"));
        }
    }
    Ok(log.eval)
}

/// Samples one after the other, each no larger than [`lines::WHOLE`].
fn archive(path: &Path, books: &mut Books<'_>) -> Result<Value, RecordingError> {
    let broken = |what: String| RecordingError::file(path, Kind::Cut(what));
    let bytes = lines::bytes(path)?;
    let zip = rawzip::ZipArchive::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    let mut names: BTreeMap<String, (rawzip::CompressionMethod, rawzip::ZipArchiveEntryWayfinder)> =
        BTreeMap::new();
    let mut entries = zip.entries();
    while let Some(entry) = entries.next_entry().map_err(|error| broken(error.to_string()))? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        names.insert(name, (entry.compression_method(), entry.wayfinder()));
    }
    let read = |name: &str| -> Result<String, String> {
        let (method, place) = names.get(name).ok_or("it is not there")?;
        let entry = zip.get_entry(*place).map_err(|error| error.to_string())?;
        unpack(*method, entry.data())
    };
    let first = ["header.json", "_journal/start.json"];
    let eval = match first.iter().find(|name| names.contains_key(**name)) {
        Some(name) => {
            let text = read(name).map_err(|why| broken(format!("{name}: {why}")))?;
            let head: Value =
                serde_json::from_str(&text).map_err(|error| broken(format!("{name}: {error}")))?;
            head["eval"].clone()
        }
        None => Value::Null,
    };
    let samples = names.keys().filter(|name| name.starts_with("samples/"));
    for name in samples.filter(|name| name.ends_with(".json")) {
        let wrong = match read(name) {
            Ok(text) => sample::take(books, &text, &eval)?,
            Err(why) => Some(why),
        };
        if let Some(why) = wrong {
            books.skip(1, format!("{name}: {why}"));
        }
    }
    Ok(eval)
}

/// The text of one file of an archive. What unpacks to more than a document may have is refused.
fn unpack(method: rawzip::CompressionMethod, data: &[u8]) -> Result<String, String> {
    let reader: Box<dyn Read + '_> = match method {
        rawzip::CompressionMethod::STORE => Box::new(data),
        rawzip::CompressionMethod::DEFLATE => Box::new(flate2::read::DeflateDecoder::new(data)),
        rawzip::CompressionMethod::ZSTD => {
            Box::new(zstd::Decoder::new(data).map_err(|error| error.to_string())?)
        }
        other => return Err(format!("compressed in a way that is not read: {other:?}")),
    };
    let mut text = String::new();
    let read = reader.take(lines::WHOLE + 1).read_to_string(&mut text);
    match read.map_err(|error| error.to_string())? as u64 > lines::WHOLE {
        true => Err(format!("longer than {} bytes", lines::WHOLE)),
        false => Ok(text),
    }
}
