//! A conversation as a session of requests: what each one added to the one before it, or put in the
//! place of what that had. Computed once; every layout starts from here.

use super::marks::{self, Marked};
use super::part::{PartId, Parts, Place, common};
use crate::cache::Tokenizer;
use crate::measure::transports::is_fixed;
use crate::recording::elided;
use crate::recording::file::Lack;
use crate::wire::{Digest, Endpoint, Raw, Usage};
use std::collections::HashMap;

/// One thread of one recording or run.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where it comes from: a file, or a run of a folder of results.
    pub input: String,
    /// Which thread of it; 0 is the main thread.
    pub thread: u32,
    /// What it shares with others that are not independent of it: a scenario, a file.
    pub cluster: String,
    /// Model name of requests that name none.
    pub model: String,
    /// What its log does not hold.
    pub lacks: Vec<Lack>,
    /// JSON of the facts that its scenario planted; `[]` where there is none.
    pub facts: String,
    pub(super) parts: Parts,
    pub(super) fields: Vec<Fields>,
    pub(super) requests: Vec<Asked>,
}

impl Session {
    /// Requests, compaction calls and failed ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Input tokens as answers reported them, and how many of them were cached; nothing where no answer
    /// told.
    #[must_use]
    pub fn reported(&self) -> Option<(u64, u64)> {
        let usages = self.requests.iter().filter_map(|asked| asked.usage);
        usages.map(|usage| (usage.input_tokens, usage.cached())).reduce(|(a, b), (c, d)| {
            // A count in a file can be any number.
            (a.saturating_add(c), b.saturating_add(d))
        })
    }

    /// Whether there is no request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

/// All top-level fields of requests but the input.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) endpoint: Endpoint,
    /// In the order received.
    pub(super) all: Vec<(String, Raw)>,
    /// Tools and instructions, in the order in which they are rendered.
    pub(super) head: Vec<PartId>,
    /// The same for all sets that differ at most in what a request may change that goes on from a
    /// response, and in tools and instructions, which are the layout's.
    pub(super) chain: u32,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) seq: u32,
    /// How many parts of the request before it it begins with.
    pub(super) keep: usize,
    /// The parts behind them.
    pub(super) rest: Vec<PartId>,
    /// Which [`Fields`] of the session.
    pub(super) fields: u32,
    pub(super) input: InputShape,
    pub(super) output: Vec<PartId>,
    /// Whether it asks for the next step.
    pub(super) sampling: bool,
    pub(super) fate: Fate,
    /// Milliseconds after the first request, where the log tells.
    pub(super) at_ms: Option<u64>,
    /// As the provider reported it; shown beside, never used for a prompt.
    pub(super) usage: Option<Usage>,
    /// Whether the server was started anew before it.
    pub(super) restarted: bool,
    /// Whether it only hands in a prompt to come, on a WebSocket.
    pub(super) warm_up: bool,
    /// What of its prompt the client marked as a place to cache up to.
    pub(super) marks: Vec<Marked>,
}

/// How a body holds its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputShape {
    None,
    Text,
    List,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Refused with an error status: sent in vain, and in no cache.
    Refused,
    /// Processed, but the answer broke off before its usage came.
    Cut,
    /// Answered to the end, well or not.
    Answered,
    /// Answered well.
    Completed,
}

impl Fate {
    /// Whether the prompt went through the model, and so through its cache.
    pub(super) fn is_processed(self) -> bool {
        self != Self::Refused
    }

    /// Whether the answer told its usage.
    pub(super) fn is_reported(self) -> bool {
        matches!(self, Self::Answered | Self::Completed)
    }
}

/// What is known of a request beside its prompt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) seq: u32,
    pub(super) endpoint: Endpoint,
    pub(super) input: InputShape,
    pub(super) warm_up: bool,
    pub(super) fate: Fate,
    pub(super) at_ms: Option<u64>,
    pub(super) usage: Option<Usage>,
    pub(super) restarted: bool,
}

