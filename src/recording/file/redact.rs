//! A recording without its secrets: values are replaced in the item table, digests recomputed, and
//! everything that names a value follows. So the file loads and plays as before.

use super::{Body, Entry, Piece, Recorded, Recording, Sent, Text, Verbatim};
use crate::recording::secrets::{Hit, Secrets};
use crate::wire::{Digest, Ending};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

impl Recording {
    /// The recording with placeholders for secrets, and what they stand for, in the order of the
    /// item table and then of the exchanges.
    #[must_use]
    pub fn without_secrets(&self, secrets: &Secrets) -> (Self, Vec<Hit>) {
        let mut pass = Pass { secrets, moved: BTreeMap::new(), hits: Vec::new() };
        let mut new = self.clone();
        new.items.clear();
        for (digest, entry) in &self.items {
            let redacted = entry.raw().and_then(|raw| secrets.redact_raw(raw));
            match redacted {
                None => {
                    new.items.insert(*digest, entry.clone());
                }
                Some((raw, hits)) => {
                    pass.moved.insert(*digest, raw.digest());
                    pass.hits.extend(hits);
                    new.items.insert(raw.digest(), Entry::Raw(raw));
                }
            }
        }
        let header = &mut new.header;
        let named =
            [&mut header.agent, &mut header.model, &mut header.scenario, &mut header.variant];
        for text in named.into_iter().chain(&mut header.upstream) {
            pass.text(text);
        }
        for exchange in &mut new.exchanges {
            pass.exchange(exchange);
        }
        (new, pass.hits)
    }
}

impl Sent {
    /// The answer with placeholders for secrets, those included of which each event brings a part
    /// only.
    #[must_use]
    pub fn without_secrets(&self, secrets: &Secrets) -> Self {
        let mut pass = Pass { secrets, moved: BTreeMap::new(), hits: Vec::new() };
        let mut plain = self.quoting(&[]);
        pass.verbatim(&mut plain);
        // Nothing is quoted, so nothing can be missing.
        plain.unquoted().unwrap_or_else(|| self.clone())
    }
}

struct Pass<'a> {
    secrets: &'a Secrets,
    /// Values that were replaced: what they were, what they are.
    moved: BTreeMap<Digest, Digest>,
    hits: Vec<Hit>,
}

impl Pass<'_> {
    fn exchange(&mut self, exchange: &mut Recorded) {
        let fields = exchange.fields.iter_mut().map(|(_, digest)| digest);
        for digest in fields.chain(&mut exchange.input).chain(&mut exchange.output) {
            self.follow(digest);
        }
        self.text(&mut exchange.answered_by);
        match &mut exchange.ending {
            Ending::Failed { code, message } | Ending::Error { code, message } => {
                self.text(code);
                self.text(message);
            }
            Ending::Incomplete(reason) => self.text(reason),
            Ending::Completed | Ending::Cut => {}
        }
        for verbatim in exchange.attempts.iter_mut().chain(&mut exchange.sent) {
            self.verbatim(verbatim);
        }
    }

    fn follow(&self, digest: &mut Digest) {
        if let Some(new) = self.moved.get(digest) {
            *digest = *new;
        }
    }

    fn text(&mut self, text: &mut String) {
        let (new, hits) = self.secrets.redact(text);
        if !hits.is_empty() {
            *text = new.into_owned();
            self.hits.extend(hits);
        }
    }

    fn verbatim(&mut self, verbatim: &mut Verbatim) {
        for (name, value) in &mut verbatim.headers {
            // The name says what the value is.
            let mut line = format!("{name}: {value}");
            self.text(&mut line);
            value.replace_range(.., &line[name.len() + 2..]);
        }
        match &mut verbatim.body {
            Body::Whole(text) => self.pieces(&mut text.0),
            Body::Sse(text) => {
                self.deltas(std::slice::from_mut(text));
                self.pieces(&mut text.0);
            }
            Body::Frames(frames) => {
                self.deltas(frames);
                frames.iter_mut().for_each(|frame| self.pieces(&mut frame.0));
            }
        }
    }

    fn pieces(&mut self, pieces: &mut [Piece]) {
        for piece in pieces {
            match piece {
                Piece::Plain(text) => self.text(text),
                Piece::Quoted { item } => self.follow(item),
            }
        }
    }

    /// Secrets of which each event brings a part only.
    fn deltas(&mut self, texts: &mut [Text]) {
        let mut streams: BTreeMap<String, Vec<(Place, String)>> = BTreeMap::new();
        for (number, text) in texts.iter().enumerate() {
            for (at, piece) in text.0.iter().enumerate() {
                let Piece::Plain(plain) = piece else { continue };
                for (stream, start, delta) in deltas_of(plain) {
                    let place = Place { text: number, piece: at, start };
                    streams.entry(stream).or_default().push((place, delta.to_owned()));
                }
            }
        }
        for parts in streams.into_values() {
            let deltas: Vec<&str> = parts.iter().map(|(_, delta)| delta.as_str()).collect();
            let Some((new, hits)) = self.secrets.redact_parts(&deltas) else { continue };
            self.hits.extend(hits);
            for ((place, old), new) in parts.iter().zip(new) {
                if let Piece::Plain(plain) = &mut texts[place.text].0[place.piece] {
                    plain.replace_range(place.start..place.start + old.len(), &new);
                }
            }
        }
    }
}

