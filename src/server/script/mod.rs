//! A script as the model. It knows nothing but what is visible in the request it answers; what it
//! must remember (which step comes next, which fallbacks were used) is protocol and travels in the
//! ids it mints, in the header of a blob, or in the last line of a summary. So this model has no
//! state either: retries, restarts and forks need no care.

mod dialect;
mod mint;
mod position;
mod retention;
mod side;
mod step;
#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod tests;

use super::{Answer, Ask, Model};
use crate::measure::{View, is_summary_request};
use crate::recording::seal;
use crate::scenario::{Action, DialectMap, Fact, Retention, Script, Step};
use crate::wire::{ApiError, Digest, Ending, Endpoint, Kind, Raw, Request};
use dialect::Dialect;
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

    /// With what the scenario's user says: requests of other conversations are then told apart
    /// (see [`side`]). Without it every request belongs to the script.
    #[must_use]
    pub fn with_messages(mut self, messages: Vec<String>) -> Self {
        let told = messages.into_iter().filter(|text| !text.trim().is_empty()).collect();
        self.main = Main::Told(told);
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

    fn compacted(&self, ask: &Ask<'_>, kind: CompactionKind) -> Drafts {
        let view = View::of(ask.request);
        let kept = retention::keep(&self.retention, &self.facts, &view);
        let draft = match kind {
            CompactionKind::Summary => {
                let text = [self.preface.trim(), kept.trim()].join("\n");
                Draft::Summary(text.trim().to_owned())
            }
            CompactionKind::Endpoint | CompactionKind::Trigger => Draft::Compaction(kept),
        };
        vec![(draft, "compaction")]
    }
}

/// Items to come, each with its verb.
type Drafts = Vec<(Draft, &'static str)>;

impl Model for Scripted {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, ApiError> {
        Ok(self.made(ask)?.0)
    }
}

impl Scripted {
    fn made(&self, ask: &Ask<'_>) -> Result<(Answer, Vec<&'static str>), ApiError> {
        let history = History::of(&ask.request.input);
        if !self.is_main(ask, &history) {
            if side::transcribes(ask.request) && self.told(ask) {
                return Err(self.transcribed());
            }
            return Ok((side::answer(&self.name, ask), vec!["side"]));
        }
        let newest = match history.newest() {
            Ok(newest) => newest,
            Err(Lost) => {
                let carrier = self.retraced(ask, &history)?;
                return Ok(self.follow(ask, Some(&carrier))?.of_main());
            }
        };
        if let Some(newest) = newest
            && let Some(rest) = self.rest(ask, &history, newest)
        {
            return Ok(rest.of_main());
        }
        Ok(self.follow(ask, newest)?.of_main())
    }

    /// Whether a request belongs to the scenario's own conversation: it holds a message of the
    /// scenario's user or an answer of this script, and can act (a compaction need not).
    fn is_main(&self, ask: &Ask<'_>, history: &History<'_>) -> bool {
        let works = || compaction_kind(ask).is_some() || dialect::has_tools(ask.request);
        match &self.main {
            Main::Any => true,
            Main::Tools => works(),
            Main::Told(_) => (history.has_carrier() || self.told(ask)) && works(),
        }
    }

    /// Whether a request holds a message of the scenario's user.
    fn told(&self, ask: &Ask<'_>) -> bool {
        let Main::Told(messages) = &self.main else { return false };
        let user = |raw: &Raw| Some(raw.item()).filter(|item| item.role() == Some("user"));
        let mut texts = ask.request.input.iter().filter_map(user).map(|item| item.text());
        // Contained, not equal: agents put quotation marks or context around what they are told.
        texts.any(|text| messages.iter().any(|one| text.contains(one.trim())))
    }

    /// The position after an answer that came back without any id: clients that keep nothing on the
    /// server send messages as plain text. The same question again, asked with what stands before
    /// it, gives the same answer; if its texts are those, its carrier is the position.
    fn retraced(&self, ask: &Ask<'_>, history: &History<'_>) -> Result<Carrier, ApiError> {
        let untraced = history.untraced().ok_or_else(|| self.lost())?;
        let before = ask.request.input[..untraced.start].to_vec();
        let request = Request { input: before, ..ask.request.clone() };
        let again = Ask { endpoint: Endpoint::Responses, request: &request };
        let answer = self.answer(&again)?;
        let same = said(&answer.items) == untraced.said;
        let carrier = answer.items.last().and_then(Carrier::of);
        carrier.filter(|_| same).ok_or_else(|| self.lost())
    }

    /// The rest of an answer whose stream was cut: only its first items came through, or all, but
    /// not the end. The same question again, without them, gives the same answer; if it does not,
    /// the request asks for something else (after a compaction the newest item ends it as well).
    fn rest(&self, ask: &Ask<'_>, history: &History<'_>, newest: &Carrier) -> Option<Made> {
        let echo = history.without(&newest.chain);
        if echo.items >= newest.count && !echo.ends_in_item {
            return None;
        }
        let request = Request { input: echo.rest, ..ask.request.clone() };
        let before = History::of(&request.input);
        let again = Ask { endpoint: ask.endpoint, request: &request };
        let mut made = self.follow(&again, before.newest().ok()?).ok()?;
        let missing = made.answer.items.get(echo.items..).unwrap_or_default();
        // A message behind the calls may have come through and lost its id.
        let messages = said(missing);
        if messages.len() == missing.len() && !messages.is_empty() && history.says(&messages) {
            return None;
        }
        made.answer.echoed = echo.items;
        (made.chain == newest.chain).then_some(made)
    }

    fn transcribed(&self) -> ApiError {
        ApiError::invalid(
            "script_position_lost",
            format!(
                "script {}: the agent asks for a summary of the conversation as one text, in which \
                 no position can be read. A script cannot follow this kind of compaction: give the \
                 agent's model a larger context",
                self.name
            ),
        )
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

/// The texts of the messages among items.
fn said(items: &[Raw]) -> Vec<String> {
    let items = items.iter().map(Raw::item);
    items.filter(|item| item.kind() == Kind::Message).map(|item| item.text()).collect()
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
