//! A script as the model. It knows nothing but what is visible in the request it answers; what it
//! must remember (which step comes next, which fallbacks were used) is protocol and travels in the
//! ids it mints, in the header of a blob, or in the last line of a summary. So this model has no
//! state either: retries, restarts and forks need no care.

mod mint;
mod position;
mod render;
mod retention;
mod step;
#[cfg(test)]
mod step_tests;

use super::{Answer, Ask, Model};
use crate::measure::{View, is_summary_request};
use crate::recording::seal;
use crate::scenario::{Fact, Retention, Script, Step};
use crate::wire::{ApiError, Digest, Ending, Endpoint, Kind, Raw, Request};
use mint::Draft;
use position::{Carrier, History, Lost, Position};

/// A model that follows a script.
#[derive(Debug)]
pub struct Scripted {
    name: String,
    steps: Vec<Step>,
    preface: String,
    facts: Vec<Fact>,
    retention: Retention,
}

impl Scripted {
    /// Prepares a script of the scenario `name`, with its facts and what its compaction keeps.
    #[must_use]
    pub fn new(name: &str, script: &Script, facts: Vec<Fact>, retention: Retention) -> Self {
        let preface = script.summary_preface.clone().unwrap_or_default();
        Self { name: name.to_owned(), steps: script.flat(), preface, facts, retention }
    }

    /// The answer that follows `carrier`, the position shown by the request.
    fn follow(
        &self,
        ask: &Ask<'_>,
        carrier: Option<&Carrier>,
    ) -> Result<(Answer, String), ApiError> {
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
        let count = drafts.len();
        for (index, draft) in drafts.into_iter().enumerate() {
            items.push(draft.mint(&Carrier { chain: chain.clone(), index, count, position: next }));
        }
        let answer = Answer {
            thread: 0,
            response_id: format!("resp_{chain}"),
            items,
            echoed: 0,
            ending: Ending::Completed,
            answered_by,
        };
        Ok((answer, chain))
    }

    fn step(
        &self,
        ask: &Ask<'_>,
        position: Position,
    ) -> Result<(Vec<Draft>, Position, String), ApiError> {
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
        let tools = render::Tools::advertised(ask.request);
        let mut drafts = Vec::new();
        for action in &choice.actions {
            let draft = tools.render(action, &choice.values).map_err(|missing| {
                ApiError::invalid(
                    "tool_not_advertised",
                    format!(
                        "script {}, step {}: {missing}; the agent advertises {}",
                        self.name,
                        step.id,
                        tools.names()
                    ),
                )
            })?;
            drafts.push(draft);
        }
        let next = match choice.done {
            true => Position { step: position.step + 1, fallbacks: 0 },
            false => Position { step: position.step, fallbacks: choice.fallbacks },
        };
        Ok((drafts, next, format!("step {}{}", step.id, choice.why)))
    }

    fn compacted(&self, ask: &Ask<'_>, kind: CompactionKind) -> Vec<Draft> {
        let view = View::of(ask.request);
        let kept = retention::keep(&self.retention, &self.facts, &view);
        match kind {
            CompactionKind::Summary => {
                let text = [self.preface.trim(), kept.trim()].join("\n");
                vec![Draft::Summary(text.trim().to_owned())]
            }
            CompactionKind::Endpoint | CompactionKind::Trigger => vec![Draft::Compaction(kept)],
        }
    }
}

impl Model for Scripted {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, ApiError> {
        let history = History::of(&ask.request.input);
        let newest = history.newest().map_err(|Lost| self.lost())?;
        if let Some(newest) = newest
            && let Some(answer) = self.rest(ask, &history, newest)
        {
            return Ok(answer);
        }
        Ok(self.follow(ask, newest)?.0)
    }
}

impl Scripted {
    /// The rest of an answer whose stream was cut: only its first items came through, or all, but
    /// not the end. The same question again, without them, gives the same answer; if it does not,
    /// the request asks for something else (after a compaction the newest item ends it as well).
    fn rest(&self, ask: &Ask<'_>, history: &History<'_>, newest: &Carrier) -> Option<Answer> {
        let echo = history.without(&newest.chain);
        if echo.items >= newest.count && !echo.ends_in_item {
            return None;
        }
        let request = Request { input: echo.rest, ..ask.request.clone() };
        let before = History::of(&request.input);
        let again = Ask { endpoint: ask.endpoint, request: &request };
        let (mut answer, chain) = self.follow(&again, before.newest().ok()?).ok()?;
        answer.echoed = echo.items;
        (chain == newest.chain).then_some(answer)
    }

    fn lost(&self) -> ApiError {
        ApiError::invalid(
            "script_position_lost",
            format!(
                "script {}: the history ends in an answer without its ids, blobs or summary lines; \
                 send items back with their ids",
                self.name
            ),
        )
    }
}

/// What kind of compaction a request asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CompactionKind {
    Endpoint,
    Trigger,
    Summary,
}

fn compaction_kind(ask: &Ask<'_>) -> Option<CompactionKind> {
    let last = ask.request.input.last().map(|raw| raw.item().kind());
    if ask.endpoint == Endpoint::Compact {
        Some(CompactionKind::Endpoint)
    } else if last == Some(Kind::CompactionTrigger) {
        Some(CompactionKind::Trigger)
    } else if is_summary_request(ask.request) {
        Some(CompactionKind::Summary)
    } else {
        None
    }
}

/// `/responses/compact` answers with all real user messages before the compaction item.
fn kept_user_messages(request: &Request) -> Vec<Raw> {
    let is_context = |text: &str| text.starts_with('<') || text.starts_with("# AGENTS.md");
    let users = request.input.iter().filter(|raw| {
        let item = raw.item();
        item.role() == Some("user") && !is_context(&item.text())
    });
    users.cloned().collect()
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
