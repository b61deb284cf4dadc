//! What is served: a model, and what there is to be played of it.

use crate::recording::Recording;
use crate::recording::matching::Policy;
use crate::run::Subject;
use crate::run::session::epoch;
use crate::run::source::{Client, Source, follower};
use crate::run::{RunError, RunErrorKind};
use crate::scenario::{CacheSpec, Effective, Fault, Scenario};
use crate::server::replay::Replay;
use crate::server::{Mask, Model};
use std::sync::Arc;

/// Everything that a server is started with, but for its address.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it is, for people: `recording tiny.jsonl (scripted)`.
    pub title: String,
    /// Names that `/models` lists; requests may name others.
    pub models: Vec<String>,
    /// The cache policy in force.
    pub cache: CacheSpec,
    /// Whether streams end with `data: [DONE]`.
    pub done_marker: bool,
    pub(super) model: Arc<dyn Model>,
    pub(super) plan: Plan,
    pub(super) faults: Vec<Fault>,
    pub(super) mask: Option<Arc<dyn Mask>>,
    pub(super) created_at: i64,
}

/// What could be asked for.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// The exchanges of a recording.
    Exchanges { replay: Arc<Replay>, recording: Arc<Recording> },
    /// The steps of a script, by name.
    Steps(Vec<String>),
    /// Nothing in particular: whatever comes is answered, and nothing is left unplayed.
    Open,
}

impl Offer {
    /// A model without a plan, under these names.
    #[must_use]
    pub fn open(title: &str, models: Vec<String>, model: Arc<dyn Model>) -> Self {
        Self {
            title: title.to_owned(),
            models,
            cache: CacheSpec::default(),
            done_marker: false,
            model,
            plan: Plan::Open,
            faults: Vec::new(),
            mask: None,
            created_at: 0,
        }
    }

    /// A recording on its own; `name` is what messages call it. Where it is known `whose` requests
    /// will come, they are masked before anybody looks at them, as they were when recorded.
    #[must_use]
    pub fn recording(
        name: &str,
        recording: Arc<Recording>,
        whose: Option<&Subject>,
        policy: Policy,
    ) -> Self {
        let replay = Replay::new(name, (*recording).clone()).with_policy(policy);
        let replay = Arc::new(replay);
        let models = vec![recording.header.model.clone()];
        let title = format!("recording {name} ({})", recording.header.provenance);
        Self {
            mask: Some(whose.unwrap_or(&Subject::Builtin).mask(&[])),
            plan: Plan::Exchanges { replay: replay.clone(), recording },
            ..Self::open(&title, models, replay)
        }
    }

    /// What answers for a scenario, in its world: its date, model name, faults and cache. A script
    /// uses the tools of whoever asks, or those of the agent `whose` requests will come.
    ///
    /// # Errors
    /// A live source: what an upstream says is recorded ([`crate::run::record`]), not played.
    pub fn scenario(
        source: &Source,
        scenario: &Scenario,
        effective: &Effective,
        whose: Option<&Subject>,
        policy: Policy,
    ) -> Result<Self, RunError> {
        let model = &scenario.file.model;
        let models = vec![whose.map_or(&**model, |subject| subject.model(model)).to_owned()];
        let client = Client::Anyone(match whose {
            Some(Subject::External(agent)) => Some(&agent.file.dialect),
            _ => None,
        });
        let offer = match source {
            Source::Recording(name, recording) => {
                Self::recording(name, Arc::clone(recording), whose, policy)
            }
            Source::Script(script) => Self {
                plan: Plan::Steps(script.flat().into_iter().map(|step| step.id).collect()),
                ..Self::open(
                    &format!("script of {}", scenario.name),
                    Vec::new(),
                    Arc::new(follower(script, scenario, effective, client)),
                )
            },
            Source::Live(_) | Source::Dry => return Err(RunErrorKind::LiveOffer.into()),
        };
        Ok(Self {
            models,
            mask: Some(whose.unwrap_or(&Subject::Builtin).mask(&scenario.file.volatile)),
            cache: effective.cache.clone(),
            faults: effective.faults.clone(),
            created_at: epoch(&scenario.file.date),
            ..offer
        })
    }

    /// What there is to be played: `9 exchanges`, `4 steps`; nothing for an open end.
    #[must_use]
    pub fn size(&self) -> Option<(usize, &'static str)> {
        match &self.plan {
            Plan::Exchanges { recording, .. } => Some((recording.exchanges.len(), "exchange")),
            Plan::Steps(steps) => Some((steps.len(), "step")),
            Plan::Open => None,
        }
    }
}
