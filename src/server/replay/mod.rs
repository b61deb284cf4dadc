//! A recording as the model: finds the exchange that a request continues and answers as recorded.
//!
//! Position is read from the request's anchors, never counted, so a retry gets the same answer and
//! a restarted server goes on. A request must equal the recorded one, item by item; only the traces
//! of a cut stream are looked through, on both sides: a client that lost the end of an answer sends
//! its first items with their outputs, is served the rest, and keeps that order from then on.

mod difference;
mod echo;
mod mismatch;

use super::{Again, Answer, Ask, Model};
use crate::recording::{Anchors, Entry, Owned, Recorded, Recording, Verbatim};
use crate::wire::{ApiError, Digest, Ending, Raw, Request, TRANSPORT_FIELDS};
use echo::{Placed, uncut, without};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A model that replays.
#[derive(Debug)]
pub struct Replay {
    name: String,
    recording: Recording,
    anchors: Anchors,
    children: BTreeMap<Option<u32>, Vec<u32>>,
    /// Who owns the items of the recording, so that each is parsed once.
    owners: BTreeMap<Digest, Option<Owned>>,
    /// The input of each exchange, as if no stream had been cut.
    inputs: Vec<Vec<Digest>>,
    /// How often each exchange was asked for; only counted, never used to find a position.
    played: Mutex<BTreeMap<u32, u32>>,
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
        let owner = |entry: &Entry| entry.raw().and_then(|raw| anchors.owner(&raw.item()));
        let owners: BTreeMap<Digest, Option<Owned>> =
            recording.items.iter().map(|(digest, entry)| (*digest, owner(entry))).collect();
        let uncut_input = |exchange: &Recorded| -> Vec<Digest> {
            let placed = exchange.input.iter().enumerate().map(|(at, digest)| Placed {
                digest: *digest,
                at,
                owner: owners.get(digest).copied().flatten(),
            });
            let placed: Vec<Placed> = placed.collect();
            uncut(&placed).iter().map(|placed| placed.digest).collect()
        };
        let inputs = recording.exchanges.iter().map(uncut_input).collect();
        let played = Mutex::default();
        Self { name: name.to_owned(), recording, anchors, children, owners, inputs, played }
    }

    /// How many recorded exchanges no request asked for, or not until the answer came.
    #[must_use]
    pub fn unplayed(&self) -> u32 {
        self.asked().into_iter().filter(|asked| *asked == 0).count() as u32
    }

    /// How often each exchange was asked for, by its number; attempts that failed when it was
    /// recorded, and fail again, do not count.
    #[must_use]
    pub fn asked(&self) -> Vec<u32> {
        let played = self.played();
        let asked = |number: usize| {
            let asked = played.get(&(number as u32)).copied().unwrap_or_default();
            asked.saturating_sub(self.recording.exchanges[number].attempts.len() as u32)
        };
        (0..self.recording.exchanges.len()).map(asked).collect()
    }

    fn played(&self) -> MutexGuard<'_, BTreeMap<u32, u32>> {
        self.played.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self, number: u32) -> &Recorded {
        &self.recording.exchanges[number as usize]
    }

    fn children(&self, parent: Option<u32>) -> &[u32] {
        self.children.get(&parent).map(Vec::as_slice).unwrap_or_default()
    }

    fn placed(&self, at: usize, raw: &Raw) -> Placed {
        let digest = raw.digest();
        let owner = match self.owners.get(&digest) {
            Some(owner) => *owner,
            None => self.anchors.owner(&raw.item()),
        };
        Placed { digest, at, owner }
    }

    /// The exchanges that this request may continue, the likeliest first: those of its newest
    /// anchor. Without any anchor it opens a conversation.
    fn parents(&self, request: &Request, history: &[Placed]) -> Vec<Option<u32>> {
        let newest = history.iter().rposition(|placed| placed.owner.is_some());
        match newest {
            None => vec![None],
            Some(at) => {
                let owners = self.anchors.owners(&request.input[at].item());
                owners.into_iter().map(|owner| Some(owner.exchange)).collect()
            }
        }
    }

    fn answer_with(&self, number: u32, echoed: usize, request: &Request) -> Answer {
        let exchange = self.exchange(number);
        let turn = {
            let mut played = self.played();
            let asked = played.entry(number).or_default();
            *asked += 1;
            *asked as usize - 1
        };
        let attempt = exchange.attempts.get(turn);
        Answer {
            thread: exchange.thread,
            response_id: exchange.response_id.clone(),
            items: match attempt {
                Some(_) => Vec::new(),
                None => self.recording.output(exchange),
            },
            echoed,
            again: self.again(exchange, attempt, request),
            // A stream that was cut is recorded as far as it came, and served as if that were all.
            ending: match &exchange.ending {
                Ending::Cut => Ending::Completed,
                ending => ending.clone(),
            },
            answered_by: exchange.answered_by.clone(),
        }
    }

    /// The answer, or an attempt before it, as the recorded server sent it.
    fn again(
        &self,
        exchange: &Recorded,
        attempt: Option<&Verbatim>,
        request: &Request,
    ) -> Option<Again> {
        let fields = request.fields.iter().map(|(_, value)| value);
        let asked: Vec<&Raw> = fields.chain(&request.input).collect();
        let sent = self.recording.sent(attempt.or(exchange.sent.as_ref())?, &asked)?;
        let ending = match (attempt, sent.status) {
            (None, _) => exchange.ending.clone(),
            (Some(_), 200) => Ending::Cut,
            (Some(_), status) => {
                let body = sent.texts().first().map(String::as_str).unwrap_or_default();
                ApiError::of_body(status, body).into()
            }
        };
        let usage = exchange.usage.filter(|_| attempt.is_none());
        Some(Again { sent, ending, usage })
    }

    /// `history` in the order of [`uncut`].
    fn matches(&self, number: u32, ask: &Ask<'_>, history: &[Placed]) -> bool {
        let exchange = self.exchange(number);
        exchange.endpoint == ask.endpoint
            && self.inputs[number as usize].iter().eq(history.iter().map(|placed| &placed.digest))
            && fields_match(&exchange.fields, ask.request)
    }

    /// The items of `number`'s answer that the client already has, if this request is `number`
    /// asked again after a cut stream. All of them, if only the end of the stream was lost and none
    /// of them is a call: with calls their outputs would follow, and the next exchange be due.
    fn resumed(&self, number: u32, ask: &Ask<'_>, history: &[Placed]) -> Option<usize> {
        let rest = without(history, number);
        let whole = rest.echoed == self.exchange(number).output.len();
        let asks_again = rest.echoed > 0 && (!whole || rest.ends_in_item);
        (asks_again && self.matches(number, ask, &uncut(&rest.kept))).then_some(rest.echoed)
    }
}

