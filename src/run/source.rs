//! Where answers come from: a recording, the scenario's script, a live model; or, in a dry run,
//! nowhere.

use super::dry::Silent;
use super::session::DO_NOT_KNOW;
use super::{Allowance, RunError, RunErrorKind, Subject};
use crate::recording::journal::BUILTIN;
use crate::recording::matching::Policy;
use crate::recording::secrets::Secrets;
use crate::recording::{Exchange, Outcome, Recording};
use crate::scenario::{BASE, DialectMap, Effective, Scenario, Script};
use crate::server::replay::Replay;
use crate::server::script::Scripted;
use crate::server::{Ask, Model, Upstream};
use crate::wire::Raw;
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The model of a run, before it is started.
#[derive(Clone, Debug)]
pub enum Source {
    /// Replays; with the name of the recording.
    Recording(String, Arc<Recording>),
    /// Follows a script.
    Script(Arc<Script>),
    /// Asks somebody else's model, and hands on what it says.
    Live(Live),
    /// Answers nothing: to see what would be asked.
    Dry,
}

/// Somebody else's model.
#[derive(Clone, Debug)]
pub struct Live {
    /// Where it is.
    pub upstream: Arc<Upstream>,
    /// What all runs together may use of it; `None` if nobody counts.
    pub allowance: Option<Arc<Allowance>>,
}

impl Source {
    /// The recording, or, for a program that has none of its own, the script.
    pub fn standing(
        folder: &Path,
        scenario: &Scenario,
        variant: &str,
        subject: &Subject,
    ) -> Result<Self, RunError> {
        let base = recordings_of(folder, subject.name()).join(recording_name(&scenario.name, BASE));
        match subject {
            Subject::External(_) if !base.is_file() => Self::scripted(scenario),
            _ => Self::recorded(folder, scenario, variant, subject),
        }
    }

