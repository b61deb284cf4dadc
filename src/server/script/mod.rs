//! A script as the model. It knows nothing but what is visible in the request it answers; what it
//! must remember (which step comes next, which fallbacks were used) is protocol and travels in the
//! ids it mints, in the header of a blob, or in the last line of a summary. So this model has no
//! state either: retries, restarts and forks need no care.

mod compact;
mod dialect;
mod locate;
mod mint;
mod position;
mod retention;
mod side;
mod step;
#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod tests;

use super::{Answer, Ask, Declined, Model};
use crate::measure::View;
use crate::recording::matching::Fit;
use crate::recording::seal;
use crate::scenario::{Action, DialectMap, Fact, Retention, Script, Step};
use crate::wire::{ApiError, Digest, Ending, Raw};
use compact::{CompactionKind, compaction_kind, kept_user_messages};
use dialect::Dialect;
use mint::Draft;
use position::{Carrier, Position};

/// A model that follows a script.
#[derive(Debug)]
pub struct Scripted {
    name: String,
    steps: Vec<Step>,
    preface: String,
    facts: Vec<Fact>,
    retention: Retention,
    main: Main,
    map: DialectMap,
}

/// What makes a request one of the script's own conversation.
#[derive(Debug)]
enum Main {
    /// Whatever comes.
    Any,
    /// It advertises tools, unless the script needs none.
    Tools,
    /// It advertises tools, and one of these texts began the conversation.
    Told(Vec<String>),
}

/// An answer, and what the server alone knows of it.
struct Made {
    answer: Answer,
    chain: String,
    /// For each item the verb it came from.
    verbs: Vec<&'static str>,
}

impl Made {
    fn of_main(self) -> (Answer, Vec<&'static str>) {
        (self.answer, self.verbs)
    }
}

impl Scripted {
    /// Prepares a script of the scenario `name`, with its facts and what its compaction keeps.
    #[must_use]
    pub fn new(name: &str, script: &Script, facts: Vec<Fact>, retention: Retention) -> Self {
        let preface = script.summary_preface.clone().unwrap_or_default();
        Self {
            name: name.to_owned(),
            steps: script.flat(),
            preface,
            facts,
            retention,
            main: Main::Any,
            map: DialectMap::default(),
        }
    }

    /// With what the scenario's user says: requests of other conversations, such as those for a
    /// title, then get answers of their own. Without it every request belongs to the script.
    #[must_use]
    pub fn with_messages(mut self, messages: Vec<String>) -> Self {
        let told: Vec<String> =
            messages.into_iter().filter(|text| !text.trim().is_empty()).collect();
        self.main = if told.is_empty() { Main::Any } else { Main::Told(told) };
        self
    }

    /// For agents that nobody knows, with prompts of their own: a request without tools is a side
    /// conversation, if the script makes calls at all.
    #[must_use]
    pub fn for_any_agent(mut self) -> Self {
        let calls = |step: &Step| step.actions.iter().any(Action::is_call);
        self.main = if self.steps.iter().any(calls) { Main::Tools } else { Main::Any };
        self
    }

    /// With the tools that an agent file names for verbs.
    #[must_use]
    pub fn with_dialect(mut self, map: DialectMap) -> Self {
        self.map = map;
        self
    }

    /// For each item of the answer to this request the verb it came from: `say`, `patch`, ..,
    /// `compaction`, `kept` (a user message that a compaction gives back) or `side`. As pure as the
    /// answer itself, so it can be asked afterwards of any request in a journal.
    ///
    /// # Errors
    /// Those of the answer.
    pub fn verbs(&self, ask: &Ask<'_>) -> Result<Vec<&'static str>, ApiError> {
        Ok(self.made(ask)?.1)
    }

    /// The answer that follows `carrier`, the position shown by the request.
    fn follow(&self, ask: &Ask<'_>, carrier: Option<&Carrier>) -> Result<Made, ApiError> {
        let position = carrier.map(|carrier| carrier.position).unwrap_or_default();
        let parent = carrier.map(|carrier| carrier.chain.as_str()).unwrap_or(&self.name);
        let compaction = compaction_kind(ask);
        let (drafts, next, answered_by) = match compaction {
            Some(kind) => (self.compacted(ask, kind), position, "compaction".to_owned()),
            None => self.step(ask, position)?,
        };
        let chain = chain(parent, position, &answered_by);
        let mut items: Vec<Raw> = Vec::new();
        if compaction == Some(CompactionKind::Endpoint) {
            items.extend(kept_user_messages(ask.request));
        }
        let mut verbs = vec!["kept"; items.len()];
        let count = drafts.len();
        for (index, (draft, verb)) in drafts.into_iter().enumerate() {
            items.push(draft.mint(&Carrier { chain: chain.clone(), index, count, position: next }));
            verbs.push(verb);
        }
        let answer = Answer {
            thread: 0,
            response_id: format!("resp_{chain}"),
            items,
            echoed: 0,
            ending: Ending::Completed,
            answered_by,
            fit: Fit::default(),
            again: None,
        };
        Ok(Made { answer, chain, verbs })
    }

    fn step(
        &self,
        ask: &Ask<'_>,
        position: Position,
    ) -> Result<(Drafts, Position, String), ApiError> {
        let Some(step) = self.steps.get(position.step as usize) else {
            return Err(ApiError::invalid(
                "script_finished",
                format!(
                    "script {}: all {} steps are done, yet the agent asks again. Add a step, or \
                     remove a user message",
                    self.name,
                    self.steps.len()
                ),
            ));
        };
        let view = View::of(ask.request);
        let choice = step::choose(step, position.fallbacks, &self.facts, &view);
        let dialect = Dialect::of(ask.request, &self.map);
        let mut drafts = Vec::new();
        for action in &choice.actions {
            let action = action.fill(&choice.values);
            let calls = dialect.render(&action).map_err(|missing| {
                ApiError::invalid(
                    "tool_not_advertised",
                    format!(
                        "script {}, step {}: {missing}; the agent advertises {}",
                        self.name,
                        step.id,
                        dialect.names()
                    ),
                )
            })?;
            drafts.extend(calls.into_iter().map(|draft| (draft, action.verb())));
        }
        let next = match choice.done {
            true => Position { step: position.step + 1, fallbacks: 0 },
            false => Position { step: position.step, fallbacks: choice.fallbacks },
        };
        Ok((drafts, next, format!("step {}{}", step.id, choice.why)))
    }
}

/// Items to come, each with its verb.
type Drafts = Vec<(Draft, &'static str)>;

impl Model for Scripted {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        Ok(self.made(ask)?.0)
    }
}

/// Ids are a chain of hashes over positions: the same path gives the same ids, whatever was said.
fn chain(parent: &str, position: Position, answered_by: &str) -> String {
    let position = position.to_string();
    Digest::of_parts(&[parent.as_bytes(), position.as_bytes(), answered_by.as_bytes()]).short(12)
}

/// Seals a text behind the line that carries the position.
fn sealed(carrier: &Carrier, text: &str) -> String {
    seal::seal(&format!("{}\n{text}", carrier.line()))
}
