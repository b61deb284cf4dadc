//! The rendered prompt: what of a request a prefix cache sees, as segments in a fixed order.
//!
//! Providers do not publish their rendering, so this one is a declared convention: tools, then
//! instructions, then input items, each as the compact JSON that was received, ended by a line
//! feed. Compact JSON holds no line feed, so segments part themselves and comparing segments is
//! comparing bytes. What clients change between requests without changing the prompt (`id`,
//! `status`, pass-through fields) and our own protocol lines (`[unreel:..]`) are left out.

use super::part::Part;
use super::surgery::{compact, map_literals, without_last_lines, without_marks, without_members};
use super::tokens::{Tokenizer, count};
use crate::recording::file::Elided;
use crate::recording::{CacheMark, Common, elided, seal, structure};
use crate::wire::{Digest, Raw, Request};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Version of the rendering rules; a change of any of them raises it.
pub const RENDER_VERSION: u32 = 2;

/// Top-level fields of a tool or item that are no part of the prompt: `id` and `status` are
/// bookkeeping, the last is a field that Codex sends to its own provider only.
pub const DROPPED_FIELDS: [&str; 3] =
    ["id", "status", "internal_chat_message_metadata_passthrough"];

/// What marks a place to cache up to, on a tool, an item or a part of an item: an instruction to the
/// cache and no part of the prompt, so that a mark that moves on leaves the prefix as it was.
pub const CACHE_MARKS: [&str; 2] = ["prompt_cache_breakpoint", "cache_control"];

/// Tokens of an image sent as a `data:` URL, a declared constant: what OpenAI's tile rule gives for
/// 1024 x 1024 pixels in high detail (85 + 4 x 170). Its base64 counts as bytes only.
pub const IMAGE_TOKENS: u64 = 765;

/// Begins a line of protocol state, which no measure counts.
const STATE: &str = "[unreel:";

/// One part of a rendered prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// JSON pointer in the request body: `/tools/3`, `/instructions`, `/input/7`, or `/input` for a
    /// plain string.
    pub pointer: String,
    /// The bytes that count, line feed included.
    pub text: Arc<str>,
    /// Digest of `text`.
    pub digest: Digest,
    /// Its o200k tokens: an image counts [`IMAGE_TOKENS`], sealed content what it says.
    pub tokens: u64,
    /// What it is.
    pub part: Part,
    /// Whether there is an image in it.
    pub image: bool,
    /// Where the client marked it, in the order of the text.
    pub marks: Option<Arc<[CacheMark]>>,
    /// Length of `text`; of a value that was left out of a recording, the length it had.
    bytes: u64,
    /// Of an item without its text: what it has in common with others, by their digests.
    common: Option<Arc<BTreeMap<Digest, Common>>>,
    /// What its beginnings are counted in.
    tokenizer: Tokenizer,
}

impl Segment {
    /// The tokens of its first bytes, and never more than it has: the beginning of an image or a
    /// blob has more tokens than the image or blob counts.
    pub(super) fn tokens_to(&self, end: usize) -> u64 {
        self.tokenizer.count(&self.text[..end]).min(self.tokens)
    }

    /// Length in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the text is not what was sent, but stands for it.
    pub(crate) fn stands_in(&self) -> bool {
        self.common.is_some() || self.bytes != self.text.len() as u64
    }

    /// Of an item without its text: all that is noted of how it begins.
    pub(super) fn beginnings(&self) -> Option<&BTreeMap<Digest, Common>> {
        self.common.as_deref()
    }

    /// Where this item, which is without its text, differs from another one, if that is noted.
    pub(crate) fn differs_at(&self, other: &Self) -> Option<&str> {
        Some(self.beginnings()?.get(&other.digest)?.at.as_str())
    }
}

