//! A recording as the model: finds the exchange that a request continues and answers as recorded.
//!
//! Position is read from the request's anchors, never counted, so a retry gets the same answer and
//! a restarted server goes on. A request must equal the recorded one; a client that lost the end of
//! a stream may have echoed only the first items of an answer, or echo them in another order.

mod difference;
mod echo;

use super::{Answer, Ask, Model};
use crate::recording::{Anchors, Entry, Recorded, Recording};
use crate::wire::{ApiError, Digest, Raw, Request};
use difference::Difference;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Fields that do not take part in matching: they choose a transport, not an answer.
const NOT_MATCHED: [&str; 1] = ["stream"];

/// A model that replays.
#[derive(Debug)]
pub struct Replay {
    name: String,
    recording: Recording,
    anchors: Anchors,
    children: BTreeMap<Option<u32>, Vec<u32>>,
    /// Which exchanges were asked for; only counted, never used to find a position.
    played: Mutex<BTreeSet<u32>>,
}

impl Replay {
    /// Prepares a recording; `name` is used in messages.
    #[must_use]
    pub fn new(name: &str, recording: Recording) -> Self {
        let mut anchors = Anchors::default();
        let mut children: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        for (number, exchange) in recording.exchanges.iter().enumerate() {
            anchors.mint(number as u32, &recording.output(exchange));
            children.entry(exchange.parent).or_default().push(number as u32);
        }
        let played = Mutex::new(BTreeSet::new());
        Self { name: name.to_owned(), recording, anchors, children, played }
    }

    /// How many recorded exchanges no request asked for.
    #[must_use]
    pub fn unplayed(&self) -> u32 {
        let played = self.played.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (self.recording.exchanges.len() - played.len()) as u32
    }

    fn exchange(&self, number: u32) -> &Recorded {
        &self.recording.exchanges[number as usize]
    }

    fn answer_with(&self, number: u32, echoed: usize) -> Answer {
        self.played.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(number);
        let exchange = self.exchange(number);
        Answer {
            thread: exchange.thread,
            response_id: exchange.response_id.clone(),
            items: self.recording.output(exchange),
            echoed,
            answered_by: exchange.answered_by.clone(),
        }
    }

    fn matches(&self, number: u32, ask: &Ask<'_>, input: &[Digest]) -> bool {
        let exchange = self.exchange(number);
        exchange.endpoint == ask.endpoint
            && exchange.input == input
            && fields_match(&exchange.fields, ask.request)
    }

    /// The items of `number`'s answer that the client already has, if this request is `number`
    /// asked again after a cut stream. A client that has all of them and the outputs of their
    /// calls asks for what comes next: an empty rest would end its turn as if the work were done.
    fn echoed(&self, number: u32, ask: &Ask<'_>) -> Option<usize> {
        let rest = echo::without(&self.anchors, number, &ask.request.input);
        if rest.outputs && rest.echoed >= self.exchange(number).output.len() {
            return None;
        }
        let digests: Vec<Digest> = rest.kept.iter().map(Raw::digest).collect();
        self.matches(number, ask, &digests).then_some(rest.echoed)
    }

    fn mismatch(&self, parent: Option<u32>, ask: &Ask<'_>) -> ApiError {
        let candidates = self.children.get(&parent).map(Vec::as_slice).unwrap_or_default();
        let nearest = candidates
            .iter()
            .filter(|number| self.exchange(**number).endpoint == ask.endpoint)
            .max_by_key(|number| {
                (self.shared_items(**number, ask.request), std::cmp::Reverse(**number))
            });
        let Some(nearest) = nearest.copied() else {
            return self.nothing_follows(parent, ask);
        };
        let difference = self.difference(nearest, ask.request);
        let message = format!(
            "recording {}: this request differs from exchange {nearest} {difference}",
            self.name
        );
        ApiError::invalid("replay_mismatch", message).with_param(&difference.pointer)
    }

    fn nothing_follows(&self, parent: Option<u32>, ask: &Ask<'_>) -> ApiError {
        let last = self.recording.exchanges.len().saturating_sub(1);
        let after = match parent {
            Some(parent) if parent as usize == last => {
                format!("exchange {parent}, the last one of the recording")
            }
            Some(parent) => format!("exchange {parent}"),
            None => "the start of a conversation".to_owned(),
        };
        let items = ask.request.input.len();
        let message = format!(
            "recording {}: nothing was recorded after {after}, yet the agent asks again (its \
             request has {items} input items)",
            self.name
        );
        ApiError::invalid("replay_mismatch", message).with_param("/input")
    }

    fn shared_items(&self, number: u32, request: &Request) -> usize {
        let recorded = &self.exchange(number).input;
        recorded.iter().zip(&request.input).take_while(|(a, b)| **a == b.digest()).count()
    }

    fn difference(&self, number: u32, request: &Request) -> Difference {
        let exchange = self.exchange(number);
        let value = |digest: &Digest| self.recording.items.get(digest).and_then(Entry::raw);
        for (key, digest) in &exchange.fields {
            if NOT_MATCHED.contains(&key.as_str()) {
                continue;
            }
            let received = request.field(key);
            if received.map(Raw::digest) != Some(*digest) {
                return Difference::between(&format!("/{key}"), value(digest), received);
            }
        }
        let known = |key: &str| exchange.fields.iter().any(|(name, _)| name == key);
        if let Some((key, added)) = request
            .fields
            .iter()
            .find(|(key, _)| !known(key) && !NOT_MATCHED.contains(&key.as_str()))
        {
            return Difference::between(&format!("/{key}"), None, Some(added));
        }
        let at = self.shared_items(number, request);
        let recorded = exchange.input.get(at).and_then(value);
        Difference::between(&format!("/input/{at}"), recorded, request.input.get(at))
    }
}

fn fields_match(recorded: &[(String, Digest)], request: &Request) -> bool {
    let matched = |key: &str| !NOT_MATCHED.contains(&key);
    let recorded: Vec<(&str, Digest)> = recorded
        .iter()
        .map(|(key, digest)| (key.as_str(), *digest))
        .filter(|(key, _)| matched(key))
        .collect();
    let received: Vec<(&str, Digest)> = request
        .fields
        .iter()
        .map(|(key, value)| (key.as_str(), value.digest()))
        .filter(|(key, _)| matched(key))
        .collect();
    recorded == received
}

impl Model for Replay {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, ApiError> {
        let parent = self.anchors.newest(&ask.request.input).map(|owned| owned.exchange);
        let input: Vec<Digest> = ask.request.input.iter().map(Raw::digest).collect();
        let candidates = self.children.get(&parent).map(Vec::as_slice).unwrap_or_default();
        if let Some(number) = candidates.iter().find(|number| self.matches(**number, ask, &input)) {
            return Ok(self.answer_with(*number, 0));
        }
        // The slow ways, for clients that lost the end of a stream.
        let ordered = echo::in_recorded_order(&self.anchors, &ask.request.input);
        let ordered: Vec<Digest> = ordered.iter().map(Raw::digest).collect();
        if let Some(number) = candidates.iter().find(|number| self.matches(**number, ask, &ordered))
        {
            return Ok(self.answer_with(*number, 0));
        }
        if let Some(number) = parent
            && let Some(echoed) = self.echoed(number, ask)
        {
            return Ok(self.answer_with(number, echoed));
        }
        Err(self.mismatch(parent, ask))
    }

    fn knows_blob(&self, blob: &str) -> bool {
        self.anchors.minted(blob)
    }
}
