//! A recording as the model: finds the exchange that a request continues and answers as recorded.
//!
//! Position is read from the request's anchors, never counted, so a retry gets the same answer and
//! a restarted server goes on. Most requests equal the recorded one and are found by a digest of
//! what they hold. One that does not is held against the exchanges that were recorded at its place:
//! it drifts from the nearest, or, where nothing was recorded there, misses. Whether a drift is
//! answered is a matter of policy; its answer gives the same anchors, so later requests find their
//! place all the same. The traces of a cut stream are looked through, on both sides: a client that
//! lost the end of an answer sends its first items with their outputs, is served the rest, and keeps
//! that order from then on.

mod echo;
mod mismatch;
mod near;
#[cfg(test)]
mod tests;
mod twice;

use super::{Again, Answer, Ask, Declined, Model};
use crate::recording::matching::{Drift, Fit, Policy};
use crate::recording::{Anchors, Entry, Owned, Recorded, Recording, Verbatim};
use crate::wire::{ApiError, Digest, Ending, Endpoint, Raw, Request, TRANSPORT_FIELDS};
use echo::{Placed, uncut, without};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use twice::Twice;

/// A model that replays.
#[derive(Debug)]
pub struct Replay {
    name: String,
    recording: Recording,
    policy: Policy,
    anchors: Anchors,
    children: BTreeMap<Option<u32>, Vec<u32>>,
    /// Who owns the items of the recording, so that each is parsed once.
    owners: BTreeMap<Digest, Option<Owned>>,
    /// The exchanges with a request of this content, see [`content`].
    equal: BTreeMap<Digest, Vec<u32>>,
    /// Those of them that are in each other's place.
    twice: Twice,
    /// How often each exchange was asked for; never used to find a position, but among equal ones.
    played: Mutex<BTreeMap<u32, u32>>,
}

impl Replay {
    /// Prepares a recording; `name` is used in messages. A request that drifts is refused.
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
        let mut replay = Self {
            name: name.to_owned(),
            recording,
            policy: Policy::Strict,
            anchors,
            children,
            owners,
            equal: BTreeMap::new(),
            twice: Twice::default(),
            played: Mutex::default(),
        };
        for (number, exchange) in replay.recording.exchanges.iter().enumerate() {
            let fields = exchange.fields.iter().map(|(key, digest)| (key.as_str(), *digest));
            let input = replay.recorded(exchange);
            let content = content(exchange.endpoint, fields.collect(), &input);
            replay.equal.entry(content).or_default().push(number as u32);
        }
        replay.twice = Twice::new(&replay.recording, replay.equal.values());
        replay
    }

    /// The same under another policy.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// How many recorded exchanges no request asked for, or not until the answer came; without those
    /// whose answer the client had lost, and got by asking again.
    #[must_use]
    pub fn unplayed(&self) -> u32 {
        let asked = self.asked().into_iter().flatten();
        asked.filter(|asked| *asked == 0).count() as u32
    }

    /// How often each exchange was asked for, by its number; attempts that failed when it was
    /// recorded, and fail again, do not count. `None` where another exchange with the same request
    /// is always given instead.
    #[must_use]
    pub fn asked(&self) -> Vec<Option<u32>> {
        let played = self.played();
        let asked = |number: u32| {
            (!self.twice.is_superseded(number)).then(|| self.answered(&played, number))
        };
        (0..self.recording.exchanges.len() as u32).map(asked).collect()
    }

    fn answered(&self, played: &BTreeMap<u32, u32>, number: u32) -> u32 {
        let asked = played.get(&number).copied().unwrap_or_default();
        asked.saturating_sub(self.exchange(number).attempts.len() as u32)
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

    /// The input of a recorded exchange, as if no stream had been cut.
    fn recorded(&self, exchange: &Recorded) -> Vec<Placed> {
        let placed = exchange.input.iter().enumerate().map(|(at, digest)| Placed {
            digest: *digest,
            at,
            owner: self.owners.get(digest).copied().flatten(),
        });
        uncut(&placed.collect::<Vec<_>>())
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

    fn answer_with(
        &self,
        number: u32,
        echoed: usize,
        request: &Request,
        drift: Option<Drift>,
    ) -> Answer {
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
            fit: Fit { drift, is_stale: exchange.stale },
        }
    }

    /// The exchange whose request has the content of this one: one that continues the likeliest of
    /// these parents, else this request asked again after a cut stream.
    fn exact(&self, asked: &Asked<'_>) -> Option<(u32, usize)> {
        let equal = self.equal.get(&asked.content(&asked.whole)).map(Vec::as_slice);
        let equal = equal.unwrap_or_default();
        let follows = |parent: &Option<u32>| {
            equal.iter().find(|number| self.exchange(**number).parent == *parent)
        };
        if let Some(number) = asked.parents.iter().find_map(follows) {
            return Some((self.given_for(*number), 0));
        }
        asked.parents.iter().flatten().find_map(|number| {
            let (rest, echoed) = self.resumed(*number, &asked.history)?;
            let equal = self.equal.get(&asked.content(&rest))?;
            equal.contains(number).then_some((*number, echoed))
        })
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

    /// The history before `number`'s answer and how many items of it the client already has, if
    /// this may be `number` asked again after a cut stream. All of them, if only the end of the
    /// stream was lost and none of them is a call: with calls their outputs would follow, and the
    /// next exchange be due.
    fn resumed(&self, number: u32, history: &[Placed]) -> Option<(Vec<Placed>, usize)> {
        let rest = without(history, number);
        let whole = rest.echoed == self.exchange(number).output.len();
        let asks_again = rest.echoed > 0 && (!whole || rest.ends_in_item);
        asks_again.then(|| (uncut(&rest.kept), rest.echoed))
    }
}

/// A request with all that its place is read from.
struct Asked<'a> {
    ask: &'a Ask<'a>,
    /// Its input as it came.
    history: Vec<Placed>,
    /// The same as if no stream had been cut.
    whole: Vec<Placed>,
    parents: Vec<Option<u32>>,
}

