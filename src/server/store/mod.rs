//! Stored responses: what the server remembers so that clients need not send it again.
//!
//! One of the server's ledgers. A response is kept as its parts (the request it echoes, the whole
//! input, the output), each item once however often it was sent, so that a client that sends its
//! history again and again costs no memory for it. Everything that a run's exchanges tell can be
//! rebuilt from them; conversations that no request named, and what was deleted, cannot.

mod conversation;
mod expand;
mod list;
mod routes;

use crate::recording::{Exchange, Outcome};
use crate::wire::{Digest, Ending, Endpoint, Raw, Request, ResponseHead, Usage};
use conversation::Conversation;
use std::collections::{BTreeMap, HashSet};

pub(super) use expand::{Expanded, expand};
pub(super) use routes::routes;

/// What a later request continues: an input and its answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) input: Vec<Raw>,
    pub(super) output: Vec<Raw>,
}

/// Exchanges by the id of their response: all of them on the server, or those of a connection.
pub(super) type Chains = BTreeMap<String, Kept>;

/// An exchange answered, completely or not, as it is to be stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered<'a> {
    pub(super) endpoint: Endpoint,
    /// What the Response object echoes.
    pub(super) echo: &'a Request,
    /// What the model saw.
    pub(super) request: &'a Request,
    pub(super) response_id: &'a str,
    pub(super) output: &'a [Raw],
    pub(super) ending: &'a Ending,
    pub(super) usage: Usage,
}

/// What a Response object is made of, beside its input and output.
#[derive(Clone, Debug)]
struct Face {
    echo: Request,
    ending: Ending,
    usage: Usage,
}

/// All that one server stores.
#[derive(Debug, Default)]
pub(super) struct Store {
    chains: Chains,
    faces: BTreeMap<String, Face>,
    conversations: BTreeMap<String, Conversation>,
    /// Conversations made so far, for their ids.
    made: u32,
    /// Items by their own id, for `item_reference`.
    items: BTreeMap<String, Raw>,
    /// Every value once; only looked up, never walked.
    values: HashSet<Raw>,
}

impl Store {
    /// Keeps an answered exchange, if its request wants it kept.
    pub(super) fn keep(&mut self, answered: &Answered<'_>) {
        if answered.endpoint != Endpoint::Responses || answered.response_id.is_empty() {
            return;
        }
        let conversation = expand::conversation_id(answered.request).ok().flatten();
        if !answered.request.is_stored() && conversation.is_none() {
            return;
        }
        let input = self.once(&answered.request.input);
        let output = self.once(answered.output);
        for item in &output {
            if let Some(id) = item.item().id() {
                self.items.insert(id.to_owned(), item.clone());
            }
        }
        if let Some(id) = conversation {
            let items = input.iter().chain(&output).cloned();
            let conversation = self.conversations.entry(id.clone());
            conversation.or_insert_with(|| Conversation::new(&id)).set(items);
        }
        if answered.request.is_stored() {
            let mut echo = answered.echo.clone();
            echo.input.clear();
            for (_, value) in &mut echo.fields {
                *value = self.value(value);
            }
            let id = answered.response_id.to_owned();
            let face = Face { echo, ending: answered.ending.clone(), usage: answered.usage };
            self.faces.insert(id.clone(), face);
            self.chains.insert(id, Kept { input, output });
        }
    }

    /// The same of an exchange that another server answered.
    pub(super) fn replay(&mut self, exchange: &Exchange) {
        let ending = match (exchange.outcome, &exchange.incomplete) {
            (Outcome::Completed, _) => Ending::Completed,
            (Outcome::Incomplete, Some(reason)) => Ending::Incomplete(reason.clone()),
            _ => return,
        };
        self.keep(&Answered {
            endpoint: exchange.endpoint,
            echo: &exchange.request,
            request: &exchange.request,
            response_id: &exchange.response_id,
            output: &exchange.output,
            ending: &ending,
            usage: exchange.usage.unwrap_or_default(),
        });
    }

    fn once(&mut self, items: &[Raw]) -> Vec<Raw> {
        items.iter().map(|item| self.value(item)).collect()
    }

    fn value(&mut self, raw: &Raw) -> Raw {
        match self.values.get(raw) {
            Some(known) => known.clone(),
            None => {
                self.values.insert(raw.clone());
                raw.clone()
            }
        }
    }

    /// All exchanges.
    pub(super) fn chains(&self) -> &Chains {
        &self.chains
    }

    /// The exchange of a response.
    pub(super) fn chain(&self, id: &str) -> Option<&Kept> {
        self.chains.get(id)
    }

    /// The Response object, as it was sent.
    fn object(&self, id: &str, created_at: i64) -> Option<String> {
        let (face, kept) = (self.faces.get(id)?, self.chains.get(id)?);
        let head = ResponseHead::new(&face.echo, id, created_at);
        Some(head.ended(&face.ending, &kept.output, Some(face.usage)))
    }

    fn delete(&mut self, id: &str) -> bool {
        self.faces.remove(id);
        self.chains.remove(id).is_some()
    }

    /// A new conversation. Its id is the hash of its number: equal sequences of calls get equal ids.
    fn converse(&mut self) -> &mut Conversation {
        let id = loop {
            let number = self.made.to_le_bytes();
            self.made += 1;
            let id = format!("conv_{}", Digest::of_parts(&[b"conversation", &number]));
            if !self.conversations.contains_key(&id) {
                break id;
            }
        };
        self.conversations.entry(id.clone()).or_insert_with(|| Conversation::new(&id))
    }
}

/// An id for a response that no other one of these chains has. A script answers two clients at the
/// same step with the same id; they may not continue each other's history.
pub(super) fn unused_id(wanted: &str, input: &[Raw], all: &[Option<&Chains>]) -> String {
    let taken = |id: &str| {
        let mut kept = all.iter().flatten().filter_map(|chains| chains.get(id));
        kept.any(|kept| kept.input != input)
    };
    let mut id = wanted.to_owned();
    let mut number = 0_u32;
    while taken(&id) {
        number += 1;
        let parts = [wanted.as_bytes(), &number.to_le_bytes()];
        id = format!("resp_{}", Digest::of_parts(&parts).short(12));
    }
    id
}