#[cfg(test)]
impl Segment {
    /// A segment whose every letter is a token: control characters, which o200k never merges, stand
    /// for the letters, and another one ends it.
    pub(crate) fn of_letters(part: Part, letters: &str) -> Self {
        let one = |letter: u8| match letter - b'a' {
            low @ 0..8 => 1 + low,
            high => 0x0e + high - 8,
        };
        let mut bytes: Vec<u8> = letters.bytes().map(one).collect();
        bytes.push(0x7f);
        let text: Arc<str> = String::from_utf8(bytes).unwrap().into();
        assert_eq!(count(&text), text.len() as u64, "{letters} merges");
        Self { bytes: text.len() as u64, ..Self::of_tokens(part, &text, text.len() as u64) }
    }

    /// A segment of so many tokens, which has nothing in common with one of another name.
    pub(crate) fn of_tokens(part: Part, name: &str, tokens: u64) -> Self {
        Self {
            pointer: String::new(),
            text: name.into(),
            digest: Digest::of(name),
            tokens,
            part,
            image: false,
            marks: None,
            bytes: name.len() as u64 + 1,
            common: None,
            tokenizer: Tokenizer::O200k,
        }
    }
}

/// Renders requests and remembers the items it has seen, so that a session costs memory for each
/// item once.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    tokenizer: Tokenizer,
    seen: HashMap<Digest, Body>,
}

/// A segment without its place.
#[derive(Clone, Debug)]
struct Body {
    text: Arc<str>,
    digest: Digest,
    tokens: u64,
    bytes: u64,
    /// What it is if it stands among the items.
    item: Part,
    image: bool,
    marks: Option<Arc<[CacheMark]>>,
    common: Option<Arc<BTreeMap<Digest, Common>>>,
}

impl Renderer {
    /// A renderer that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, counting in other tokens.
    #[must_use]
    pub fn counting(tokenizer: Tokenizer) -> Self {
        Self { tokenizer, seen: HashMap::new() }
    }

    /// The segments of a request, of either endpoint: tools, instructions, items.
    pub fn request(&mut self, request: &Request) -> Vec<Segment> {
        let mut segments = Vec::with_capacity(request.input.len() + 8);
        for (at, tool) in request.tools().iter().enumerate() {
            segments.push(self.segment(format!("/tools/{at}"), tool));
        }
        // Left out of a recording, all tools are one value.
        if let Some(tools) = request.field("tools").filter(|raw| elided(raw).is_some()) {
            segments.push(self.segment("/tools".into(), tools));
        }
        // `null` is how some clients leave instructions out.
        if let Some(text) = request.field("instructions").filter(|raw| raw.as_str() != "null") {
            segments.push(self.segment("/instructions".into(), text));
        }
        for (at, item) in request.input.iter().enumerate() {
            let pointer =
                if request.input_is_text { "/input".into() } else { format!("/input/{at}") };
            segments.push(self.segment(pointer, item));
        }
        segments
    }

    /// One tool, item or output item as a segment.
    pub fn segment(&mut self, pointer: String, raw: &Raw) -> Segment {
        let tokenizer = self.tokenizer;
        let body = self.seen.entry(raw.digest()).or_insert_with(|| Body::counted(raw, tokenizer));
        let Body { text, digest, tokens, bytes, item, image, marks, common } = body.clone();
        let part = Part::at(&pointer, item);
        Segment { pointer, text, digest, tokens, part, image, marks, bytes, common, tokenizer }
    }
}

/// Renders a single request.
#[must_use]
pub fn render(request: &Request) -> Vec<Segment> {
    Renderer::new().request(request)
}

/// What a value of this top-level field counts for in a rendered prompt: noted of it where a
/// recording leaves it out, so that every measure stays what it is.
#[must_use]
pub fn rendered(field: &str, raw: &Raw) -> Elided {
    let parts = if field == "tools" { raw.elements() } else { None };
    let parts = parts.unwrap_or_else(|| vec![raw.clone()]);
    let bodies = parts.iter().map(Body::of);
    let (bytes, tokens) =
        bodies.fold((0, 0), |(bytes, tokens), body| (bytes + body.bytes, tokens + body.tokens));
    // The line feed of a segment is added when it is rendered.
    Elided { bytes: bytes.saturating_sub(1), tokens }
}

