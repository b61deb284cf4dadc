//! A conversation: a list of items that requests are prepended with and grow.

use super::Store;
use super::list::{Listed, identified};
use crate::wire::{ApiError, Digest, Raw, escape};

/// One conversation.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    id: String,
    metadata: Raw,
    items: Vec<Listed>,
    /// Items ever taken in, for their ids.
    taken: u32,
}

impl Conversation {
    pub(super) fn new(id: &str) -> Self {
        let metadata = Raw::from_value(&serde_json::json!({}));
        Self { id: id.to_owned(), metadata, items: Vec::new(), taken: 0 }
    }

    pub(super) fn set_metadata(&mut self, metadata: Raw) {
        self.metadata = metadata;
    }

    /// The object of the API.
    pub(super) fn object(&self, created_at: i64) -> String {
        format!(
            "{{\"id\":{},\"object\":\"conversation\",\"created_at\":{created_at},\"metadata\":{}}}",
            escape(&self.id),
            self.metadata.as_str()
        )
    }

    /// The items as they were sent.
    pub(super) fn raws(&self) -> Vec<Raw> {
        self.items.iter().map(|item| item.raw.clone()).collect()
    }

    pub(super) fn items(&self) -> &[Listed] {
        &self.items
    }

    /// The item of an id.
    pub(super) fn item(&self, id: &str) -> Option<&Listed> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Takes items in at the end, and gives the place of the first.
    pub(super) fn append(&mut self, items: impl IntoIterator<Item = Raw>) -> usize {
        let first = self.items.len();
        for raw in items {
            let number = self.taken.to_le_bytes();
            self.taken += 1;
            let hash = Digest::of_parts(&[self.id.as_bytes(), &number]);
            self.items.push(identified(raw, hash));
        }
        first
    }

    /// All items, of which those that are there already keep their ids.
    pub(super) fn set(&mut self, items: impl IntoIterator<Item = Raw>) {
        let items: Vec<Raw> = items.into_iter().collect();
        let same = self.items.iter().zip(&items).take_while(|(known, raw)| known.raw == **raw);
        let same = same.count();
        self.items.truncate(same);
        self.append(items.into_iter().skip(same));
    }

    /// Whether there was such an item.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item.id != id);
        self.items.len() < before
    }
}

impl Store {
    /// The conversation of an id, or the error that there is none.
    pub(super) fn conversation(&self, id: &str) -> Result<&Conversation, ApiError> {
        self.conversations.get(id).ok_or_else(|| conversation_not_found(id))
    }

    /// The same, to change.
    pub(super) fn conversation_mut(&mut self, id: &str) -> Result<&mut Conversation, ApiError> {
        self.conversations.get_mut(id).ok_or_else(|| conversation_not_found(id))
    }
}

fn conversation_not_found(id: &str) -> ApiError {
    super::list::not_found("Conversation", id)
}
