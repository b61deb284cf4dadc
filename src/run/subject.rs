//! What is under test: the built-in loop, or somebody's program.

use crate::external::Agent;
use crate::recording::Header;
use crate::recording::journal::BUILTIN;
use crate::server::Mask;
use crate::wire::Request;
use std::sync::Arc;

/// The built-in agent, as journals and recordings say it.
const BUILTIN_LABEL: &str = concat!("builtin ", env!("CARGO_PKG_VERSION"));

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

    /// What is taken out of its requests before anybody looks at them.
    pub(super) fn mask(&self) -> Option<Arc<dyn Mask>> {
        match self {
            Self::Builtin => None,
            Self::External(agent) => Some(Arc::new(Volatile(Arc::clone(agent)))),
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

/// An agent's volatile-field rules, as the server applies them.
#[derive(Debug)]
struct Volatile(Arc<Agent>);

impl Mask for Volatile {
    fn mask(&self, request: &Request) -> Request {
        self.0.masks.apply(request).request
    }
}