impl Asked<'_> {
    fn content(&self, input: &[Placed]) -> Digest {
        let fields = self.ask.request.fields.iter();
        let fields = fields.map(|(key, value)| (key.as_str(), value.digest()));
        content(self.ask.endpoint, fields.collect(), input)
    }
}

/// One digest for all that must be equal: the call, the fields in any order but for those that
/// choose a transport, the items in theirs.
fn content(endpoint: Endpoint, mut fields: Vec<(&str, Digest)>, input: &[Placed]) -> Digest {
    fields.retain(|(key, _)| !TRANSPORT_FIELDS.contains(key));
    fields.sort_unstable();
    let mut text = format!("{endpoint:?}\n");
    for (key, digest) in fields {
        text.push_str(&format!("{key}\n{digest}\n"));
    }
    let items = input.iter().flat_map(|placed| *placed.digest.as_bytes());
    Digest::of_parts(&[text.as_bytes(), &items.collect::<Vec<u8>>()])
}

impl Model for Replay {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        let input = ask.request.input.iter().enumerate();
        let history: Vec<Placed> = input.map(|(at, raw)| self.placed(at, raw)).collect();
        let whole = uncut(&history);
        let parents = self.parents(ask.request, &history);
        let asked = Asked { ask, history, whole, parents };
        if let Some((number, echoed)) = self.exact(&asked) {
            return Ok(self.answer_with(number, echoed, ask.request, None));
        }
        let Some(near) = self.nearest(&asked) else { return Err(self.nothing_follows(&asked)) };
        match near.is_recognised && !self.policy.refuses(near.drift.severity()) {
            true => {
                let (number, drift) = (near.drift.exchange, Some(near.drift));
                Ok(self.answer_with(number, near.echoed, ask.request, drift))
            }
            false => Err(self.mismatch(near)),
        }
    }

    fn knows_blob(&self, blob: &str) -> bool {
        self.anchors.minted(blob)
    }
}
