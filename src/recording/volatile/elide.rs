//! What recordings of an agent leave out: a vendor's base prompt and tool texts are not ours to ship.
//!
//! A value that is left out is matched by its digest, and counted by the bytes and tokens that are
//! noted of it; so a replay notices every change of it, and shows none of it.

use super::place::Place;
use super::rules::RuleError;
use crate::recording::file::{Elided, Entry, Recording};
use crate::wire::{Digest, Raw};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A layer of an agent's prompt that is somebody else's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// For people: `base prompt`.
    pub name: String,
    /// JSON pointer of a top-level field of the request body, or of input items: `/tools`,
    /// `/input/*`.
    pub at: String,
    /// A regular expression: only values in whose JSON text it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The layers of an agent, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Elide {
    layers: Vec<(String, Place, Option<Regex>)>,
}

impl Elide {
    /// Prepares layers.
    ///
    /// # Errors
    /// The first layer whose place or pattern cannot be read.
    pub fn new(layers: &[Layer]) -> Result<Self, RuleError> {
        let ready = |layer: &Layer| {
            let wrong =
                |why: String| RuleError { what: "layer to elide", name: layer.name.clone(), why };
            let place = Place::parse(&layer.at).map_err(wrong)?;
            // Values are left out whole: fields, and items of the input.
            let steps = layer.at.split('/').count() - 1;
            let is_field = steps == 1 && layer.at != "/input";
            let is_item = steps == 2 && layer.at.starts_with("/input/");
            if !is_field && !is_item {
                let why = format!(
                    "`at: {}` is no top-level field and no input item: write `/tools`, or `/input/*`",
                    layer.at
                );
                return Err(wrong(why));
            }
            let pattern = layer.pattern.as_deref().map(Regex::new).transpose();
            let pattern = pattern
                .map_err(|error| wrong(format!("`pattern` is no regular expression: {error}")))?;
            Ok((layer.name.clone(), place, pattern))
        };
        Ok(Self { layers: layers.iter().map(ready).collect::<Result<_, _>>()? })
    }

    fn layer(&self, path: &[String], raw: &Raw) -> Option<&str> {
        let fits = |(_, place, pattern): &&(String, Place, Option<Regex>)| {
            let found = |pattern: &Regex| pattern.is_match(raw.as_str());
            place.is(path) && pattern.as_ref().is_none_or(found)
        };
        self.layers.iter().find(fits).map(|(name, ..)| name.as_str())
    }

    /// The values of a recording that belong to a layer and stand in it in full, each with the name
    /// of its layer; in the order of the exchanges. What the model itself said is never among them.
    #[must_use]
    pub fn named(&self, recording: &Recording) -> Vec<(Digest, String)> {
        self.found(recording).into_iter().map(|(digest, name, _)| (digest, name)).collect()
    }

    /// The same, each with the top-level field that it is, or is in.
    fn found(&self, recording: &Recording) -> Vec<(Digest, String, String)> {
        let mut found = Vec::new();
        // Looked at once each, and never what the model said.
        let mut seen: BTreeSet<&Digest> =
            recording.exchanges.iter().flat_map(|exchange| &exchange.output).collect();
        for exchange in &recording.exchanges {
            let fields = exchange.fields.iter().map(|(key, digest)| (vec![key.clone()], digest));
            let input = exchange.input.iter().enumerate();
            let input = input.map(|(at, d)| (vec!["input".to_owned(), at.to_string()], d));
            for (path, digest) in fields.chain(input) {
                if !seen.insert(digest) {
                    continue;
                }
                let raw = recording.items.get(digest).and_then(Entry::raw);
                if let Some(name) = raw.and_then(|raw| self.layer(&path, raw)) {
                    found.push((*digest, name.to_owned(), path[0].clone()));
                }
            }
        }
        found
    }

    /// The recording without these values, and how many were left out. `count` tells what a value
    /// of a top-level field counts for in a rendered prompt.
    #[must_use]
    pub fn apply(
        &self,
        recording: &Recording,
        count: impl Fn(&str, &Raw) -> Elided,
    ) -> (Recording, usize) {
        let mut elided = recording.clone();
        let found = self.found(recording);
        for (digest, _, field) in &found {
            if let Some(entry) = elided.items.get_mut(digest)
                && let Entry::Raw(raw) = entry
            {
                *entry = Entry::Elided(count(field, raw));
            }
        }
        (elided, found.len())
    }
}
