//! Reading, with errors that name the line.

use super::line::{
    Elided, EndLine, ExchangeLine, FieldsRef, Header, ResponsePart, VERSION, ending_of,
};
use super::{Entry, Recorded, Recording, Verbatim};
use crate::recording::{Inputs, RecordingError, RecordingErrorKind as Kind};
use crate::wire::{Digest, Raw};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemLine {
    item: Digest,
    #[serde(default, deserialize_with = "present")]
    json: Option<Raw>,
    text: Option<String>,
    elided: Option<Elided>,
}

/// A value that is there, `null` too.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Raw>, D::Error> {
    Raw::deserialize(deserializer).map(Some)
}

impl Recording {
    /// Reads a file; `.zst` is decompressed.
    pub fn load(path: &Path) -> Result<Self, RecordingError> {
        Self::parse(path, &read_text(path)?)
    }

    /// Reads a file that is to be played: one without texts cannot be.
    pub fn load_to_play(path: &Path) -> Result<Self, RecordingError> {
        let recording = Self::load(path)?;
        match recording.header.structure {
            Some(_) => Err(RecordingError::line(path, 1, Kind::NoTexts)),
            None => Ok(recording),
        }
    }

    /// Reads a text; `path` is only named in errors.
    pub fn parse(path: &Path, text: &str) -> Result<Self, RecordingError> {
        let at = |line: usize, kind: Kind| RecordingError::line(path, line, kind);
        let mut lines = text.split_inclusive('\n').enumerate();
        let first = lines.next().map(|(_, line)| line).unwrap_or_default();
        let header = header(first).map_err(|kind| at(1, kind))?;
        let mut recording = Self { header, items: BTreeMap::new(), exchanges: Vec::new() };
        let mut inputs = Inputs::default();
        let mut end = None;
        for (index, line) in lines {
            let number = index + 1;
            let Some(line) = line.strip_suffix('\n') else {
                return Err(at(number, Kind::Cut("the last line does not end".into())));
            };
            if end.is_some() {
                return Err(at(number, Kind::Line("nothing may follow the last line".into())));
            }
            if line.starts_with("{\"end\"") {
                let line: EndLine =
                    serde_json::from_str(line).map_err(|error| at(number, Kind::json(&error)))?;
                end = Some(line.end);
            } else if line.starts_with("{\"item\"") {
                let (digest, entry) = item(line).map_err(|kind| at(number, kind))?;
                recording.items.insert(digest, entry);
            } else {
                let line: ExchangeLine =
                    serde_json::from_str(line).map_err(|error| at(number, Kind::json(&error)))?;
                let exchange =
                    recording.resolve(&mut inputs, line).map_err(|kind| at(number, kind))?;
                recording.exchanges.push(exchange);
            }
        }
        let found = recording.exchanges.len();
        match end {
            Some(0) => Err(RecordingError::file(path, Kind::Cut("it holds no exchange".into()))),
            Some(end) if end == found => Ok(recording),
            Some(end) => {
                let what = format!("{found} of its {end} exchanges are there");
                Err(RecordingError::file(path, Kind::Cut(what)))
            }
            None => {
                let what = format!("it ends after {found} exchanges, without its last line");
                Err(RecordingError::file(path, Kind::Cut(what)))
            }
        }
    }

