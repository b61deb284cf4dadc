//! A recording without its texts, of which every measure is what it was.
//!
//! Each item is replaced by its [`Structure`]. Digests are keyed with a salt that is a digest of the
//! whole recording and is not told: whoever would try out short texts needs all others first. The
//! salt is the same for the same recording, so the same recording gives the same file.

use super::derive::printed;
use super::pairs::{Pairs, pairs};
use super::session::Session;
use super::{conversation, measure};
use crate::cache::{Renderer, reasoning_tokens};
use crate::recording::file::{Body, Text};
use crate::recording::{
    Carried, Common, Entry, Header, Layer, Recorded, Recording, Sent, Structure, Verbatim,
    asks_for_summary, layer_of_item, length,
};
use crate::wire::{Digest, Ending, Item, Kind, Raw};
use serde_json::Value;
use std::collections::BTreeMap;

/// Digits of a digest that stands for a text or an id.
const DIGITS: usize = 12;

/// Fields of a request whose strings are kept: a price goes by the model, a transport by the type, and
/// the lifetime of what is cached by the retention.
const KEPT: [&str; 3] = ["model", "type", "prompt_cache_retention"];

/// Fields that tell a cache what to do, in words of the API.
const OPTIONS: [&str; 2] = ["prompt_cache_options", "cache_control"];

/// Of those, what names a response.
const COMPARISON: &str = "comparison_response_id";

/// The recording without its texts. One that is without them already stays as it is.
#[must_use]
pub fn structure_only(recording: &Recording) -> Recording {
    if recording.header.structure.is_some() {
        return recording.clone();
    }
    let text = recording.to_jsonl();
    let salt = Digest::of_parts(&[b"unreel structure", text.as_bytes()]);
    let log = conversation(recording);
    let reacquired = measure(&log).compactions.into_iter();
    let carried = Carried {
        reacquired: reacquired.map(|one| (one.reacquired_calls, one.reacquired_bytes)).collect(),
    };
    let mut maker = Maker {
        recording,
        salt,
        pairs: pairs(&Session::new(&log)),
        renderer: Renderer::new(),
        made: BTreeMap::new(),
        items: BTreeMap::new(),
    };
    let exchanges = recording.exchanges.iter().map(|exchange| maker.exchange(exchange)).collect();
    let header = header(&recording.header, carried);
    Recording { header, items: maker.items, exchanges }
}

/// The first line, without what somebody called things and where they were.
fn header(header: &Header, carried: Carried) -> Header {
    Header {
        scenario: "structure".to_owned(),
        variant: "base".to_owned(),
        upstream: None,
        structure: Some(carried),
        ..header.clone()
    }
}

/// What a value is in its request, which decides what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Field,
    Tool,
    Item,
}

struct Maker<'a> {
    recording: &'a Recording,
    salt: Digest,
    pairs: Pairs,
    renderer: Renderer,
    /// By the digest of the original.
    made: BTreeMap<(Digest, What), Raw>,
    items: BTreeMap<Digest, Entry>,
}