/// Where the text of a delta stands.
struct Place {
    text: usize,
    piece: usize,
    start: usize,
}

/// What a delta event says: where its text belongs, and the text as it is written.
#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(rename = "type")]
    kind: String,
    output_index: Option<u32>,
    content_index: Option<u32>,
    summary_index: Option<u32>,
    #[serde(borrow)]
    delta: &'a RawValue,
}

/// The deltas of a text: which stream they belong to, where they stand, and their text, escaped as
/// it is, without quotes.
fn deltas_of(text: &str) -> Vec<(String, usize, &str)> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.contains("\"delta\"")) {
        let json = line.strip_prefix("data:").unwrap_or(line).trim_start();
        let Ok(event) = serde_json::from_str::<Delta<'_>>(json) else { continue };
        let Delta { kind, output_index, content_index, summary_index, delta } = event;
        let Some(inside) = delta.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        else {
            continue;
        };
        let stream = format!("{kind} {output_index:?} {content_index:?} {summary_index:?}");
        // It borrows from the text, but does not say where.
        found.push((stream, inside.as_ptr() as usize - text.as_ptr() as usize, inside));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Answered, Entry, Header, Recorder, Recording, Sent};
    use super::{Body, Secrets};
    use crate::recording::{Delivery, Exchange, Outcome};
    use crate::wire::{Digest, Ending, Endpoint, Raw, Request};
    use std::path::Path;

    const KEY: &str = "q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1Nf5Jg0PsA4eU7iB";

    fn recording() -> Recording {
        let item = format!(r#"{{"type":"message","role":"user","content":"token: {KEY}"}}"#);
        let answer =
            format!(r#"{{"type":"message","role":"assistant","content":"use ghp_{KEY}"}}"#);
        let body = format!(r#"{{"model":"m","input":[{item}]}}"#);
        let request = Request::parse(body.as_bytes()).unwrap();
        let event = |delta: &str| {
            format!(
                "data: {{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"{delta}\"}}\n\n"
            )
        };
        let stream = [
            event("use g"),
            event("hp_q7Xk2Vb9Tz4Lm8Rw"),
            event(&KEY[16..]),
            format!("data: {{\"type\":\"response.output_item.done\",\"item\":{answer}}}\n\n"),
        ];
        let sent = Sent {
            status: 200,
            headers: vec![("set-cookie".into(), format!("sid={KEY}; path=/"))],
            body: Body::Sse(stream.concat()),
            torn: false,
        };
        let exchange = Exchange {
            seq: 0,
            thread: 0,
            endpoint: Endpoint::Responses,
            request,
            delivery: Delivery::default(),
            wire_bytes: 0,
            status: 200,
            outcome: Outcome::Completed,
            incomplete: None,
            output: vec![Raw::parse(&answer).unwrap()],
            usage: None,
            error: None,
            response_id: "resp_1".into(),
        };
        let mut recorder = Recorder::new(Header::new("recorded", "a 1", "m", "s", "base"));
        recorder.push(
            &exchange,
            &Answered {
                ending: &Ending::Completed,
                response_id: "resp_1",
                answered_by: "upstream",
                sent: Some(&sent),
            },
        );
        recorder.finish()
    }

    #[test]
    fn nothing_is_left_of_a_secret_and_the_file_still_loads() {
        let old = recording();
        let (new, hits) = old.without_secrets(&Secrets::default());
        assert!(hits.len() >= 4, "{hits:?}");
        let text = new.to_jsonl();
        assert_eq!(text.len(), old.to_jsonl().len());
        for part in [&KEY[..8], &KEY[8..16], &KEY[20..30]] {
            assert!(!text.contains(part), "{part}: {text}");
        }
        assert_eq!(Recording::parse(Path::new("x"), &text).unwrap(), new);
        assert_eq!(new.without_secrets(&Secrets::default()), (new.clone(), vec![]));
        let digests: Vec<(&Digest, &Entry)> = new.items.iter().collect();
        assert!(digests.iter().all(|(digest, entry)| entry.raw().unwrap().digest() == **digest));
    }
}
