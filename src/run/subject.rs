//! What is under test: the built-in loop, or somebody's program.

use super::source::Client;
use crate::external::Agent;
use crate::recording::Header;
use crate::recording::journal::BUILTIN;
use crate::recording::volatile::{Masked, Masks, Memory, VolatileRule, With};
use crate::scenario;
use crate::server::Mask;
use crate::wire::Request;
use std::sync::{Arc, Mutex, PoisonError};

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

    /// The model name in its requests, where the scenario says `model`.
    pub(super) fn model<'a>(&'a self, model: &'a str) -> &'a str {
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

    /// What is taken out of its requests before anybody looks at them; `patterns` are those of the
    /// scenario, if there is one.
    pub(super) fn mask(&self, patterns: &[scenario::Volatile]) -> Option<Arc<dyn Mask>> {
        let Self::External(agent) = self else { return None };
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
        let masks = Masks::new(&rules).unwrap_or_else(|_| agent.masks.clone());
        Some(Arc::new(Volatile { masks, memory: Mutex::default() }))
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

/// Volatile-field rules, as the server applies them.
#[derive(Debug)]
struct Volatile {
    masks: Masks,
    memory: Mutex<Memory>,
}

impl Mask for Volatile {
    fn mask(&self, request: &Request) -> Masked {
        // Whatever a panic elsewhere interrupted, the memory holds whole requests.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.mask(&self.masks, request)
    }
}