impl Maker<'_> {
    fn exchange(&mut self, recorded: &Recorded) -> Recorded {
        let fields = recorded.fields.iter();
        let fields = fields.map(|(key, digest)| (key.clone(), self.field(key, *digest))).collect();
        Recorded {
            fields,
            input: recorded.input.iter().map(|digest| self.value(*digest, What::Item)).collect(),
            response_id: self.response_id(&recorded.response_id),
            ending: ending(&recorded.ending),
            output: recorded.output.iter().map(|digest| self.value(*digest, What::Item)).collect(),
            // Names of a script's steps.
            answered_by: String::new(),
            sent: recorded.sent.as_ref().map(bare),
            attempts: recorded.attempts.iter().map(bare).collect(),
            ..*recorded
        }
    }

    fn hash(&self, text: &[u8]) -> Digest {
        Digest::of_parts(&[self.salt.as_bytes(), text])
    }

    fn key(&self, digest: Digest) -> Digest {
        self.hash(digest.as_bytes())
    }

    /// One of the same length: bodies name it.
    fn response_id(&self, id: &str) -> String {
        let digits = self.hash(id.as_bytes()).to_string();
        digits.chars().cycle().take(id.len()).collect()
    }

    /// What tells a cache what to do, with another id; none where it has other words than the API's.
    fn options(&self, raw: &Raw) -> Option<Raw> {
        let value = raw.value();
        let members = value.as_object()?;
        let fits = |(key, value): (&String, &Value)| match value {
            Value::String(text) => is_word(key) && (key == COMPARISON || is_word(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => is_word(key),
            Value::Array(_) | Value::Object(_) => false,
        };
        if !members.iter().all(fits) {
            return None;
        }
        let Some(id) = members.get(COMPARISON).and_then(Value::as_str) else {
            return Some(raw.clone());
        };
        let other = self.response_id(id);
        let text = raw.as_str().replacen(&format!("\"{id}\""), &format!("\"{other}\""), 1);
        // Escapes in an id, or an id that is the name of a member.
        Raw::parse(&text).ok().filter(|raw| raw.value()[COMPARISON] == other.as_str())
    }

    fn field(&mut self, name: &str, digest: Digest) -> Digest {
        let recording = self.recording;
        let Some(Entry::Raw(raw)) = recording.items.get(&digest) else {
            return self.value(digest, What::Field);
        };
        let text = raw.as_str();
        let plain =
            !text.starts_with(['"', '{', '[']) || (KEPT.contains(&name) && text.starts_with('"'));
        if plain {
            return self.put(raw.clone());
        }
        if let Some(options) = OPTIONS.contains(&name).then(|| self.options(raw)).flatten() {
            return self.put(options);
        }
        match raw.elements().filter(|tools| name == "tools" && !tools.is_empty()) {
            Some(tools) => {
                let list = self.tools(raw, &tools);
                self.put(list)
            }
            None => self.value(digest, What::Field),
        }
    }

    /// A list of tools, each an item, with the bytes between them counted to the first.
    fn tools(&mut self, raw: &Raw, tools: &[Raw]) -> Raw {
        let inside: usize = tools.iter().map(|tool| tool.len() + 1).sum::<usize>() + 1;
        let between = (raw.len() as u64).saturating_sub(inside as u64);
        let parts: Vec<Raw> = tools
            .iter()
            .enumerate()
            .map(|(at, tool)| match at {
                0 if between > 0 => self.make(tool, between, What::Tool),
                _ => self.made(tool, What::Tool),
            })
            .collect();
        let parts: Vec<&str> = parts.iter().map(Raw::as_str).collect();
        // Objects with commas between: always JSON.
        Raw::parse(&format!("[{}]", parts.join(","))).unwrap_or_else(|_| raw_null())
    }

    fn value(&mut self, digest: Digest, what: What) -> Digest {
        let recording = self.recording;
        match recording.items.get(&digest) {
            Some(Entry::Raw(raw)) => {
                let made = self.made(raw, what);
                self.put(made)
            }
            // Known by its digest alone, and by another one now.
            Some(elided) => {
                let key = self.key(digest);
                self.items.insert(key, elided.clone());
                key
            }
            None => digest,
        }
    }

    fn put(&mut self, raw: Raw) -> Digest {
        let digest = raw.digest();
        self.items.insert(digest, Entry::Raw(raw));
        digest
    }

    fn made(&mut self, raw: &Raw, what: What) -> Raw {
        let key = (raw.digest(), what);
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let made = self.make(raw, 0, what);
        self.made.insert(key, made.clone());
        made
    }

    fn make(&mut self, raw: &Raw, more: u64, what: What) -> Raw {
        let segment = self.renderer.segment(String::new(), raw);
        let item = raw.item();
        let common = self.pairs.get(&segment.digest).into_iter().flatten();
        let common = common.map(|(other, pair)| Common {
            with: self.key(*other),
            bytes: pair.bytes,
            tokens: pair.tokens,
            at: pair.at.clone(),
        });
        let notes = Structure {
            length: length(raw) + more,
            value: self.key(raw.digest()),
            rendered: self.key(segment.digest),
            bytes: segment.bytes(),
            tokens: segment.tokens,
            layer: match what {
                What::Field => Layer::Other,
                What::Tool => Layer::Tools,
                What::Item => layer_of_item(&item),
            },
            asks_for_summary: asks_for_summary(&item),
            thought: (item.kind() == Kind::Reasoning).then(|| reasoning_tokens(raw)),
            printed: item.kind().is_output().then(|| printed(&item.text())),
            image: segment.image,
            marks: segment.marks.as_deref().unwrap_or_default().to_vec(),
            common: common.collect(),
        };
        notes.to_raw(&self.members(&item, what))
    }

    /// What is left of an item's own members: kinds, roles and names of tools as they are, ids and
    /// texts as digests, so that what was equal stays equal.
    fn members(&self, item: &Item, what: What) -> Vec<(&'static str, String)> {
        if what == What::Field {
            return Vec::new();
        }
        let hashed = |text: &str| format!("#{}", self.hash(text.as_bytes()).short(DIGITS));
        let kind = item.kind();
        let mut members = Vec::new();
        let mut add = |key: &'static str, value: Option<String>| {
            members.extend(value.map(|value| (key, value)));
        };
        add("type", item.str("type").filter(|name| is_word(name)).map(str::to_owned));
        add("role", item.role().filter(|role| is_word(role)).map(str::to_owned));
        if what == What::Tool || kind.is_call() {
            add("name", item.str("name").map(str::to_owned));
        }
        if what == What::Tool {
            return members;
        }
        add("id", item.id().map(hashed));
        add("call_id", item.str("call_id").map(hashed));
        add("encrypted_content", item.encrypted_content().map(hashed));
        add("arguments", item.arguments().map(hashed));
        let text = match kind {
            Kind::Reasoning => "summary",
            kind if kind.is_output() => "output",
            _ => "content",
        };
        add(text, Some(item.text()).filter(|text| !text.is_empty()).map(|text| hashed(&text)));
        members
    }
}

fn raw_null() -> Raw {
    Raw::from_value(&serde_json::Value::Null)
}

/// Whether this is a name as APIs give them, and no sentence.
fn is_word(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.';
    text.len() <= 64 && text.bytes().all(fits)
}

fn ending(ending: &Ending) -> Ending {
    let word = |text: &String| if is_word(text) { text.clone() } else { "other".to_owned() };
    match ending {
        Ending::Incomplete(reason) => Ending::Incomplete(word(reason)),
        Ending::Failed { code, .. } => Ending::Failed { code: word(code), message: String::new() },
        Ending::Error { code, .. } => Ending::Error { code: word(code), message: String::new() },
        Ending::Completed | Ending::Cut => ending.clone(),
    }
}

/// Of an answer of another server, its status and whether it broke.
fn bare(sent: &Verbatim) -> Verbatim {
    let (status, torn) = (sent.status, sent.torn);
    Sent { status, headers: Vec::new(), body: Body::Whole(Text::default()), torn }
}