/// What requests have beside their prompt: endpoint, and fields by digest.
type Beside = (&'static str, Vec<(String, Digest)>);

/// What requests have in common that go on from one another; the values of some fields do not matter.
type Chain = Vec<(String, Option<Digest>)>;

/// Puts a session together, request by request.
#[derive(Debug)]
pub(super) struct Builder {
    session: Session,
    now: Vec<PartId>,
    /// Parts of that before the items.
    head: usize,
    known: HashMap<Beside, u32>,
    chains: HashMap<Chain, u32>,
    /// For requests that have none.
    tools: Option<Raw>,
}

impl Builder {
    pub(super) fn new(input: &str, thread: u32, tokenizer: Tokenizer) -> Self {
        let session = Session {
            input: input.to_owned(),
            thread,
            cluster: input.to_owned(),
            model: String::new(),
            lacks: Vec::new(),
            facts: "[]".into(),
            parts: Parts::new(tokenizer),
            fields: Vec::new(),
            requests: Vec::new(),
        };
        let (known, chains) = (HashMap::new(), HashMap::new());
        Self { session, now: Vec::new(), head: 0, known, chains, tools: None }
    }

    /// Gives tools to requests that have none: where a log lacks them, or a recording left them out.
    pub(super) fn with_tools(self, tools: Option<&Raw>) -> Self {
        Self { tools: tools.cloned(), ..self }
    }

    /// The part of an input or output item.
    pub(super) fn item(&mut self, digest: Digest, raw: impl FnOnce() -> Raw) -> PartId {
        self.session.parts.add_known(Place::Item, digest, raw)
    }

    /// The number of a set of fields.
    pub(super) fn fields(
        &mut self,
        endpoint: Endpoint,
        key: Vec<(String, Digest)>,
        all: impl FnOnce() -> Vec<(String, Raw)>,
    ) -> u32 {
        let key = (endpoint.as_str(), key);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let mut all = all();
        if let Some(tools) = &self.tools {
            let is_there = |(key, raw): &(String, Raw)| key == "tools" && elided(raw).is_none();
            if !all.iter().any(is_there) {
                all.retain(|(key, _)| key != "tools");
                all.push(("tools".to_owned(), tools.clone()));
            }
        }
        let head = head(&mut self.session.parts, &all);
        let number = self.session.fields.len() as u32;
        let fixed = all.iter().filter(|(key, _)| is_fixed(key)).map(|(key, raw)| {
            let is_ours = matches!(key.as_str(), "tools" | "instructions");
            (key.clone(), (!is_ours).then(|| raw.digest()))
        });
        let next = self.chains.len() as u32;
        let chain = *self.chains.entry(fixed.collect()).or_insert(next);
        self.session.fields.push(Fields { endpoint, all, head, chain });
        self.known.insert(key, number);
        number
    }

    /// The next request: so many items that the one before it began with, and others.
    pub(super) fn request(
        &mut self,
        told: Told,
        fields: u32,
        held: usize,
        rest: &[PartId],
        output: Vec<PartId>,
    ) {
        let head = &self.session.fields[fields as usize].head;
        let keep = match self.now.get(..self.head) == Some(head) {
            true => {
                self.now.truncate(self.head + held);
                self.now.extend(rest);
                self.head + held
            }
            false => {
                let items = self.now.iter().skip(self.head).take(held);
                let whole: Vec<PartId> = head.iter().chain(items).chain(rest).copied().collect();
                let keep = common(&self.now, &whole);
                self.head = head.len();
                self.now = whole;
                keep
            }
        };
        self.push(told, fields, keep, output);
    }

    /// Notes the request that now stands, of which so many parts stood before.
    fn push(&mut self, told: Told, fields: u32, keep: usize, output: Vec<PartId>) {
        let Session { parts, fields: all, requests, .. } = &mut self.session;
        let last = self.now.last().map(|last| parts.get(*last));
        let ends = self.now.len() > all[fields as usize].head.len()
            && last.is_some_and(|last| last.asks_to_compact);
        requests.push(Asked {
            seq: told.seq,
            keep,
            rest: self.now[keep..].to_vec(),
            fields,
            input: told.input,
            output,
            sampling: told.endpoint == Endpoint::Responses && !told.warm_up && !ends,
            fate: told.fate,
            at_ms: told.at_ms,
            usage: told.usage,
            restarted: told.restarted,
            warm_up: told.warm_up,
            marks: Vec::new(),
        });
    }

    /// The session, with what is known of all its requests.
    pub(super) fn finish(mut self, with: impl FnOnce(&mut Session)) -> Session {
        with(&mut self.session);
        marks::note(&mut self.session);
        self.session
    }
}

/// The rendered head of a request: tools, one part each, and instructions.
pub(super) fn head(parts: &mut Parts, fields: &[(String, Raw)]) -> Vec<PartId> {
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
    let mut head = Vec::new();
    if let Some(tools) = field("tools") {
        match tools.elements() {
            Some(all) => head.extend(all.iter().map(|tool| parts.add(Place::Tool, tool))),
            // Left out of a recording, all tools are one value.
            None if elided(tools).is_some() => {
                head.push(parts.add(Place::Tool, tools));
            }
            None => {}
        }
    }
    // `null` is how some clients leave instructions out.
    if let Some(text) = field("instructions").filter(|raw| raw.as_str() != "null") {
        head.push(parts.add(Place::Instructions, text));
    }
    head
}
