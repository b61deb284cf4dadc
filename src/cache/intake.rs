//! Exchanges on their way to the policies: rendered once, whatever the number of policies.

use super::fields::Fields;
use super::policy::{Ask, Mark, Times};
use super::prompts::{NodeId, Prompts};
use super::render::{Renderer, Segment, sealed_tokens};
use super::tokens::count;
use crate::recording::{Exchange, Outcome, structure};
use crate::wire::{Endpoint, Kind, Raw, Request};

/// What entered a cache.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Which conversation.
    pub thread: u32,
    /// Which call of the API.
    pub endpoint: Endpoint,
    /// The request, its input whole.
    pub request: &'a Request,
    /// The items it was answered with.
    pub output: &'a [Raw],
    /// Id of the response; empty where there is none.
    pub response_id: &'a str,
    /// When it was sent, if that is known: milliseconds after the first one.
    pub sent_at: Option<u64>,
}

/// How an exchange came to enter the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A prompt handed in ahead.
    WarmUp,
    /// Answered to the end, which may be an error told inside the answer: the prompt was read.
    Answered,
    /// The answer was cut: the prompt was read all the same.
    Cut,
}

impl Entry {
    /// How this exchange enters a cache; not at all if it was refused, or met an injected error
    /// status: no prompt was read.
    #[must_use]
    pub fn of(exchange: &Exchange) -> Option<Self> {
        match exchange.outcome {
            Outcome::Error if exchange.status != 200 => None,
            Outcome::Error => Some(Self::Answered),
            _ if exchange.is_warm_up() => Some(Self::WarmUp),
            Outcome::Cut => Some(Self::Cut),
            Outcome::Completed | Outcome::Incomplete | Outcome::Failed => Some(Self::Answered),
        }
    }
}

impl<'a> Call<'a> {
    /// What of an exchange enters a cache, if anything does.
    #[must_use]
    pub fn of(exchange: &'a Exchange) -> Option<Self> {
        let output = match Entry::of(exchange)? {
            Entry::WarmUp => &[],
            Entry::Answered | Entry::Cut => exchange.output.as_slice(),
        };
        Some(Self {
            thread: exchange.thread,
            endpoint: exchange.endpoint,
            request: &exchange.request,
            output,
            response_id: &exchange.response_id,
            sent_at: None,
        })
    }
}

/// A call as policies see it.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Which conversation.
    pub thread: u32,
    /// The prompt.
    pub prompt: NodeId,
    /// The prompt with its answer behind it.
    pub output: NodeId,
    /// The fields that caches look at.
    pub fields: Fields,
    /// Where the client marked the prompt.
    pub marks: Vec<Mark>,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// How many of them are reasoning.
    pub reasoning_tokens: u64,
}

impl Taken {
    /// The question to a policy.
    #[must_use]
    pub fn ask(&self, times: Times) -> Ask<'_> {
        Ask {
            times,
            thread: self.thread,
            prompt: self.prompt,
            output: self.output,
            fields: &self.fields,
            marks: &self.marks,
        }
    }
}

/// Renders calls into one tree of prompts.
#[derive(Debug, Default)]
pub struct Intake {
    renderer: Renderer,
    prompts: Prompts,
}

impl Intake {
    /// Nothing seen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All that was taken in.
    #[must_use]
    pub fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// Takes a call in.
    pub fn take(&mut self, call: &Call<'_>) -> Taken {
        let segments = self.renderer.request(call.request);
        let prompt = self.prompts.intern(&segments).leaf;
        let marks = marks(&self.prompts, prompt, &segments);
        let (mut output_tokens, mut reasoning) = (0, 0);
        let mut output = prompt;
        for (at, item) in call.output.iter().enumerate() {
            let segment = self.renderer.segment(format!("/output/{at}"), item);
            output_tokens += segment.tokens;
            reasoning += reasoning_tokens(item);
            output = self.prompts.extend(output, &[segment]).leaf;
        }
        Taken {
            thread: call.thread,
            prompt,
            output,
            fields: Fields::of(call.endpoint, call.request),
            marks,
            output_tokens,
            reasoning_tokens: reasoning,
        }
    }
}

/// The marks of a prompt whose last segment is `leaf`.
fn marks(prompts: &Prompts, leaf: NodeId, segments: &[Segment]) -> Vec<Mark> {
    if segments.iter().all(|segment| segment.marks.is_none()) {
        return Vec::new();
    }
    let mut all: Vec<Mark> = Vec::new();
    for (node, segment) in prompts.path(leaf).zip(segments.iter().rev()) {
        let before = prompts.total(prompts.parent(node)).tokens;
        for mark in segment.marks.iter().flat_map(|marks| marks.iter().rev()) {
            let (bytes, tokens, long) = (mark.bytes, before + mark.tokens, mark.long);
            all.push(Mark { node, bytes, tokens, long });
        }
    }
    all.reverse();
    all
}

/// Tokens of what a reasoning item says: its sealed text, else its summary.
#[must_use]
pub fn reasoning_tokens(raw: &Raw) -> u64 {
    if let Some(noted) = structure(raw) {
        return noted.thought.unwrap_or(0);
    }
    let item = raw.item();
    match item.kind() {
        Kind::Reasoning => {
            item.encrypted_content().map_or_else(|| count(&item.text()), sealed_tokens)
        }
        _ => 0,
    }
}
