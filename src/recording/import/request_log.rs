//! Logs with one request and its answer a line: `{"request": BODY, "response": BODY}`. Loggers agree
//! on little more, so the bodies may be objects or strings, one level down in `body`, and the keys
//! may be the usual variations.

use super::lines::{Line, Lines};
use super::session::{Books, Session};
use super::sink::Sink;
use super::traffic::{Pair, Traffic};
use super::{Format, time};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError};
use crate::wire::Raw;
use std::path::Path;

const REQUEST: [&str; 3] = ["request", "request_body", "req"];
const RESPONSE: [&str; 3] = ["response", "response_body", "res"];
const TIME: [&str; 5] = ["timestamp", "time", "started_at", "created_at", "start_time"];

/// Reads a log.
pub(super) fn import(
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let mut lines = Lines::open(path)?;
    let mut books = Books::new(Format::ChatCompletions, path, sink);
    let mut traffic = Traffic::default();
    while let Some((number, line)) = lines.next()? {
        let read = match line {
            Line::Text(text) => bodies(text),
            Line::Bad(why) => Err(why),
        };
        let left_out = match read {
            Ok((request, response, at)) => {
                let from = format!("line {number}");
                let (request, response) = (&*request, &*response);
                traffic.pair(&mut books, &Pair { request, response, compact: false, at, from })?
            }
            Err(why) => Some(why),
        };
        if let Some(why) = left_out {
            books.skip(number, why);
        }
    }
    books.finish("unknown", None, &[Lack::Events])
}

type Bodies = (String, String, Option<i64>);

fn bodies(text: &str) -> Result<Bodies, String> {
    let raw: Raw = serde_json::from_str(text).map_err(|error| super::broken(&error))?;
    let fields = raw.fields().ok_or("not an object")?;
    let find = |names: &[&str]| {
        fields.iter().find(|(key, _)| names.contains(&key.as_str())).map(|(_, raw)| raw)
    };
    let request = find(&REQUEST).ok_or("no `request`")?;
    let response = find(&RESPONSE).ok_or("no `response`")?;
    let at = find(&TIME).map(Raw::value);
    let at = at.as_ref().and_then(|at| match at {
        serde_json::Value::String(text) => time::millis(text),
        // Seconds as a number, with a fraction or without.
        number => number.as_f64().map(|seconds| (seconds * 1_000.0) as i64),
    });
    Ok((body(request), body(response), at))
}

/// A body as it was: an object, a string that holds it, or either under `body`.
fn body(raw: &Raw) -> String {
    if let serde_json::Value::String(text) = raw.value() {
        return text;
    }
    let fields = raw.fields().unwrap_or_default();
    match fields.iter().find(|(key, _)| key == "body") {
        Some((_, inner)) => match inner.value() {
            serde_json::Value::String(text) => text,
            _ => inner.as_str().to_owned(),
        },
        None => raw.as_str().to_owned(),
    }
}
