//! Server-sent events, both directions, over raw bytes.
//!
//! The decoder follows the WHATWG rules for event streams and works line by line on bytes: a line
//! end never falls inside a UTF-8 sequence, so any chunking gives the same events and `data` keeps
//! every byte of valid UTF-8. The encoder writes the one form that OpenAI sends.

/// One event. An event without an `event:` line has no name; its type is then in the data alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The `event:` line.
    pub event: Option<String>,
    /// The `data:` lines joined by line feeds, byte for byte.
    pub data: String,
    /// The newest `id:` of the stream, which OpenAI does not send.
    pub id: Option<String>,
}

impl SseEvent {
    /// An event with a name.
    #[must_use]
    pub fn new(event: &str, data: impl Into<String>) -> Self {
        Self { event: Some(event.into()), data: data.into(), id: None }
    }
}

/// Writes events as `event: T`, `data: ..`, blank line. No `id:` lines: OpenAI sends none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Encoder {
    /// Whether the stream ends with `data: [DONE]`. OpenAI's Responses streams do not, the Open
    /// Responses specification demands it, and every known client takes both.
    pub done: bool,
}

impl Encoder {
    /// One block. Line breaks in `data` (white space of a verbatim item) become further `data:`
    /// lines; a carriage return has no representation in an event stream and becomes a line feed.
    #[must_use]
    pub fn event(&self, event: &SseEvent) -> String {
        let mut block = String::with_capacity(event.data.len() + 64);
        if let Some(name) = &event.event {
            block.push_str("event: ");
            block.push_str(name);
            block.push('\n');
        }
        if event.data.contains(['\n', '\r']) {
            let data = event.data.replace("\r\n", "\n");
            for line in data.split(['\n', '\r']) {
                push_data(&mut block, line);
            }
        } else {
            push_data(&mut block, &event.data);
        }
        block.push('\n');
        block
    }

    /// What follows the last event: `[DONE]` or nothing.
    #[must_use]
    pub fn end(&self) -> &'static str {
        if self.done { "data: [DONE]\n\n" } else { "" }
    }
}

fn push_data(block: &mut String, line: &str) {
    block.push_str("data: ");
    block.push_str(line);
    block.push('\n');
}