    fn resolve(&self, inputs: &mut Inputs, line: ExchangeLine) -> Result<Recorded, Kind> {
        let expected = self.exchanges.len() as u32;
        if line.exchange != expected {
            let found = line.exchange;
            return Err(Kind::Cut(format!("exchange {expected} is missing, found {found}")));
        }
        if line.parent.is_some_and(|parent| parent >= expected) {
            return Err(Kind::Line(format!(
                "/parent: exchange {expected} cannot continue a later one"
            )));
        }
        let fields = match line.fields {
            FieldsRef::List(fields) => fields,
            FieldsRef::As(earlier) => match self.exchanges.get(earlier as usize) {
                Some(exchange) => exchange.fields.clone(),
                None => {
                    return Err(Kind::Line(format!("/fields/as: no exchange {earlier} before")));
                }
            },
        };
        let input = inputs
            .decode(&line.input)
            .ok_or_else(|| Kind::Line("/input: a run points outside of earlier inputs".into()))?;
        let needed = fields.iter().map(|(_, digest)| digest).chain(&input);
        let verbatim = line.attempts.iter().chain(&line.response.sent);
        let quoted = verbatim.flat_map(Verbatim::digests);
        for digest in needed.chain(&line.response.output).chain(quoted) {
            if !self.items.contains_key(digest) {
                return Err(Kind::Cut(format!("it lacks item {digest}, which this line needs")));
            }
        }
        let ResponsePart { id, outcome, reason, failure, output, usage, answered_by, stale, sent } =
            line.response;
        let ending = ending_of(outcome, reason, failure)
            .map_err(|wrong| Kind::Line(format!("/response: {wrong}")))?;
        Ok(Recorded {
            thread: line.thread,
            parent: line.parent,
            endpoint: line.endpoint,
            fields,
            input_at: line.input_at,
            input_is_text: line.input_is_text,
            input,
            response_id: id,
            ending,
            output,
            usage,
            answered_by,
            at_ms: line.at_ms,
            stale,
            sent,
            attempts: line.attempts,
        })
    }
}

/// The text of a file; `.zst` is decompressed.
pub fn read_text(path: &Path) -> Result<String, RecordingError> {
    let mut bytes = std::fs::read(path).map_err(|cause| RecordingError::read(path, cause))?;
    if path.extension().is_some_and(|end| end == "zst") {
        bytes = zstd::decode_all(bytes.as_slice())
            .map_err(|cause| RecordingError::file(path, Kind::Cut(cause.to_string())))?;
    }
    String::from_utf8(bytes).map_err(|_| {
        let found = "it is not UTF-8 text".into();
        RecordingError::file(path, Kind::Format { expected: "recording", found })
    })
}

/// Checks format and version before the exact shape, so that the message fits the mistake.
fn header(line: &str) -> Result<Header, Kind> {
    let start: String = line.trim_end().chars().take(60).collect();
    let found = match start.is_empty() {
        true => "the file is empty".to_owned(),
        false => format!("line 1 is {start:?}"),
    };
    let wrong = || Kind::Format { expected: "recording", found: found.clone() };
    let value: serde_json::Value = serde_json::from_str(line).map_err(|_| wrong())?;
    if value.get("unreel").and_then(|name| name.as_str()) != Some("recording") {
        return Err(wrong());
    }
    let found = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if found != VERSION {
        return Err(Kind::Version { found, reads: VERSION });
    }
    serde_json::from_str(line).map_err(|error| Kind::json(&error))
}

/// Most bytes or tokens of a value that was left out: sums of them must not overflow.
const MOST: u64 = 1 << 40;

fn item(line: &str) -> Result<(Digest, Entry), Kind> {
    let line: ItemLine = serde_json::from_str(line).map_err(|error| Kind::json(&error))?;
    let raw = match (line.json, line.text, line.elided) {
        (Some(raw), None, None) => raw,
        (None, Some(text), None) => {
            Raw::parse(&text).map_err(|error| Kind::Line(format!("/text: {error}")))?
        }
        (None, None, Some(elided)) if elided.bytes.max(elided.tokens) > MOST => {
            return Err(Kind::Line(format!("/elided: sizes above {MOST} are nobody's")));
        }
        (None, None, Some(elided)) => return Ok((line.item, Entry::Elided(elided))),
        _ => return Err(Kind::Line("an item has exactly one of json, text, elided".into())),
    };
    if raw.digest() != line.item {
        let (found, named) = (raw.digest(), line.item);
        return Err(Kind::Line(format!(
            "/item: the line was edited: its content has the digest {found}, not {named}"
        )));
    }
    Ok((line.item, Entry::Raw(raw)))
}