impl Body {
    /// In other tokens than o200k the length is all that counts, of what has no text too.
    fn counted(raw: &Raw, tokenizer: Tokenizer) -> Self {
        match tokenizer {
            Tokenizer::O200k => Self::of(raw),
            Tokenizer::Bytes4 => {
                let body = Self::with(raw, |text| tokenizer.count(text));
                let estimate = |common: &Common| {
                    (common.with, Common { tokens: common.bytes.div_ceil(4), ..common.clone() })
                };
                let common = |all: Arc<BTreeMap<Digest, Common>>| {
                    Arc::new(all.values().map(estimate).collect())
                };
                let marks = |all: Arc<[CacheMark]>| {
                    let estimate =
                        |mark: &CacheMark| CacheMark { tokens: mark.bytes.div_ceil(4), ..*mark };
                    all.iter().map(estimate).collect()
                };
                let (marks, common) = (body.marks.map(marks), body.common.map(common));
                Self { tokens: body.bytes.div_ceil(4), marks, common, ..body }
            }
        }
    }

    fn of(raw: &Raw) -> Self {
        Self::with(raw, tokens_of)
    }

    fn with(raw: &Raw, tokens_of: impl Fn(&str) -> u64) -> Self {
        let (item, image, marks) = (Part::Other, false, None);
        if let Some((digest, elided)) = elided(raw) {
            let text = format!("{}\n", raw.as_str()).into();
            let (tokens, bytes) = (elided.tokens, elided.bytes + 1);
            return Self { text, digest, tokens, bytes, item, image, marks, common: None };
        }
        if let Some(noted) = structure(raw) {
            let text = format!("{}\n", raw.as_str()).into();
            let common = noted.common.into_iter().map(|common| (common.with, common));
            let common = Some(Arc::new(common.collect()));
            let (digest, tokens, bytes) = (noted.rendered, noted.tokens, noted.bytes);
            let (item, image) = (Part::of_item(raw), noted.image);
            let marks = (!noted.marks.is_empty()).then(|| noted.marks.into());
            return Self { text, digest, tokens, bytes, item, image, marks, common };
        }
        let compact = compact(raw.as_str());
        let kept = without_members(&compact, &DROPPED_FIELDS);
        let kept = match kept.contains(STATE) {
            true => map_literals(&kept, |_, content| without_last_lines(content, STATE)),
            false => Cow::Borrowed(&*kept),
        };
        let (kept, found) = match CACHE_MARKS.iter().any(|name| kept.contains(name)) {
            true => {
                let (kept, found) = without_marks(&kept, &CACHE_MARKS);
                let marks = found.into_iter().map(|(end, value)| (end, value.contains("\"1h\"")));
                (Cow::Owned(kept), marks.collect())
            }
            false => (kept, Vec::new()),
        };
        let text: Arc<str> = format!("{kept}\n").into();
        let (tokens, bytes) = (tokens_of(&text), text.len() as u64);
        let mark = |(end, long): (usize, bool)| match end == kept.len() {
            true => CacheMark { bytes, tokens, long },
            false => {
                let before = tokens_of(&kept[..end]).min(tokens);
                CacheMark { bytes: end as u64, tokens: before, long }
            }
        };
        let marks: Vec<CacheMark> = found.into_iter().map(mark).collect();
        Self {
            digest: Digest::of(&*text),
            tokens,
            bytes,
            item: Part::of_item(raw),
            image: kept.contains("\"input_image\""),
            marks: (!marks.is_empty()).then(|| marks.into()),
            common: None,
            text,
        }
    }
}

/// Tokens of a segment: the text with image data and sealed content taken out, plus what these
/// count for.
fn tokens_of(text: &str) -> u64 {
    let mut beside = 0;
    let plain = map_literals(text, |before, content| {
        if before.ends_with("\"image_url\":") && content.starts_with("data:") {
            beside += IMAGE_TOKENS;
            return Some("");
        }
        if before.ends_with("\"encrypted_content\":") {
            beside += sealed_tokens(content);
            return Some("");
        }
        None
    });
    count(&plain) + beside
}