/// Reads events from bytes as they arrive.
#[derive(Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed right after it belongs to it.
    after_cr: bool,
    /// At least one line was read, so a byte order mark is no longer one.
    started: bool,
    name: Option<String>,
    data: Option<String>,
    id: Option<String>,
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, cut anywhere, and gives the events that are complete with them.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<SseEvent> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.line.extend_from_slice(rest);
                break;
            };
            self.line.extend_from_slice(&rest[..end]);
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            events.extend(self.take_line(&line));
        }
        events
    }

    /// The end of the stream: what of an event was there without its blank line. By the standard
    /// it is dropped; it is given here so that a cut can be described.
    #[must_use]
    pub fn finish(mut self) -> Option<SseEvent> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line);
        }
        let data = self.data.take();
        let name = self.name.take();
        (data.is_some() || name.is_some()).then(|| SseEvent {
            event: name,
            data: data.unwrap_or_default(),
            id: self.id,
        })
    }

    fn take_line(&mut self, line: &[u8]) -> Option<SseEvent> {
        let mut line = line;
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            let name = self.name.take();
            let data = self.data.take()?;
            return Some(SseEvent { event: name, data, id: self.id.clone() });
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &b""[..]),
        };
        match field {
            b"data" => {
                let value = String::from_utf8_lossy(value);
                match &mut self.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(&value);
                    }
                    none => *none = Some(value.into_owned()),
                }
            }
            b"event" => {
                let name = String::from_utf8_lossy(value).into_owned();
                self.name = (!name.is_empty()).then_some(name);
            }
            b"id" if !value.contains(&0) => {
                self.id = Some(String::from_utf8_lossy(value).into_owned());
            }
            // Comments (an empty field), `retry:` and fields to come.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Encoder, SseEvent};
    use proptest::prelude::*;

    fn decode(bytes: &[u8]) -> (Vec<SseEvent>, Option<SseEvent>) {
        let mut decoder = Decoder::new();
        let events = decoder.feed(bytes);
        (events, decoder.finish())
    }

    fn plain(data: &str) -> SseEvent {
        SseEvent { data: data.into(), ..SseEvent::default() }
    }

    #[test]
    fn writes_one_block_per_event() {
        let block = Encoder::default().event(&SseEvent::new("response.created", "{\"a\":1}"));
        assert_eq!(block, "event: response.created\ndata: {\"a\":1}\n\n");
        assert_eq!(Encoder::default().end(), "");
        assert_eq!(Encoder { done: true }.end(), "data: [DONE]\n\n");
    }

    #[test]
    fn follows_the_standard_in_the_corners() {
        let text = "\u{feff}: hello\nretry: 10\nid: 7\ndata:no space\ndata:  two\n\nevent: x\n\ndata\n\nevent: y\ndata: z\n\n";
        let (events, rest) = decode(text.as_bytes());
        let id = Some("7".to_owned());
        assert_eq!(
            events,
            [
                SseEvent { data: "no space\n two".into(), id: id.clone(), event: None },
                SseEvent { data: String::new(), id: id.clone(), event: None },
                SseEvent { data: "z".into(), id, event: Some("y".into()) },
            ]
        );
        assert_eq!(rest, None);
    }

    #[test]
    fn takes_every_line_end() {
        for text in
            ["data: a\n\ndata: b\n\n", "data: a\r\rdata: b\r\r", "data: a\r\n\r\ndata: b\r\n\r\n"]
        {
            assert_eq!(decode(text.as_bytes()).0, [plain("a"), plain("b")], "{text:?}");
        }
    }

    #[test]
    fn reports_an_event_without_blank_line_only_at_the_end() {
        let (events, rest) = decode(b"data: a\n\nevent: e\ndata: {\"cut");
        assert_eq!(events, [plain("a")]);
        assert_eq!(rest, Some(SseEvent::new("e", "{\"cut")));
    }

    fn event() -> impl Strategy<Value = SseEvent> {
        let name = proptest::option::of("[a-z._]{1,12}");
        // Any text without carriage return; line feeds exercise multi-line data.
        (name, "(\\PC|\n|:| |\u{feff}|é|😀){0,40}").prop_map(|(event, data)| SseEvent {
            event,
            data,
            id: None,
        })
    }

    proptest! {
        #[test]
        fn any_dress_and_any_cut_decode_to_the_same(
            events in proptest::collection::vec(event(), 0..8),
            ends in proptest::collection::vec(0..3usize, 1..6),
            comments in proptest::collection::vec(any::<bool>(), 1..6),
            cuts in proptest::collection::vec(1..9usize, 1..6),
            bom in any::<bool>(),
        ) {
            let mut dressed = String::from(if bom { "\u{feff}" } else { "" });
            let (mut line_number, mut end) = (0, "\n");
            for event in &events {
                for line in Encoder::default().event(event).split_terminator('\n') {
                    if comments[line_number % comments.len()] {
                        dressed.push_str(": ping");
                        end = ["\n", "\r\n", "\r"][(line_number + 1) % 3];
                        dressed.push_str(end);
                    }
                    dressed.push_str(line);
                    let next = ["\n", "\r\n", "\r"][ends[line_number % ends.len()]];
                    // A line feed after a carriage return would only complete the last line.
                    end = if line.is_empty() && end == "\r" { "\r" } else { next };
                    dressed.push_str(end);
                    line_number += 1;
                }
            }
            let mut decoder = Decoder::new();
            let mut got = Vec::new();
            let (mut rest, mut step) = (dressed.as_bytes(), 0);
            while !rest.is_empty() {
                let (head, tail) = rest.split_at(cuts[step % cuts.len()].min(rest.len()));
                got.extend(decoder.feed(head));
                (rest, step) = (tail, step + 1);
            }
            prop_assert_eq!(decoder.finish(), None);
            prop_assert_eq!(got, events);
        }
    }
}
