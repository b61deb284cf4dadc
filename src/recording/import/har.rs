//! HTTP archives: what a browser, a proxy or a debugger saw. Only calls of the two APIs count, and
//! only those that were answered; the others are counted.

use super::session::{Books, Session};
use super::sink::Sink;
use super::traffic::{Pair, Traffic};
use super::{Format, LineCounter, lines, time};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError};
use base64::Engine;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::path::Path;

#[derive(Deserialize)]
struct Archive<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(default)]
    creator: Value,
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "startedDateTime")]
    started: Option<String>,
    request: Asked,
    response: Given,
}

#[derive(Deserialize)]
struct Asked {
    method: String,
    url: String,
    #[serde(rename = "postData")]
    body: Option<Body>,
}

#[derive(Deserialize)]
struct Given {
    status: i64,
    content: Option<Body>,
}

#[derive(Deserialize)]
struct Body {
    text: Option<String>,
    encoding: Option<String>,
}

impl Body {
    fn decode(self) -> Result<String, String> {
        let text = self.text.unwrap_or_default();
        if self.encoding.as_deref() != Some("base64") {
            return Ok(text);
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim());
        let bytes = bytes.map_err(|error| format!("the body is not base64: {error}"))?;
        String::from_utf8(bytes).map_err(|_| "the body is not UTF-8".to_owned())
    }
}

/// Reads an archive.
pub(super) fn import(
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let text = lines::whole(path)?;
    let archive: Archive<'_> =
        serde_json::from_str(&text).map_err(|error| super::unreadable(path, &error))?;
    let mut books = Books::new(Format::Har, path, sink);
    let mut traffic = Traffic::default();
    let mut others = 0;
    let mut places = LineCounter::new(&text);
    for (at, raw) in archive.log.entries.iter().enumerate() {
        let line = places.of(raw.get());
        let entry: Entry = match serde_json::from_str(raw.get()) {
            Ok(entry) => entry,
            Err(error) => {
                books.skip(line, format!("entry {at}: {}", super::broken(&error)));
                continue;
            }
        };
        let path = entry.request.url.split(['?', '#']).next().unwrap_or_default();
        let ours = ["/responses", "/responses/compact", "/chat/completions"];
        let ours = ours.iter().any(|end| path.ends_with(end)) && entry.request.method == "POST";
        if !ours {
            others += 1;
            continue;
        }
        let compact = path.ends_with("/compact");
        if let Some(why) = take(&mut books, &mut traffic, at, entry, compact)? {
            books.skip(line, format!("entry {at}: {why}"));
        }
    }
    if others > 0 {
        let are = if others == 1 { "is no call" } else { "are no calls" };
        books.session.note(None, format!("{others} of its entries {are} of a model"));
    }
    let name = archive.log.creator["name"].as_str().map(str::to_owned);
    let version = archive.log.creator["version"].as_str().map(str::to_owned);
    books.finish(name.as_deref().unwrap_or("unknown"), version, &[Lack::Events])
}

fn take(
    books: &mut Books<'_>,
    traffic: &mut Traffic,
    number: usize,
    entry: Entry,
    compact: bool,
) -> Result<Option<String>, RecordingError> {
    if entry.response.status != 200 {
        return Ok(Some(format!("answered with HTTP {}", entry.response.status)));
    }
    let bodies = (|| {
        let request = entry.request.body.ok_or("no body of the request")?.decode()?;
        let response = entry.response.content.ok_or("no body of the response")?.decode()?;
        Ok::<_, String>((request, response))
    })();
    let (request, response) = match bodies {
        Ok(bodies) => bodies,
        Err(why) => return Ok(Some(why)),
    };
    let at = entry.started.as_deref().and_then(time::millis);
    let from = format!("entry {number}");
    let pair = Pair { request: &request, response: &response, compact, at, from };
    traffic.pair(books, &pair)
}