/// Tokens of what a blob says; of the blob itself if it does not open.
pub(super) fn sealed_tokens(blob: &str) -> u64 {
    match seal::open(blob) {
        Ok(plain) => count(&strip_state(&plain)),
        Err(_) => count(blob),
    }
}

/// A decoded text without the lines of protocol state (`[unreel:..]`), which carry a script's
/// position and no knowledge. A last line goes with the line feed before it.
#[must_use]
pub fn strip_state(text: &str) -> Cow<'_, str> {
    if !text.contains(STATE) {
        return Cow::Borrowed(text);
    }
    let kept: Vec<&str> = text.split('\n').filter(|line| !line.starts_with(STATE)).collect();
    Cow::Owned(kept.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{IMAGE_TOKENS, Segment, render, strip_state};
    use crate::cache::count;
    use crate::recording::seal::seal;
    use crate::wire::Request;

    fn rendered(body: &str) -> Vec<Segment> {
        render(&Request::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn tools_then_instructions_then_items_whatever_the_order_of_the_body() {
        let segments = rendered(
            r#"{"input": [{"role": "user", "content": "hi", "id": "m_1"}], "stream": true,
               "instructions": "be  brief", "tools": [{"name": "a"}, {"name": "b", "n": 1.0}]}"#,
        );
        let all: Vec<(&str, &str)> =
            segments.iter().map(|s| (s.pointer.as_str(), &*s.text)).collect();
        assert_eq!(
            all,
            [
                ("/tools/0", "{\"name\":\"a\"}\n"),
                ("/tools/1", "{\"name\":\"b\",\"n\":1.0}\n"),
                ("/instructions", "\"be  brief\"\n"),
                ("/input/0", "{\"role\":\"user\",\"content\":\"hi\"}\n"),
            ]
        );
        assert_eq!(segments[3].tokens, count("{\"role\":\"user\",\"content\":\"hi\"}\n"));
    }

    #[test]
    fn a_string_input_and_absent_layers() {
        let segments = rendered(r#"{"instructions":null,"input":"go"}"#);
        assert_eq!(segments.len(), 1);
        assert_eq!((segments[0].pointer.as_str(), &*segments[0].text), ("/input", "\"go\"\n"));
    }

    #[test]
    fn images_count_a_constant_and_their_bytes() {
        let segment = |data: &str| {
            let body = format!(
                r#"{{"input":[{{"role":"user","content":[{{"type":"input_image","image_url":"{data}"}}]}}]}}"#
            );
            rendered(&body).remove(0)
        };
        let empty = segment("");
        let image = segment("data:image/png;base64,AAAABBBBCCCC");
        assert_eq!(image.tokens, empty.tokens + IMAGE_TOKENS);
        assert_eq!(image.bytes(), empty.bytes() + 34);
        assert!(segment("https://example.org/a.png").tokens < IMAGE_TOKENS, "no data, no constant");
    }

    #[test]
    fn sealed_content_counts_what_it_says_in_tokens_and_the_blob_in_bytes() {
        let segment = |blob: &str| {
            let body =
                format!(r#"{{"input":[{{"type":"compaction","encrypted_content":"{blob}"}}]}}"#);
            rendered(&body).remove(0)
        };
        let empty = segment("");
        let blob = seal("[unreel:pc=3]\nthe cap is 37");
        let sealed = segment(&blob);
        assert_eq!(sealed.tokens, empty.tokens + count("the cap is 37"));
        assert_eq!(sealed.bytes(), empty.bytes() + blob.len() as u64);
        assert_eq!(segment("gAAAAforeign").tokens, empty.tokens + count("gAAAAforeign"));
    }

    #[test]
    fn protocol_state_is_ignored() {
        let with = rendered(r#"{"input":[{"role":"user","content":"sum\n[unreel:pc=3]"}]}"#);
        let without = rendered(r#"{"input":[{"role":"user","content":"sum"}]}"#);
        assert_eq!(with, without);
        assert_eq!(strip_state("[unreel:v1]\na\n[unreel:b]"), "a");
        assert_eq!(strip_state("a [unreel:b]"), "a [unreel:b]");
    }
}