/// Equal fields, in any order, but for those that choose a transport: their order says nothing to a
/// model.
fn fields_match(recorded: &[(String, Digest)], request: &Request) -> bool {
    let matched = |key: &str| !TRANSPORT_FIELDS.contains(&key);
    let received = request.fields.iter().filter(|(key, _)| matched(key)).count();
    let recorded = || recorded.iter().filter(|(key, _)| matched(key));
    recorded().count() == received
        && recorded().all(|(key, digest)| request.field(key).map(Raw::digest) == Some(*digest))
}

impl Model for Replay {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, ApiError> {
        let input = ask.request.input.iter().enumerate();
        let history: Vec<Placed> = input.map(|(at, raw)| self.placed(at, raw)).collect();
        let whole = uncut(&history);
        let parents = self.parents(ask.request, &history);
        for parent in &parents {
            let mut next = self.children(*parent).iter();
            if let Some(number) = next.find(|number| self.matches(**number, ask, &whole)) {
                return Ok(self.answer_with(*number, 0, ask.request));
            }
        }
        for number in parents.iter().flatten() {
            if let Some(echoed) = self.resumed(*number, ask, &history) {
                return Ok(self.answer_with(*number, echoed, ask.request));
            }
        }
        Err(self.mismatch(&parents, ask, &whole))
    }

    fn knows_blob(&self, blob: &str) -> bool {
        self.anchors.minted(blob)
    }
}