    /// The recording of a scenario and variant: `NAME@VARIANT.jsonl` where the variant has one of
    /// its own, else `NAME.jsonl`. Those of other agents than the built-in one are in a folder of
    /// the agent's name.
    pub fn recorded(
        folder: &Path,
        scenario: &Scenario,
        variant: &str,
        subject: &Subject,
    ) -> Result<Self, RunError> {
        let folder = &recordings_of(folder, subject.name());
        let agent = match subject {
            Subject::Builtin => String::new(),
            Subject::External(agent) => format!(" --agent {}", agent.file.name),
        };
        let name = scenario.name.as_str();
        let own = folder.join(recording_name(name, variant));
        let base = folder.join(recording_name(name, "base"));
        let (path, again) = match own.is_file() && variant != BASE {
            true => (own, format!("{name} --variant {variant}{agent}")),
            false => (base, format!("{name}{agent}")),
        };
        if !path.is_file() {
            return Err(RunErrorKind::NoRecording { path, again }.into());
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let recording = Recording::load_to_play(&path)
            .map_err(|error| RunErrorKind::BadRecording { error, again })?;
        Ok(Self::Recording(file, Arc::new(recording)))
    }

    /// The script of a scenario.
    pub fn scripted(scenario: &Scenario) -> Result<Self, RunError> {
        let Some(path) = &scenario.script else {
            let path = scenario.dir.join("script.yaml");
            return Err(RunErrorKind::NoScript { path }.into());
        };
        let script = Script::load(path)?;
        script.check_against(scenario)?;
        Ok(Self::Script(Arc::new(script)))
    }

    /// What the journal says of it.
    #[must_use]
    pub fn provenance(&self) -> String {
        match self {
            Self::Recording(_, recording) => format!("recorded ({})", recording.header.provenance),
            Self::Script(_) => "scripted".to_owned(),
            Self::Live(live) => format!("live ({})", live.upstream.host()),
            Self::Dry => "dry".to_owned(),
        }
    }

    /// What must reach no disk, beside what looks like a secret.
    pub(super) fn secrets(&self) -> Secrets {
        match self {
            Self::Live(live) => live.upstream.secrets(),
            _ => Secrets::default(),
        }
    }

    /// What may be used of a live model, if anybody counts.
    pub(super) fn allowance(&self) -> Option<&Arc<Allowance>> {
        match self {
            Self::Live(live) => live.allowance.as_ref(),
            _ => None,
        }
    }

    /// The model that answers.
    pub(super) fn model(
        &self,
        scenario: &Scenario,
        effective: &Effective,
        client: Client<'_>,
        policy: Policy,
    ) -> Playing {
        match self {
            Self::Recording(name, recording) => {
                let replay = Replay::new(name, (**recording).clone()).with_policy(policy);
                let replay = Arc::new(replay);
                // What was recorded from a script still tells which verb each call was.
                let script = match (client, Self::scripted(scenario)) {
                    (Client::Program(_), Ok(Self::Script(script))) => {
                        Some(Arc::new(follower(&script, scenario, effective, client)))
                    }
                    _ => None,
                };
                let (behind, steps) = (Behind::Model(replay.clone()), Vec::new());
                Playing { behind, replay: Some(replay), script, steps }
            }
            Self::Script(script) => {
                let model = Arc::new(follower(script, scenario, effective, client));
                let steps = script.flat().into_iter().map(|step| step.id).collect();
                let behind = Behind::Model(model.clone());
                Playing { behind, replay: None, script: Some(model), steps }
            }
            Self::Live(live) => {
                let behind = Behind::Upstream(Arc::clone(&live.upstream), said(scenario));
                Playing { behind, replay: None, script: None, steps: Vec::new() }
            }
            Self::Dry => {
                let behind = Behind::Model(Arc::new(Silent));
                Playing { behind, replay: None, script: None, steps: Vec::new() }
            }
        }
    }
}

/// The model that follows a script for a client.
pub(super) fn follower(
    script: &Script,
    scenario: &Scenario,
    effective: &Effective,
    client: Client<'_>,
) -> Scripted {
    let (facts, retention) = (scenario.file.facts.clone(), effective.retention.clone());
    let model = Scripted::new(&scenario.name, script, facts, retention);
    match client {
        Client::Builtin => model,
        Client::Program(map) => model.with_messages(said(scenario)).with_dialect(map.clone()),
        Client::Anyone(None) => model.for_any_agent(),
        Client::Anyone(Some(map)) => model.for_any_agent().with_dialect(map.clone()),
    }
}

/// Who is going to ask a model.
#[derive(Clone, Copy, Debug)]
pub(super) enum Client<'a> {
    /// The built-in loop: one conversation, our own tools.
    Builtin,
    /// A program that is given the scenario's messages.
    Program(&'a DialectMap),
    /// Whoever connects, with prompts of their own; with the tools of their agent, if it is known.
    Anyone(Option<&'a DialectMap>),
}

/// Everything that the user may say: by that a main conversation is known.
fn said(scenario: &Scenario) -> Vec<String> {
    let messages = scenario.file.messages.iter().map(|message| message.text.clone());
    let answers = scenario.file.facts.iter().filter_map(|fact| fact.answer.clone());
    messages.chain(answers).chain([DO_NOT_KNOW.to_owned()]).collect()
}

/// The folder of an agent's recordings: that of all for the built-in one, else one below it.
#[must_use]
pub fn recordings_of(folder: &Path, agent: &str) -> PathBuf {
    match agent {
        BUILTIN => folder.to_owned(),
        agent => folder.join(agent),
    }
}

/// The file name of a recording.
#[must_use]
pub fn recording_name(scenario: &str, variant: &str) -> String {
    match variant {
        "base" => format!("{scenario}.jsonl"),
        variant => format!("{scenario}@{variant}.jsonl"),
    }
}

/// What stands behind a server.
#[derive(Clone, Debug)]
pub(super) enum Behind {
    /// A model of ours.
    Model(Arc<dyn Model>),
    /// Somebody else's endpoint; with what the user may say.
    Upstream(Arc<Upstream>, Vec<String>),
}

/// A model in use.
pub(super) struct Playing {
    pub(super) behind: Behind,
    replay: Option<Arc<Replay>>,
    script: Option<Arc<Scripted>>,
    /// The steps of a script.
    steps: Vec<String>,
}

impl Playing {
    /// Verb, tool and how often, in the order of first use: what a script's verbs became in these
    /// exchanges. Nothing where there is no script.
    pub(super) fn rendered(&self, exchanges: &[Exchange]) -> Vec<(String, String, u32)> {
        let Some(script) = &self.script else { return Vec::new() };
        let mut counts: IndexMap<(String, String), u32> = IndexMap::new();
        let answered = |one: &&Exchange| one.thread == 0 && one.outcome == Outcome::Completed;
        for exchange in exchanges.iter().filter(answered) {
            let ask = Ask { endpoint: exchange.endpoint, request: &exchange.request };
            let verbs = script.verbs(&ask).unwrap_or_default();
            for (verb, item) in verbs.iter().zip(exchange.output.iter().map(Raw::item)) {
                if item.kind().is_call() {
                    let tool = item.str("name").or(item.str("type")).unwrap_or_default();
                    *counts.entry(((*verb).to_owned(), tool.to_owned())).or_default() += 1;
                }
            }
        }
        counts.into_iter().map(|((verb, tool), times)| (verb, tool, times)).collect()
    }

    /// Recorded exchanges that no request asked for.
    pub(super) fn unplayed(&self) -> u32 {
        self.replay.as_ref().map_or(0, |replay| replay.unplayed())
    }

    /// What an agent left unasked that says that it is done: a file that is right by luck, or by
    /// other means, is no proof that the loop ran. `answered` is all that answered its requests.
    pub(super) fn left(&self, answered: &BTreeSet<String>) -> Option<String> {
        if let Some(replay) = &self.replay {
            let (left, all) = (replay.unplayed(), replay.asked().iter().flatten().count());
            let why =
                format!("the agent ended, and {left} of {all} recorded exchanges are unplayed");
            return (left > 0).then_some(why);
        }
        let asked = |step: &&String| answered.iter().any(|by| is_step(by, step));
        let left: Vec<&String> = self.steps.iter().filter(|step| !asked(step)).collect();
        let (first, all) = (left.first()?, self.steps.len());
        let left = left.len();
        Some(format!("the agent ended before step {first}: {left} of {all} steps are unplayed"))
    }
}

/// Whether it was this step that answered: `step look` and `step look: reacquire cap` are both of
/// the step `look`.
pub(super) fn is_step(by: &str, step: &str) -> bool {
    let rest = by.strip_prefix("step ").and_then(|rest| rest.strip_prefix(step));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}
