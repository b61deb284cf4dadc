//! Older versions of the recording format, brought to the current one step by step.
//!
//! A step changes the text and nothing that it does not have to: items keep their bytes, so digests,
//! and whatever was matched by them, stay. The reader, which knows the current version only, has the
//! last word.

use super::file::VERSION;
use super::{Recording, RecordingError, RecordingErrorKind as Kind};
use serde_json::Value;
use std::path::Path;

/// The text of a file of the next version, or why it cannot be had.
type Step = fn(&str) -> Result<String, String>;

/// The step from version N to N + 1 stands at N - 1.
const STEPS: [Step; (VERSION - 1) as usize] = [to_2];

/// The text in the current version, and the version that it had; `None` if that is the current one.
///
/// # Errors
/// A text that is no recording, one of a version that is newer or that never was, and whatever the
/// reader objects to, with its line.
pub fn migrate(path: &Path, text: &str) -> Result<Option<(u64, String)>, RecordingError> {
    let found = version(text);
    let steps = match found {
        Some(0) | None => &[][..],
        Some(found) => STEPS.get(found as usize - 1..).unwrap_or_default(),
    };
    let Some(found) = found.filter(|_| !steps.is_empty()) else {
        // Current, or nothing that a step could begin with: the reader says which.
        Recording::parse(path, text)?;
        return Ok(None);
    };
    let mut new = text.to_owned();
    for step in steps {
        new = step(&new).map_err(|why| RecordingError::line(path, 1, Kind::Line(why)))?;
    }
    Recording::parse(path, &new)?;
    Ok(Some((found, new)))
}

/// The version that a recording says it has.
fn version(text: &str) -> Option<u64> {
    let first: Value = serde_json::from_str(text.lines().next()?).ok()?;
    (first.get("unreel")?.as_str()? == "recording").then_some(())?;
    first.get("version")?.as_u64()
}

/// Version 2 has keys that version 1 has not, and lacks none.
fn to_2(text: &str) -> Result<String, String> {
    let (first, rest) = text.split_once('\n').ok_or("the first line does not end")?;
    let mut header: Value = serde_json::from_str(first).map_err(|error| error.to_string())?;
    header["version"] = 2.into();
    Ok(format!("{header}\n{rest}"))
}

#[cfg(test)]
mod tests {
    use super::migrate;
    use std::path::Path;

    #[test]
    fn what_is_no_recording_is_refused_as_the_reader_does() {
        for (text, expected) in [
            ("", "this is no unreel recording: the file is empty"),
            ("{\"unreel\":\"journal\",\"version\":1}\n", "this is no unreel recording"),
            ("{\"unreel\":\"recording\",\"version\":0}\n", "the file has format version 0"),
            ("{\"unreel\":\"recording\",\"version\":99}\n", "the file has format version 99"),
            ("{\"unreel\":\"recording\",\"version\":1}", "a.jsonl:1: the first line does not end"),
            ("{\"unreel\":\"recording\",\"version\":1}\n", "a.jsonl:1: column"),
        ] {
            let error = migrate(Path::new("a.jsonl"), text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
