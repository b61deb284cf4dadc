//! What is under test: the built-in loop, or somebody's program.

use super::source::Client;
use crate::cache;
use crate::external::Agent;
use crate::recording::journal::BUILTIN;
use crate::recording::secrets::Secrets;
use crate::recording::volatile::{Masks, VolatileRule, With};
use crate::recording::{Header, Recording};
use crate::scenario;
use crate::server::{Door, Mask};
use std::sync::Arc;

/// The built-in agent, as journals and recordings say it.
const BUILTIN_LABEL: &str = concat!("builtin ", env!("CARGO_PKG_VERSION"));

/// Where tool outputs stand in requests.
const OUTPUTS: [&str; 2] = ["/input/*/output", "/input/*/output/*/text"];

/// An agent under test.
#[derive(Clone, Debug, Default)]
pub enum Subject {
    /// The built-in loop.
    #[default]
    Builtin,
    /// A program.
    External(Arc<Agent>),
}

impl Subject {
    /// Its name in keys, tables and file names.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Builtin => BUILTIN,
            Self::External(agent) => &agent.file.name,
        }
    }

    /// Name and version.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Builtin => BUILTIN_LABEL.to_owned(),
            Self::External(agent) => agent.label(),
        }
    }

    /// Makes a program ask for this model, whatever its agent file says.
    pub fn ask_for(&mut self, model: &str) {
        if let Self::External(agent) = self {
            Arc::make_mut(agent).file.model = Some(model.to_owned());
        }
    }

    /// The model name in its requests, where the scenario says `model`.
    #[must_use]
    pub fn model<'a>(&'a self, model: &'a str) -> &'a str {
        match self {
            Self::Builtin => model,
            Self::External(agent) => agent.file.model.as_deref().unwrap_or(model),
        }
    }

    /// How it asks a script.
    pub(super) fn client(&self) -> Client<'_> {
        match self {
            Self::Builtin => Client::Builtin,
            Self::External(agent) => Client::Program(&agent.file.dialect),
        }
    }

    /// What is taken out of its requests before anybody looks at them: what is volatile, and
    /// secrets. `patterns` are those of the scenario, if there is one.
    pub(super) fn mask(&self, patterns: &[scenario::Volatile]) -> Arc<dyn Mask> {
        Arc::new(Door::new(self.volatile(patterns), Secrets::default()))
    }

    fn volatile(&self, patterns: &[scenario::Volatile]) -> Masks {
        let Self::External(agent) = self else { return Masks::default() };
        let mut rules = agent.file.volatile.clone();
        // The built-in loop does this itself, before an output enters its history.
        let patterns = patterns.iter().enumerate();
        rules.rules.extend(patterns.flat_map(|(at, volatile)| {
            OUTPUTS.map(|place| VolatileRule {
                name: format!("scenario pattern {} at {place}", at + 1),
                at: place.to_owned(),
                pattern: Some(volatile.pattern.clone()),
                with: With::Replace(volatile.replace.clone()),
                kept: false,
            })
        }));
        // The patterns of a scenario were checked when it was loaded.
        Masks::new(&rules).unwrap_or_else(|_| agent.masks.clone())
    }

    /// What of a recording of its conversations goes to disk. Requests were masked at the door;
    /// answers may hold secrets, too, and what is the vendor's text stays with the vendor.
    pub(super) fn kept(&self, recording: &Recording, secrets: &Secrets) -> Recording {
        let (kept, _) = recording.without_secrets(secrets);
        match self {
            Self::Builtin => kept,
            Self::External(agent) => agent.elide.apply(&kept, cache::rendered).0,
        }
    }

    /// The first line of a recording of its conversations.
    pub(super) fn header(&self, model: &str, scenario: &str, variant: &str) -> Header {
        let label = self.label();
        let mut header = Header::new("scripted", &label, self.model(model), scenario, variant);
        if let Self::External(agent) = self {
            header.rules = [(agent.file.name.clone(), agent.file.volatile.version)].into();
        }
        header
    }
}
